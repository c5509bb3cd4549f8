import type { Order } from '@gatehouse/shared/schema/order.ts';
import { compare, type Decimal, maximum, subtract, sum, trim, ZERO } from '@gatehouse/shared/values/decimal.ts';
import { withoutRoom } from '../open-quantities.ts';
import type { OpenOrder, OpenQuantities, Room } from '../own-facts.ts';
import { scopesOf } from '../scopes.ts';
import { asOpen, endOf, type Found, restOf } from './recount-records.ts';

/** How much of some orders is open, and how much of that waits at the edge. */
interface Counted {
  readonly open: Decimal;
  readonly held: Decimal;
}

/** Whether an order is at the edge now, by what it says and by its last state. */
export function waitsNow({ order, state }: Pick<OpenOrder, 'order' | 'state'>): boolean {
  return state === 'held' || (state === 'approved' && willWait(order));
}

/** An order is one message, and a change of one at the venue two; one that waits at the edge is none. */
export function entryCount(all: readonly Found[], order: Order, at: number): number {
  if (willWait(order)) return 0;
  if (order.replaces === undefined) return 1;
  const replaced = all.find((one) => one.order.id === order.replaces && one.index < at);
  return replaced !== undefined && waitedAt(replaced, at) ? 1 : 2;
}

/** Whether an order was open and at the edge just before a place of the list. */
export function waitedAt(found: Found, at: number): boolean {
  const states = found.states.filter(({ index }) => index < at);
  if (found.index >= at || endOf({ ...found, states }) !== undefined) return false;
  return waitsNow(asOpen({ ...found, states }));
}

/** What is open of some orders on a side. Shape: `all` are the approved orders of the list, where those that replaced one are found. */
export function openOn(some: readonly Found[], side: string, all: readonly Found[]): Counted {
  const own = some.filter(({ order }) => order.side === side);
  const keys = new Set(own.map(keyOf));
  const parts = [...keys].map((key) =>
    countOf(
      own.filter((one) => keyOf(one) === key),
      all,
    ),
  );
  return { open: trim(sum(parts.map(({ open }) => open))), held: trim(sum(parts.map(({ held }) => held))) };
}

/** Both sides, as the gate hears of them. */
export function heldOf(some: readonly Found[], all: readonly Found[]): OpenQuantities['held'] {
  const [buy, sell] = [openOn(some, 'buy', all).held, openOn(some, 'sell', all).held];
  return compare(buy, ZERO) === 0 && compare(sell, ZERO) === 0 ? undefined : { buy, sell };
}

/** What an order's account has open in its instrument, without what counts no more beside the order. */
export function openBeside(all: readonly Found[], order: Order): OpenQuantities {
  const isHere = (other: Order): boolean => other.account === order.account && other.instrument === order.instrument;
  const own = all.filter((found) => endOf(found) === undefined && isHere(found.order));
  let open: OpenQuantities = {
    buy: openOn(own, 'buy', all).open,
    sell: openOn(own, 'sell', all).open,
    held: heldOf(own, all),
  };
  for (const room of roomsFor(all, order)) if (isHere(room.order)) open = withoutRoom(open, room);
  return { ...open, buy: trim(open.buy), sell: trim(open.sell) };
}

/** What counts no more beside an order. */
export function roomsFor(all: readonly Found[], order: Order): readonly Room[] {
  const open = all.filter((found) => endOf(found) === undefined);
  const replaced = open.find((one) => one.order.id === order.replaces);
  const rooms: Room[] = [];
  if (replaced !== undefined) {
    const before = openOn(open, replaced.order.side, all);
    const after = openOn(
      open.filter((one) => one !== replaced),
      replaced.order.side,
      all,
    );
    rooms.push(roomOf(replaced.order, subtract(before.open, after.open), subtract(before.held, after.held)));
  }
  const others = open.filter((one) => one !== replaced && keyOf(one) === keyOf({ order }));
  const isAlone = !open.some((one) => keyOf(one) === keyOf({ order }));
  if (!isGrouped(order) || isAlone) return rooms;
  const before = countOf(others, all);
  const live = subtract(before.open, before.held);
  const isLive = order.parent !== undefined && order.parent === order.replaces;
  // The largest of those that wait, this one among them where it waits too.
  const waiting = isLive
    ? subtract(before.open, order.quantity)
    : subtract(maximum(before.open, order.quantity), order.quantity);
  const beside = maximum(waiting, live);
  rooms.push(roomOf(order, subtract(before.open, beside), subtract(before.held, subtract(beside, live))));
  return rooms;
}

function roomOf(order: Order, open: Decimal, held: Decimal): Room {
  return { order, open: trim(open), held: trim(held) };
}

function countOf(some: readonly Found[], all: readonly Found[]): Counted {
  const live = trim(sum(some.filter((one) => isCountedAlone(one)).map(restOf)));
  const waiting = some.filter((one) => !isCountedAlone(one) && !isExit(one.order) && !isReplaced(one, all));
  const most = maximum<Decimal>(ZERO, ...waiting.map(restOf));
  return { open: maximum(live, most), held: trim(subtract(maximum(live, most), live)) };
}

/** An order that never waits counts as live, whatever its state is called. */
function isCountedAlone(found: Found): boolean {
  const mayWait = willWait(found.order) || isGrouped(found.order);
  return !mayWait || !waitsNow(asOpen(found));
}

function isReplaced({ order, index }: Found, all: readonly Found[]): boolean {
  const newest = all.filter((one) => one.order.replaces === order.id && one.index > index).at(-1);
  const end = newest === undefined ? undefined : endOf(newest);
  return newest !== undefined && end?.body.state !== 'rejected' && end?.body.state !== 'unsent';
}

function keyOf({ order }: Pick<Found, 'order'>): string {
  return isGrouped(order) ? `${order.group?.id} ${order.side} ${scopesOf(order).join(' ')}` : `alone ${order.id}`;
}

function isGrouped({ group, emulates = [] }: Order): boolean {
  return group?.kind === 'oco' && emulates.includes('group');
}

function isExit({ group, emulates = [] }: Order): boolean {
  return group?.kind === 'bracket' && group.role !== 'entry' && emulates.includes('group');
}

function willWait(order: Order): boolean {
  const { emulates = [], group, parent, replaces } = order;
  if (parent !== undefined && parent === replaces) return false;
  const isForGroup = emulates.includes('group') && group !== undefined && group.role !== 'entry';
  return emulates.includes('trigger') || emulates.includes('trailing') || isForGroup;
}
