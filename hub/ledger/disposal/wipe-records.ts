import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseTarget } from '@gatehouse/compliance/retention/target.ts';
import { KitError } from '@gatehouse/shared/errors.ts';
import { parseHeader } from '@gatehouse/shared/journal/entry.ts';
import type { Instant } from '@gatehouse/shared/values/instant.ts';
import { carryBooks } from '../../store/carried-books.ts';
import { inTransaction, type Transaction } from '../../store/database.ts';
import { type DisposalRow, moveDisposal } from '../../store/disposal-rows.ts';
import {
  dropCopies,
  dropOutputs,
  nameGoing,
  openBodies,
  quarantinedCopies,
  reportsOf,
  type WipeOrder,
  wipeGoing,
} from '../../store/wipe-rows.ts';
import { placeOf } from '../keys/body-sealer.ts';
import { namesIn, shred } from '../keys/key-files.ts';
import type { DisposalDeps } from './disposal-deps.ts';
import { settleBooks } from './settle-books.ts';

const PAGE_ROWS = 500;

/** What goes with a disposal, as the tables are asked for it. */
export function orderOf({ disposalId, target, recordKeys }: DisposalRow): WipeOrder {
  const read = parseTarget(target);
  return { disposalId, recordKeys, month: read.kind === 'period' ? read.month : undefined };
}

/**
 * Takes everything that was made of a disposal's records out of the tables and removes the files of reports that read them.
 *
 * Shape:  the tables change in one transaction; files go before their rows say so, and again where a crash came between.
 * Errors: `STATE_CONFLICT` where the projections have not read the whole ledger: the books could not be carried on.
 */
export async function wipeRecords({ database, reports, clock }: DisposalDeps, row: DisposalRow): Promise<void> {
  const { disposalId } = row;
  await inTransaction(database, (tx) => wipeTables(tx, row, clock.now()));
  const runs = await reportsOf(database, disposalId);
  for (const run of runs) await removeFiles(join(reports, run));
  await inTransaction(database, async (tx) => {
    await dropOutputs(tx, runs);
    await moveDisposal(tx, disposalId, 'rows-wiped');
  });
}

async function wipeTables(tx: Transaction, row: DisposalRow, now: Instant): Promise<void> {
  const order = orderOf(row);
  // What is sealed under the key of a subject stays as it is stored: nobody can read it.
  if (order.month === undefined) return;
  await settleBooks(tx, order.month, now);
  if (!(await carryBooks(tx))) {
    throw new KitError('STATE_CONFLICT', 'the projections have not read the whole ledger yet', {
      hint: 'Wait for the end of the rebuild; the disposal goes on at the next start of the hub.',
    });
  }
  const open = await openOf(tx, { month: order.month, place: row.target });
  await nameGoing(tx, order, open);
  await dropCopiesOf(tx, row.target);
  await wipeGoing(tx, order);
}

/** Leaves of the place that lie open: only a database of an earlier release has any. */
async function openOf(
  tx: Transaction,
  { month, place }: { readonly month: string; readonly place: string },
): Promise<readonly number[]> {
  const found: number[] = [];
  for (let after = -1; ; ) {
    const page = await openBodies(tx, { month, after, limit: PAGE_ROWS });
    const last = page.at(-1);
    if (last === undefined) return found;
    for (const { leaf, kind, at, body } of page) if (isOf(place, { kind, at, body })) found.push(leaf);
    after = last.leaf;
  }
}

async function dropCopiesOf(tx: Transaction, place: string): Promise<void> {
  for (let after = 0; ; ) {
    const page = await quarantinedCopies(tx, after, PAGE_ROWS);
    const last = page.at(-1);
    if (last === undefined) return;
    const going = page.filter(({ header, body }) => isCopyOf(place, header, body)).map(({ id }) => id);
    if (going.length > 0) await dropCopies(tx, going);
    after = last.id;
  }
}

/** A copy whose header nobody can read says not what it is; it goes with the records of unknown kind, which never go. */
function isCopyOf(place: string, headerText: string, body: string): boolean {
  try {
    const { kind, at } = parseHeader(headerText);
    return isOf(place, { kind, at, body });
  } catch {
    return false;
  }
}

function isOf(
  place: string,
  { kind, at, body }: { readonly kind: string; readonly at: string; readonly body: string },
) {
  return placeOf({ header: { kind, at }, salt: new Uint8Array(), bodyText: body }) === place;
}

async function removeFiles(folder: string): Promise<void> {
  const names = await namesIn(folder).catch(() => []);
  for (const name of names) await shred(join(folder, name));
  await rm(folder, { recursive: true, force: true });
}
