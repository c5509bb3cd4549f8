import type { Instrument } from '@gatehouse/shared/market/instrument.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import { asPrice, asQuantity, type Price, type Quantity } from '@gatehouse/shared/values/amounts.ts';
import { type Decimal, divide, fromFloat, isZero, multiply, signOf } from '@gatehouse/shared/values/decimal.ts';
import type { Proposal } from '../strategies/define-strategy.ts';

/** What a proposal says of its order, made exact. */
export type OrderTerms = Pick<
  Order,
  | 'side'
  | 'type'
  | 'timeInForce'
  | 'quantity'
  | 'limitPrice'
  | 'stopPrice'
  | 'trailing'
  | 'auction'
  | 'postOnly'
  | 'reduceOnly'
>;

/** A float proposes with at most so many digits behind the point. */
const PROPOSAL_SCALE = 10;

/** The terms of a proposal, or undefined where it is for less than one lot or a price of it is no number. */
export function termsOf(proposal: Proposal, instrument: Instrument): OrderTerms | undefined {
  const { side, type, timeInForce = 'day', postOnly, reduceOnly, auction } = proposal;
  const quantity = wholeLots(proposal.quantity, instrument);
  const prices = pricesOf(proposal, instrument);
  if (quantity === undefined || prices === undefined) return undefined;
  return {
    side,
    type,
    timeInForce,
    quantity,
    ...prices,
    ...(auction === undefined ? {} : { auction }),
    ...(postOnly === undefined ? {} : { postOnly }),
    ...(reduceOnly === undefined ? {} : { reduceOnly }),
  };
}

/** An order that opens something, and behind it the two that close it, of which one cancels the other. */
export function withExits(
  entry: Order,
  { takeProfit, stopLoss }: NonNullable<Proposal['exits']>,
  instrument: Instrument,
): readonly Order[] {
  const side = entry.side === 'buy' ? 'sell' : 'buy';
  const profit = pricesOf({ side, quantity: 0, type: 'limit', limitPrice: takeProfit }, instrument);
  const loss = pricesOf({ side, quantity: 0, type: 'stop', stopPrice: stopLoss }, instrument);
  // An entry that was to be protected does not go out without its exits.
  if (profit === undefined || loss === undefined) return [];
  const group = { id: entry.id, kind: 'bracket' } as const;
  const { limitPrice: _limit, stopPrice: _stop, trailing: _trail, auction: _auction, postOnly: _post, ...rest } = entry;
  const shortSaleMark = side === 'buy' ? 'not-a-sale' : 'short';
  const exit = { ...rest, side, shortSaleMark, timeInForce: 'gtc' } as const;
  return [
    { ...entry, group: { ...group, role: 'entry' } },
    { ...exit, id: `${entry.id}t`, type: 'limit', ...profit, group: { ...group, role: 'take-profit' } },
    { ...exit, id: `${entry.id}s`, type: 'stop', ...loss, group: { ...group, role: 'stop-loss' } },
  ];
}

function pricesOf(
  proposal: Proposal,
  instrument: Instrument,
): Pick<OrderTerms, 'limitPrice' | 'stopPrice' | 'trailing'> | undefined {
  const prices: { limitPrice?: Price; stopPrice?: Price; trailing?: NonNullable<Order['trailing']> } = {};
  // A limit never pays more than was proposed, and a stop waits until its whole price was seen.
  const isBuy = proposal.side === 'buy';
  if ('limitPrice' in proposal) {
    const limitPrice = onTick(proposal.limitPrice, instrument, isBuy ? 'floor' : 'ceiling');
    if (limitPrice === undefined) return undefined;
    prices.limitPrice = limitPrice;
  }
  if ('stopPrice' in proposal) {
    const waitsForHigher = isBuy === (proposal.type === 'stop' || proposal.type === 'stop-limit');
    const stopPrice = onTick(proposal.stopPrice, instrument, waitsForHigher ? 'ceiling' : 'floor');
    if (stopPrice === undefined) return undefined;
    prices.stopPrice = stopPrice;
  }
  if (proposal.type === 'trailing-stop') {
    const distance = trailingOf(proposal.trailing.distance);
    if (distance === undefined) return undefined;
    prices.trailing = { by: proposal.trailing.by, distance };
  }
  return prices;
}

function wholeLots(proposed: number, { lot }: Instrument): Quantity | undefined {
  if (!Number.isFinite(proposed) || proposed <= 0) return undefined;
  const wanted = fromFloat(proposed, { scale: PROPOSAL_SCALE, rounding: 'down' });
  const lots = divide(wanted, lot, { scale: 0, rounding: 'down' });
  return isZero(lots) ? undefined : asQuantity(multiply(lots, lot));
}

function onTick(proposed: number, { tick }: Instrument, rounding: 'floor' | 'ceiling'): Price | undefined {
  if (!Number.isFinite(proposed)) return undefined;
  const wanted = fromFloat(proposed, { scale: PROPOSAL_SCALE, rounding });
  return asPrice(multiply(divide(wanted, tick, { scale: 0, rounding }), tick));
}

function trailingOf(proposed: number): Decimal | undefined {
  if (!Number.isFinite(proposed)) return undefined;
  const distance = fromFloat(proposed, { scale: PROPOSAL_SCALE, rounding: 'half-even' });
  return signOf(distance) > 0 ? distance : undefined;
}
