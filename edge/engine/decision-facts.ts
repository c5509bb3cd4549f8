import type { FactFiles } from '@gatehouse/compliance/fact-files.ts';
import type { Bar } from '@gatehouse/shared/market/bar.ts';
import type { DecisionFacts } from '@gatehouse/shared/schema/decision.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import type { Clock } from '@gatehouse/shared/values/clock.ts';
import { marketStatusAt } from '../facts/market-status.ts';
import type { PriceWatch } from '../facts/price-watch.ts';
import type { MarketFeed, MarketQuote } from '../feeds/market-feed.ts';

/** Where the facts from outside come from. Shape: nothing here waits for anything. */
export interface FactSources {
  readonly clock: Clock;
  readonly prices: Pick<PriceWatch, 'facts'>;
  /** What one can deal at now, where the session hears it. */
  readonly market?: Pick<MarketFeed, 'quote'> | undefined;
  readonly facts: { readonly files: FactFiles };
  readonly contact: () => DecisionFacts['contact'];
  /** The name of the source of reference prices. */
  readonly source: string;
}

/** What is known from outside when an order is judged: its bar's close is the reference price. */
export function collectFacts(sources: FactSources, order: Order, bar: Bar): DecisionFacts {
  const { clock, prices, facts, contact, source, market } = sources;
  const { files } = facts;
  const status = marketStatusAt(files, order.instrument, order.decidedAt);
  const hub = contact();
  return {
    now: order.decidedAt,
    wallAt: clock.now(),
    day: bar.day,
    files: files.hash,
    reference: { price: bar.close, at: bar.closeAt, source },
    ...prices.facts(),
    ...quoteFacts(market?.quote(), order.instrument),
    ...(status === undefined ? {} : { market: status }),
    clock: clockFacts(clock),
    ...(hub === undefined ? {} : { contact: hub }),
  };
}

function quoteFacts(quote: MarketQuote | undefined, instrument: string): Pick<DecisionFacts, 'quote'> {
  if (quote === undefined || quote.instrument !== instrument) return {};
  const { bid, ask, at, source } = quote;
  return {
    quote: {
      at,
      source,
      ...(bid === undefined ? {} : { bid: bid.price }),
      ...(ask === undefined ? {} : { ask: ask.price }),
    },
  };
}

function clockFacts(clock: Clock): NonNullable<DecisionFacts['clock']> {
  const { source, offsetNs, uncertaintyNs } = clock.reading();
  return { source, offsetNs: `${offsetNs}`, uncertaintyNs: `${uncertaintyNs}` };
}
