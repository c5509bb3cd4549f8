import { decodeMessage, type WireMessage, type WireRelation, type WireValue } from './pgoutput.ts';

/** One row's change. Shape: rows are the values of the table's columns by name. Units: `op` counts by two in its transaction. */
export type RowChange =
  | { readonly kind: 'insert'; readonly oid: number; readonly op: number; readonly row: TextRow }
  | { readonly kind: 'update'; readonly oid: number; readonly op: number; readonly old: TextRow; readonly row: TextRow }
  | { readonly kind: 'delete'; readonly oid: number; readonly op: number; readonly old: TextRow };

/** A whole row as PostgreSQL writes it, by column. */
export type TextRow = Readonly<Record<string, string | null>>;

/** What one committed transaction did. Shape: in the order of its commits, changes in the order of its statements. */
export interface Transaction {
  readonly xid: number;
  readonly commitLsn: bigint;
  readonly changes: readonly RowChange[];
  /** Tables whose rows cannot be followed any more: emptied, described anew, or changed beyond what is kept. */
  readonly lostOids: ReadonlySet<number>;
  /** The tables as the stream described them in this transaction. */
  readonly relations: readonly WireRelation[];
}

/** Puts messages together to transactions. */
export interface TransactionCollector {
  /** Takes one message; answers with the transaction that it ends, if any. Errors: `MESSAGE_MALFORMED`. */
  take(bytes: Buffer): Transaction | undefined;
  /** Whether a transaction has begun and not ended. */
  readonly isOpen: boolean;
}

/** How much of one transaction is kept; beyond it, the tables that it goes on to change are lost to followers. */
export interface CollectorLimits {
  readonly changesMax: number;
  readonly bytesMax: number;
}

interface OpenTransaction {
  readonly xid: number;
  readonly commitLsn: bigint;
  changes: RowChange[];
  readonly lostOids: Set<number>;
  readonly relations: WireRelation[];
  op: number;
  bytes: number;
}

/** A collector with an empty memory, for one connection. */
export function collectTransactions(limits: CollectorLimits): TransactionCollector {
  const known = new Map<number, WireRelation>();
  let open: OpenTransaction | undefined;

  function take(bytes: Buffer): Transaction | undefined {
    const message = decodeMessage(bytes);
    if (message.kind === 'begin') {
      const { xid, commitLsn } = message;
      open = { xid, commitLsn, changes: [], lostOids: new Set(), relations: [], op: 0, bytes: 0 };
      return undefined;
    }
    if (message.kind === 'relation') known.set(message.relation.oid, message.relation);
    if (open === undefined) return undefined;
    if (message.kind === 'commit') {
      const { xid, commitLsn, changes, lostOids, relations } = open;
      open = undefined;
      return { xid, commitLsn, changes, lostOids, relations };
    }
    open.bytes += bytes.length;
    add(open, message);
    return undefined;
  }

  function add(transaction: OpenTransaction, message: WireMessage): void {
    if (message.kind === 'relation') transaction.relations.push(message.relation);
    if (message.kind === 'truncate') for (const oid of message.oids) lose(transaction, oid);
    if (message.kind !== 'insert' && message.kind !== 'update' && message.kind !== 'delete') return;
    const { op } = transaction;
    transaction.op += 2;
    if (transaction.lostOids.has(message.oid)) return;
    const change = changeOf(message, op, known.get(message.oid));
    const isFull = transaction.changes.length >= limits.changesMax || transaction.bytes > limits.bytesMax;
    if (change === undefined || isFull) lose(transaction, message.oid);
    else transaction.changes.push(change);
  }

  return {
    take,
    get isOpen() {
      return open !== undefined;
    },
  };
}

function lose(transaction: OpenTransaction, oid: number): void {
  transaction.lostOids.add(oid);
  transaction.changes = transaction.changes.filter((change) => change.oid !== oid);
}

/** The change with whole rows, or nothing where the stream does not say all of them. */
function changeOf(
  message: Extract<WireMessage, { kind: 'insert' | 'update' | 'delete' }>,
  op: number,
  relation: WireRelation | undefined,
): RowChange | undefined {
  if (relation === undefined) return undefined;
  const { kind, oid } = message;
  const old = kind === 'insert' ? undefined : wholeRow(relation, message.old);
  const row = kind === 'delete' ? undefined : wholeRow(relation, message.row);
  if (kind === 'insert') return row && { kind, oid, op, row };
  if (kind === 'delete') return old && { kind, oid, op, old };
  return row && old && { kind, oid, op, old, row };
}

function wholeRow({ columns }: WireRelation, values: readonly WireValue[] | undefined): TextRow | undefined {
  if (values === undefined || values.length !== columns.length) return undefined;
  // A column may be called "__proto__", which an object with a prototype would not keep.
  const row = Object.create(null) as Record<string, string | null>;
  for (const [at, { name }] of columns.entries()) {
    const value = values[at];
    if (value === undefined) return undefined;
    row[name] = value;
  }
  return row;
}
