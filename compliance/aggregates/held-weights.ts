import type { Order } from '@gatehouse/shared/schema/order.ts';
import { maximum, subtract, ZERO } from '@gatehouse/shared/values/decimal.ts';
import { countsTogether, NO_WEIGHT, type Weighed, type Weight, waitsAtEdge, weightOf } from '../edge-waiting.ts';
import type { Room } from '../own-facts.ts';
import type { Entered } from './entered.ts';
import { type Lane, lean } from './holding-state.ts';
import { restOf } from './order-rest.ts';

/** Orders that count together, and what they count for. */
interface Bundle {
  readonly key: string;
  readonly lane: Lane;
  readonly side: Order['side'];
  readonly members: Map<string, Entered>;
  counted: Weight;
}

/** A change of what counts as open at a place. */
interface WeightChange extends Weight {
  readonly lane: Lane;
  readonly side: Order['side'];
}

const NO_ROOM: readonly Room[] = [];

/** Whether an order is counted here, and not by what is left of it alone. */
export function isWeighed(order: Order): boolean {
  return order.emulates !== undefined && (waitsAtEdge(order) || countsTogether(order));
}

/**
 * What orders that wait at the edge count for, alone or with the others of their group.
 *
 * Shape: changes are taken once, after each entry. Those of one group count together where they lie at one place and on one side.
 */
export class HeldWeights {
  readonly #bundles = new Map<string, Bundle>();
  readonly #touched = new Set<Bundle>();

  put(known: Entered): void {
    const { order } = known.open;
    if (!isWeighed(order)) return;
    const bundle = this.#bundleOf(known);
    bundle.members.set(order.id, known);
    this.#touched.add(bundle);
  }

  remove(known: Entered): void {
    const bundle = this.#bundles.get(keyOf(known.open.order, known.lane.place.key));
    if (bundle?.members.delete(known.open.order.id) === true) this.#touched.add(bundle);
  }

  /** What changed since the last time. */
  takeChanges(): readonly WeightChange[] {
    if (this.#touched.size === 0) return [];
    const changes: WeightChange[] = [];
    for (const bundle of this.#touched) {
      const { key, lane, side, members, counted } = bundle;
      bundle.counted = weightOf(members.values());
      if (members.size === 0) this.#bundles.delete(key);
      const { open, held } = bundle.counted;
      changes.push({ lane, side, open: subtract(open, counted.open), held: subtract(held, counted.held) });
    }
    this.#touched.clear();
    return changes;
  }

  /**
   * What counts as open and will not once the order is entered: what it replaces, and what its group counts for already.
   *
   * Shape: `placeKey` is that of the order, where its group may lie.
   */
  room(order: Order, replaced: Entered | undefined, placeKey: () => string): readonly Room[] {
    if (replaced === undefined && (order.emulates === undefined || !countsTogether(order))) return NO_ROOM;
    const rooms: Room[] = [];
    if (replaced !== undefined) rooms.push(this.#roomOf(replaced));
    if (countsTogether(order)) rooms.push(...this.#overlap(order, placeKey()));
    return rooms;
  }

  #roomOf(replaced: Entered): Room {
    const { order } = replaced.open;
    const members = this.#bundles.get(keyOf(order, replaced.lane.place.key))?.members;
    if (members?.has(order.id) !== true) return roomIn(order, { open: restOf(replaced.open), held: ZERO });
    const [all, rest] = [weightOf(members.values()), weightOf(without(members, order.id))];
    return roomIn(order, { open: subtract(all.open, rest.open), held: subtract(all.held, rest.held) });
  }

  #overlap(order: Order, placeKey: string): readonly Room[] {
    const members = this.#bundles.get(keyOf(order, placeKey))?.members;
    if (members === undefined) return NO_ROOM;
    const others = [...without(members, order.replaces)];
    const before = weightOf(others);
    const live = subtract(before.open, before.held);
    const entered: Weighed = { open: { order, state: 'approved', filled: ZERO }, replacedBy: undefined };
    const after = weightOf([...others, entered]);
    // What is live stays counted beside the order, whatever it is for.
    const besides = maximum(subtract(after.open, order.quantity), live);
    const open = subtract(before.open, besides);
    return [roomIn(order, { open, held: subtract(before.held, subtract(besides, live)) })];
  }

  #bundleOf({ open: { order }, lane }: Entered): Bundle {
    const key = keyOf(order, lane.place.key);
    const known = this.#bundles.get(key);
    if (known !== undefined) return known;
    const made = { key, lane, side: order.side, members: new Map(), counted: NO_WEIGHT };
    this.#bundles.set(key, made);
    return made;
  }
}

function keyOf(order: Order, placeKey: string): string {
  const { group, id, side } = order;
  return countsTogether(order) && group !== undefined ? `group ${group.id} ${side} ${placeKey}` : `order ${id}`;
}

function* without(members: ReadonlyMap<string, Entered>, id: string | undefined): Iterable<Entered> {
  for (const [known, member] of members) if (known !== id) yield member;
}

function roomIn(order: Order, { open, held }: Weight): Room {
  return { order, open: lean(open), held: lean(held) };
}
