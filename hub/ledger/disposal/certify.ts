import { parseTarget } from '@gatehouse/compliance/retention/target.ts';
import { KitError } from '@gatehouse/shared/errors.ts';
import { appendLeaves, EMPTY_RANGE, leafHash, rangeRoot } from '@gatehouse/shared/journal/merkle.ts';
import { instantText } from '@gatehouse/shared/values/instant.ts';
import { inTransaction, type Queries } from '../../store/database.ts';
import {
  actHeaders,
  type DisposalRow,
  type DisposedLeaves,
  disposedHeaders,
  findDisposal,
  storeCertificate,
  storeScan,
} from '../../store/disposal-rows.ts';
import { leftOf } from '../../store/wipe-rows.ts';
import { CUSTOMER_RECORDED } from '../keys/record-customer.ts';
import { DISPOSED, DISPOSED_AGAIN, type DisposalDeps, FINAL_AFTER_DAYS } from './disposal-deps.ts';
import { orderOf } from './wipe-records.ts';

const PAGE_ROWS = 2_000;
const NS_A_DAY = 86_400_000_000_000n;
const DAY_LENGTH = 'YYYY-MM-DD'.length;

/**
 * Looks for what is left of a disposal's records and its keys, and counts what went.
 *
 * Errors: `LEDGER_MISMATCH` where something is left: nothing is certified then.
 */
export async function scanDisposal({ database, keys }: DisposalDeps, row: DisposalRow): Promise<void> {
  keys.refresh();
  const left = [
    ...row.recordKeys.filter((name) => keys.names().includes(name)).map((name) => `the key ${name}`),
    ...(await leftOf(database, orderOf(row))),
  ];
  if (left.length > 0) {
    throw new KitError('LEDGER_MISMATCH', `disposal ${row.disposalId} left ${left.join(', ')}`, {
      hint: 'Nothing is certified; keep the database as it is and report this.',
    });
  }
  await storeScan(database, row.disposalId, await countDisposed(database, row));
}

/** What a disposal took: the count, the ends, and the root of a tree over the headers, which stay. */
async function countDisposed(database: Queries, row: DisposalRow): Promise<DisposedLeaves> {
  const target = parseTarget(row.target);
  if (target.kind === 'subject') {
    return counted([await actHeaders(database, { action: CUSTOMER_RECORDED, target: target.subject })]);
  }
  const pages: (readonly { readonly leaf: number; readonly header: string }[])[] = [];
  for (let after = -1; ; ) {
    const page = await disposedHeaders(database, { disposalId: row.disposalId, after, limit: PAGE_ROWS });
    const last = page.at(-1);
    if (last === undefined) return counted(pages);
    pages.push(page);
    after = last.leaf;
  }
}

function counted(pages: readonly (readonly { readonly leaf: number; readonly header: string }[])[]): DisposedLeaves {
  let range = EMPTY_RANGE;
  for (const page of pages)
    range = appendLeaves(
      range,
      page.map(({ header }) => leafHash(header)),
    );
  return {
    leaves: range.size,
    firstLeaf: pages[0]?.[0]?.leaf ?? null,
    lastLeaf: pages.at(-1)?.at(-1)?.leaf ?? null,
    root: Buffer.from(rangeRoot(range)).toString('hex'),
  };
}

/** Puts the certificate of a disposal on record; it is at its end then. */
export async function certify({ database, appendAct, clock }: DisposalDeps, row: DisposalRow): Promise<void> {
  await inTransaction(database, async (tx) => {
    const now = clock.now();
    const at = instantText(now);
    const finalFrom = instantText((now + BigInt(FINAL_AFTER_DAYS) * NS_A_DAY) as typeof now).slice(0, DAY_LENGTH);
    const known = await findDisposal(tx, row.disposalId);
    if (known?.state === 'certified') return;
    const { leaf } = await appendAct(tx, {
      action: row.isAgain ? DISPOSED_AGAIN : DISPOSED,
      by: 'system',
      target: row.target,
      after: {
        disposal: row.disposalId,
        leaves: `${row.leaves ?? 0}`,
        firstLeaf: `${row.firstLeaf ?? ''}`,
        lastLeaf: `${row.lastLeaf ?? ''}`,
        root: row.root ?? '',
        keys: row.recordKeys.join(' '),
        proposedBy: row.maker,
        approvedBy: row.approvedBy.join(' '),
        approvedAt: row.approvedAt,
        finalFrom,
      },
      note: row.reason,
    });
    await storeCertificate(tx, row.disposalId, { leaf, at, finalFrom });
  });
}
