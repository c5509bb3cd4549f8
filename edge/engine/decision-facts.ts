import type { FactFiles } from '@gatehouse/compliance/fact-files.ts';
import type { Bar } from '@gatehouse/shared/market/bar.ts';
import type { DecisionFacts } from '@gatehouse/shared/schema/decision.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import type { Clock } from '@gatehouse/shared/values/clock.ts';
import { marketStatusAt } from '../facts/market-status.ts';
import type { PriceWatch } from '../facts/price-watch.ts';

/** Where the facts from outside come from. Shape: nothing here waits for anything. */
export interface FactSources {
  readonly clock: Clock;
  readonly prices: Pick<PriceWatch, 'facts'>;
  readonly facts: { readonly files: FactFiles };
  readonly contact: () => DecisionFacts['contact'];
  /** The name of the source of reference prices. */
  readonly source: string;
}

/** What is known from outside when an order is judged: its bar's close is the reference price. */
export function collectFacts(sources: FactSources, order: Order, bar: Bar): DecisionFacts {
  const { clock, prices, facts, contact, source } = sources;
  const { files } = facts;
  const market = marketStatusAt(files, order.instrument, order.decidedAt);
  const hub = contact();
  return {
    now: order.decidedAt,
    wallAt: clock.now(),
    day: bar.day,
    files: files.hash,
    reference: { price: bar.close, at: bar.closeAt, source },
    ...prices.facts(),
    ...(market === undefined ? {} : { market }),
    clock: clockFacts(clock),
    ...(hub === undefined ? {} : { contact: hub }),
  };
}

function clockFacts(clock: Clock): NonNullable<DecisionFacts['clock']> {
  const { source, offsetNs, uncertaintyNs } = clock.reading();
  return { source, offsetNs: `${offsetNs}`, uncertaintyNs: `${uncertaintyNs}` };
}
