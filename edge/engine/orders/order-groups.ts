import { isTerminal } from '@gatehouse/shared/accounts/order-life.ts';
import type { EntryBody } from '@gatehouse/shared/schema/bodies.ts';
import { DecimalText, OrderId } from '@gatehouse/shared/schema/fields.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import { add, type Decimal, ZERO } from '@gatehouse/shared/values/decimal.ts';
import { z } from 'zod';

/**
 * Orders that live together, as far as a snapshot must know them.
 *
 * Shape: members that are over stay for what they may still execute, the newest of them only.
 * Units: `entered` is what the entry executed, `left` what the exits did; of an `oco`, both orders count as exits.
 */
export const OrderGroupRecord = z.strictObject({
  id: OrderId,
  entered: DecimalText,
  left: DecimalText,
  members: z.array(z.strictObject({ order: OrderId, isExit: z.boolean(), isOpen: z.boolean() })),
});
export type OrderGroupRecord = z.output<typeof OrderGroupRecord>;

/** What the orders of each group have done together, for as long as one of them is open. */
export interface OrderGroups {
  fold(entry: EntryBody): void;
  find(group: string): OrderGroupRecord | undefined;
  readonly all: readonly OrderGroupRecord[];
}

/** So many members of a group that are over are remembered. */
const ENDED_MEMBERS_MAX = 20;

/** Groups that continue from records. */
export function createOrderGroups(start: readonly OrderGroupRecord[] = []): OrderGroups {
  const groups = new Map(start.map((group) => [group.id, group]));
  const groupOf = new Map(start.flatMap(({ id, members }) => members.map(({ order }) => [order, id] as const)));

  function join({ id: order, group }: Order): void {
    if (group === undefined) return;
    const known = groups.get(group.id) ?? { id: group.id, entered: ZERO, left: ZERO, members: [] };
    const member = { order, isExit: group.role !== 'entry', isOpen: true };
    groups.set(group.id, { ...known, members: [...known.members, member] });
    groupOf.set(order, group.id);
  }

  function leave(order: string): void {
    const group = groups.get(groupOf.get(order) ?? '');
    if (group === undefined) return;
    const members = group.members.map((one) => (one.order === order ? { ...one, isOpen: false } : one));
    const surplus = members.filter(({ isOpen }) => !isOpen).slice(0, -ENDED_MEMBERS_MAX);
    const isOver = members.every(({ isOpen }) => !isOpen);
    for (const gone of isOver ? members : surplus) groupOf.delete(gone.order);
    if (isOver) groups.delete(group.id);
    else groups.set(group.id, { ...group, members: members.filter((one) => !surplus.includes(one)) });
  }

  function execute(order: string, quantity: Decimal): void {
    const group = groups.get(groupOf.get(order) ?? '');
    const member = group?.members.find((one) => one.order === order);
    if (group === undefined || member === undefined) return;
    const figure = member.isExit ? 'left' : 'entered';
    groups.set(group.id, { ...group, [figure]: add(group[figure], quantity) });
  }

  return {
    fold: (entry) => {
      if (entry.kind === 'intent') join(entry.body.order);
      else if (groupOf.size === 0) return;
      else if (entry.kind === 'fill') execute(entry.body.order, entry.body.quantity);
      else if (entry.kind === 'order' && isTerminal(entry.body.state)) leave(entry.body.order);
      else if (entry.kind === 'decision' && entry.body.outcome !== 'approved') leave(entry.body.order);
    },
    find: (group) => groups.get(group),
    get all() {
      return [...groups.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
    },
  };
}
