import type { Database, Queries } from '../database.ts';
import { inTransaction } from '../database.ts';
import type { TableInfo } from './table-info.ts';

/** Any number that nothing else locks: the letters of "shap". */
const PUBLICATION_LOCK = 0x73686170;
const LOCK_TIMEOUT_MS = 5_000;

/**
 * Makes the publication where it is missing; several hub processes may do so at once.
 *
 * Errors: `DATABASE_UNREACHABLE`; the server's own where the role may not create it.
 */
export async function ensurePublication(database: Database, publication: string): Promise<void> {
  await inTransaction(database, async (tx) => {
    await tx`SELECT pg_advisory_xact_lock(${PUBLICATION_LOCK})`;
    const [found] = await tx`SELECT 1 FROM pg_publication WHERE pubname = ${publication}`;
    if (found !== undefined) return;
    await tx.unsafe(`CREATE PUBLICATION ${quoteName(publication)} WITH (publish_via_partition_root = true)`);
  });
}

/**
 * Makes every later change of the table come through the publication with the whole row as it was before.
 *
 * Shape: nobody writes to the table while it is added. A transaction that wrote before and commits after would otherwise
 *        be in neither the snapshot nor the stream.
 */
export async function ensurePublished(database: Database, publication: string, table: TableInfo): Promise<void> {
  if (await isPublished(database, publication, table)) return;
  await inTransaction(database, async (tx) => {
    await tx`SELECT pg_advisory_xact_lock(${PUBLICATION_LOCK})`;
    if (await isPublished(tx, publication, table)) return;
    const name = `${quoteName(table.schema)}.${quoteName(table.table)}`;
    await tx.unsafe(`SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS}`);
    await tx.unsafe(`LOCK TABLE ${name} IN SHARE ROW EXCLUSIVE MODE`);
    await tx.unsafe(`ALTER TABLE ${name} REPLICA IDENTITY FULL`);
    if (await isMember(tx, publication, table.oid)) return;
    await tx.unsafe(`ALTER PUBLICATION ${quoteName(publication)} ADD TABLE ${name}`);
  });
}

async function isPublished(database: Queries, publication: string, { oid }: TableInfo): Promise<boolean> {
  const [identity] = await database.unsafe<{ full: boolean }[]>(
    `SELECT bool_and(relreplident = 'f') AS "full" FROM pg_class
      WHERE relkind = 'r' AND oid IN (SELECT $1::int8::oid UNION SELECT relid FROM pg_partition_tree($1::int8::oid))`,
    [oid],
  );
  return identity?.full === true && (await isMember(database, publication, oid));
}

async function isMember(database: Queries, publication: string, oid: number): Promise<boolean> {
  const rows = await database.unsafe(
    `SELECT 1 FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid WHERE p.pubname = $1 AND r.prrelid = $2::int8::oid`,
    [publication, oid],
  );
  return rows.length > 0;
}

/** A name as SQL takes it, whatever it holds. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
