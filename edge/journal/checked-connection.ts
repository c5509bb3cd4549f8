import { KitError } from '@gatehouse/shared/errors.ts';
import type { SqlConnection, SqlRow, SqlStatement, SqlValue } from './driver.ts';
import { sqlFailure } from './sql-failure.ts';

/** What both engines accept once the binds are checked. */
type CheckedBind = string | number | bigint | Buffer | null;

/** A connection as an engine offers it. */
export interface RawConnection {
  exec(sql: string): void;
  prepare(sql: string): RawStatement;
  close(): void;
}

/** A statement as an engine offers it: binds as one list, integers as `bigint`. */
interface RawStatement {
  run(binds: readonly CheckedBind[]): void;
  all(binds: readonly CheckedBind[]): readonly object[];
}

/** An engine ends a text here when it reads it back. */
const NUL = '\u0000';
const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

/**
 * The only way to an engine: binds are checked before and values after, and every failure is a `KitError`.
 *
 * Shape:  text without NUL, safe integers, `bigint` of 64 bits, bytes and null; the engine would end the process for some others,
 *         and would store NaN as NULL.
 * Errors: `VALUE_MALFORMED` for any other bind; those of `sqlFailure`.
 */
export function checkedConnection(raw: RawConnection, path: string): SqlConnection {
  return {
    exec: (sql) => guarded(path, () => raw.exec(sql)),
    prepare: (sql) => checkedStatement(path, () => raw.prepare(sql)),
    close: () => guarded(path, () => raw.close()),
  };
}

function checkedStatement(path: string, prepare: () => RawStatement): SqlStatement {
  const raw = guarded(path, prepare);
  const all = (...binds: readonly SqlValue[]): readonly SqlRow[] => {
    const checked = checkBinds(binds);
    return guarded(path, () => raw.all(checked)).map(readRow);
  };
  return {
    run: (...binds) => {
      const checked = checkBinds(binds);
      guarded(path, () => raw.run(checked));
    },
    all,
    get: (...binds) => all(...binds)[0],
  };
}

function checkBinds(binds: readonly unknown[]): readonly CheckedBind[] {
  return binds.map(checkBind);
}

function checkBind(value: unknown, index: number): CheckedBind {
  if (value === null || (typeof value === 'string' && !value.includes(NUL))) return value;
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  if (typeof value === 'bigint' && value >= INT64_MIN && value <= INT64_MAX) return value;
  if (Buffer.isBuffer(value)) return value;
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  throw new KitError('VALUE_MALFORMED', `bind ${index + 1} is ${describeBind(value)}`, {
    hint: 'Bind text, a safe integer, a bigint of 64 bits, bytes or null.',
  });
}

function describeBind(value: unknown): string {
  if (typeof value === 'string') return 'a text with a NUL character';
  const isNumeric = typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean';
  return isNumeric ? `the ${typeof value} ${value}` : `of type ${typeof value}`;
}

function readRow(row: object): SqlRow {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, readValue(value)]));
}

function readValue(value: unknown): SqlValue {
  if (typeof value === 'bigint') {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }
  if (value instanceof ArrayBuffer) return Buffer.from(value);
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  return value as string | number | null;
}

function guarded<T>(path: string, act: () => T): T {
  try {
    return act();
  } catch (cause) {
    throw sqlFailure(cause, path);
  }
}
