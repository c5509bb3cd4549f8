import { replaceOn } from './account-rows.ts';
import { insertRows } from './bulk.ts';
import type { Transaction } from './database.ts';

const incidentShape = {
  leaf: 'bigint',
  edge: 'text',
  at: 'text',
  code: 'text',
  severity: 'text',
  message: 'text',
  hint: 'text',
} as const;

const sheetShape = { sheet: 'text', document: 'text', leaf: 'bigint' } as const;

const controlSetShape = { controls: 'text', controls_json: 'jsonb', leaf: 'bigint' } as const;

const runShape = {
  edge: 'text',
  run_id: 'text',
  source: 'text',
  source_hash: 'text',
  instrument: 'text',
  bars: 'bigint',
  first_at: 'text',
  last_at: 'text',
  fill_rules: 'jsonb',
  state: 'text',
  leaf: 'bigint',
} as const;

const setAsideShape = { leaf: 'bigint', reason: 'text' } as const;

const tallyShape = { name: 'text', value: 'bigint' } as const;

type Row<Shape> = { readonly [Name in keyof Shape]: Shape[Name] extends 'bigint' ? number : string };

/** Something that an edge said a person must look at. */
export type IncidentRow = Row<Omit<typeof incidentShape, 'hint'>> & { readonly hint: string | null };
/** A limit sheet as the exact note that was signed. */
export type SheetRow = Row<typeof sheetShape>;
/** A set of controls that decisions name by hash. */
export type ControlSetRow = Row<typeof controlSetShape>;
/** A run over market data. */
export type RunRow = Row<typeof runShape>;
/** A leaf that this release cannot project. */
export type SetAsideRow = Row<typeof setAsideShape>;

/** All that a run of entries changed beside orders and accounts. */
export interface RegisterWrites {
  readonly incidents: readonly IncidentRow[];
  readonly sheets: readonly SheetRow[];
  readonly controlSets: readonly ControlSetRow[];
  readonly runs: readonly RunRow[];
  readonly setAside: readonly SetAsideRow[];
  readonly tally: ReadonlyMap<string, number>;
}

/** Writes what a run of entries changed; a document that is named by its hash stays the first one. */
export async function writeRegisters(tx: Transaction, writes: RegisterWrites): Promise<void> {
  const runs = replaceOn(['edge', 'run_id'], runShape);
  const tally = [...writes.tally].map(([name, value]) => ({ name, value }));
  const adds = 'ON CONFLICT (name) DO UPDATE SET value = tally.value + excluded.value';
  const first = 'ON CONFLICT DO NOTHING';
  await Promise.all([
    insertRows(tx, { table: 'incident', shape: incidentShape, rows: writes.incidents }),
    insertRows(tx, { table: 'sheet', shape: sheetShape, rows: writes.sheets, onConflict: first }),
    insertRows(tx, { table: 'control_set', shape: controlSetShape, rows: writes.controlSets, onConflict: first }),
    insertRows(tx, { table: 'run', shape: runShape, rows: writes.runs, onConflict: runs }),
    insertRows(tx, { table: 'set_aside', shape: setAsideShape, rows: writes.setAside }),
    insertRows(tx, { table: 'tally', shape: tallyShape, rows: tally, onConflict: adds }),
  ]);
}

/** The first leaf that is not projected yet; the row stays locked until the transaction ends. */
export async function lockProjections(tx: Transaction): Promise<number> {
  const [row] = await tx<{ next: number }[]>`SELECT next_leaf AS next FROM projection_head FOR UPDATE`;
  return row?.next ?? 0;
}

/** Says up to which leaf the projections have read. */
export async function moveProjections(tx: Transaction, next: number): Promise<void> {
  await tx`UPDATE projection_head SET next_leaf = ${next}`;
}

/** The tables that can be dropped and made again from the ledger. */
export const PROJECTED_TABLES = [
  'orders',
  'order_entry',
  'refusal',
  'fill',
  'fill_change',
  'edge_account',
  'corporate_action',
  'corporate_action_effect',
  'adjustment',
  'book_break',
  'book_break_entry',
  'position',
  'cash',
  'valuation',
  'incident',
  'sheet',
  'control_set',
  'kill',
  'kill_report',
  'release_note',
  'command_answer',
  'override_ticket',
  'trust_version',
  'facts_file',
  'facts_in_use',
  'instrument',
  'run',
  'run_start',
  'venue_terms',
  'set_aside',
  'tally',
] as const;

/** Empties every projection; they are folded again from leaf 0. */
export async function clearProjections(tx: Transaction): Promise<void> {
  await tx`SELECT next_leaf FROM projection_head FOR UPDATE`;
  await tx.unsafe(`TRUNCATE ${PROJECTED_TABLES.join(', ')}`);
  await moveProjections(tx, 0);
}
