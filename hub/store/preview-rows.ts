import type { SealedEntry } from '@gatehouse/shared/journal/entry.ts';
import { insertRows, texts } from './bulk.ts';
import type { Queries, Transaction } from './database.ts';

/** An entry that was shown ahead of its turn. */
export interface Preview {
  readonly edge: string;
  readonly epoch: number;
  readonly seq: number;
  readonly kind: string;
  readonly at: string;
  readonly body: string;
  readonly shownAt: string;
}

/**
 * How many are kept of one edge; beyond it the newest are not shown. Stops and releases have a room of their own: no flood of fills
 * keeps a kill from being shown.
 */
export const PREVIEWS_MAX = 500;

/** What nothing else may take the place of. */
const FIRST_KINDS = ['kill', 'release'] as const;

const previewShape = {
  edge: 'text',
  epoch: 'bigint',
  seq: 'bigint',
  kind: 'text',
  at: 'text',
  body: 'text',
  shown_at: 'text',
} as const;

/** Keeps what was shown ahead, each once; returns whether it was new. */
export async function storePreview(
  tx: Transaction,
  { header, bodyText }: SealedEntry,
  shownAt: string,
): Promise<boolean> {
  const { edge, epoch, seq, kind, at } = header;
  const isFirst = FIRST_KINDS.some((first) => first === kind);
  const [kept] = await tx<{ count: number }[]>`
    SELECT count(*) AS count FROM entry_preview WHERE edge = ${edge} AND (kind IN ${tx(FIRST_KINDS)}) = ${isFirst}`;
  if ((kept?.count ?? 0) >= PREVIEWS_MAX) return false;
  const rows = [{ edge, epoch, seq, kind, at, body: bodyText, shown_at: shownAt }];
  const onConflict = 'ON CONFLICT DO NOTHING';
  return (await insertRows(tx, { table: 'entry_preview', shape: previewShape, rows, onConflict })) > 0;
}

/** Removes what meanwhile came in its turn. */
export async function removeTaken(tx: Transaction, edges: readonly string[]): Promise<void> {
  await tx`
    DELETE FROM entry_preview p USING stream s
    WHERE p.edge = ANY(${texts(edges)}::text[]) AND s.edge = p.edge AND (p.epoch, p.seq) <= (s.epoch, s.seq)`;
}

/** What edges showed ahead and has not come in its turn, newest first. */
export function readPreviews(tx: Queries, rows: number): Promise<Preview[]> {
  return tx<Preview[]>`
    SELECT edge, epoch, seq, kind, at, body, shown_at AS "shownAt" FROM entry_preview
    ORDER BY at DESC, edge, seq DESC LIMIT ${rows}`;
}
