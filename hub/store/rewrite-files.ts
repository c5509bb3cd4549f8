import { setTimeout as delay } from 'node:timers/promises';
import { KitError } from '@gatehouse/shared/errors.ts';
import postgres from 'postgres';
import type { Database } from './database.ts';
import { REWRITTEN_TABLES } from './disposal-tables.ts';

/** One connection of a pool, for what cannot be done in a transaction. */
type Session = Awaited<ReturnType<Database['reserve']>>;

/** How far the files of the server were cleared of what was deleted. */
export type ClearedFiles = 'tables-and-wal' | 'tables-only';

const WAIT_MS = 250;
/** A report, a verification or a reader of the change feed ends within this time, or the disposal is tried again later. */
const WAITS_MAX = 2_400;
const LOG_ROUNDS_MAX = 40;
const FORBIDDEN = '42501';

/**
 * Writes tables that lost rows anew and empties the server's log, so that nothing of them stays in its files.
 *
 * Shape:  deleted rows stay in a table's file, in the samples of its columns, and in the write-ahead log, until each is written
 *         anew. A server whose log is another's keeps it, and that is said.
 * Errors: `STATE_CONFLICT` where a transaction or a reader of changes that is older than the deletion does not end.
 */
export async function rewriteFiles(
  database: Database,
  options: { readonly withBodies: boolean },
): Promise<ClearedFiles> {
  const session = await database.reserve();
  try {
    await session`SET statement_timeout = 0`;
    const from = await markOf(session);
    await waitForOlder(session, from.xid);
    const tables = options.withBodies ? [...REWRITTEN_TABLES, 'ledger_body'] : REWRITTEN_TABLES;
    for (const table of tables) await session.unsafe(`VACUUM (FULL, ANALYZE) ${table}`);
    // The samples of columns are rows of a table of their own.
    await onlyIfPermitted(() => session`VACUUM (FULL) pg_statistic`);
    return (await onlyIfPermitted(() => clearLog(session))) ? 'tables-and-wal' : 'tables-only';
  } finally {
    await session`RESET statement_timeout`.catch(() => undefined);
    session.release();
  }
}

/** A transaction that begins now: whoever is older may still see what was deleted. */
async function markOf(session: Session): Promise<{ readonly xid: string }> {
  const [row] = await session<{ xid: string }[]>`SELECT pg_current_xact_id()::xid::text AS xid`;
  return row ?? { xid: '0' };
}

async function waitForOlder(session: Session, xid: string): Promise<void> {
  for (let wait = 0; wait < WAITS_MAX; wait += 1) {
    const [row] = await session<{ older: number }[]>`
      SELECT (SELECT count(*) FROM pg_stat_activity
              WHERE pid <> pg_backend_pid() AND backend_xmin IS NOT NULL AND age(backend_xmin) > age(${xid}::xid)) +
             (SELECT count(*) FROM pg_replication_slots
              WHERE catalog_xmin IS NOT NULL AND age(catalog_xmin) > age(${xid}::xid)) AS older`;
    if ((row?.older ?? 0) === 0) return;
    await delay(WAIT_MS);
  }
  throw new KitError('STATE_CONFLICT', 'a transaction that is older than the deletion does not end', {
    hint: 'Wait until reports and verifications have ended; the disposal goes on at the next start of the hub.',
  });
}

/**
 * Lets the server write past its old log and throw it away instead of using its files again.
 *
 * Shape: each switch fills a file to its end with nothing, so files that wait to be used again are cleared as well.
 */
async function clearLog(session: Session): Promise<void> {
  await session`ALTER SYSTEM SET wal_recycle = off`;
  try {
    await session`SELECT pg_reload_conf()`;
    await session`CHECKPOINT`;
    const [start] = await session<{ file: string }[]>`SELECT pg_walfile_name(pg_current_wal_lsn()) AS file`;
    const file = start?.file ?? '';
    const [waiting] = await session<
      { count: number }[]
    >`SELECT count(*) AS count FROM pg_ls_waldir() WHERE name > ${file}`;
    const switches = Math.min((waiting?.count ?? 0) + 1, LOG_FILES_MAX);
    for (let round = 0; round < switches; round += 1) await switchLog(session);
    await dropOldLog(session, file);
  } finally {
    await session`ALTER SYSTEM RESET wal_recycle`;
    await session`SELECT pg_reload_conf()`;
  }
}

/** As many as the largest log that our server keeps has, and some more. */
const LOG_FILES_MAX = 256;

async function switchLog(session: Session): Promise<void> {
  // A switch does nothing where nothing was written since the last one.
  await session`SELECT pg_logical_emit_message(false, 'gatehouse', 'the log goes on in the next file')`;
  await session`SELECT pg_switch_wal()`;
}

async function dropOldLog(session: Session, file: string): Promise<void> {
  for (let round = 0; round < LOG_ROUNDS_MAX; round += 1) {
    await session`CHECKPOINT`;
    const [left] = await session<{ count: number }[]>`
      SELECT count(*) AS count FROM pg_ls_waldir() WHERE name ~ '^[0-9A-F]{24}$' AND name <= ${file}`;
    if ((left?.count ?? 0) === 0) return;
    await delay(WAIT_MS);
    await switchLog(session);
  }
  throw new KitError('STATE_CONFLICT', 'the server keeps its old write-ahead log', {
    hint: 'A reader of changes or the archive of the log is behind; the disposal goes on at the next start of the hub.',
  });
}

/** False where the server does not let us: it is not ours alone. */
async function onlyIfPermitted(work: () => PromiseLike<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    const isForbidden = error instanceof postgres.PostgresError && error.code === FORBIDDEN;
    if (!isForbidden) throw error;
    return false;
  }
}
