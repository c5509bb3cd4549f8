import { updateRows } from './bulk.ts';
import type { Queries, Transaction } from './database.ts';

/** Keeps the books as they stand beside the records that go; a rebuild goes on from them. False where the books are behind. */
export async function carryBooks(tx: Transaction): Promise<boolean> {
  const [place] = await tx<{ next: number; size: number }[]>`
    SELECT p.next_leaf AS next, h.size FROM projection_head p, ledger_head h FOR UPDATE OF p`;
  if (place === undefined || place.next !== place.size) return false;
  await tx`DELETE FROM books_carried`;
  await tx`
    INSERT INTO books_carried (next_leaf, positions, cash)
    SELECT ${place.next}, coalesce((SELECT jsonb_agg(to_jsonb(p)) FROM "position" p), '[]'),
      coalesce((SELECT jsonb_agg(to_jsonb(c)) FROM cash c), '[]')`;
  return true;
}

/** What a position goes on from, as text. */
export interface KeptHolding {
  readonly account: string;
  readonly instrument: string;
  readonly holding: string;
}

/** What every position goes on from. */
export function readHoldings(tx: Transaction): Promise<KeptHolding[]> {
  return tx<
    KeptHolding[]
  >`SELECT account, instrument, holding::text AS holding FROM "position" ORDER BY account, instrument`;
}

/** Writes what positions go on from; their figures stay. */
export async function writeHoldings(tx: Transaction, holdings: readonly KeptHolding[]): Promise<void> {
  const shape = { account: 'text', instrument: 'text', holding: 'jsonb' } as const;
  await updateRows(tx, { table: '"position"', shape, keys: ['account', 'instrument'], rows: holdings });
}

/** The leaf from which on the books are folded again; undefined where nothing that they rest on was disposed of. */
export async function whereBooksAreCarried(tx: Queries): Promise<number | undefined> {
  const [row] = await tx<{ next: number }[]>`SELECT next_leaf AS next FROM books_carried`;
  return row?.next;
}

/** Puts the books back as they stood when records that they rest on were disposed of. */
export async function restoreBooks(tx: Transaction): Promise<void> {
  await tx`DELETE FROM "position"`;
  await tx`DELETE FROM cash`;
  await tx`INSERT INTO "position" SELECT p.* FROM books_carried, jsonb_populate_recordset(NULL::"position", positions) p`;
  await tx`INSERT INTO cash SELECT c.* FROM books_carried, jsonb_populate_recordset(NULL::cash, cash) c`;
}
