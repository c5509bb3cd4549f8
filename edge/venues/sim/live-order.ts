import {
  compare,
  type Decimal,
  divide,
  fromInteger,
  minimum,
  multiply,
  signOf,
  subtract,
  toText,
  ZERO,
} from '@gatehouse/shared/values/decimal.ts';
import type { Instant } from '@gatehouse/shared/values/instant.ts';
import { isOnTick } from '../sim-prices.ts';
import type { EngineOptions, Side, SimOpenOrder, SimOrder } from './sim-types.ts';

/**
 * An order of the engine while it is open.
 *
 * Shape: `rank` is its place in time; `activeAt` is what data must be younger than; `ahead` is what stands before it at its price
 *        and is not ours; `shown` is what is left of the part that others see; `stop` and `best` belong to one that waits.
 */
export interface Live {
  order: SimOrder;
  rank: number;
  phase: SimOpenOrder['phase'];
  activeAt: Instant;
  limit: Decimal | undefined;
  remaining: Decimal;
  executed: Decimal;
  shown: Decimal;
  ahead: Decimal;
  /** False while data shows only better prices than its own: what stands before it is then not known. */
  isAheadKnown: boolean;
  hasRested: boolean;
  fills: number;
  day: string | undefined;
  stop: Decimal | undefined;
  best: Decimal | undefined;
}

const WAITS: ReadonlySet<SimOrder['type']> = new Set([
  'stop',
  'stop-limit',
  'trailing-stop',
  'take-profit',
  'take-profit-limit',
]);
const STANDS: ReadonlySet<SimOrder['timeInForce']> = new Set(['day', 'gtc', 'gtd']);
const BPS = fromInteger(10_000);

/** An order as it enters, at a place in time. */
export function createLive(order: SimOrder, rank: number): Live {
  const executed = order.executed ?? ZERO;
  const remaining = subtract(order.quantity, executed);
  return {
    order,
    rank,
    phase: firstPhase(order),
    activeAt: order.enteredAt,
    limit: order.limitPrice,
    remaining,
    executed,
    shown: firstShown(order, remaining),
    ahead: ZERO,
    isAheadKnown: true,
    hasRested: false,
    fills: 0,
    day: undefined,
    stop: order.stopPrice,
    best: undefined,
  };
}

function firstPhase(order: SimOrder): Live['phase'] {
  if (order.auction !== undefined) return 'auction';
  return WAITS.has(order.type) ? 'waiting' : 'arrived';
}

/** The part that others see of what is left. */
export function firstShown(order: SimOrder, remaining: Decimal): Decimal {
  return order.displayQuantity === undefined ? remaining : minimum(remaining, order.displayQuantity);
}

/** Whether the order must execute at once or end. */
export function isImmediate(order: SimOrder): boolean {
  return !STANDS.has(order.timeInForce);
}

/** Whether a price is at the order's limit or better for it. */
export function accepts(live: Live, price: Decimal): boolean {
  return live.limit === undefined || !isBetter(live.limit, price, live.order.side);
}

/** Whether the first price is better for that side than the second. */
export function isBetter(price: Decimal, than: Decimal, side: Side): boolean {
  return side === 'buy' ? compare(price, than) < 0 : compare(price, than) > 0;
}

/** The other side. */
export function opposite(side: Side): Side {
  return side === 'buy' ? 'sell' : 'buy';
}

/** Whether a price makes a waiting order active: a stop at its price or worse, a take-profit at its price or better. */
export function isReached(live: Live, price: Decimal): boolean {
  if (live.stop === undefined) return false;
  const { side, type } = live.order;
  const risesTo = (side === 'buy') !== type.startsWith('take-profit');
  return risesTo ? compare(price, live.stop) >= 0 : compare(price, live.stop) <= 0;
}

/** Lets the stop of a trailing order follow a price that is better than all before. */
export function follow(live: Live, price: Decimal): void {
  const { trailing, side } = live.order;
  if (trailing === undefined) return;
  // A trailing sale protects what is held and follows the price up; a purchase follows it down.
  if (live.best !== undefined && !isBetter(price, live.best, side)) return;
  live.best = price;
  live.stop = trailingStop(price, live.order);
}

function trailingStop(best: Decimal, { trailing, side }: SimOrder): Decimal {
  const { by, distance } = trailing ?? { by: 'price', distance: ZERO };
  const scale = Math.max(best.scale, distance.scale) + 4;
  const away = by === 'price' ? distance : divide(multiply(best, distance), BPS, { scale, rounding: 'half-even' });
  return side === 'sell' ? subtract(best, away) : subtract(best, { units: -away.units, scale: away.scale });
}

/** Why the exchange refuses an order as it is; undefined for one that it takes. */
export function faultOf(order: SimOrder, { tick, lot }: EngineOptions['instrument']): string | undefined {
  return faultOfShape(order) ?? faultOfSteps(order, tick, lot);
}

function faultOfShape(order: SimOrder): string | undefined {
  const { type, timeInForce, limitPrice, stopPrice, trailing, displayQuantity } = order;
  if (signOf(subtract(order.quantity, order.executed ?? ZERO)) <= 0) return 'The order has no quantity to execute.';
  if (type.endsWith('limit') !== (limitPrice !== undefined))
    return 'A limit order has a limit and a market order has none.';
  const needsStop = WAITS.has(type) && type !== 'trailing-stop';
  if (needsStop !== (stopPrice !== undefined)) return 'A stop or take-profit has a stop price and no other order has.';
  if ((type === 'trailing-stop') !== (trailing !== undefined)) return 'A trailing stop says how far it stays behind.';
  if (trailing !== undefined && signOf(trailing.distance) <= 0) return 'A trailing stop stays behind by some distance.';
  if ((timeInForce === 'gtd') !== (order.expiresAt !== undefined)) return 'An order till a date has a date.';
  if (order.expiresAt !== undefined && order.expiresAt <= order.enteredAt) return 'The order had ended before it came.';
  if (order.auction !== undefined && type !== 'limit' && type !== 'market')
    return 'Only market and limit orders are for an auction.';
  if (order.postOnly === true && (type !== 'limit' || isImmediate(order) || order.auction !== undefined))
    return 'Only a limit order that may stand is post-only.';
  if (displayQuantity === undefined) return undefined;
  return limitPrice !== undefined && signOf(displayQuantity) > 0 && compare(displayQuantity, order.quantity) <= 0
    ? undefined
    : 'Only an order with a limit shows a part of itself, and no more than it is.';
}

function faultOfSteps(order: SimOrder, tick: Decimal, lot: Decimal): string | undefined {
  const { limitPrice, stopPrice, quantity, displayQuantity } = order;
  if (limitPrice !== undefined && !isOnTick(limitPrice, tick))
    return `The limit ${toText(limitPrice)} does not lie on the tick of ${toText(tick)}.`;
  if (stopPrice !== undefined && !isOnTick(stopPrice, tick))
    return `The stop price ${toText(stopPrice)} does not lie on the tick of ${toText(tick)}.`;
  if (!isOnTick(quantity, lot)) return `The quantity ${toText(quantity)} is not whole lots.`;
  return displayQuantity === undefined || isOnTick(displayQuantity, lot)
    ? undefined
    : `The part ${toText(displayQuantity)} that is shown is not whole lots.`;
}
