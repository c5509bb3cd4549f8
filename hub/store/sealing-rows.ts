import { insertRows } from './bulk.ts';
import type { Queries, Transaction } from './database.ts';
import type { SealedBody } from './ledger-rows.ts';

/** A body that is stored open. */
export interface OpenStored {
  readonly leaf: number;
  readonly kind: string;
  readonly at: string;
  readonly salt: Uint8Array;
  readonly body: string;
}

/** How far the sealing of bodies that were stored open has come. */
export interface SealingHead {
  readonly next: number;
  readonly end: number;
  readonly version: number;
}

const sealedShape = { leaf: 'bigint', sealed: 'bytea-base64', record_key: 'text' } as const;

/** How many leaves are still to be looked at for bodies that lie open. */
export async function bodiesToSeal(tx: Queries): Promise<number> {
  const [row] = await tx<{ count: number }[]>`SELECT sealing_end - sealing_next AS count FROM record_key_head`;
  return row?.count ?? 0;
}

/** Whether the files of the bodies may still hold some that once lay open. */
export async function mayFilesHoldOpen(tx: Queries): Promise<boolean> {
  const [row] = await tx<{ isRewritten: boolean }[]>`SELECT is_rewritten AS "isRewritten" FROM record_key_head`;
  return row?.isRewritten !== true;
}

/** Says that the files of the bodies were written anew. */
export async function noteRewritten(tx: Queries): Promise<void> {
  await tx`UPDATE record_key_head SET is_rewritten = true WHERE sealing_next >= sealing_end`;
}

/** Locks the sealing until the transaction ends, so that two processes never seal the same bodies. */
export async function lockSealing(tx: Transaction): Promise<SealingHead> {
  const [row] = await tx<SealingHead[]>`
    SELECT sealing_next AS next, sealing_end AS end, version FROM record_key_head FOR UPDATE`;
  return row ?? { next: 0, end: 0, version: 0 };
}

/** The bodies from one leaf up to another that lie open. */
export function readOpenStored(tx: Transaction, from: number, to: number): Promise<OpenStored[]> {
  return tx<OpenStored[]>`
    SELECT l.leaf, l.kind, l.at, b.salt, b.body FROM ledger_body b JOIN ledger_leaf l ON l.leaf = b.leaf
    WHERE b.leaf >= ${from} AND b.leaf < ${to} AND b.body IS NOT NULL ORDER BY b.leaf`;
}

/** Puts sealed bodies into the place of open ones, and says how far the sealing has come. */
export async function storeSealed(
  tx: Transaction,
  rows: readonly (SealedBody & { readonly leaf: number })[],
  next: number,
): Promise<void> {
  if (rows.length > 0) {
    await tx`CREATE TEMP TABLE IF NOT EXISTS sealed_now (leaf bigint, sealed bytea, record_key text) ON COMMIT DELETE ROWS`;
    const lines = rows.map(({ leaf, recordKey, sealed }) => {
      return { leaf, sealed: Buffer.from(sealed).toString('base64'), record_key: recordKey };
    });
    await insertRows(tx, { table: 'sealed_now', shape: sealedShape, rows: lines });
    await tx`
      UPDATE ledger_body b SET salt = NULL, body = NULL, sealed = s.sealed, record_key = s.record_key FROM sealed_now s
      WHERE b.leaf = s.leaf AND b.body IS NOT NULL`;
  }
  await tx`UPDATE record_key_head SET sealing_next = ${next}`;
}
