import type { Order } from '@gatehouse/shared/schema/order.ts';
import { wireAmount } from './market-rules.ts';

/** An order in the exchange's own words, or why it has none for it. */
export type OrderForm =
  | { readonly type: string; readonly parameters: Readonly<Record<string, string>> }
  | { readonly fault: string };

/** What each of our types is at the exchange, where the exchange watches for the trigger itself. */
const TYPES: Readonly<Record<Order['type'], string | undefined>> = {
  market: 'MARKET',
  limit: 'LIMIT',
  stop: 'STOP_LOSS',
  'stop-limit': 'STOP_LOSS_LIMIT',
  'take-profit': 'TAKE_PROFIT',
  'take-profit-limit': 'TAKE_PROFIT_LIMIT',
  'trailing-stop': undefined,
};

const TIMES: Readonly<Record<Order['timeInForce'], string | undefined>> = {
  gtc: 'GTC',
  ioc: 'IOC',
  fok: 'FOK',
  day: undefined,
  gtd: undefined,
};

/**
 * An order as the exchange is asked for it.
 *
 * Shape: what the edge emulates is left out: a trigger that has struck leaves a market or limit order, an expiry that the edge
 *        watches leaves one that stands until it is cancelled. Amounts are exact texts.
 */
export function orderForm(order: Order): OrderForm {
  const emulates = new Set(order.emulates ?? []);
  if (order.auction !== undefined) return { fault: 'the exchange has no auctions' };
  if (order.reduceOnly !== undefined) return { fault: 'a spot account has no orders that only reduce' };
  if (order.group !== undefined && !emulates.has('group')) return { fault: 'groups are not asked of this exchange' };

  const isTriggered = emulates.has('trigger') || emulates.has('trailing');
  const type = isTriggered ? (order.limitPrice === undefined ? 'MARKET' : 'LIMIT') : TYPES[order.type];
  if (type === undefined) return { fault: `the exchange has no ${order.type} orders` };

  const time = emulates.has('expiry') ? 'GTC' : TIMES[order.timeInForce];
  if (order.limitPrice === undefined) {
    if (order.timeInForce === 'fok') return { fault: 'a market order here is never all or nothing' };
    const stop = isTriggered ? {} : stopOf(order);
    return { type, parameters: { side: sideOf(order), type, quantity: wireAmount(order.quantity), ...stop } };
  }
  if (time === undefined) return { fault: `the exchange has no orders that stand ${order.timeInForce}` };
  const makes = order.postOnly === true && type === 'LIMIT';
  const shown = order.displayQuantity;
  if (shown !== undefined && time !== 'GTC')
    return { fault: 'an order that shows a part of itself must stand till cancelled' };
  return {
    type: makes ? 'LIMIT_MAKER' : type,
    parameters: {
      side: sideOf(order),
      type: makes ? 'LIMIT_MAKER' : type,
      quantity: wireAmount(order.quantity),
      price: wireAmount(order.limitPrice),
      ...(makes ? {} : { timeInForce: time }),
      ...(isTriggered ? {} : stopOf(order)),
      ...(shown === undefined ? {} : { icebergQty: wireAmount(shown) }),
    },
  };
}

function sideOf({ side }: Order): string {
  return side === 'buy' ? 'BUY' : 'SELL';
}

function stopOf({ stopPrice }: Order): Readonly<Record<string, string>> {
  return stopPrice === undefined ? {} : { stopPrice: wireAmount(stopPrice) };
}
