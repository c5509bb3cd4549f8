import { describeError, KitError } from '@gatehouse/shared/errors.ts';
import postgres from 'postgres';
import type { Connection } from './postgres/connection.ts';

/**
 * The hub's database, through a bounded pool.
 *
 * Shape: a `bigint` column reads as a number and refuses what is not a safe integer; times are text and stay text.
 */
export type Database = postgres.Sql;

/** One open transaction; `inTransaction` and `inSnapshot` make one. */
export type Transaction = postgres.TransactionSql;

/** What can be asked: the database itself or a transaction of it. */
export type Queries = postgres.ISql;

/** How many connections one process holds at most. */
export const POOL_CONNECTIONS_MAX = 10;

/** After how long a statement is given up. Units: milliseconds. */
export const STATEMENT_TIMEOUT_MS = 30_000;

const IDLE_IN_TRANSACTION_TIMEOUT_MS = 60_000;
const CONNECT_TIMEOUT_SECONDS = 10;
const INT8 = 20;
const DATE_TYPES = [1082, 1114, 1184];
/** The connection is gone, as the driver and the system say it. */
const LOST = /^(CONNECTION_|CONNECT_TIMEOUT|ECONN|EPIPE|ENOTFOUND|ETIMEDOUT|EHOSTUNREACH)/;
/** After these the server closes the connection. */
const FATAL = ['FATAL', 'PANIC'];
/** The driver's own code in a stack. */
const DRIVER = /node_modules[\\/]postgres[\\/]/;
/** The server cannot do it now, with a full disk or too many connections, or it refuses our name or password. */
const CLOSED = /^(53|28|3D)/;

/** What becomes of each row that a query gives before its reader has it. */
export type RowReader = (row: Record<string, unknown>) => Record<string, unknown>;

/**
 * Opens the pool; the first query connects.
 *
 * Shape: `target` is a connection or a `postgres://` address; `onRow` opens sealed bodies, so that no query can forget to.
 */
export function connect(target: Connection | string, onRow?: RowReader): Database {
  const options = {
    ...(onRow === undefined ? {} : { transform: { row: { from: onRow } } }),
    max: POOL_CONNECTIONS_MAX,
    connect_timeout: CONNECT_TIMEOUT_SECONDS,
    onnotice: () => undefined,
    types: {
      int8: { to: INT8, from: [INT8], serialize: String, parse: readInteger },
      date: { to: 25, from: DATE_TYPES, serialize: String, parse: String },
    },
    connection: {
      application_name: 'gatehouse-hub',
      statement_timeout: STATEMENT_TIMEOUT_MS,
      idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
      TimeZone: 'UTC',
    },
  };
  const database: unknown =
    typeof target === 'string' ? postgres(target, options) : postgres({ ...target, ...options });
  return database as Database;
}

/**
 * Does work in one transaction: all of it is durable when this resolves, or none of it happened.
 *
 * Shape:  the work waits for its own queries and for nothing else, since locks are held meanwhile.
 * Errors: `DATABASE_UNREACHABLE` where the server is away; whatever the work throws.
 */
export function inTransaction<T>(database: Database, work: (tx: Transaction) => Promise<T>): Promise<T> {
  return transact(database, 'isolation level read committed', work);
}

/** Reads as of one moment, however long it takes; nothing can be written. Errors: as `inTransaction`. */
export function inSnapshot<T>(database: Database, work: (tx: Transaction) => Promise<T>): Promise<T> {
  return transact(database, 'isolation level repeatable read read only', async (tx) => {
    await tx`SET LOCAL statement_timeout = 0`;
    await tx`SET LOCAL idle_in_transaction_session_timeout = 0`;
    return work(tx);
  });
}

/** Does part of a transaction so that its failure undoes this part alone. */
export async function inSavepoint<T>(tx: Transaction, work: (part: Transaction) => Promise<T>): Promise<T> {
  const box = await tx.savepoint(async (part) => ({ result: await unlessLost(work(part)) }));
  return box.result as T;
}

async function transact<T>(database: Database, mode: string, work: (tx: Transaction) => Promise<T>): Promise<T> {
  try {
    const box = await database.begin(mode, async (tx) => ({ result: await unlessLost(work(tx)) }));
    return box.result as T;
  } catch (error) {
    throw asUnreachable(error);
  }
}

/**
 * What the work gives or throws, but nothing once the connection is lost: the driver would send a rollback into the lost
 * connection, which ends the process. The transaction itself fails as soon as the driver sees the connection close.
 */
async function unlessLost<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (isLost(error)) return new Promise(() => undefined);
    throw error;
  }
}

/** Whether the server refused the data itself: it will refuse them again, however often they come. */
export function isDataFault(error: unknown): boolean {
  return error instanceof postgres.PostgresError && /^2[123]/.test(error.code);
}

/**
 * Whether something that nobody caught comes from a lost connection.
 *
 * Shape: the driver itself trips over a connection that ends in the middle of a transaction: it rejects what nobody holds,
 *        or writes to the socket that is gone. The process then holds slots that never come free, and must be started again.
 */
export function isDriverFault(error: unknown): boolean {
  return isLost(error) || (error instanceof Error && DRIVER.test(error.stack ?? ''));
}

/** A server that is lost, exhausted or lets nobody in as a failure of its own; any other failure as it is. */
export function asUnreachable(error: unknown): unknown {
  const isClosed = error instanceof postgres.PostgresError && CLOSED.test(error.code);
  if (!isLost(error) && !isClosed) return error;
  return new KitError('DATABASE_UNREACHABLE', `the database does not answer: ${describeError(error)}`, {
    hint: 'The hub tries again by itself; nothing is acknowledged meanwhile.',
    cause: error,
  });
}

function isLost(error: unknown): boolean {
  if (error instanceof postgres.PostgresError) return FATAL.includes(error.severity);
  if (error instanceof KitError || !(error instanceof Error) || !('code' in error)) return false;
  return typeof error.code === 'string' && LOST.test(error.code);
}

function readInteger(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value)) return value;
  throw new KitError('INVARIANT_BROKEN', `the database holds ${text} where a safe integer belongs`);
}
