import type { Dispose } from '@gatehouse/compliance/retention/target.ts';
import { describeError } from '@gatehouse/shared/errors.ts';
import { dayOf } from '@gatehouse/shared/values/instant.ts';
import { disposeApproved, expireProposals } from './proposals-disposal.ts';
import { proposeCarefulFigures } from './proposals-figures.ts';
import type { RetentionDeps } from './proposals-work.ts';
import { runRetention } from './retention-run.ts';

/** What the jobs of retention work with. Shape: `entity` is the firm as the hub's settings name it. */
export interface RetentionJobs extends RetentionDeps {
  readonly entity: string;
  readonly dispose: Dispose;
  readonly log: (line: string) => void;
  /** How often it is looked whether there is work. Units: milliseconds. */
  readonly lookMs?: number;
}

const LOOK_MS = 60_000;

/**
 * Runs what retention does by itself: careful figures at the first start, expiry, approved disposals, and the run of each day.
 *
 * Shape: never two at once in a process; a failure is said once and tried again at the next look. Gives how to end it.
 */
export function runRetentionJobs(jobs: RetentionJobs): () => Promise<void> {
  const troubles = new Map<string, string>();
  let isStopped = false;
  let working: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;

  async function attempt(what: string, work: () => Promise<void>): Promise<void> {
    if (isStopped) return;
    try {
      await work();
      troubles.delete(what);
    } catch (error) {
      const says = describeError(error);
      if (says !== troubles.get(what)) jobs.log(`${what} waits: ${says}`);
      troubles.set(what, says);
    }
  }

  async function look(): Promise<void> {
    await attempt('the first proposal of retention figures', async () => {
      if (await proposeCarefulFigures(jobs, jobs.entity)) {
        jobs.log('careful retention figures are proposed; two people approve them on the page Retention');
      }
    });
    await attempt('the expiry of retention proposals', async () => void (await expireProposals(jobs)));
    await attempt('the daily run of retention', async () => {
      const day = dayOf(jobs.clock.now());
      if (await runRetention(jobs, day)) jobs.log(`retention was judged for ${day}`);
    });
    await attempt('an approved disposal', async () => {
      const done = await disposeApproved(jobs, jobs.dispose);
      if (done > 0) jobs.log(`${done} approved disposals were done`);
    });
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
