import { replaceOn } from './account-rows.ts';
import { insertRows, type RowOf, texts } from './bulk.ts';
import type { Transaction } from './database.ts';

const fillChangeShape = {
  leaf: 'bigint',
  edge: 'text',
  fill_id: 'text',
  order_id: 'text',
  change: 'text',
  at: 'text',
  reason: 'text',
} as const;

const edgeAccountShape = { edge: 'text', account: 'text', leaf: 'bigint' } as const;

const actionShape = {
  edge: 'text',
  action_id: 'text',
  instrument: 'text',
  ex_day: 'text',
  at: 'text',
  source: 'text',
  kind: 'text',
  action: 'jsonb',
  into_instrument: 'text',
  leaf: 'bigint',
} as const;

const effectShape = { action_id: 'text', account: 'text', leaf: 'bigint' } as const;

const adjustmentShape = {
  edge: 'text',
  adjustment_id: 'text',
  account: 'text',
  by_person: 'text',
  reason: 'text',
  break_id: 'text',
  kind: 'text',
  instrument: 'text',
  currency: 'text',
  quantity: 'text',
  amount: 'text',
  at: 'text',
  leaf: 'bigint',
} as const;

const breakShape = {
  edge: 'text',
  break_id: 'text',
  step: 'text',
  subject: 'text',
  first_record: 'text',
  second_record: 'text',
  venue: 'text',
  account: 'text',
  key: 'text',
  ours: 'text',
  theirs: 'text',
  cause: 'text',
  owner: 'text',
  since: 'text',
  at: 'text',
  note: 'text',
  found_leaf: 'bigint',
  leaf: 'bigint',
} as const;

const breakEntryShape = { edge: 'text', break_id: 'text', leaf: 'bigint' } as const;

/** A bust or a correction as it was told. */
export type FillChangeRow = RowOf<typeof fillChangeShape>;
/** An account that an edge trades in. */
export interface EdgeAccountRow extends RowOf<typeof edgeAccountShape> {
  readonly edge: string;
  readonly account: string;
}
/** A corporate action as one edge recorded it. */
export type ActionRow = RowOf<typeof actionShape>;
/** An account that a corporate action has moved. */
export interface EffectRow extends RowOf<typeof effectShape> {
  readonly action_id: string;
  readonly account: string;
}
/** A figure that a person set right. */
export type AdjustmentRow = RowOf<typeof adjustmentShape>;
/** A difference between records, as its newest step says. */
export interface BreakRow extends RowOf<typeof breakShape> {
  readonly edge: string;
  readonly break_id: string;
  readonly found_leaf: number;
}
/** An entry that belongs to a break. */
export type BreakEntryRow = RowOf<typeof breakEntryShape>;

/** A symbol that became another, as an edge recorded it. */
export interface RenameRow {
  readonly edge: string;
  readonly instrument: string;
  readonly into: string;
  readonly at: string;
}

/** All that a run of entries changed about books beside positions and cash. */
export interface BookWrites {
  readonly fillChanges: readonly FillChangeRow[];
  readonly edgeAccounts: readonly EdgeAccountRow[];
  readonly actions: readonly ActionRow[];
  readonly effects: readonly EffectRow[];
  readonly adjustments: readonly AdjustmentRow[];
  readonly breaks: readonly BreakRow[];
  readonly breakEntries: readonly BreakEntryRow[];
}

type Pairs = readonly (readonly [string, string])[];

/** The accounts that these edges trade in. */
export function readEdgeAccounts(tx: Transaction, edges: readonly string[]): Promise<EdgeAccountRow[]> {
  return tx<EdgeAccountRow[]>`SELECT edge, account, leaf FROM edge_account WHERE edge = ANY(${texts(edges)}::text[])`;
}

/** The new names that these edges have recorded, in the order of the ledger. */
export function readRenames(tx: Transaction, edges: readonly string[]): Promise<RenameRow[]> {
  return tx<RenameRow[]>`
    SELECT edge, instrument, into_instrument AS into, at FROM corporate_action
    WHERE kind = 'rename' AND edge = ANY(${texts(edges)}::text[]) ORDER BY leaf`;
}

/** Which of these actions, by edge and id, are on record. */
export function readActions(tx: Transaction, pairs: Pairs): Promise<{ edge: string; action_id: string }[]> {
  const [edges, ids] = columns(pairs);
  return tx<{ edge: string; action_id: string }[]>`
    SELECT edge, action_id FROM corporate_action
    JOIN (SELECT DISTINCT * FROM unnest(${edges}::text[], ${ids}::text[]) AS u(edge, action_id)) u USING (edge, action_id)`;
}

/** The accounts that these actions have moved. */
export function readEffects(tx: Transaction, ids: readonly string[]): Promise<EffectRow[]> {
  return tx<
    EffectRow[]
  >`SELECT action_id, account, leaf FROM corporate_action_effect WHERE action_id = ANY(${texts(ids)}::text[])`;
}

/** Which of these adjustments, by edge and id, are on record. */
export function readAdjustments(tx: Transaction, pairs: Pairs): Promise<{ edge: string; adjustment_id: string }[]> {
  const [edges, ids] = columns(pairs);
  return tx<{ edge: string; adjustment_id: string }[]>`
    SELECT edge, adjustment_id FROM adjustment
    JOIN (SELECT DISTINCT * FROM unnest(${edges}::text[], ${ids}::text[]) AS u(edge, adjustment_id)) u USING (edge, adjustment_id)`;
}

/** These breaks, by edge and id, as they stand. */
export function readBreaks(tx: Transaction, pairs: Pairs): Promise<BreakRow[]> {
  const [edges, ids] = columns(pairs);
  return tx<BreakRow[]>`
    SELECT b.* FROM book_break b
    JOIN (SELECT DISTINCT * FROM unnest(${edges}::text[], ${ids}::text[]) AS u(edge, break_id)) u USING (edge, break_id)`;
}

/** Writes what a run of entries changed; of a break the newest step stands. */
export async function writeBooks(tx: Transaction, writes: BookWrites): Promise<void> {
  const once = 'ON CONFLICT DO NOTHING';
  const newest = replaceOn(['edge', 'break_id'], breakShape);
  await Promise.all([
    insertRows(tx, { table: 'fill_change', shape: fillChangeShape, rows: writes.fillChanges }),
    insertRows(tx, { table: 'edge_account', shape: edgeAccountShape, rows: writes.edgeAccounts, onConflict: once }),
    insertRows(tx, { table: 'corporate_action', shape: actionShape, rows: writes.actions }),
    insertRows(tx, { table: 'corporate_action_effect', shape: effectShape, rows: writes.effects, onConflict: once }),
    insertRows(tx, { table: 'adjustment', shape: adjustmentShape, rows: writes.adjustments }),
    insertRows(tx, { table: 'book_break', shape: breakShape, rows: writes.breaks, onConflict: newest }),
    insertRows(tx, { table: 'book_break_entry', shape: breakEntryShape, rows: writes.breakEntries }),
  ]);
}

function columns(pairs: Pairs) {
  return [texts(pairs.map(([first]) => first)), texts(pairs.map(([, second]) => second))] as const;
}
