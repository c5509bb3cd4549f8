/**
 * A place in a shape's log.
 *
 * Shape: the snapshot lies at transaction 0, changes at the commit position of theirs; `operation` counts within it, and
 *        Infinity stands after all of them. `BEFORE_ALL` comes first.
 */
export interface ShapeOffset {
  readonly transaction: bigint;
  readonly operation: number;
}

/** Where a client begins. */
export const BEFORE_ALL: ShapeOffset = { transaction: -1n, operation: 0 };

/** After the last row of a snapshot, before the first change. */
export const AFTER_SNAPSHOT: ShapeOffset = { transaction: 0n, operation: Number.POSITIVE_INFINITY };

const FORM = /^(\d{1,20})_(\d{1,15}|inf)$/;
const UINT64_MAX = 2n ** 64n - 1n;

/** Reads an offset as the protocol writes it; nothing where it is none. */
export function readOffset(text: string): ShapeOffset | undefined {
  if (text === '-1') return BEFORE_ALL;
  const [, transaction, operation] = FORM.exec(text) ?? [];
  if (transaction === undefined || operation === undefined || BigInt(transaction) > UINT64_MAX) return undefined;
  return {
    transaction: BigInt(transaction),
    operation: operation === 'inf' ? Number.POSITIVE_INFINITY : Number(operation),
  };
}

/** An offset as the protocol writes it. */
export function offsetText({ transaction, operation }: ShapeOffset): string {
  if (transaction < 0n) return '-1';
  return `${transaction}_${operation === Number.POSITIVE_INFINITY ? 'inf' : operation}`;
}

/** Whether a place lies after another one. */
export function isAfter(a: ShapeOffset, b: ShapeOffset): boolean {
  return a.transaction === b.transaction ? a.operation > b.operation : a.transaction > b.transaction;
}
