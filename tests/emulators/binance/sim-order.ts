import type { SimEvent, SimOrder } from '@gatehouse/edge/venues/sim/matching-engine.ts';
import { compare, type Decimal, divide, fromInteger, multiply } from '@gatehouse/shared/values/decimal.ts';
import type { Instant } from '@gatehouse/shared/values/instant.ts';
import { isTriggered, type OrderRequest } from './order-request.ts';
import type { BinanceOrder } from './orders.ts';
import { Refusal } from './refusal.ts';

/** The part of a value that is whole steps. */
export function stepsIn(value: Decimal, step: Decimal): Decimal {
  return multiply(divide(value, step, { scale: 0, rounding: 'floor' }), step);
}

/** Whether a waiting order would act at once, as the exchange does not allow. */
export function wouldTrigger({ type, side, stopPrice }: OrderRequest, last: Decimal | undefined): boolean {
  if (!isTriggered(type) || stopPrice === undefined || last === undefined) return false;
  const risesTo = (side === 'BUY') === type.startsWith('STOP_LOSS');
  return risesTo ? compare(last, stopPrice) >= 0 : compare(last, stopPrice) <= 0;
}

/** Why the engine did not take an order in, in the words of the exchange; undefined where it did. */
export function refusalIn(events: readonly SimEvent[], order: BinanceOrder): string | undefined {
  const own = events.find((event) => event.order === `${order.orderId}`);
  if (own?.kind !== 'rejected') return undefined;
  return order.type === 'LIMIT_MAKER' && own.reason.includes('taken')
    ? 'Order would immediately match and take.'
    : own.reason;
}

const SIM_TYPES = {
  LIMIT: 'limit',
  LIMIT_MAKER: 'limit',
  MARKET: 'market',
  STOP_LOSS: 'stop',
  STOP_LOSS_LIMIT: 'stop-limit',
  TAKE_PROFIT: 'take-profit',
  TAKE_PROFIT_LIMIT: 'take-profit-limit',
} as const;

/** The order as the matching engine knows it. Errors: -1014 for trailing orders that the engine has no like of. */
export function simOrder(order: BinanceOrder, enteredAt: Instant): SimOrder {
  const { type, trailingDelta, price, stopPrice, icebergQty } = order;
  if (trailingDelta !== undefined && (type !== 'STOP_LOSS' || stopPrice !== undefined)) {
    throw new Refusal(-1014, 'Unsupported order combination.');
  }
  return {
    id: `${order.orderId}`,
    owner: order.account.id,
    side: order.side === 'BUY' ? 'buy' : 'sell',
    type: trailingDelta === undefined ? SIM_TYPES[type] : 'trailing-stop',
    // A market order takes what there is at once and never stands.
    timeInForce:
      type === 'MARKET' ? 'ioc' : order.timeInForce === 'GTC' ? 'gtc' : order.timeInForce === 'IOC' ? 'ioc' : 'fok',
    quantity: order.quantity,
    enteredAt,
    ...(price === undefined ? {} : { limitPrice: price }),
    ...(stopPrice === undefined ? {} : { stopPrice }),
    ...(trailingDelta === undefined ? {} : { trailing: { by: 'bps', distance: fromInteger(trailingDelta) } }),
    ...(icebergQty === undefined ? {} : { displayQuantity: icebergQty }),
    ...(type === 'LIMIT_MAKER' ? { postOnly: true } : {}),
  };
}
