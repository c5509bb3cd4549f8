import { insertRows, texts } from './bulk.ts';
import type { Database, Queries, Transaction } from './database.ts';
import { givenCommands } from './given-rows.ts';

const objectShape = { edge: 'text', kind: 'text', name: 'text', version: 'bigint', note: 'text', at: 'text' } as const;
const commandShape = { edge: 'text', seq: 'bigint', id: 'text', note: 'text', at: 'text' } as const;
const issueShape = {
  edge: 'text',
  seq: 'bigint',
  id: 'text',
  kind: 'text',
  effect: 'text',
  note_hash: 'text',
  issued_by: 'text',
  reason: 'text',
  target: 'text',
  at: 'text',
} as const;
const heartbeatShape = { edge: 'text', note: 'text', at: 'text' } as const;

type Row<Shape> = { readonly [Name in keyof Shape]: Shape[Name] extends 'bigint' ? number : string };

/** The current signed document of a kind and name for one edge. */
export type ObjectRow = Row<typeof objectShape>;
/** A command as it travels. */
export type CommandRow = Row<typeof commandShape>;
/** What is kept of a command beside what travels. */
export type CommandIssueRow = Row<typeof issueShape>;
/** A heartbeat as it travels. */
export type HeartbeatRow = Row<typeof heartbeatShape>;

/** What is current for an edge. Shape: `hash` is SHA-256, in hex, over the note as it travels. */
export interface CurrentObject {
  readonly edge: string;
  readonly kind: string;
  readonly name: string;
  readonly version: number;
  readonly hash: string;
}

/** The channel on which hub processes tell each other of new commands. */
export const CONTROL_CHANNEL = 'gatehouse_control';

/** Any number that nothing else locks: the letters of "cmds"; the second half is the edge. */
const COMMAND_LOCK = 0x636d6473;
/** The letters of "beat". */
const HEARTBEAT_LOCK = 0x62656174;
/** The letters of "objs". */
const OBJECTS_LOCK = 0x6f626a73;

/** The edges that this hub knows and whose entries it takes, by name. */
export async function knownEdges(tx: Queries): Promise<readonly string[]> {
  const rows = await tx<{ edge: string }[]>`SELECT edge FROM stream WHERE edge <> 'hub' ORDER BY edge`;
  return rows.map(({ edge }) => edge);
}

/**
 * Lets commands for these edges be given one after the other until the transaction ends; answers the number of the newest of each.
 *
 * Shape: a number counts as given that the file beside the database names, or that an edge has answered and that is not far above
 *        all that the hub knows of, also where this database was set back to a time before it.
 */
export async function lockCommands(tx: Transaction, edges: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const sorted = texts([...edges].sort());
  // In the order of the locks themselves: two edges may share one, and whoever waits must not hold what the other needs.
  await tx`SELECT pg_advisory_xact_lock(${COMMAND_LOCK}, u.lock)
    FROM (SELECT DISTINCT hashtext(edge) AS lock FROM unnest(${sorted}::text[]) AS n(edge) ORDER BY lock) u`;
  const rows = await givenCommands(tx, edges);
  return new Map(rows.map(({ edge, seq }) => [edge, seq]));
}

/** Keeps new commands and tells the other hub processes once they are committed. */
export async function insertCommands(
  tx: Transaction,
  rows: readonly { readonly command: CommandRow; readonly issue: CommandIssueRow }[],
): Promise<void> {
  await insertRows(tx, { table: 'commands', shape: commandShape, rows: rows.map(({ command }) => command) });
  await insertRows(tx, { table: 'command_issue', shape: issueShape, rows: rows.map(({ issue }) => issue) });
  await tx`SELECT pg_notify(${CONTROL_CHANNEL}, '')`;
}

/** Commands that were given after a moment and that their edges have neither applied nor refused, oldest first. */
export function undelivered(
  tx: Queries,
  search: { readonly after: string; readonly limit: number },
): Promise<readonly CommandRow[]> {
  return tx<CommandRow[]>`
    SELECT c.edge, c.seq, c.id, c.note, c.at FROM commands c
    JOIN command_issue i ON i.edge = c.edge AND i.seq = c.seq
    WHERE c.at > ${search.after} AND NOT EXISTS (
      SELECT 1 FROM command_answer a WHERE a.edge = c.edge AND a.note_hash = i.note_hash AND a.state <> 'received')
    ORDER BY c.at, c.edge, c.seq LIMIT ${search.limit}`;
}

/** Hears of new commands of any hub process; gives back how to stop. Shape: also called after each new connection. */
export async function hearCommands(database: Database, onNews: () => void): Promise<() => Promise<void>> {
  const { unlisten } = await database.listen(CONTROL_CHANNEL, onNews, onNews);
  return unlisten;
}

/** Keeps objects where they are newer than what is current; answers those that were. */
export async function putObjects(tx: Transaction, rows: readonly ObjectRow[]): Promise<number> {
  const onConflict = `ON CONFLICT (edge, kind, name) DO UPDATE SET version = excluded.version, note = excluded.note, at = excluded.at
    WHERE control_objects.version < excluded.version`;
  return insertRows(tx, { table: 'control_objects', shape: objectShape, rows, onConflict });
}

/** What is current for these edges. */
export function currentObjects(tx: Queries, edges: readonly string[]): Promise<readonly CurrentObject[]> {
  return tx<CurrentObject[]>`
    SELECT edge, kind, name, version, encode(sha256(convert_to(note, 'UTF8')), 'hex') AS hash FROM control_objects
    WHERE edge = ANY(${texts(edges)}::text[]) ORDER BY edge, kind, name`;
}

/** Whether this transaction alone writes heartbeats now; false where another hub process does. */
export function tryHeartbeats(tx: Transaction): Promise<boolean> {
  return tryLock(tx, HEARTBEAT_LOCK);
}

/** Whether this transaction alone publishes objects now; false where another hub process does. */
export function tryObjects(tx: Transaction): Promise<boolean> {
  return tryLock(tx, OBJECTS_LOCK);
}

/** Gives each of these edges the number of its next heartbeat. */
export async function nextHeartbeats(tx: Transaction, edges: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const rows = await tx<{ edge: string; seq: number }[]>`
    INSERT INTO heartbeat_head (edge, seq) SELECT edge, 1 FROM unnest(${texts(edges)}::text[]) AS u(edge)
    ON CONFLICT (edge) DO UPDATE SET seq = heartbeat_head.seq + 1 RETURNING edge, seq`;
  return new Map(rows.map(({ edge, seq }) => [edge, seq]));
}

/** The number of the newest command of each of these edges; edges without any are left out. */
export async function newestCommands(tx: Queries, edges: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const rows = await tx<{ edge: string; seq: number }[]>`
    SELECT edge, max(seq) AS seq FROM commands WHERE edge = ANY(${texts(edges)}::text[]) GROUP BY edge`;
  return new Map(rows.map(({ edge, seq }) => [edge, seq]));
}

/** Takes the place of the heartbeats before. */
export async function writeHeartbeats(tx: Transaction, rows: readonly HeartbeatRow[]): Promise<void> {
  const onConflict = 'ON CONFLICT (edge) DO UPDATE SET note = excluded.note, at = excluded.at';
  await insertRows(tx, { table: 'heartbeats', shape: heartbeatShape, rows, onConflict });
}

/** What objects are made from, as one text that changes whenever any of it does. */
export async function objectSources(tx: Queries): Promise<string> {
  const [row] = await tx<{ mark: string }[]>`
    SELECT concat_ws(' ',
      (SELECT count(*) FROM stream),
      (SELECT max(leaf) FROM trust_version),
      (SELECT count(*) FROM limit_sheet),
      (SELECT count(*) FROM limit_acceptance),
      (SELECT count(*) FROM limit_proposal_step),
      (SELECT count(*) FROM dated_file)) AS mark`;
  return row?.mark ?? '';
}

/** The newest trust document that each edge has journalled. */
export function newestTrust(
  tx: Queries,
): Promise<readonly { readonly edge: string; readonly version: number; readonly document: string }[]> {
  return tx`
    SELECT DISTINCT ON (t.edge) t.edge, t.version, t.document FROM trust_version t
    JOIN stream s ON s.edge = t.edge ORDER BY t.edge, t.version DESC`;
}

async function tryLock(tx: Transaction, lock: number): Promise<boolean> {
  const [row] = await tx<{ got: boolean }[]>`SELECT pg_try_advisory_xact_lock(${lock}) AS got`;
  return row?.got === true;
}
