import { type Database, STATEMENT_TIMEOUT_MS } from '../../database.ts';

/** How the server stands with its archive. Units: bytes; ages in seconds. */
export interface ArchiveState {
  readonly isOn: boolean;
  readonly folder: string;
  /** The segment that could not be archived, where the newest try failed. */
  readonly failing: string | undefined;
  /** For how long the oldest finished segment has been waiting. */
  readonly waitingSeconds: number;
  readonly walBytes: number;
}

/** What identifies a server and its log. */
export interface ServerIdentity {
  readonly system: string;
  readonly version: string;
  readonly segmentBytes: number;
  readonly timeline: number;
}

/** What the server gives at the end of a copy, for whoever restores it. */
export interface CopyEnd {
  readonly lsn: string;
  readonly label: string;
  readonly tablespaces: string;
}

/** A session that a copy is made under: the server ends the copy where the session ends. */
export interface CopySession {
  /** Starts the copy. Shape: undefined where somebody else makes one at this moment. */
  begin(label: string): Promise<string | undefined>;
  end(): Promise<CopyEnd>;
  close(): Promise<void>;
}

/** Any number that nothing else locks: the letters of "back". */
const COPY_LOCK = 0x6261636b;

/** How the server stands with its archive. */
export async function archiveState(database: Database): Promise<ArchiveState> {
  const [row] = await database<
    { mode: string; folder: string; failing: string | null; waiting: number; wal: number }[]
  >`
    SELECT current_setting('archive_mode') AS mode,
      coalesce(current_setting('basic_archive.archive_directory', true), '') AS folder,
      CASE WHEN last_failed_time > coalesce(last_archived_time, '-infinity') THEN last_failed_wal END AS failing,
      (SELECT coalesce(extract(epoch FROM now() - min(modification)), 0)::int FROM pg_ls_archive_statusdir()
        WHERE name LIKE '%.ready') AS waiting,
      (SELECT coalesce(sum(size), 0)::bigint FROM pg_ls_waldir()) AS wal
    FROM pg_stat_archiver`;
  return {
    isOn: row?.mode === 'on',
    folder: row?.folder ?? '',
    failing: row?.failing ?? undefined,
    waitingSeconds: row?.waiting ?? 0,
    walBytes: row?.wal ?? 0,
  };
}

/** What identifies a server and its log. */
export async function serverIdentity(database: Database): Promise<ServerIdentity> {
  const [row] = await database<{ system: string; version: string; bytes: number; wal: string }[]>`
    SELECT system_identifier::text AS system, current_setting('server_version') AS version,
      (SELECT setting::int FROM pg_settings WHERE name = 'wal_segment_size') AS bytes,
      pg_walfile_name(pg_current_wal_lsn()) AS wal
    FROM pg_control_system()`;
  return {
    system: row?.system ?? '',
    version: row?.version ?? '',
    segmentBytes: row?.bytes ?? 0,
    timeline: parseInt(row?.wal.slice(0, 8) ?? '0', 16),
  };
}

/** How far a recovery came; undefined where the server has not recovered since it was started. */
export async function replayedTo(database: Database): Promise<string | undefined> {
  const [row] = await database<{ lsn: string | null }[]>`SELECT pg_last_wal_replay_lsn()::text AS lsn`;
  return row?.lsn ?? undefined;
}

/** A checkpoint of the ledger with its moment. */
export interface TimedCheckpoint {
  readonly size: number;
  readonly root: string;
  readonly note: string;
  readonly at: string;
}

/** The newest checkpoint of the ledger; undefined before the first, and in a database without a ledger. */
export async function newestTimed(database: Database): Promise<TimedCheckpoint | undefined> {
  const [table] = await database<{ name: string | null }[]>`SELECT to_regclass('checkpoint')::text AS name`;
  if ((table?.name ?? null) === null) return undefined;
  const [row] = await database<
    TimedCheckpoint[]
  >`SELECT size, root, note, at FROM checkpoint ORDER BY size DESC LIMIT 1`;
  return row;
}

/** The first checkpoint beyond a size, and not beyond another one. */
export async function firstBeyond(
  database: Database,
  range: { readonly size: number; readonly sizeMax: number },
): Promise<TimedCheckpoint | undefined> {
  const [row] = await database<TimedCheckpoint[]>`
    SELECT size, root, note, at FROM checkpoint WHERE size > ${range.size} AND size <= ${range.sizeMax}
    ORDER BY size LIMIT 1`;
  return row;
}

/** Opens a session for one copy. */
export async function openCopySession(database: Database): Promise<CopySession> {
  const session = await database.reserve();
  let isOpen = false;
  // The server writes a checkpoint first, which takes as long as it takes.
  await session`SET statement_timeout = 0`;
  return {
    async begin(label) {
      const [lock] = await session<{ taken: boolean }[]>`SELECT pg_try_advisory_lock(${COPY_LOCK}) AS taken`;
      if (lock?.taken !== true) return undefined;
      const [row] = await session<{ lsn: string }[]>`SELECT pg_backup_start(${label}, true)::text AS lsn`;
      isOpen = true;
      return row?.lsn;
    },
    async end() {
      const [row] = await session<{ lsn: string; label: string; tablespaces: string }[]>`
        SELECT lsn::text AS lsn, labelfile AS label, spcmapfile AS tablespaces FROM pg_backup_stop(false)`;
      isOpen = false;
      return { lsn: row?.lsn ?? '0/0', label: row?.label ?? '', tablespaces: row?.tablespaces ?? '' };
    },
    async close() {
      try {
        if (isOpen) await session`SELECT pg_backup_stop(false)`;
        await session`SELECT pg_advisory_unlock_all()`;
        await session.unsafe(`SET statement_timeout = ${STATEMENT_TIMEOUT_MS}`);
      } finally {
        session.release();
      }
    },
  };
}
