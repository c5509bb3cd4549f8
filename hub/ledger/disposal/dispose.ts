import type { Certificate, Dispose } from '@gatehouse/compliance/retention/target.ts';
import { KitError } from '@gatehouse/shared/errors.ts';
import { inSession } from '../../store/database-session.ts';
import { type DisposalRow, type DisposalState, findDisposal, moveDisposal } from '../../store/disposal-rows.ts';
import { rewriteFiles } from '../../store/rewrite-files.ts';
import { mayFilesHoldOpen, noteRewritten } from '../../store/sealing-rows.ts';
import { beginDisposal } from './begin-disposal.ts';
import { certify, scanDisposal } from './certify.ts';
import type { DisposalDeps } from './disposal-deps.ts';
import { wipeRecords } from './wipe-records.ts';

/** Destroys what lies under a target. */
export interface Disposal {
  readonly dispose: Dispose;
}

type Step = (deps: DisposalDeps, row: DisposalRow) => Promise<void>;

/** What is done in each state; each step can be done again, and says itself that it is done. */
const STEPS: Readonly<Record<Exclude<DisposalState, 'certified'>, Step>> = {
  approved: destroyKeys,
  'keys-destroyed': wipeRecords,
  'rows-wiped': clearFiles,
  scanned: certify,
};

/** Any number that nothing else locks: the letters of "shrd". */
const DISPOSAL_LOCK = 0x73687264;

/** A disposal for the hub of these records. */
export function createDisposal(deps: DisposalDeps): Disposal {
  return {
    dispose: async (target, approval) => {
      const { disposalId } = await beginDisposal(deps, target, approval);
      return finishDisposal(deps, disposalId);
    },
  };
}

/**
 * Carries a disposal to its end from wherever it is.
 *
 * Errors: `STATE_CONFLICT` where another process is at one, or where a step cannot be done now; it is resumed at the next start.
 */
export function finishDisposal(deps: DisposalDeps, disposalId: string): Promise<Certificate> {
  return inSession(deps.database, DISPOSAL_LOCK, async () => {
    for (;;) {
      const row = await findDisposal(deps.database, disposalId);
      if (row === undefined) throw new KitError('NOT_FOUND', `there is no disposal ${disposalId}`);
      if (row.state === 'certified') return certificateOf(row);
      await STEPS[row.state](deps, row);
      deps.log(`disposal ${disposalId} of ${row.target}: ${row.state} is done`);
    }
  });
}

async function destroyKeys({ database, keys }: DisposalDeps, row: DisposalRow): Promise<void> {
  const { disposalId: disposal, target, recordKeys, maker, approvedBy, reason, approvedAt: at } = row;
  await keys.destroy({ disposal, target, keys: [...recordKeys], maker, approvedBy: [...approvedBy], reason, at });
  await moveDisposal(database, disposal, 'keys-destroyed');
}

async function clearFiles(deps: DisposalDeps, row: DisposalRow): Promise<void> {
  const { database, log } = deps;
  const withBodies = row.isAgain || (await mayFilesHoldOpen(database));
  const cleared = await rewriteFiles(database, { withBodies });
  if (withBodies) await noteRewritten(database);
  if (cleared === 'tables-only') {
    log('the server is not ours alone: whoever runs it has to empty its write-ahead log and expire its backups');
  }
  await scanDisposal(deps, row);
}

function certificateOf({ certificateLeaf, leaves, finalFrom, disposalId }: DisposalRow): Certificate {
  if (certificateLeaf === null || finalFrom === null) {
    throw new KitError('INVARIANT_BROKEN', `disposal ${disposalId} is certified without a certificate`);
  }
  return { leaf: certificateLeaf, records: leaves ?? 0, finalFrom };
}
