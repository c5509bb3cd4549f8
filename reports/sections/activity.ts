import type { FillBody } from '@gatehouse/shared/schema/bodies.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import { add, type Decimal, multiply, rescale, toText, ZERO } from '@gatehouse/shared/values/decimal.ts';
import type { Section } from '../render/document.ts';

/** Amounts in a report: two digits, half to even, and only at the very end. */
export const AMOUNT = { scale: 2, rounding: 'half-even' } as const;

interface Activity {
  readonly algorithm: string;
  readonly instrument: string;
  readonly currency: string;
  orders: number;
  refused: number;
  fills: number;
  bought: Decimal;
  sold: Decimal;
  notional: Decimal;
  fees: Decimal;
}

/** Sums what each algorithm did in each instrument. Units: notional is quantity × price in the order's currency. */
export class ActivityTable {
  readonly #rows = new Map<string, Activity>();
  readonly #orders = new Map<string, Activity>();

  intent(order: Order): void {
    const key = `${order.algorithm.id} ${order.algorithm.version} ${order.instrument} ${order.currency}`;
    const row = this.#rows.get(key) ?? emptyActivity(order);
    row.orders += 1;
    this.#rows.set(key, row);
    this.#orders.set(order.id, row);
  }

  refused(orderId: string): void {
    const row = this.#orders.get(orderId);
    if (row !== undefined) row.refused += 1;
  }

  /** Answers false for a fill whose order was entered before the period. */
  fill(fill: FillBody): boolean {
    const row = this.#orders.get(fill.order);
    if (row === undefined) return false;
    row.fills += 1;
    if (fill.side === 'buy') row.bought = add(row.bought, fill.quantity);
    else row.sold = add(row.sold, fill.quantity);
    row.notional = add(row.notional, multiply(fill.quantity, fill.price));
    row.fees = add(row.fees, fill.fee);
    return true;
  }

  section(): Section {
    const rows = [...this.#rows.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
    return {
      id: 'activity',
      title: 'Activity by algorithm and instrument',
      note: 'Orders decided in the period. Notional is quantity times price of the fills.',
      columns: [
        { title: 'Algorithm', kind: 'text', share: 2 },
        { title: 'Instrument', kind: 'text', share: 2 },
        { title: 'Orders', kind: 'integer' },
        { title: 'Refused', kind: 'integer' },
        { title: 'Fills', kind: 'integer' },
        { title: 'Bought, units', kind: 'decimal' },
        { title: 'Sold, units', kind: 'decimal' },
        { title: 'Notional', kind: 'decimal', share: 2 },
        { title: 'Fees', kind: 'decimal' },
        { title: 'Currency', kind: 'text' },
      ],
      rows: rows.map((row) => [
        row.algorithm,
        row.instrument,
        `${row.orders}`,
        `${row.refused}`,
        `${row.fills}`,
        toText(row.bought),
        toText(row.sold),
        toText(rescale(row.notional, AMOUNT)),
        toText(rescale(row.fees, AMOUNT)),
        row.currency,
      ]),
      emptyText: 'No order was decided in the period.',
    };
  }
}

function emptyActivity(order: Order): Activity {
  const { algorithm, instrument, currency } = order;
  return {
    algorithm: `${algorithm.id} ${algorithm.version}`,
    instrument,
    currency,
    orders: 0,
    refused: 0,
    fills: 0,
    bought: ZERO,
    sold: ZERO,
    notional: ZERO,
    fees: ZERO,
  };
}
