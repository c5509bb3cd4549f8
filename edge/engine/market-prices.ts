import type { Price } from '@gatehouse/shared/values/amounts.ts';
import type { Instant } from '@gatehouse/shared/values/instant.ts';
import { dayInZone } from '@gatehouse/shared/values/zoned-time.ts';
import type { MarketEvent } from '../feeds/market-feed.ts';
import type { OrderDesk } from './order-desk.ts';
import type { PriceSeen } from './orders/triggers.ts';

/** Where an instrument is traded, as far as its prices need it. */
interface Traded {
  readonly id: string;
  readonly zone: string;
}

/**
 * Shows what a market says to the orders that wait for a price.
 *
 * Shape: a trade is a price for all of them; of a quote, each side is a price for the orders that could deal at it.
 */
export function showMarket(
  desk: Pick<OrderDesk, 'see' | 'marketLost' | 'marketGap'>,
  event: MarketEvent,
  traded: Traded,
): void {
  if (event.kind === 'link' && (event.state === 'stale' || event.state === 'down')) desk.marketLost(event.reason);
  if (event.kind === 'gap') desk.marketGap(event.says);
  if (event.kind === 'trade') {
    const { instrument, price, at } = event.trade;
    if (instrument === traded.id) desk.see(priceAt(traded, price, at));
  }
  if (event.kind !== 'quote' || event.quote.instrument !== traded.id) return;
  const { bid, ask, at } = event.quote;
  if (bid !== undefined) desk.see({ ...priceAt(traded, bid.price, at), side: 'sell' });
  if (ask !== undefined) desk.see({ ...priceAt(traded, ask.price, at), side: 'buy' });
}

function priceAt({ id, zone }: Traded, price: Price, at: Instant): PriceSeen {
  const all = { open: price, high: price, low: price, close: price };
  return { instrument: id, openAt: at, closeAt: at, day: dayInZone(at, zone), endsDay: false, ...all };
}
