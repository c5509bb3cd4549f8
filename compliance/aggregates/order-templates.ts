import { KitError } from '@gatehouse/shared/errors.ts';
import { canonicalJson } from '@gatehouse/shared/journal/canonical.ts';
import { decode } from '@gatehouse/shared/schema/decode.ts';
import { Order } from '@gatehouse/shared/schema/order.ts';
import { toText } from '@gatehouse/shared/values/decimal.ts';
import { instantText } from '@gatehouse/shared/values/instant.ts';
import type { z } from 'zod';

/** Some of the fields of an order, as they are written. */
export type OrderFields = Record<string, z.core.util.JSONType>;

/** An order as what it has alone, and the number of what it has in common with others. */
export type SplitOrder = [template: number, own: OrderFields];

/** What differs from order to order; the rest is who deals for whom, which thousands of orders have in common. */
const OWN_KEYS: ReadonlySet<string> = new Set([
  'id',
  'replaces',
  'parent',
  'side',
  'shortSaleMark',
  'type',
  'timeInForce',
  'quantity',
  'limitPrice',
  'stopPrice',
  'trailing',
  'expiresAt',
  'displayQuantity',
  'group',
  'locate',
  'shortExemptReason',
  'counterparty',
  'decidedAt',
  'clock',
]);

/** Writes orders without repeating what they have in common. */
export interface OrderWriter {
  split(order: Order): SplitOrder;
  readonly templates: readonly OrderFields[];
}

/** A writer whose templates are numbered as they come. */
export function createOrderWriter(): OrderWriter {
  const numbers = new Map<string, number>();
  const templates: OrderFields[] = [];
  return {
    templates,
    split: (order) => {
      const own: OrderFields = {};
      const template: OrderFields = {};
      for (const [key, value] of Object.entries<z.core.util.JSONType | undefined>(wireOf(order))) {
        if (value === undefined) continue;
        if (OWN_KEYS.has(key)) own[key] = value;
        else template[key] = value;
      }
      const key = canonicalJson(template);
      const number = numbers.get(key) ?? templates.push(template) - 1;
      numbers.set(key, number);
      return [number, own];
    },
  };
}

/** The order as it is written; put together by hand, because a schema takes long over thousands of orders. */
function wireOf(order: Order): z.input<typeof Order> {
  const { limitPrice, stopPrice, displayQuantity, expiresAt, trailing, ...rest } = order;
  const plain = { ...rest, quantity: toText(order.quantity), decidedAt: instantText(order.decidedAt) };
  const wire = limitPrice === undefined ? plain : { ...plain, limitPrice: toText(limitPrice) };
  return {
    ...wire,
    ...(stopPrice === undefined ? {} : { stopPrice: toText(stopPrice) }),
    ...(displayQuantity === undefined ? {} : { displayQuantity: toText(displayQuantity) }),
    ...(expiresAt === undefined ? {} : { expiresAt: instantText(expiresAt) }),
    ...(trailing === undefined ? {} : { trailing: { ...trailing, distance: toText(trailing.distance) } }),
  };
}

/** The order that was split. Errors: `MESSAGE_MALFORMED` where the parts make no order. */
export function joinOrder(templates: readonly object[], [number, own]: readonly [number, object]): Order {
  return decode(Order, { ...numbered(templates, number, 'template'), ...own }, 'an order of the snapshot');
}

/** What stands at a place of a list of a snapshot. Errors: `MESSAGE_MALFORMED` where nothing does. */
export function numbered<Value>(list: readonly Value[], number: number, what: string): Value {
  const value = list[number];
  if (value !== undefined) return value;
  throw new KitError('MESSAGE_MALFORMED', `${what} ${number} of a snapshot that has ${list.length}`, {
    hint: 'The snapshot was changed; start from the entries before it.',
  });
}
