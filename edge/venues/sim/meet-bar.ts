import {
  compare,
  type Decimal,
  divide,
  isZero,
  minimum,
  multiply,
  subtract,
} from '@gatehouse/shared/values/decimal.ts';
import type { Instant } from '@gatehouse/shared/values/instant.ts';
import { onTick } from '../sim-prices.ts';
import type { Floor } from './floor.ts';
import { accepts, firstShown, follow, isImmediate, isReached, type Live } from './live-order.ts';
import { comesBefore } from './resting-orders.ts';
import type { Side, SimBar, SimFill } from './sim-types.ts';

/** Where and when an order executes on a bar. */
interface Execution {
  readonly price: Decimal;
  readonly at: Instant;
  readonly liquidity: SimFill['liquidity'];
}

/** Lets every order that is older than a bar meet it. Shape: `opensDay` where the bar is the first of its day. */
export function meetBar(floor: Floor, bar: SimBar, opensDay: boolean): void {
  floor.expireUntil(bar.openAt);
  let left = budgetOf(floor, bar);
  for (const live of inTurn(floor, left !== undefined)) {
    if (floor.live.get(live.order.id) !== live) continue;
    left = meetOne(floor, live, { bar, opensDay, left });
  }
  floor.expireUntil(bar.closeAt);
}

/** Without a budget no order is in another's way, and each is met as it came. */
function inTurn(floor: Floor, isShort: boolean): readonly Live[] {
  const all = [...floor.live.values()];
  return isShort ? all.sort((one, other) => (comesFirst(one, other) ? -1 : 1)) : all;
}

function comesFirst(one: Live, other: Live): boolean {
  if (one.order.side !== other.order.side) return one.rank < other.rank;
  return comesBefore(one, other);
}

/** The quantity of a bar that can be executed in all; undefined where it does not matter. */
function budgetOf(floor: Floor, { volume }: SimBar): Decimal | undefined {
  const { participation, instrument } = floor.options;
  if (participation === undefined || volume === undefined) return undefined;
  const lots = divide(multiply(volume, participation), instrument.lot, { scale: 0, rounding: 'floor' });
  return multiply(lots, instrument.lot);
}

interface Meeting {
  readonly bar: SimBar;
  readonly opensDay: boolean;
  readonly left: Decimal | undefined;
}

function meetOne(floor: Floor, live: Live, { bar, opensDay, left }: Meeting): Decimal | undefined {
  const { auction, timeInForce } = live.order;
  const isForClose = auction === 'close' && bar.endsDay && bar.closeAt > live.activeAt;
  if (bar.openAt <= live.activeAt && !isForClose) return left;
  live.day ??= bar.day;
  const before = live.executed;
  if (floor.session === 'open') {
    if (auction !== undefined) {
      if (isForClose || (auction === 'open' && opensDay)) meetAuctionOf(floor, live, { bar, opensDay, left });
    } else meetContinuous(floor, live, { bar, opensDay, left });
  }
  const endsNow = timeInForce === 'day' && bar.endsDay && bar.day === live.day;
  if (endsNow && floor.live.get(live.order.id) === live) {
    const how = isZero(live.executed) ? 'untouched' : 'before it was complete';
    floor.end(live, bar.closeAt, { kind: 'expired', reason: `The session of ${bar.day} ended ${how}.` });
  }
  return left === undefined ? undefined : subtract(left, subtract(live.executed, before));
}

function meetAuctionOf(floor: Floor, live: Live, { bar, left }: Meeting): void {
  const isOpen = live.order.auction === 'open';
  const { tick } = floor.options.instrument;
  const price = onTick(isOpen ? bar.open : bar.close, live.order.side, tick);
  const at = isOpen ? bar.openAt : bar.closeAt;
  if (accepts(live, price)) execute(floor, live, { price, at, liquidity: 'taker', left, from: 'auction' });
  if (floor.live.get(live.order.id) !== live) return;
  floor.end(live, at, { kind: 'expired', reason: 'The auction is over, and it was not executed in it.' });
}

function meetContinuous(floor: Floor, live: Live, { bar, left }: Meeting): void {
  if (live.phase === 'waiting') {
    meetWaiting(floor, live, { bar, left });
    return;
  }
  const opens = onTick(bar.open, live.order.side, floor.options.instrument.tick);
  const isNew = live.phase === 'arrived';
  if (isNew && !meetsOpen(floor, live, { bar, opens, left })) return;
  const execution = executionOf(live, bar, opens);
  if (execution !== undefined) execute(floor, live, { ...execution, left, from: 'bar' });
  if (floor.live.get(live.order.id) !== live) return;
  if (isImmediate(live.order)) {
    floor.end(live, bar.openAt, { kind: 'expired', reason: 'No more of it could be executed at once.' });
  } else if (isNew && live.limit !== undefined) floor.rest(live);
}

/** What an order says about the first price that it meets; false where it ends there. */
function meetsOpen(
  floor: Floor,
  live: Live,
  { bar, opens, left }: { readonly bar: SimBar; readonly opens: Decimal; readonly left: Decimal | undefined },
): boolean {
  const { order } = live;
  const takes = accepts(live, opens) && floor.isInside(opens);
  if (order.postOnly === true && takes) {
    floor.end(live, bar.openAt, { kind: 'rejected', reason: 'It would have taken, and is to rest only.' });
    return false;
  }
  if (!isImmediate(order)) return true;
  const room = left === undefined ? floor.room(live) : minimum(floor.room(live), left);
  const isEnough = order.timeInForce === 'ioc' || compare(room, live.remaining) >= 0;
  if (takes && isEnough) return true;
  const reason =
    order.timeInForce === 'fok' ? 'It could not be executed whole at once.' : 'Nothing could be executed at once.';
  floor.end(live, bar.openAt, { kind: 'expired', reason });
  return false;
}

/** Where an active order executes: at the open, or at its limit where the range reaches it. */
function executionOf(live: Live, bar: SimBar, opens: Decimal): Execution | undefined {
  const { limit, order } = live;
  const liquidity = live.hasRested ? 'maker' : 'taker';
  if (limit === undefined) return { price: opens, at: bar.openAt, liquidity };
  // What only makes never gets more than its limit.
  if (accepts(live, opens)) return { price: order.postOnly === true ? limit : opens, at: bar.openAt, liquidity };
  return isInRange(bar, limit, order.side) ? { price: limit, at: bar.closeAt, liquidity: 'maker' } : undefined;
}

function isInRange(bar: SimBar, limit: Decimal, side: Side): boolean {
  return side === 'buy' ? compare(bar.low, limit) <= 0 : compare(bar.high, limit) >= 0;
}

interface Waiting {
  readonly bar: SimBar;
  readonly left: Decimal | undefined;
}

/** A stop, take-profit or trailing stop looks at a bar. Shape: it triggers only where the bar makes that certain. */
function meetWaiting(floor: Floor, live: Live, { bar, left }: Waiting): void {
  follow(live, bar.open);
  if (isReached(live, bar.open)) {
    becomeActive(floor, live, { at: bar.openAt, price: bar.open });
    meetContinuous(floor, live, { bar, opensDay: false, left });
    return;
  }
  const price = triggerWithin(live, bar);
  if (price === undefined) return;
  const { tick } = floor.options.instrument;
  becomeActive(floor, live, { at: bar.closeAt, price });
  const there = onTick(price, live.order.side, tick);
  const close = onTick(bar.close, live.order.side, tick);
  if (accepts(live, there)) {
    execute(floor, live, { price: there, at: bar.closeAt, liquidity: 'taker', left, from: 'bar' });
  } else if (accepts(live, close)) {
    // It was active before the close, and by then its limit was reached.
    execute(floor, live, { price: live.limit ?? close, at: bar.closeAt, liquidity: 'maker', left, from: 'bar' });
  }
  if (floor.live.get(live.order.id) !== live) return;
  if (isImmediate(live.order)) {
    floor.end(live, bar.closeAt, { kind: 'expired', reason: 'No more of it could be executed at once.' });
  } else if (live.limit !== undefined) floor.rest(live);
}

function triggerWithin(live: Live, bar: SimBar): Decimal | undefined {
  const extremes = [bar.low, bar.high];
  if (extremes.some((price) => isReached(live, price))) return live.stop;
  if (live.order.trailing === undefined) return undefined;
  follow(live, live.order.side === 'sell' ? bar.high : bar.low);
  // The close came after the best price, so a close beyond the new stop passed through it.
  return isReached(live, bar.close) ? live.stop : undefined;
}

function becomeActive(
  floor: Floor,
  live: Live,
  { at, price }: { readonly at: Instant; readonly price: Decimal },
): void {
  floor.emit({ kind: 'triggered', order: live.order.id, at, price });
  floor.move(live, 'arrived');
}

interface Wanted extends Execution {
  readonly left: Decimal | undefined;
  readonly from: SimFill['from'];
}

function execute(floor: Floor, live: Live, { price, at, liquidity, left, from }: Wanted): void {
  const { expiresAt, timeInForce } = live.order;
  if ((expiresAt !== undefined && at >= expiresAt) || !floor.isInside(price) || floor.endsForRoom(live, at)) return;
  const room = floor.room(live);
  const quantity = left === undefined ? room : minimum(room, left);
  if (quantity.units <= 0n || (timeInForce === 'fok' && compare(quantity, live.remaining) < 0)) return;
  floor.fill(live, { price, at, quantity, liquidity, from });
  live.shown = firstShown(live.order, live.remaining);
}
