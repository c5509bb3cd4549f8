import { add, compare, type Decimal, isZero, minimum, subtract, ZERO } from '@gatehouse/shared/values/decimal.ts';
import type { Instant } from '@gatehouse/shared/values/instant.ts';
import type { Floor } from './floor.ts';
import { accepts, firstShown, isBetter, type Live, opposite } from './live-order.ts';
import type { SimLevel } from './sim-types.ts';

/** What an order that takes meets next: one of ours, or everybody else's level. */
type Counter = { readonly price: Decimal; readonly quantity: Decimal; readonly ours: Live | undefined };

/** Whether what happens at a moment counts for an order: what is not younger than it does not. */
export function counts(floor: Floor, live: Live, at: Instant): boolean {
  return floor.options.takes === 'standing' || at > live.activeAt;
}

/** Whether the order may meet what stands outside: what is older than the order does not count. */
function mayMeetOutside(floor: Floor, live: Live): boolean {
  const { at } = floor.outside;
  if (at === undefined || floor.outside.isCrossed()) return false;
  return floor.options.takes === 'standing' || at > live.activeAt;
}

/** Executes what an order can take at once from the best prices on, in the order of price and time. */
export function take(floor: Floor, live: Live, at: Instant): void {
  while (floor.live.get(live.order.id) === live && !isZero(live.remaining)) {
    if (floor.endsForRoom(live, at)) return;
    const counter = nextCounter(floor, live, at);
    if (counter === undefined) return;
    const { ours, price } = counter;
    if (ours !== undefined && !mayMeet(floor, live, { ours, at })) continue;
    const room = ours === undefined ? floor.room(live) : minimum(floor.room(live), floor.room(ours));
    const quantity = minimum(counter.quantity, room);
    if (ours === undefined) takeOutside(floor, live, { price, quantity, at });
    else takeOurs(floor, live, { ours, price, quantity, at });
    floor.last = price;
  }
}

function nextCounter(floor: Floor, live: Live, at: Instant): Counter | undefined {
  const side = opposite(live.order.side);
  const level = mayMeetOutside(floor, live) ? usable(floor, live, floor.outside.best(side)) : undefined;
  const isOpen = floor.options.ownCross !== false;
  const ours = isOpen ? floor.resting.side(side).find((one) => counts(floor, one, at)) : undefined;
  const price = ours?.limit;
  if (ours === undefined || price === undefined || !accepts(live, price) || !floor.isInside(price)) return level;
  if (level === undefined || isBetter(price, level.price, live.order.side))
    return { price, quantity: ours.shown, ours };
  if (compare(level.price, price) !== 0) return level;
  // At one price, what stood before ours comes first.
  if (isZero(ours.ahead)) return { price, quantity: ours.shown, ours };
  return { ...level, quantity: minimum(level.quantity, ours.ahead) };
}

function usable(floor: Floor, live: Live, level: SimLevel | undefined): Counter | undefined {
  if (level === undefined || !accepts(live, level.price) || !floor.isInside(level.price)) return undefined;
  return { price: level.price, quantity: level.quantity, ours: undefined };
}

function takeOutside(floor: Floor, live: Live, { price, quantity, at }: SimLevel & { readonly at: Instant }): void {
  const side = opposite(live.order.side);
  floor.outside.take(side, price, quantity);
  shortenQueues(floor, { side, price, quantity });
  floor.fill(live, { at, price, quantity, liquidity: 'taker', from: 'book' });
}

/** Takes away from what stands before our orders at a price. */
export function shortenQueues(
  floor: Floor,
  { side, price, quantity }: SimLevel & { readonly side: Live['order']['side'] },
): void {
  for (const live of floor.resting.at(side, price)) live.ahead = atLeastNothing(subtract(live.ahead, quantity));
}

function atLeastNothing(value: Decimal): Decimal {
  return value.units < 0n ? ZERO : value;
}

function takeOurs(
  floor: Floor,
  live: Live,
  { ours, price, quantity, at }: SimLevel & { readonly ours: Live; readonly at: Instant },
): void {
  fillResting(floor, ours, { price, quantity, at, from: 'order', against: live.order.id });
  floor.fill(live, { at, price, quantity, liquidity: 'taker', from: 'order', against: ours.order.id });
}

/** Executes a part of an order that stands; an iceberg whose shown part is gone shows the next one, at the end of the queue. */
export function fillResting(floor: Floor, live: Live, deal: Omit<Parameters<Floor['fill']>[1], 'liquidity'>): void {
  live.shown = subtract(live.shown, deal.quantity);
  const isShownGone = live.shown.units <= 0n;
  floor.fill(live, { ...deal, liquidity: 'maker' });
  if (!isShownGone || isZero(live.remaining)) return;
  floor.resting.remove(live);
  live.rank = floor.nextRank();
  live.shown = firstShown(live.order, live.remaining);
  floor.queue(live);
  floor.resting.add(live);
}

/** Whether two orders may meet; where one of them has to go instead, it goes. */
function mayMeet(floor: Floor, live: Live, { ours, at }: { readonly ours: Live; readonly at: Instant }): boolean {
  if (floor.endsForRoom(ours, at)) return false;
  const { selfTrade = 'allow' } = floor.options;
  if (selfTrade === 'allow' || live.order.owner === undefined || live.order.owner !== ours.order.owner) return true;
  const goes = selfTrade === 'expire-taker' ? live : ours;
  floor.end(goes, at, { kind: 'expired', reason: 'It would have traded with an order of its own account.' });
  return false;
}

/** What an order could take at once, up to what it wants. Shape: changes nothing. */
export function takeable(floor: Floor, live: Live, at: Instant): Decimal {
  const side = opposite(live.order.side);
  let total: Decimal = ZERO;
  const fits = (price: Decimal): boolean => accepts(live, price) && floor.isInside(price);
  const own = floor.options.ownCross === false ? [] : floor.resting.side(side);
  for (const ours of own) {
    if (ours.limit === undefined || !fits(ours.limit)) break;
    if (!counts(floor, ours, at)) continue;
    const isItself = wouldMeetItself(floor, live, ours);
    // It ends where it meets itself, wherever on the way that is.
    if (isItself && floor.options.selfTrade === 'expire-taker') return ZERO;
    // What others may still reduce is not known before they trade.
    if (isItself || ours.order.reduceOnly === true) continue;
    total = add(total, floor.room(ours));
  }
  if (!mayMeetOutside(floor, live)) return total;
  for (const { price, quantity } of floor.outside.levels(side)) {
    if (!fits(price) || compare(total, live.remaining) >= 0) break;
    total = add(total, quantity);
  }
  return total;
}

function wouldMeetItself(floor: Floor, live: Live, ours: Live): boolean {
  const { selfTrade = 'allow' } = floor.options;
  return selfTrade !== 'allow' && live.order.owner !== undefined && live.order.owner === ours.order.owner;
}
