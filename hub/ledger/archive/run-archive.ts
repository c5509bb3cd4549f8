import { setTimeout as pause } from 'node:timers/promises';
import { describeError, KitError } from '@gatehouse/shared/errors.ts';
import { instantText } from '@gatehouse/shared/values/instant.ts';
import { raiseAlarms } from '../../store/alarm-rows.ts';
import { noteProblem } from '../../store/archive-rows.ts';
import { inSession } from '../../store/database-session.ts';
import { ARCHIVE_DAMAGED, type ArchiveDeps, archiveNext } from './archive-next.ts';
import { reverifyToday } from './reverify.ts';

/** What keeps the archive. */
export interface ArchiveRun extends ArchiveDeps {
  readonly log: (line: string) => void;
}

/** When the archive is looked at, and how long it waits after a failure. Units: milliseconds. */
export interface ArchivePace {
  readonly restMs: number;
  readonly lookMs: number;
  readonly retryMs: number;
}

/** The code of the alarm that nothing can be archived. */
export const ARCHIVE_WAITS = 'ARCHIVE_WAITS';

const PACE: ArchivePace = { restMs: 60_000, lookMs: 300_000, retryMs: 600_000 };
/** Any number that nothing else locks: the letters of "arch". */
const ARCHIVE_LOCK = 0x61726368;
const SEGMENTS_A_LOOK_MAX = 50;
const STOP_MS_MAX = 5_000;

/**
 * Archives what is closed and reads a part of the archive again each day, until it is stopped.
 *
 * Shape: one process of the database at a time. A failure is one alarm for each cause, shown until it is over, and is tried again; the
 *        hub goes on meanwhile and nothing is lost, since the database holds everything. Gives back how to stop, which waits
 *        some seconds for the step that is under way.
 */
export function runArchive(run: ArchiveRun, pace: ArchivePace = PACE): () => Promise<void> {
  const stop = new AbortController();
  let trouble: string | undefined;
  let isChecked = false;
  let timer: NodeJS.Timeout | undefined;
  let working: Promise<void> = Promise.resolve();

  async function look(): Promise<void> {
    let pauseMs = pace.lookMs;
    try {
      await inSession(run.database, ARCHIVE_LOCK, work);
      await settle();
    } catch (error) {
      const isTaken = error instanceof KitError && error.code === 'STATE_CONFLICT';
      if (!isTaken) {
        pauseMs = pace.retryMs;
        await tell(error).catch((cause: unknown) => run.log(describeError(cause)));
      }
    }
    if (!stop.signal.aborted) timer = setTimeout(start, pauseMs);
  }

  async function work(): Promise<void> {
    if (!isChecked) await run.store.check();
    isChecked = true;
    for (let count = 0; count < SEGMENTS_A_LOOK_MAX && !stop.signal.aborted; count += 1) {
      const made = await archiveNext(run);
      if (made === undefined) break;
      run.log(`leaves ${made.firstLeaf} to ${made.lastLeaf} are archived as segment ${made.segment}`);
    }
    const read = await reverifyToday(run, stop.signal);
    if (read !== undefined) run.log(`${read.segments} segments were read again, ${read.findings.length} findings`);
  }

  async function settle(): Promise<void> {
    if (trouble !== undefined) run.log('the archive goes on');
    trouble = undefined;
    const at = instantText(run.clock.now());
    await noteProblem(run.database, { place: run.store.place, problem: null, at });
  }

  async function tell(error: unknown): Promise<void> {
    const message = describeError(error);
    if (message === trouble) return;
    trouble = message;
    isChecked = false;
    run.log(`the archive waits: ${message}`);
    const at = instantText(run.clock.now());
    const isDamage = error instanceof KitError && error.treatment.exit === 3;
    // A cause that is on record already, by a start before this one or by another process, is no new alarm.
    if (!(await noteProblem(run.database, { place: run.store.place, problem: message, at }))) return;
    const severity = isDamage ? 'alarm' : 'warning';
    await raiseAlarms(run.database, [{ code: isDamage ? ARCHIVE_DAMAGED : ARCHIVE_WAITS, severity, message }], at);
  }

  function start(): void {
    working = look();
  }

  timer = setTimeout(start, pace.restMs);
  return async () => {
    stop.abort();
    clearTimeout(timer);
    // A store that does not answer must not keep the hub from ending; what is half done is taken up at the next start.
    await Promise.race([working, pause(STOP_MS_MAX, undefined, { ref: false })]);
    clearTimeout(timer);
  };
}
