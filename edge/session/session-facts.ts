import type { Instant } from '@gatehouse/shared/values/instant.ts';
import { DEMO_IDENTITY } from '../engine/demo-account.ts';
import type { DemoFacts } from '../facts/demo-facts.ts';
import type { TradingSession } from './trading-session.ts';

/** What the dated files of a paper session are about. */
export function sessionFacts({ loaded, strategies, terms, live }: TradingSession, asOf: Instant): DemoFacts {
  const demo = { loaded, identity: DEMO_IDENTITY, strategies, asOf };
  const isAlwaysOpen = live !== undefined;
  return terms === undefined ? demo : { ...demo, terms, isAlwaysOpen };
}
