import { insertRows, texts } from './bulk.ts';
import type { Transaction } from './database.ts';

const liveShape = { edge: 'text', kind: 'text', key: 'text', body: 'text' } as const;

/** One row of what open pages show. Shape: `edge` is empty where it belongs to none; `body` is JSON. */
export interface LiveRow {
  readonly edge: string;
  readonly kind: string;
  readonly key: string;
  readonly body: string;
}

/** Which rows are replaced: those of these kinds, of one edge or of all. */
export interface LiveScope {
  readonly kinds: readonly string[];
  readonly edge?: string;
}

/** The letters of "live". */
const LIVE_LOCK = 0x6c697665;

/** Lets one hub process after the other look and write, so that nobody writes over a newer look with an older one. */
export async function lockLiveRows(tx: Transaction): Promise<void> {
  await tx`SELECT pg_advisory_xact_lock(${LIVE_LOCK})`;
}

/** Makes the rows of a scope these ones; a row that is the same already is not written. */
export async function replaceLiveRows(
  tx: Transaction,
  { kinds, edge }: LiveScope,
  rows: readonly LiveRow[],
): Promise<void> {
  const onConflict = `ON CONFLICT (edge, kind, key) DO UPDATE SET body = excluded.body WHERE live_row.body <> excluded.body`;
  await insertRows(tx, { table: 'live_row', shape: liveShape, rows, onConflict });
  await tx`
    DELETE FROM live_row l WHERE l.kind = ANY(${texts(kinds)}::text[])
      ${edge === undefined ? tx`` : tx`AND l.edge = ${edge}`}
      AND NOT EXISTS (
        SELECT 1 FROM unnest(${texts(rows.map((row) => row.edge))}::text[], ${texts(rows.map((row) => row.kind))}::text[],
          ${texts(rows.map((row) => row.key))}::text[]) AS u(edge, kind, key)
        WHERE u.edge = l.edge AND u.kind = l.kind AND u.key = l.key)`;
}
