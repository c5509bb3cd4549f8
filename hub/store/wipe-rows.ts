import { texts } from './bulk.ts';
import type { Queries, Transaction } from './database.ts';
import { WIPED_BY_LEAF } from './disposal-tables.ts';

/** What goes with a disposal. Shape: `month` is absent where a subject goes. */
export interface WipeOrder {
  readonly disposalId: string;
  readonly recordKeys: readonly string[];
  readonly month?: string | undefined;
}

/** A body that was stored before bodies were sealed. */
export interface OpenBody {
  readonly leaf: number;
  readonly kind: string;
  readonly at: string;
  readonly body: string;
}

/** A copy of an entry that was not taken. */
export interface CopyHeader {
  readonly id: number;
  readonly header: string;
  readonly body: string;
}

/**
 * Names the leaves that go, for this transaction: those under the keys, those that went before, and the named ones, which lie open.
 *
 * Shape: gives how many there are.
 */
export async function nameGoing(tx: Transaction, order: WipeOrder, open: readonly number[]): Promise<number> {
  await tx`SET LOCAL statement_timeout = 0`;
  await tx`CREATE TEMP TABLE going (leaf bigint PRIMARY KEY) ON COMMIT DROP`;
  await tx`
    INSERT INTO going SELECT leaf FROM ledger_body
    WHERE record_key = ANY(${texts(order.recordKeys)}::text[]) OR disposal = ${order.disposalId}
    UNION SELECT leaf FROM unnest(${`{${open.join(',')}}`}::bigint[]) leaf`;
  await tx`ANALYZE going`;
  const [row] = await tx<{ count: number }[]>`SELECT count(*) AS count FROM going`;
  return row?.count ?? 0;
}

/** Takes the bodies and every row that was made of them out of the tables. */
export async function wipeGoing(tx: Transaction, order: WipeOrder): Promise<void> {
  const { disposalId, month } = order;
  await tx`
    UPDATE ledger_body b SET salt = NULL, body = NULL, sealed = NULL, disposal = ${disposalId} FROM going g
    WHERE b.leaf = g.leaf AND b.disposal IS NULL`;
  await tx`
    DELETE FROM entry_preview p USING ledger_leaf l, going g
    WHERE l.leaf = g.leaf AND p.edge = l.edge AND p.epoch = l.epoch AND p.seq = l.seq`;
  for (const { table, columns } of WIPED_BY_LEAF) {
    for (const column of columns) await tx.unsafe(`DELETE FROM ${table} t USING going g WHERE t.${column} = g.leaf`);
  }
  // Its state is what the command has come to; a command without an answer would count as on its way.
  await tx`UPDATE command_answer c SET result = '' FROM going g WHERE c.leaf = g.leaf AND c.result <> ''`;
  await tx`DELETE FROM alarm a USING going g WHERE a.leaf = g.leaf`;
  await tx`DELETE FROM live_row`;
  await tx`DELETE FROM rejudgement_finding`;
  if (month === undefined) return;
  await tx`DELETE FROM alarm WHERE starts_with(at, ${`${month}-`})`;
}

/** Bodies of a month that lie open, a page at a time. */
export function openBodies(
  tx: Queries,
  page: { readonly month: string; readonly after: number; readonly limit: number },
): Promise<OpenBody[]> {
  return tx<OpenBody[]>`
    SELECT l.leaf, l.kind, l.at, b.body FROM ledger_body b JOIN ledger_leaf l ON l.leaf = b.leaf
    WHERE b.body IS NOT NULL AND b.leaf > ${page.after} AND starts_with(l.at, ${`${page.month}-`})
    ORDER BY b.leaf LIMIT ${page.limit}`;
}

/** Copies in quarantine, a page at a time. */
export function quarantinedCopies(tx: Queries, after: number, limit: number): Promise<CopyHeader[]> {
  return tx<CopyHeader[]>`SELECT id, header, body FROM quarantine WHERE id > ${after} ORDER BY id LIMIT ${limit}`;
}

export async function dropCopies(tx: Transaction, ids: readonly number[]): Promise<void> {
  await tx`DELETE FROM quarantine WHERE id = ANY(${`{${ids.join(',')}}`}::bigint[])`;
}

/** The runs of reports that read leaves that went with a disposal and still have their files. */
export async function reportsOf(tx: Queries, disposalId: string): Promise<readonly string[]> {
  const rows = await tx<{ runId: string }[]>`
    SELECT run_id AS "runId" FROM report_run r WHERE r.outputs <> '[]' AND EXISTS (
      SELECT 1 FROM ledger_body b WHERE b.leaf >= r.first_leaf AND b.leaf < r.end_leaf AND b.disposal = ${disposalId})
    ORDER BY run_id`;
  return rows.map(({ runId }) => runId);
}

/** Says that the files of runs are gone; that the reports were made stays. */
export async function dropOutputs(tx: Queries, runIds: readonly string[]): Promise<void> {
  await tx`UPDATE report_run SET outputs = '[]' WHERE run_id = ANY(${texts(runIds)}::text[])`;
}

/** Rows of other tables that say what records of a class and month say, by class; the disposal waits until they are gone. */
const COPIES: Readonly<
  Record<string, readonly { readonly table: string; readonly at: string; readonly what: string }[]>
> = {
  'hub-acts': [{ table: 'commands', at: 'at', what: 'commands to edges' }],
  'market-access': [
    { table: 'limit_sheet', at: 'recorded_at', what: 'limit sheets' },
    { table: 'limit_acceptance', at: 'at', what: 'accepted limit sheets' },
    { table: 'limit_proposal', at: 'proposed_at', what: 'proposals of limits' },
    { table: 'dated_file', at: 'at', what: 'dated files' },
  ],
};

/** What stands in the way of a disposal, in words; empty where nothing does. */
export async function obstaclesTo(
  tx: Queries,
  { class: className, month }: { readonly class: string; readonly month: string },
): Promise<readonly string[]> {
  const obstacles: string[] = [];
  for (const { table, at, what } of COPIES[className] ?? []) {
    const text = `SELECT count(*) AS count FROM ${table} WHERE starts_with(${at}, $1)`;
    const [row] = await tx.unsafe<{ count: number }[]>(text, [`${month}-`]);
    if ((row?.count ?? 0) > 0) obstacles.push(`${row?.count} ${what} of ${month} are kept by a rule of their own`);
  }
  if (className !== 'trading') return obstacles;
  const [kills] = await tx<{ count: number }[]>`
    SELECT count(*) AS count FROM kill k JOIN ledger_leaf l ON l.leaf = k.leaf
    WHERE k.release_leaf IS NULL AND starts_with(l.at, ${`${month}-`})`;
  if ((kills?.count ?? 0) > 0) obstacles.push(`${kills?.count} kills of ${month} are in force`);
  return obstacles;
}

/** What is left of a disposal's records in the tables, in words; empty where nothing is. */
export async function leftOf(tx: Queries, order: WipeOrder): Promise<readonly string[]> {
  const left: string[] = [];
  const [bodies] = await tx<{ count: number }[]>`
    SELECT count(*) AS count FROM ledger_body
    WHERE record_key = ANY(${texts(order.recordKeys)}::text[]) AND (sealed IS NOT NULL OR disposal IS DISTINCT FROM ${order.disposalId})`;
  if ((bodies?.count ?? 0) > 0) left.push(`${bodies?.count} bodies`);
  for (const { table, columns } of [...WIPED_BY_LEAF, { table: 'alarm', columns: ['leaf'] }]) {
    for (const column of columns) {
      const text = `SELECT count(*) AS count FROM ${table} t JOIN ledger_body b ON b.leaf = t.${column} WHERE b.disposal = $1`;
      const [row] = await tx.unsafe<{ count: number }[]>(text, [order.disposalId]);
      if ((row?.count ?? 0) > 0) left.push(`${row?.count} rows of ${table}`);
    }
  }
  return left;
}
