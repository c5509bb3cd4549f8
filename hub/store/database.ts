import { describeError, KitError } from '@gatehouse/shared/errors.ts';
import postgres from 'postgres';
import type { Connection } from './postgres/connection.ts';

/**
 * The hub's database, through a bounded pool.
 *
 * Shape: a `bigint` column reads as a number and refuses what is not a safe integer; times are text and stay text.
 */
export type Database = postgres.Sql;

/** One open transaction; only `inTransaction` and `inSnapshot` make one. */
export interface Transaction extends postgres.ISql {
  readonly isTransaction: true;
}

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
/** The connection is gone, or the server is about to close it. */
const LOST = /^(08|57P|25P03|CONNECTION_|CONNECT_TIMEOUT|ECONN|EPIPE|ENOTFOUND|ETIMEDOUT|EHOSTUNREACH)/;
/** The server cannot do it now: the disk is full, or there are too many connections. */
const EXHAUSTED = /^53/;

/** Opens the pool; the first query connects. Shape: `target` is a connection or a `postgres://` address. */
export function connect(target: Connection | string): Database {
  const options = {
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
 * Errors: `DATABASE_UNREACHABLE` where the server is away; whatever the work throws.
 */
export function inTransaction<T>(database: Database, work: (tx: Transaction) => Promise<T>): Promise<T> {
  return transact(database, 'BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE', work);
}

/** Reads as of one moment, however long it takes; nothing can be written. Errors: as `inTransaction`. */
export function inSnapshot<T>(database: Database, work: (tx: Transaction) => Promise<T>): Promise<T> {
  return transact(database, 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY', async (tx) => {
    await tx`SET LOCAL statement_timeout = 0`;
    await tx`SET LOCAL idle_in_transaction_session_timeout = 0`;
    return work(tx);
  });
}

/** Does part of a transaction so that its failure undoes this part alone. */
export async function inSavepoint<T>(tx: Transaction, work: () => Promise<T>): Promise<T> {
  await tx`SAVEPOINT part`;
  try {
    const result = await work();
    await tx`RELEASE SAVEPOINT part`;
    return result;
  } catch (error) {
    if (!isLost(error)) {
      await tx`ROLLBACK TO SAVEPOINT part`;
      await tx`RELEASE SAVEPOINT part`;
    }
    throw error;
  }
}

/**
 * The driver's own way would send a rollback into a connection that is gone, which ends the process; so a lost
 * connection is neither rolled back nor given back here, and the pool makes a new one.
 */
async function transact<T>(database: Database, begin: string, work: (tx: Transaction) => Promise<T>): Promise<T> {
  try {
    const session = await database.reserve();
    return await onSession(session, begin, work);
  } catch (error) {
    throw asUnreachable(error);
  }
}

async function onSession<T>(
  session: postgres.ReservedSql,
  begin: string,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  try {
    await session.unsafe(begin);
    const result = await work(Object.assign(session, { isTransaction: true as const }));
    await session`COMMIT`;
    session.release();
    return result;
  } catch (error) {
    if (isLost(error)) throw error;
    await session`ROLLBACK`;
    session.release();
    throw error;
  }
}

/** Whether the server refused the data itself: it will refuse them again, however often they come. */
export function isDataFault(error: unknown): boolean {
  return error instanceof postgres.PostgresError && /^2[123]/.test(error.code);
}

function asUnreachable(error: unknown): unknown {
  const isExhausted = error instanceof postgres.PostgresError && EXHAUSTED.test(error.code);
  if (!isLost(error) && !isExhausted) return error;
  return new KitError('DATABASE_UNREACHABLE', `the database does not answer: ${describeError(error)}`, {
    hint: 'The hub tries again by itself; nothing is acknowledged meanwhile.',
    cause: error,
  });
}

function isLost(error: unknown): boolean {
  if (error instanceof KitError || !(error instanceof Error) || !('code' in error)) return false;
  return typeof error.code === 'string' && LOST.test(error.code);
}

function readInteger(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value)) return value;
  throw new KitError('INVARIANT_BROKEN', `the database holds ${text} where a safe integer belongs`);
}
