import { KitError } from '@gatehouse/shared/errors.ts';

/** More reports than this cannot wait for one question to the exchange without something being badly wrong. */
const JOBS_MAX = 50_000;

/** Does one thing after another, in the order in which they came. */
export interface JobQueue {
  /** Adds a job; a failure goes to the listener. */
  add(job: () => Promise<void>): void;
  /** Adds a job and waits for it; a failure goes to whoever waits. */
  run(job: () => Promise<void>): Promise<void>;
}

/** An empty queue. Errors: a full one tells the listener `QUEUE_FULL` and drops the job. */
export function createJobQueue(onFailure: (error: unknown) => void): JobQueue {
  let last: Promise<void> = Promise.resolve();
  let waiting = 0;

  function run(job: () => Promise<void>): Promise<void> {
    if (waiting >= JOBS_MAX)
      return Promise.reject(new KitError('QUEUE_FULL', `${JOBS_MAX} reports of the exchange wait already`));
    waiting += 1;
    const done = last.then(job).finally(() => {
      waiting -= 1;
    });
    last = done.catch(() => undefined);
    return done;
  }

  return { run, add: (job) => void run(job).catch(onFailure) };
}
