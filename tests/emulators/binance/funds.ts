import {
  add,
  compare,
  type Decimal,
  decimal,
  divide,
  isZero,
  minimum,
  multiply,
  negate,
  subtract,
  ZERO,
} from '@gatehouse/shared/values/decimal.ts';
import { balanceOf, canLock, credit, lock, spendLocked } from './accounts.ts';
import { kept } from './amounts.ts';
import type { Market } from './market.ts';
import type { BinanceOrder, OrderStatus } from './orders.ts';

/** What an order may need, in the asset that it pays with. */
export function neededFor(
  order: Pick<BinanceOrder, 'side' | 'price' | 'stopPrice' | 'quantity' | 'quoteOrderQty' | 'type'>,
  market: Market,
): Decimal {
  if (order.side === 'SELL') return order.quantity;
  if (order.type === 'MARKET') return order.quoteOrderQty ?? kept(market.estimate('BUY', order.quantity));
  return multiply(order.price ?? order.stopPrice ?? market.last ?? ZERO, order.quantity);
}

/** The asset that an order pays with. */
export function paidIn(side: 'BUY' | 'SELL', market: Market): string {
  return side === 'BUY' ? market.rules.quote : market.rules.base;
}

/** Sets aside what an order may need; false where there is not enough. */
export function hold(order: BinanceOrder, amount: Decimal): boolean {
  const asset = paidIn(order.side, order.market);
  if (!canLock(order.account, asset, amount)) return false;
  lock(order.account, asset, amount);
  order.hold.amount = add(order.hold.amount, amount);
  return true;
}

/** Gives back what is still set aside. */
export function release(order: BinanceOrder, amount: Decimal = order.hold.amount): void {
  lock(order.account, paidIn(order.side, order.market), negate(amount));
  order.hold.amount = subtract(order.hold.amount, amount);
}

/** What an execution costs and in which asset. */
export interface Commission {
  readonly amount: Decimal;
  readonly asset: string;
}

const BNB_DISCOUNT = decimal('0.75');

/** Pays and receives for an execution; returns the commission that was taken. */
export function settle(
  order: BinanceOrder,
  deal: {
    readonly price: Decimal;
    readonly quantity: Decimal;
    readonly isMaker: boolean;
    readonly bnb: Market | undefined;
  },
): Commission {
  const { account, market, side } = order;
  const { base, quote } = market.rules;
  const value = kept(multiply(deal.price, deal.quantity));
  const paid = side === 'BUY' ? value : deal.quantity;
  const received = side === 'BUY' ? deal.quantity : value;
  const fromHold = minimum(paid, order.hold.amount);
  const asset = paidIn(side, market);
  spendLocked(account, asset, fromHold);
  order.hold.amount = subtract(order.hold.amount, fromHold);
  // A market order may cost more than was estimated; the rest comes from what is free.
  credit(account, asset, negate(subtract(paid, fromHold)));
  const receives = side === 'BUY' ? base : quote;
  credit(account, receives, received);
  const commission = commissionOf(order, { received, receives, value, ...deal });
  credit(account, commission.asset, negate(commission.amount));
  return commission;
}

interface Charged {
  readonly received: Decimal;
  readonly receives: string;
  readonly value: Decimal;
  readonly isMaker: boolean;
  readonly bnb: Market | undefined;
}

/** Commission is taken from what is received, or in BNB at a discount where the account wants that and has enough. */
function commissionOf({ account }: BinanceOrder, { received, receives, value, isMaker, bnb }: Charged): Commission {
  const rate = isMaker ? account.makerRate : account.takerRate;
  const plain = { amount: kept(multiply(received, rate)), asset: receives };
  if (!account.burnsBnb || bnb?.last === undefined || isZero(bnb.last)) return plain;
  const inQuote = multiply(multiply(value, rate), BNB_DISCOUNT);
  const amount = divide(inQuote, bnb.last, { scale: 8, rounding: 'down' });
  return compare(balanceOf(account, 'BNB').free, amount) >= 0 ? { amount, asset: 'BNB' } : plain;
}

/** The state of an order after an execution. */
export function statusAfter(order: BinanceOrder): OrderStatus {
  return compare(order.executed, order.quantity) >= 0 ? 'FILLED' : 'PARTIALLY_FILLED';
}
