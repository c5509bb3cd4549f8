import { bodyColumns } from './body-columns.ts';
import { insertRows, texts } from './bulk.ts';
import type { Queries, Transaction } from './database.ts';
import type { FileLine } from './file-rows.ts';
import { isBelieved, type LedgerEntryRow } from './limit-rows.ts';

const givenShape = { what: 'text', name: 'text', number: 'bigint', hash: 'line' } as const;

/**
 * The highest number that was ever given of something that edges take only once.
 *
 * Shape: of commands by the edge's name; of files by entity, environment and kind; of sheets by entity and environment. `hash` is that of
 *        a file's document, and `none` for all else.
 */
export interface GivenNumber {
  readonly what: 'command' | 'file' | 'sheet';
  readonly name: string;
  readonly number: number;
  readonly hash: string;
}

/** Stands where there is no hash. */
export const NO_HASH = 'none';

/** The name of a kind of files. */
export function fileName({ legalEntity, environment }: FileLine, kind: string): string {
  return `${legalEntity} ${environment} ${kind}`;
}

/** Keeps numbers where they are higher than what is known. */
export async function noteGiven(tx: Queries, rows: readonly GivenNumber[]): Promise<number> {
  const onConflict = `ON CONFLICT (what, name) DO UPDATE SET number = excluded.number, hash = excluded.hash
    WHERE given_number.number < excluded.number`;
  return insertRows(tx, { table: 'given_number', shape: givenShape, rows, onConflict });
}

/** The highest number of everything, by what this database gave itself and what it was told of. */
export function highestGiven(tx: Queries): Promise<readonly GivenNumber[]> {
  return tx<GivenNumber[]>`
    SELECT DISTINCT ON (what, name) what, name, number, hash FROM (
      SELECT what, name, number, hash FROM given_number
      UNION ALL SELECT 'command', c.edge, c.seq, ${NO_HASH} FROM stream s
        CROSS JOIN LATERAL (SELECT edge, seq FROM commands WHERE edge = s.edge ORDER BY seq DESC LIMIT 1) c
      UNION ALL SELECT 'file', legal_entity || ' ' || environment || ' ' || kind, sequence, note_hash FROM dated_file
      UNION ALL SELECT 'sheet', legal_entity || ' ' || environment, max(sequence), ${NO_HASH} FROM limit_sheet s
        WHERE ${isBelieved(tx)} GROUP BY legal_entity, environment
    ) u ORDER BY what, name, number DESC`;
}

/** The newest number of a kind of files with its document's hash, also where the document itself is lost. */
export async function newestNumber(
  tx: Queries,
  line: FileLine,
  kind: string,
): Promise<{ readonly sequence: number; readonly noteHash: string } | undefined> {
  const [row] = await tx<{ sequence: number; noteHash: string }[]>`
    SELECT number AS sequence, hash AS "noteHash" FROM (
      SELECT number, hash FROM given_number WHERE what = 'file' AND name = ${fileName(line, kind)}
      UNION ALL SELECT sequence, note_hash FROM dated_file
        WHERE legal_entity = ${line.legalEntity} AND environment = ${line.environment} AND kind = ${kind}
    ) u ORDER BY number DESC LIMIT 1`;
  return row;
}

/** Answers count as given so far above what the hub knows of: an edge that lies must not use up the numbers of its commands. */
export const ANSWERED_AHEAD_MAX = 1_000;

/** So far above the newest command that is here numbers are looked for that were lost. */
const LOST_AHEAD_MAX = 100_000;

/** By edge: the newest command that is `here`, and the highest number that was `given`. */
function givenOf(tx: Queries, edges: readonly string[]) {
  const own = tx`
    SELECT e.edge, coalesce((SELECT max(c.seq) FROM commands c WHERE c.edge = e.edge), 0) AS here,
      coalesce((SELECT g.number FROM given_number g WHERE g.what = 'command' AND g.name = e.edge), 0) AS kept
    FROM unnest(${texts(edges)}::text[]) AS e(edge)`;
  return tx`
    SELECT o.edge, o.here, greatest(o.here, o.kept, (SELECT max(a.seq) FROM command_answer a
      WHERE a.edge = o.edge AND a.seq <= greatest(o.here, o.kept) + ${ANSWERED_AHEAD_MAX})) AS given FROM (${own}) o`;
}

/** The highest number of a command that each of these edges was given. */
export function givenCommands(
  tx: Queries,
  edges: readonly string[],
): Promise<readonly { readonly edge: string; readonly seq: number }[]> {
  return tx<{ edge: string; seq: number }[]>`SELECT h.edge, h.given AS seq FROM (${givenOf(tx, edges)}) h`;
}

/** Numbers of commands that were given once and are neither here nor answered; edges wait for them. Shape: the lowest first. */
export function lostCommands(
  tx: Queries,
  edges: readonly string[],
  limit: number,
): Promise<readonly { readonly edge: string; readonly seq: number }[]> {
  return tx<{ edge: string; seq: number }[]>`
    SELECT h.edge, n.seq FROM (${givenOf(tx, edges)}) h
    CROSS JOIN LATERAL generate_series(h.here + 1, least(h.given, h.here + ${LOST_AHEAD_MAX})) AS n(seq)
    WHERE NOT EXISTS (SELECT 1 FROM command_answer a WHERE a.edge = h.edge AND a.seq = n.seq)
    ORDER BY h.edge, n.seq LIMIT ${limit}`;
}

/** A command that an edge answered and that this database never gave. */
export interface UnknownCommand {
  readonly edge: string;
  readonly seq: number;
  readonly id: string;
  readonly name: string;
}

/** Leaves from one on to before another. */
export interface LeafRange {
  readonly from: number;
  readonly to: number;
}

/** Lets one process learn from what edges sent; answers what it has not read, undefined where another process reads. */
export async function lockLearned(tx: Transaction): Promise<LeafRange | undefined> {
  const [row] = await tx<{ from: number; to: number }[]>`
    SELECT h.next_leaf AS "from", (SELECT size FROM ledger_head) AS "to" FROM learned_head h FOR UPDATE SKIP LOCKED`;
  return row;
}

/** Everything before this leaf is read. */
export async function moveLearned(tx: Transaction, next: number): Promise<void> {
  await tx`UPDATE learned_head SET next_leaf = ${next}`;
}

/** The next entries by which edges took dated files, in order. */
export function readFactsEntries(
  tx: Queries,
  { from, to }: LeafRange,
  limit: number,
): Promise<readonly LedgerEntryRow[]> {
  return tx<LedgerEntryRow[]>`
    SELECT l.leaf, l.edge, l.at, l.kind, ${bodyColumns(tx)} FROM ledger_leaf l JOIN ledger_body b ON b.leaf = l.leaf
    WHERE l.kind = 'facts' AND l.leaf >= ${from} AND l.leaf < ${to} ORDER BY l.leaf LIMIT ${limit}`;
}

/** The last entries of an edge about dated files up to a leaf, the oldest first. */
export async function factsBefore(
  tx: Queries,
  { edge, leaf }: Pick<LedgerEntryRow, 'edge' | 'leaf'>,
  limit: number,
): Promise<readonly LedgerEntryRow[]> {
  const rows = await tx<LedgerEntryRow[]>`
    SELECT l.leaf, l.edge, l.at, l.kind, ${bodyColumns(tx)} FROM ledger_leaf l JOIN ledger_body b ON b.leaf = l.leaf
    WHERE l.kind = 'facts' AND l.edge = ${edge} AND l.leaf <= ${leaf} ORDER BY l.leaf DESC LIMIT ${limit}`;
  return rows.toReversed();
}

/** Commands that were answered by these leaves and are not of this database. Shape: so many of each edge, the lowest numbers first. */
export function unknownCommands(
  tx: Queries,
  { from, to }: LeafRange,
  limit: number,
): Promise<readonly UnknownCommand[]> {
  return tx<UnknownCommand[]>`
    SELECT edge, seq, id, name FROM (
      SELECT a.edge, a.seq, a.command_id AS id, a.name, row_number() OVER (PARTITION BY a.edge ORDER BY a.seq) AS place
      FROM command_answer a
      WHERE a.leaf >= ${from} AND a.leaf < ${to} AND a.command_id IS NOT NULL AND a.seq IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM command_issue i WHERE i.edge = a.edge AND i.note_hash = a.note_hash)
    ) u WHERE place <= ${limit} ORDER BY edge, place`;
}
