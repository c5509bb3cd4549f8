import { KitError } from '@gatehouse/shared/errors.ts';

/** A column's value as PostgreSQL writes it; `undefined` is a stored-aside value that the change did not touch. */
export type WireValue = string | null | undefined;

/** A table as the replication stream describes it before its first change. */
export interface WireRelation {
  readonly oid: number;
  readonly schema: string;
  readonly table: string;
  readonly columns: readonly { readonly name: string; readonly type: number }[];
}

/** One message of the plugin `pgoutput`, protocol version 1. Shape: values stand in the order of the relation's columns. */
export type WireMessage =
  | { readonly kind: 'begin'; readonly commitLsn: bigint; readonly xid: number }
  | { readonly kind: 'commit'; readonly endLsn: bigint }
  | { readonly kind: 'relation'; readonly relation: WireRelation }
  | { readonly kind: 'insert'; readonly oid: number; readonly row: readonly WireValue[] }
  | {
      readonly kind: 'update';
      readonly oid: number;
      readonly old: readonly WireValue[] | undefined;
      readonly row: readonly WireValue[];
    }
  | { readonly kind: 'delete'; readonly oid: number; readonly old: readonly WireValue[] }
  | { readonly kind: 'truncate'; readonly oids: readonly number[] }
  | { readonly kind: 'other' };

/** Reads numbers, names and rows off one message, never beyond its end. */
interface Reader {
  byte(): number;
  uint16(): number;
  uint32(): number;
  uint64(): bigint;
  skip(bytes: number): void;
  name(): string;
  text(bytes: number): string;
}

/**
 * Decodes one message.
 *
 * Errors: `MESSAGE_MALFORMED` where it ends too early or holds what the protocol does not know.
 * Source: PostgreSQL manual, Logical Replication Message Formats.
 */
export function decodeMessage(bytes: Buffer): WireMessage {
  const reader = readerOf(bytes);
  const tag = String.fromCharCode(reader.byte());
  switch (tag) {
    case 'B': {
      const commitLsn = reader.uint64();
      reader.skip(8);
      return { kind: 'begin', commitLsn, xid: reader.uint32() };
    }
    case 'C':
      reader.skip(9);
      return { kind: 'commit', endLsn: reader.uint64() };
    case 'R':
      return { kind: 'relation', relation: relationOf(reader) };
    case 'I': {
      const oid = reader.uint32();
      reader.skip(1);
      return { kind: 'insert', oid, row: rowOf(reader) };
    }
    case 'U':
      return updateOf(reader);
    case 'D': {
      const oid = reader.uint32();
      reader.skip(1);
      return { kind: 'delete', oid, old: rowOf(reader) };
    }
    case 'T': {
      const count = reader.uint32();
      reader.skip(1);
      return { kind: 'truncate', oids: Array.from({ length: count }, () => reader.uint32()) };
    }
    case 'Y':
    case 'O':
    case 'M':
      return { kind: 'other' };
    default:
      throw malformed(`a message of the unknown kind ${JSON.stringify(tag)}`);
  }
}

function relationOf(reader: Reader): WireRelation {
  const oid = reader.uint32();
  // The stream leaves the name of the system's own schema out.
  const schema = reader.name() || 'pg_catalog';
  const table = reader.name();
  reader.skip(1);
  const columns = Array.from({ length: reader.uint16() }, () => {
    reader.skip(1);
    const name = reader.name();
    const type = reader.uint32();
    reader.skip(4);
    return { name, type };
  });
  return { oid, schema, table, columns };
}

function updateOf(reader: Reader): WireMessage {
  const oid = reader.uint32();
  const first = String.fromCharCode(reader.byte());
  if (first === 'N') return { kind: 'update', oid, old: undefined, row: rowOf(reader) };
  if (first !== 'O' && first !== 'K') throw malformed(`an update that begins with ${JSON.stringify(first)}`);
  const before = rowOf(reader);
  reader.skip(1);
  const row = rowOf(reader);
  // A key alone is no row: only REPLICA IDENTITY FULL tells what stood there before.
  if (first === 'K') return { kind: 'update', oid, old: undefined, row };
  return { kind: 'update', oid, old: before, row: row.map((value, at) => (value === undefined ? before[at] : value)) };
}

function rowOf(reader: Reader): readonly WireValue[] {
  return Array.from({ length: reader.uint16() }, () => {
    const form = String.fromCharCode(reader.byte());
    if (form === 'n') return null;
    if (form === 'u') return undefined;
    if (form !== 't') throw malformed(`a value in the form ${JSON.stringify(form)}`);
    return reader.text(reader.uint32());
  });
}

function readerOf(bytes: Buffer): Reader {
  let at = 0;
  const take = (count: number): number => {
    const from = at;
    if (from + count > bytes.length) throw malformed(`${bytes.length} bytes where ${from + count} belong`);
    at += count;
    return from;
  };
  return {
    byte: () => bytes.readUInt8(take(1)),
    uint16: () => bytes.readUInt16BE(take(2)),
    uint32: () => bytes.readUInt32BE(take(4)),
    uint64: () => bytes.readBigUInt64BE(take(8)),
    skip: (count) => void take(count),
    name: () => {
      const end = bytes.indexOf(0, at);
      if (end === -1) throw malformed('a name without an end');
      const from = take(end - at + 1);
      return bytes.toString('utf8', from, end);
    },
    text: (count) => {
      const from = take(count);
      return bytes.toString('utf8', from, from + count);
    },
  };
}

function malformed(what: string): KitError {
  return new KitError('MESSAGE_MALFORMED', `the replication stream holds ${what}`);
}
