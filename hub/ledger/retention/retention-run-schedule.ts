import type { Dispose } from '@gatehouse/compliance/retention/target.ts';
import { describeError } from '@gatehouse/shared/errors.ts';
import { dayOf } from '@gatehouse/shared/values/instant.ts';
import { keepHolds } from './holds-file.ts';
import { disposeApproved, expireProposals } from './proposals-disposal.ts';
import { proposeCarefulFigures } from './proposals-figures.ts';
import type { RetentionDeps } from './proposals-work.ts';
import { runRetention } from './retention-run.ts';
import { readAhead } from './retention-run-reading.ts';

/** What the jobs of retention work with. Shape: `entity` is the firm as the hub's settings name it. */
export interface RetentionJobs extends RetentionDeps {
  readonly entity: string;
  /** Where the holds are kept beside the database. */
  readonly holdsFile: string;
  readonly dispose: Dispose;
  readonly log: (line: string) => void;
  /** How often it is looked whether there is work. Units: milliseconds. */
  readonly lookMs?: number;
}

const LOOK_MS = 60_000;

/**
 * Runs what retention does by itself: holds kept beside the database, careful figures at the first start, expiry, the run of each day, and
 * approved disposals.
 *
 * Shape: never two at once in a process; a failure is said once and tried again at the next look. Gives how to end it.
 */
export function runRetentionJobs(jobs: RetentionJobs): () => Promise<void> {
  const troubles = new Map<string, string>();
  let isStopped = false;
  let working: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;

  async function attempt(what: string, work: () => Promise<void>): Promise<boolean> {
    if (isStopped) return false;
    try {
      await work();
      troubles.delete(what);
      return true;
    } catch (error) {
      const says = describeError(error);
      if (says !== troubles.get(what)) jobs.log(`${what} waits: ${says}`);
      troubles.set(what, says);
      return false;
    }
  }

  async function look(): Promise<void> {
    const areHoldsKnown = await attempt('the file of holds', async () => {
      const missing = await keepHolds(jobs, jobs.holdsFile);
      if (missing > 0) jobs.log(`${missing} holds that the database had forgotten stand again`);
    });
    await attempt('the first proposal of retention figures', async () => {
      if (await proposeCarefulFigures(jobs, jobs.entity)) {
        jobs.log('careful retention figures are proposed; two people approve them on the page Retention');
      }
    });
    await attempt('the reading of the ledger for what may go', () => readAhead(jobs.database));
    await attempt('the expiry of retention proposals', async () => void (await expireProposals(jobs)));
    await attempt('the daily run of retention', async () => {
      const day = dayOf(jobs.clock.now());
      if (await runRetention(jobs, day)) jobs.log(`retention was judged for ${day}`);
    });
    // Where it is not known what is held, nothing is destroyed.
    if (!areHoldsKnown) return again();
    await attempt('an approved disposal', async () => {
      const done = await disposeApproved(jobs, jobs.dispose);
      if (done > 0) jobs.log(`${done} approved disposals were done`);
    });
    again();
  }

  function again(): void {
    if (!isStopped) timer = setTimeout(start, jobs.lookMs ?? LOOK_MS);
  }

  function start(): void {
    working = look();
  }

  start();
  return async () => {
    isStopped = true;
    clearTimeout(timer);
    await working;
    clearTimeout(timer);
  };
}
