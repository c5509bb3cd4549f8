import { compare, type Decimal, isZero, minimum, subtract, ZERO } from '@gatehouse/shared/values/decimal.ts';
import type { Instant } from '@gatehouse/shared/values/instant.ts';
import type { Floor } from './floor.ts';
import { accepts, follow, isBetter, isImmediate, isReached, type Live, opposite } from './live-order.ts';
import type { Side, SimAuction, SimBookDelta, SimTrade } from './sim-types.ts';
import { counts, fillResting, shortenQueues, take, takeable } from './take.ts';

/** An order meets the market for the first time: it takes what it may, then stands or ends as it says. */
export function meet(floor: Floor, live: Live, at: Instant): void {
  const { order } = live;
  if (order.postOnly === true && !isZero(takeable(floor, live, at))) {
    floor.end(live, at, { kind: 'rejected', reason: 'It would have taken, and is to rest only.' });
    return;
  }
  if (order.timeInForce === 'fok' && !isWhole(live, minimum(takeable(floor, live, at), floor.room(live)))) {
    floor.end(live, at, { kind: 'expired', reason: 'It could not be executed whole at once.' });
    return;
  }
  take(floor, live, at);
  settle(floor, live, { at, waitsForMore: floor.options.takes !== 'standing' });
}

function isWhole(live: Live, available: Decimal): boolean {
  return compare(available, live.remaining) >= 0;
}

/** What becomes of the part of an order that found nobody. */
function settle(
  floor: Floor,
  live: Live,
  { at, waitsForMore }: { readonly at: Instant; readonly waitsForMore: boolean },
): void {
  if (floor.live.get(live.order.id) !== live) return;
  if (isImmediate(live.order)) {
    floor.end(live, at, { kind: 'expired', reason: 'No more of it could be executed at once.' });
    return;
  }
  if (live.limit !== undefined) {
    floor.rest(live);
    return;
  }
  if (!waitsForMore) floor.end(live, at, { kind: 'expired', reason: 'Nobody stood against it.' });
}

/** The book changed: what stands is met first, then what came meanwhile. */
export function meetBook(floor: Floor, at: Instant): void {
  if (floor.session !== 'open' || floor.outside.isCrossed()) return;
  for (const side of ['buy', 'sell'] as const) meetCrossing(floor, side, at);
  if (floor.arrived.size === 0) return;
  for (const live of [...floor.arrived.values()]) if (counts(floor, live, at)) meet(floor, live, at);
}

/** Shortens the queues at the levels that a change of the book names, or at all of them. */
export function capQueues(floor: Floor, levels?: SimBookDelta['levels']): void {
  const { resting } = floor;
  if (resting.size === 0) return;
  for (const { side, price } of levels ?? []) for (const live of resting.at(side, price)) capQueue(floor, live);
  if (levels !== undefined) return;
  for (const side of ['buy', 'sell'] as const) for (const live of resting.side(side)) capQueue(floor, live);
}

/** Nobody can have more before him than stands at his price. */
function capQueue(floor: Floor, live: Live): void {
  const { outside } = floor;
  const { limit = ZERO, order } = live;
  if (!outside.isShown(order.side, limit)) return;
  if (!live.isAheadKnown) floor.queue(live);
  else if (!isZero(live.ahead)) live.ahead = minimum(live.ahead, outside.quantityAt(order.side, limit));
}

/** The others came to prices at which orders of ours stand: they meet them at the price of ours. */
function meetCrossing(floor: Floor, side: Side, at: Instant): void {
  for (;;) {
    const level = floor.outside.best(opposite(side));
    const live = level && floor.resting.side(side).find((one) => mayFill(floor, one, at));
    if (level === undefined || live?.limit === undefined || !accepts(live, level.price)) return;
    if (floor.endsForRoom(live, at)) continue;
    const quantity = minimum(level.quantity, live.shown, floor.room(live));
    floor.outside.take(opposite(side), level.price, quantity);
    floor.last = live.limit;
    fillResting(floor, live, { at, price: live.limit, quantity, from: 'book' });
  }
}

function mayFill(floor: Floor, live: Live, at: Instant): boolean {
  return live.limit !== undefined && counts(floor, live, at) && floor.isInside(live.limit);
}

/** Others traded: what stands at that price or better has its turn, then, where no book is known, what came meanwhile. */
export function meetTrade(floor: Floor, trade: SimTrade): void {
  floor.last = trade.price;
  if (floor.session !== 'open' || !floor.isInside(trade.price)) return;
  let left = trade.quantity;
  if (trade.aggressor !== 'buy') left = fillTouched(floor, 'buy', { ...trade, quantity: left });
  if (trade.aggressor !== 'sell') left = fillTouched(floor, 'sell', { ...trade, quantity: left });
  if (floor.outside.at !== undefined) return;
  for (const live of [...floor.arrived.values()]) {
    if (counts(floor, live, trade.at)) left = takeTrade(floor, live, { ...trade, quantity: left });
  }
}

/** Executes what stands on one side and is touched by a trade. Shape: answers with what is left of the trade. */
function fillTouched(floor: Floor, side: Side, { at, price, quantity }: SimTrade): Decimal {
  let left = quantity;
  while (left.units > 0n) {
    const live = floor.resting.side(side).find((one) => isTouched(floor, one, { at, price }));
    if (live?.limit === undefined) break;
    if (floor.endsForRoom(live, at)) continue;
    if (compare(live.limit, price) === 0 && !isZero(live.ahead)) {
      const before = minimum(live.ahead, left);
      shortenQueues(floor, { side, price, quantity: before });
      left = subtract(left, before);
      continue;
    }
    const executed = minimum(left, live.shown, floor.room(live));
    left = subtract(left, executed);
    fillResting(floor, live, { at, price: live.limit, quantity: executed, from: 'trade' });
  }
  return left;
}

function isTouched(floor: Floor, live: Live, { at, price }: Pick<SimTrade, 'at' | 'price'>): boolean {
  if (live.limit === undefined || !mayFill(floor, live, at) || !accepts(live, price)) return false;
  return live.isAheadKnown || compare(live.limit, price) !== 0;
}

/** Where trades are all that is known, an order that came takes part of the next one. */
function takeTrade(floor: Floor, live: Live, { at, price, quantity }: SimTrade): Decimal {
  const available = accepts(live, price) ? minimum(quantity, floor.room(live)) : ZERO;
  const { order } = live;
  if (order.postOnly === true && !isZero(available)) {
    floor.end(live, at, { kind: 'rejected', reason: 'It would have taken, and is to rest only.' });
    return quantity;
  }
  if (order.timeInForce === 'fok' && !isWhole(live, available)) {
    floor.end(live, at, { kind: 'expired', reason: 'It could not be executed whole at once.' });
    return quantity;
  }
  if (floor.endsForRoom(live, at)) return quantity;
  if (!isZero(available)) floor.fill(live, { at, price, quantity: available, liquidity: 'taker', from: 'trade' });
  else take(floor, live, at);
  settle(floor, live, { at, waitsForMore: true });
  return subtract(quantity, available);
}

/** An auction printed: its orders execute at the print or end, and orders that stood beyond the print take part. */
export function meetAuction(floor: Floor, auction: SimAuction): void {
  const { at, kind, price } = auction;
  if (floor.session === 'closed') return;
  floor.last = price;
  const isTaker = (live: Live): boolean => live.order.auction === kind && counts(floor, live, at);
  const isBeyond = (live: Live): boolean =>
    live.phase === 'resting' &&
    live.limit !== undefined &&
    isBetter(price, live.limit, live.order.side) &&
    counts(floor, live, at);
  for (const side of ['buy', 'sell'] as const) {
    const parties = [...floor.live.values()].filter(
      (one) => one.order.side === side && (isTaker(one) || isBeyond(one)),
    );
    let left = auction.quantity;
    for (const live of parties.sort(inAuction)) left = executeAt(floor, live, { ...auction, quantity: left });
  }
}

function inAuction(one: Live, other: Live): number {
  if (one.limit === undefined || other.limit === undefined) {
    const first = Number(one.limit !== undefined) - Number(other.limit !== undefined);
    return first === 0 ? one.rank - other.rank : first;
  }
  const order = compare(one.limit, other.limit) * (one.order.side === 'buy' ? -1 : 1);
  return order === 0 ? one.rank - other.rank : order;
}

type Print = Omit<SimAuction, 'quantity'> & { readonly quantity: Decimal | undefined };

function executeAt(floor: Floor, live: Live, { at, price, quantity }: Print): Decimal | undefined {
  const { auction } = live.order;
  const room = floor.room(live);
  const wanted = quantity === undefined ? room : minimum(room, quantity);
  const executed = accepts(live, price) && floor.isInside(price) ? wanted : ZERO;
  if (!isZero(executed)) {
    if (live.phase === 'resting') live.shown = minimum(live.shown, subtract(live.remaining, executed));
    floor.fill(live, { at, price, quantity: executed, liquidity: 'taker', from: 'auction' });
    if (live.phase === 'resting' && floor.live.get(live.order.id) === live) floor.rest(live);
  }
  if (auction !== undefined && floor.live.get(live.order.id) === live) {
    floor.end(live, at, { kind: 'expired', reason: 'The auction is over, and it was not executed in it.' });
  }
  return quantity === undefined ? undefined : subtract(quantity, executed);
}

/** Lets waiting orders look at a price, one way for sales and one for purchases, until none becomes active any more. */
export function trigger(floor: Floor, at: Instant): void {
  if (floor.waiting.size === 0 || floor.session !== 'open') return;
  // Each turn makes at least one order active, so there are at most as many turns as there are orders.
  for (let turns = floor.waiting.size; turns >= 0; turns -= 1) {
    let isAny = false;
    for (const live of [...floor.waiting.values()]) {
      const price = looksAt(floor, live);
      if (price === undefined || !counts(floor, live, at)) continue;
      follow(live, price);
      if (!isReached(live, price)) continue;
      activate(floor, live, { at, price });
      isAny = true;
    }
    if (!isAny) return;
  }
}

function looksAt(floor: Floor, live: Live): Decimal | undefined {
  if (floor.options.triggers !== 'quotes') return floor.last;
  if (floor.outside.isCrossed()) return undefined;
  // A sale would get the bid and a purchase would pay the ask.
  return floor.outside.best(opposite(live.order.side))?.price;
}

/** Makes a waiting order active; it then meets only what comes later, unless the book stands for it. */
export function activate(
  floor: Floor,
  live: Live,
  { at, price }: { readonly at: Instant; readonly price: Decimal },
): void {
  floor.emit({ kind: 'triggered', order: live.order.id, at, price });
  floor.move(live, 'arrived');
  live.activeAt = at;
  live.rank = floor.nextRank();
  if (floor.options.takes === 'standing') meet(floor, live, at);
}
