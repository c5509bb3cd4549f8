import type { ServerUser } from './run-program.ts';

/** Where the server listens; it is never reachable from another machine. */
export const SERVER_HOST = '127.0.0.1';

// Each pair goes on the command line, where neither postgresql.conf nor ALTER SYSTEM can override it.
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: SERVER_HOST,
  unix_socket_directories: '',
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  wal_level: 'logical',
  max_connections: '50',
  shared_buffers: '128MB',
  max_wal_size: '1GB',
  // A reader of the change feed that hangs is cut off before its backlog fills the disk.
  max_slot_wal_keep_size: '2GB',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_destination: 'stderr',
  logging_collector: 'off',
  log_checkpoints: 'off',
  // Statements and the details of errors may quote personal data, which the log's life does not follow.
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
};

/**
 * How commits reach the disk where the platform's default stops at the drive's own cache.
 *
 * Source: PostgreSQL manual, chapter Reliability and the Write-Ahead Log.
 */
const SYNC_METHODS: Readonly<Partial<Record<NodeJS.Platform, string>>> = {
  darwin: 'fsync_writethrough',
  win32: 'fsync',
};

/** Settings by name. */
export type ServerSettings = Readonly<Record<string, string>>;

/** Further settings of a server that is started, made once its data folder is there. */
export type MakeSettings = (dataFolder: string, user: ServerUser | undefined) => Promise<ServerSettings>;

/** What is written is handed to the archive at least this often, and so is the most that is lost with the server's disk. */
export const ARCHIVE_SECONDS_MAX = 60;

/**
 * The settings of a server that hands each finished WAL segment to an archive, through its own library and so without a shell.
 *
 * Shape:  a copy is durable before the segment counts as archived, and another one under the same name is never replaced.
 * Source: PostgreSQL manual, chapter Continuous Archiving and appendix basic_archive.
 */
export function archiveSettings(folder: string): ServerSettings {
  return {
    archive_mode: 'on',
    archive_library: 'basic_archive',
    'basic_archive.archive_directory': folder,
    archive_timeout: `${ARCHIVE_SECONDS_MAX}s`,
  };
}

/** The arguments of the server program for one data folder and port. */
export function serverArguments(dataFolder: string, port: number, added: ServerSettings = {}): readonly string[] {
  const method = SYNC_METHODS[process.platform];
  const sync: ServerSettings = method === undefined ? {} : { wal_sync_method: method };
  const settings = { ...SETTINGS, ...sync, ...added, port: `${port}` };
  return ['-D', dataFolder, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
}
