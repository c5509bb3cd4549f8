import { replaceOn } from './account-rows.ts';
import { insertRows, type RowOf, texts, updateRows } from './bulk.ts';
import type { Transaction } from './database.ts';

const newOrderShape = {
  order_id: 'text',
  edge: 'text',
  environment: 'text',
  legal_entity: 'text',
  desk: 'text',
  trader: 'text',
  client: 'text',
  account: 'text',
  algorithm: 'text',
  algorithm_version: 'text',
  capacity: 'text',
  instrument: 'text',
  venue: 'text',
  side: 'text',
  short_sale_mark: 'text',
  type: 'text',
  time_in_force: 'text',
  quantity: 'text',
  limit_price: 'text',
  stop_price: 'text',
  currency: 'text',
  decision_maker: 'text',
  executing_person: 'text',
  decided_at: 'text',
  recorded_at: 'text',
  intent_leaf: 'bigint',
  replaces: 'text',
  group_id: 'text',
  group_role: 'text',
} as const;

const orderChangeShape = {
  order_id: 'text',
  state: 'text',
  filled_quantity: 'text',
  refused_by: 'comma-list',
  multiplier: 'text',
  sheet: 'text',
  controls: 'text',
  leaf: 'bigint',
} as const;

const orderEntryShape = { order_id: 'text', leaf: 'bigint', kind: 'text' } as const;

const refusalShape = {
  leaf: 'bigint',
  ordinal: 'bigint',
  order_id: 'text',
  control: 'text',
  version: 'bigint',
  scope: 'text',
  verdict: 'text',
  reason: 'text',
  figures: 'jsonb',
  decided_at: 'text',
} as const;

const fillShape = {
  fill_id: 'text',
  leaf: 'bigint',
  order_id: 'text',
  account: 'text',
  instrument: 'text',
  venue: 'text',
  side: 'text',
  quantity: 'text',
  price: 'text',
  currency: 'text',
  fee: 'text',
  at: 'text',
  fee_currency: 'text',
  liquidity: 'text',
  status: 'text',
  now_quantity: 'text',
  now_price: 'text',
  now_fee: 'text',
  changed_leaf: 'bigint',
} as const;

/** What an order was when it was intended; it never changes. */
export type OrderBirthRow = {
  readonly [Name in keyof typeof newOrderShape]: Name extends 'intent_leaf' ? number : string | null;
};

/** What changes in the life of an order. Shape: `refused_by` is a list with commas. */
export interface OrderChangeRow {
  readonly order_id: string;
  readonly state: string;
  readonly filled_quantity: string;
  readonly refused_by: string;
  /** Null where no dated file of the edge names the instrument. */
  readonly multiplier: string | null;
  readonly sheet: string | null;
  readonly controls: string | null;
  readonly leaf: number;
}

/** An order as far as the next entry about it must know it. */
export interface KnownOrder extends OrderChangeRow {
  readonly edge: string;
  readonly account: string;
  readonly instrument: string;
  readonly side: string;
  readonly quantity: string;
}

/** An entry that belongs to an order. */
export interface OrderEntryRow {
  readonly order_id: string;
  readonly leaf: number;
  readonly kind: string;
}

/** One control's refusal of one order. Shape: `verdict` is `refuse`, or `overridden` where a signed ticket set it aside. */
export interface RefusalRow {
  readonly leaf: number;
  readonly ordinal: number;
  readonly order_id: string;
  readonly control: string;
  readonly version: number;
  readonly scope: string;
  readonly verdict: string;
  readonly reason: string;
  readonly figures: string;
  readonly decided_at: string;
}

/** One execution: as it was reported, and beside it how it counts now where that is another way. */
export interface FillRow extends RowOf<typeof fillShape> {
  readonly fill_id: string;
  readonly leaf: number;
  readonly account: string;
  readonly instrument: string;
  readonly side: string;
  readonly quantity: string;
  readonly price: string;
  readonly currency: string;
  readonly fee: string;
  readonly status: 'stands' | 'corrected' | 'busted';
}

/** All that a run of entries changed about orders. */
export interface OrderWrites {
  readonly born: readonly (OrderBirthRow & OrderChangeRow)[];
  readonly changed: readonly OrderChangeRow[];
  readonly entries: readonly OrderEntryRow[];
  readonly refusals: readonly RefusalRow[];
  readonly fills: readonly FillRow[];
}

/** The orders of these ids, as they stand. */
export function readOrders(tx: Transaction, ids: readonly string[]): Promise<KnownOrder[]> {
  return tx<KnownOrder[]>`
    SELECT order_id, edge, account, instrument, side, quantity, state, filled_quantity, multiplier, sheet, controls, leaf,
      array_to_string(refused_by, ',') AS refused_by
    FROM orders WHERE order_id = ANY(${texts(ids)}::text[])`;
}

/** Which of these fills are booked already. */
export async function readFillIds(tx: Transaction, ids: readonly string[]): Promise<readonly string[]> {
  const rows = await tx<{ fill_id: string }[]>`SELECT fill_id FROM fill WHERE fill_id = ANY(${texts(ids)}::text[])`;
  return rows.map(({ fill_id }) => fill_id);
}

/** These executions, as they stand. */
export function readFills(tx: Transaction, ids: readonly string[]): Promise<FillRow[]> {
  return tx<FillRow[]>`SELECT * FROM fill WHERE fill_id = ANY(${texts(ids)}::text[])`;
}

/** Writes what a run of entries changed. */
export async function writeOrders(tx: Transaction, writes: OrderWrites): Promise<void> {
  await Promise.all([
    insertRows(tx, { table: 'orders', shape: { ...newOrderShape, ...orderChangeShape }, rows: writes.born }),
    updateRows(tx, { table: 'orders', shape: orderChangeShape, keys: ['order_id'], rows: writes.changed }),
    insertRows(tx, { table: 'order_entry', shape: orderEntryShape, rows: writes.entries }),
    insertRows(tx, { table: 'refusal', shape: refusalShape, rows: writes.refusals }),
    insertRows(tx, {
      table: 'fill',
      shape: fillShape,
      rows: writes.fills,
      onConflict: replaceOn(['fill_id'], fillShape),
    }),
  ]);
}
