import { isOpen } from '@gatehouse/shared/accounts/order-life.ts';
import { OrderState } from '@gatehouse/shared/schema/bodies.ts';
import { bodyColumns } from './body-columns.ts';
import { insertRows } from './bulk.ts';
import type { Queries, Transaction } from './database.ts';
import type { LedgerEntryRow, LimitLine } from './limit-rows.ts';

const shareShape = {
  legal_entity: 'text',
  environment: 'text',
  threshold: 'text',
  edge: 'text',
  version: 'bigint',
  amount: 'text',
  out: 'text',
  used: 'text',
  cap: 'text',
  currency: 'text',
} as const;

/**
 * What one edge has of a threshold.
 *
 * Shape: `currency` is null until the edge has put on record what it uses.
 * Units: amounts in `currency`, as exact decimals.
 */
export interface LeaseShareRow extends LimitLine {
  readonly threshold: string;
  readonly edge: string;
  readonly version: number;
  readonly amount: string;
  readonly out: string;
  readonly used: string;
  readonly cap: string;
  readonly currency: string | null;
}

const STATES_OPEN = OrderState.options.filter(isOpen);

/** How many entries are read at a time. */
export const LEASE_ENTRIES_MAX = 100;

/** Lets grants be made one after the other until the transaction ends; answers the first leaf that was not read. */
export async function lockLeases(tx: Transaction): Promise<number> {
  const [row] = await tx<{ nextLeaf: number }[]>`SELECT next_leaf AS "nextLeaf" FROM lease_head FOR UPDATE`;
  return row?.nextLeaf ?? 0;
}

/** Everything before this leaf is read. */
export async function moveLeases(tx: Transaction, next: number): Promise<void> {
  await tx`UPDATE lease_head SET next_leaf = ${next}`;
}

/** What edges said of leases, from a leaf on, in order. */
export function readLeaseEntries(tx: Queries, from: number): Promise<readonly LedgerEntryRow[]> {
  return tx<LedgerEntryRow[]>`
    SELECT l.leaf, l.edge, l.at, l.kind, ${bodyColumns(tx)} FROM ledger_leaf l JOIN ledger_body b ON b.leaf = l.leaf
    WHERE l.kind = 'lease' AND l.leaf >= ${from} ORDER BY l.leaf LIMIT ${LEASE_ENTRIES_MAX}`;
}

/** The shares of all edges. */
export function readShares(tx: Queries): Promise<readonly LeaseShareRow[]> {
  return tx<LeaseShareRow[]>`
    SELECT legal_entity AS "legalEntity", environment, threshold, edge, version, amount, out, used, cap, currency
    FROM lease_share ORDER BY legal_entity, environment, threshold, edge`;
}

/** Writes shares over what was there. */
export async function writeShares(tx: Transaction, rows: readonly LeaseShareRow[]): Promise<void> {
  const onConflict = `ON CONFLICT (legal_entity, environment, threshold, edge) DO UPDATE SET version = excluded.version,
    amount = excluded.amount, out = excluded.out, used = excluded.used, cap = excluded.cap,
    currency = excluded.currency`;
  const values = rows.map(({ legalEntity, ...rest }) => ({ legal_entity: legalEntity, ...rest }));
  await insertRows(tx, { table: 'lease_share', shape: shareShape, rows: values, onConflict });
}

/** Edges that have signed for more entries than were taken of them. */
export async function edgesBehind(tx: Queries): Promise<ReadonlySet<string>> {
  const rows = await tx<{ edge: string }[]>`SELECT edge FROM stream WHERE reported_seq > seq`;
  return new Set(rows.map(({ edge }) => edge));
}

/**
 * Edges that by their records hold something or have an order standing, whatever else they may have done since.
 *
 * Shape: the books are of accounts, so an account that holds something counts for each edge that trades in it; and where there are
 *        several, also one that holds nothing, since what they hold may add up to nothing.
 */
export async function edgesHolding(tx: Queries): Promise<ReadonlySet<string>> {
  const rows = await tx<{ edge: string }[]>`
    SELECT l.edge FROM position p JOIN ledger_leaf l ON l.leaf = p.leaf WHERE p.quantity <> '0'
    UNION SELECT a.edge FROM position p JOIN edge_account a ON a.account = p.account WHERE p.quantity <> '0'
      OR EXISTS (SELECT 1 FROM edge_account b WHERE b.account = a.account AND b.edge <> a.edge)
    UNION SELECT o.edge FROM orders o WHERE o.state IN ${tx(STATES_OPEN)}`;
  return new Set(rows.map(({ edge }) => edge));
}
