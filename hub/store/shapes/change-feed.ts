import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { KitError } from '@gatehouse/shared/errors.ts';
import postgres from 'postgres';
import { asUnreachable } from '../database.ts';
import type { Connection } from '../postgres/connection.ts';
import { collectTransactions, type Transaction } from './transaction-collector.ts';

/** How values are written, the same in a snapshot and in the stream of changes. */
export const TEXT_SETTINGS: Readonly<Record<string, string>> = {
  bytea_output: 'hex',
  DateStyle: 'ISO, DMY',
  TimeZone: 'UTC',
  extra_float_digits: '1',
  IntervalStyle: 'iso_8601',
};

/** What of one transaction is kept at most. */
export const TRANSACTION_CHANGES_MAX = 100_000;
const TRANSACTION_BYTES_MAX = 64 * 1024 * 1024;
const STATUS_EVERY_MS = 10_000;
/** The server answers each status at once; silence for three of them means that nobody is there. */
const SILENT_MS_MAX = 30_000;
const CONNECT_SECONDS_MAX = 10;
const END_SECONDS_MAX = 1;
/** So long the server may take to end a copying. Units: milliseconds. */
const FAREWELL_MS_MAX = 500;
const XLOG_DATA = 0x77;
const KEEP_ALIVE = 0x6b;
const XLOG_HEADER_BYTES = 25;
const POSTGRES_EPOCH_MS = Date.UTC(2000, 0, 1);

/** The stream of committed transactions, from the moment it was opened. */
export interface ChangeFeed {
  /** Lets the server wait before it sends more; what it keeps for us is bounded by `max_slot_wal_keep_size`. */
  pause(): void;
  resume(): void;
  close(): Promise<void>;
}

/** What a feed needs and whom it tells. */
export interface ChangeFeedDeps {
  readonly target: Connection | string;
  readonly publication: string;
  readonly onTransaction: (transaction: Transaction) => void;
  /** Called once, when no more transactions will come; never after `close`. */
  readonly onLost: (reason: unknown) => void;
}

/**
 * Opens a temporary replication slot, which ends with its connection, and follows the tables of a publication.
 *
 * Errors: `DATABASE_UNREACHABLE`, `SHAPES_UNAVAILABLE` where the server does not decode changes or has no slot left.
 */
export async function openChangeFeed(deps: ChangeFeedDeps): Promise<ChangeFeed> {
  const sql = replicationConnection(deps.target);
  try {
    const slot = `gatehouse_shapes_${randomBytes(8).toString('hex')}`;
    const [made] = await sql.unsafe<{ consistent_point: string }[]>(
      `CREATE_REPLICATION_SLOT ${slot} TEMPORARY LOGICAL pgoutput NOEXPORT_SNAPSHOT`,
    );
    const from = made?.consistent_point ?? '0/0';
    const options = `proto_version '1', publication_names '${deps.publication}'`;
    const stream = await sql.unsafe(`START_REPLICATION SLOT ${slot} LOGICAL ${from} (${options})`).writable();
    return follow(stream as Duplex, sql, deps);
  } catch (error) {
    await sql.end({ timeout: END_SECONDS_MAX });
    throw unavailable(error);
  }
}

function replicationConnection(target: Connection | string): postgres.Sql {
  const options = {
    max: 1,
    fetch_types: false,
    max_lifetime: null,
    connect_timeout: CONNECT_SECONDS_MAX,
    onnotice: () => undefined,
    connection: { application_name: 'gatehouse-shapes', replication: 'database', ...TEXT_SETTINGS },
  };
  return typeof target === 'string' ? postgres(target, options) : postgres({ ...target, ...options });
}

function follow(stream: Duplex, sql: postgres.Sql, deps: ChangeFeedDeps): ChangeFeed {
  const collector = collectTransactions({ changesMax: TRANSACTION_CHANGES_MAX, bytesMax: TRANSACTION_BYTES_MAX });
  let confirmed = 0n;
  let heardAt = performance.now();
  let isOver = false;

  const tell = (): void => void stream.write(statusOf(confirmed));
  const timer = setInterval(() => {
    if (performance.now() - heardAt > SILENT_MS_MAX && !stream.isPaused()) lose(new Error('the server is silent'));
    else tell();
  }, STATUS_EVERY_MS);
  timer.unref();

  function lose(reason: unknown): void {
    if (isOver) return;
    isOver = true;
    clearInterval(timer);
    void sql.end({ timeout: 0 }).catch(() => undefined);
    deps.onLost(reason);
  }

  function take(bytes: Buffer): void {
    heardAt = performance.now();
    if (bytes[0] === KEEP_ALIVE) {
      if (!collector.isOpen) confirmed = bytes.readBigUInt64BE(1);
      if (bytes[17] === 1) tell();
      return;
    }
    if (bytes[0] !== XLOG_DATA) return;
    const transaction = collector.take(bytes.subarray(XLOG_HEADER_BYTES));
    if (transaction === undefined) return;
    confirmed = transaction.commitLsn;
    deps.onTransaction(transaction);
  }

  stream.on('data', (bytes: Buffer) => {
    if (isOver) return;
    try {
      take(bytes);
    } catch (error) {
      lose(error);
    }
  });
  stream.on('error', lose);
  stream.on('close', () => lose(new Error('the connection ended')));
  stream.on('end', () => lose(new Error('the server ended the stream')));
  return {
    pause: () => void stream.pause(),
    resume: () => void stream.resume(),
    close: async () => {
      isOver = true;
      clearInterval(timer);
      await farewell(stream);
      await sql.end({ timeout: 0 }).catch(() => undefined);
    },
  };
}

/** Ends the copying in the words of the protocol: a connection that just goes is a fatal failure in the server's log. */
async function farewell(stream: Duplex): Promise<void> {
  if (stream.destroyed) return;
  const heard = new Promise<void>((resolve) => {
    for (const event of ['end', 'close', 'error'] as const) stream.once(event, () => resolve());
    setTimeout(resolve, FAREWELL_MS_MAX).unref();
  });
  stream.resume();
  stream.end();
  await heard;
}

/** A standby status update that asks for an answer. Source: PostgreSQL manual, Streaming Replication Protocol. */
function statusOf(confirmed: bigint): Buffer {
  const bytes = Buffer.alloc(34);
  bytes.write('r', 0, 'latin1');
  for (const at of [1, 9, 17]) bytes.writeBigUInt64BE(confirmed, at);
  bytes.writeBigInt64BE(BigInt(Date.now() - POSTGRES_EPOCH_MS) * 1_000n, 25);
  bytes.writeUInt8(1, 33);
  return bytes;
}

/** 55000: wal_level is too low; 53400: no slot or sender is free; 42501: the role may not replicate. */
function unavailable(error: unknown): unknown {
  const code = error instanceof postgres.PostgresError ? error.code : '';
  if (!['55000', '53400', '42501'].includes(code)) return asUnreachable(error);
  return new KitError('SHAPES_UNAVAILABLE', `the database does not give its changes: ${(error as Error).message}`, {
    hint: 'Set wal_level = logical, leave a replication slot free and give the role REPLICATION, then restart the database server.',
    cause: error,
  });
}
