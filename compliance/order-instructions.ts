import type { Order, OrderType, TimeInForce } from '@gatehouse/shared/schema/order.ts';
import { compare } from '@gatehouse/shared/values/decimal.ts';
import { z } from 'zod';
import type { OrderProfile } from './order-profile.ts';

/** What an order can ask for beside its type and its time in force. */
export const Instruction = z.enum(['on-open', 'on-close', 'iceberg', 'post-only', 'reduce-only', 'bracket', 'oco']);
export type Instruction = z.output<typeof Instruction>;

/** An instruction in words, after "orders that". */
export const instructionWords: Readonly<Record<Instruction, string>> = {
  'on-open': 'are for an opening auction',
  'on-close': 'are for a closing auction',
  iceberg: 'show a part of themselves',
  'post-only': 'are to rest only',
  'reduce-only': 'are to reduce only',
  bracket: 'enter with exits behind them',
  oco: 'cancel each other',
};

/**
 * What an order asks for beside its type and its time in force.
 *
 * Shape: of a bracket its entry asks; the exits close what the entry made, so that a firm that permits no further brackets does not
 *        leave a position without the exits that it has. Both of two orders that cancel each other ask.
 */
export function instructionsOf(order: OrderProfile): readonly Instruction[] {
  const { auction, displayQuantity, postOnly, reduceOnly, group } = order;
  const asked: Instruction[] = [];
  if (auction !== undefined) asked.push(auction === 'open' ? 'on-open' : 'on-close');
  if (displayQuantity !== undefined) asked.push('iceberg');
  if (postOnly !== undefined) asked.push('post-only');
  if (reduceOnly !== undefined) asked.push('reduce-only');
  if (group?.kind === 'oco') asked.push('oco');
  if (group?.kind === 'bracket' && group.role === 'entry') asked.push('bracket');
  return asked;
}

/** What an order becomes once its price is seen. */
const ACTIVE_TYPE: Readonly<Record<OrderType, 'market' | 'limit'>> = {
  market: 'market',
  limit: 'limit',
  stop: 'market',
  'stop-limit': 'limit',
  'trailing-stop': 'market',
  'take-profit': 'market',
  'take-profit-limit': 'limit',
};

/** What an order becomes once its price is seen, for a market or limit order the same. */
function activeTypeOf({ type }: Pick<Order, 'type'>): 'market' | 'limit' {
  return ACTIVE_TYPE[type];
}

/** Whether an order is what one that waited becomes once its price is seen: of that type, at that limit. */
export function isWhatBecomesOf(waited: Order, { type, limitPrice }: Order): boolean {
  const before = waited.limitPrice;
  if (type !== activeTypeOf(waited)) return false;
  return limitPrice === undefined || before === undefined ? limitPrice === before : compare(limitPrice, before) === 0;
}

/** As what an order reaches the venue. Shape: what the edge emulates of it never gets there. */
export function sentAs(order: Pick<OrderProfile, 'type' | 'timeInForce' | 'emulates'>): {
  readonly type: OrderType;
  readonly timeInForce: TimeInForce;
} {
  const { type, timeInForce, emulates = [] } = order;
  const waits = emulates.includes('trigger') || emulates.includes('trailing');
  return {
    type: waits ? activeTypeOf(order) : type,
    timeInForce: emulates.includes('expiry') ? 'gtc' : timeInForce,
  };
}
