import { sha256 } from '@gatehouse/shared/journal/canonical.ts';
import { insertRows } from './bulk.ts';
import type { Queries, Transaction } from './database.ts';

/** Something that a person at the hub must look at. */
export interface Alarm {
  readonly code: string;
  readonly severity: 'notice' | 'warning' | 'alarm';
  readonly edge?: string;
  readonly message: string;
  readonly leaf?: number;
}

/** A copy of an entry that is not taken, kept as it came. */
export interface QuarantinedCopy {
  readonly edge: string;
  readonly epoch: number;
  readonly seq: number;
  /** Whether the edge's own key signed it, or it proves nothing against the edge. */
  readonly proof: 'signed' | 'suspect';
  readonly reason: string;
  readonly header: string;
  readonly salt: Uint8Array;
  readonly body: string;
}

/**
 * How many copies are kept of one edge; beyond it only the alarm tells of more. Anyone who reaches the broker can send suspect
 * ones, so they have a small room of their own and never take the place of a signed fork.
 */
export const QUARANTINE_COPIES_MAX = { signed: 10_000, suspect: 100 } as const;

const MESSAGE_LENGTH_MAX = 2_000;

const alarmShape = {
  at: 'text',
  code: 'text',
  severity: 'text',
  edge: 'text',
  message: 'text',
  leaf: 'bigint',
} as const;

const copyShape = {
  edge: 'text',
  epoch: 'bigint',
  seq: 'bigint',
  proof: 'text',
  reason: 'text',
  content_hash: 'text',
  header: 'text',
  salt: 'bytea-hex',
  body: 'text',
  at: 'text',
} as const;

/** Puts alarms on record. */
export async function raiseAlarms(tx: Queries, alarms: readonly Alarm[], at: string): Promise<void> {
  const rows = alarms.map(({ code, severity, edge, message, leaf }) => {
    return { at, code, severity, edge: edge ?? null, message: storable(message), leaf: leaf ?? null };
  });
  await insertRows(tx, { table: 'alarm', shape: alarmShape, rows });
}

/** How many alarms of a code were raised after a moment, for one edge or for all. */
export async function alarmsSince(
  tx: Queries,
  search: { readonly code: string; readonly after: string; readonly edge?: string },
): Promise<number> {
  const [row] = await tx<{ count: number }[]>`
    SELECT count(*) AS count FROM alarm
    WHERE code = ${search.code} AND at > ${search.after} AND (${search.edge ?? null}::text IS NULL OR edge = ${search.edge ?? null})`;
  return row?.count ?? 0;
}

/** Keeps copies of one edge and proof, each once, up to `QUARANTINE_COPIES_MAX`; returns how many were new. */
export async function quarantine(tx: Transaction, copies: readonly QuarantinedCopy[], at: string): Promise<number> {
  const [first] = copies;
  if (first === undefined) return 0;
  const { edge, proof } = first;
  const [kept] = await tx<{ count: number }[]>`
    SELECT count(*) AS count FROM quarantine WHERE edge = ${edge} AND proof = ${proof}`;
  const room = Math.max(0, QUARANTINE_COPIES_MAX[proof] - (kept?.count ?? 0));
  const rows = copies.slice(0, room).map((copy) => {
    const salt = Buffer.from(copy.salt).toString('hex');
    const contentHash = sha256(`${copy.header}\n${salt}\n${copy.body}`).toString('hex');
    return {
      ...copy,
      salt,
      at,
      content_hash: contentHash,
      header: withoutNul(copy.header),
      body: withoutNul(copy.body),
    };
  });
  const onConflict = 'ON CONFLICT (edge, epoch, seq, content_hash) DO NOTHING';
  return insertRows(tx, { table: 'quarantine', shape: copyShape, rows, onConflict });
}

function storable(message: string): string {
  return withoutNul(message).slice(0, MESSAGE_LENGTH_MAX).toWellFormed();
}

/** The server's text holds no NUL; its picture stands for it. The content hash is over the text as it came. */
function withoutNul(text: string): string {
  return text.replaceAll('\0', '\u2400');
}
