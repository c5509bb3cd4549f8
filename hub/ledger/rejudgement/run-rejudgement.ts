import { describeError } from '@gatehouse/shared/errors.ts';
import type { ActBody } from '@gatehouse/shared/schema/bodies.ts';
import type { Clock } from '@gatehouse/shared/values/clock.ts';
import { addMs, instantText } from '@gatehouse/shared/values/instant.ts';
import { raiseAlarms } from '../../store/alarm-rows.ts';
import { type Database, inTransaction, type Transaction } from '../../store/database.ts';
import {
  type RejudgementFinding,
  settlePositions,
  storeFindings,
  storeRejudgement,
} from '../../store/rejudgement-rows.ts';
import type { FollowedStep } from './follow-ledger.ts';

/** Who reads the ledger and makes its decisions again, one step at a time. */
export interface LedgerJudge {
  step(): Promise<{ readonly step: FollowedStep; readonly tookMs: number }>;
  close(): Promise<void>;
}

/** What the job runs with. Shape: `run` names this one among processes and starts of the hub. */
export interface RejudgementDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly run: string;
  readonly release: string;
  readonly judge: () => LedgerJudge;
  readonly appendAct: (tx: Transaction, act: Omit<ActBody, 'v'>) => Promise<unknown>;
  readonly log: (line: string) => void;
}

/** How fast the job goes on. Units: milliseconds. */
export interface RejudgementPace {
  /** At the end of the ledger it looks again after this. */
  readonly lookMs: number;
  /** What it found is put down at least so often, which also says that it lives. */
  readonly storeMs: number;
  /** Whoever was silent for longer has ended. */
  readonly silentMs: number;
  readonly retryMs: number;
  readonly retryMsMax: number;
}

const PACE: RejudgementPace = {
  lookMs: 1_000,
  storeMs: 2_000,
  silentMs: 30_000,
  retryMs: 10_000,
  retryMsMax: 600_000,
};

/** The code of the alarm that something did not come out as recorded. */
export const REJUDGE_DIFFERENCE = 'REJUDGE_DIFFERENCE';
/** The code of the alarm that nothing is judged again. */
export const REJUDGE_STOPPED = 'REJUDGE_STOPPED';

/** While much is left to judge, it works a quarter of the time. */
const REST_FOR_WORK = 3;
const NOTE_LENGTH_MAX = 1_000;
const FAILURES_UNTIL_ALARM = 3;

/**
 * Makes all decisions of the ledger again as it grows, and raises an incident for each that comes out otherwise; gives back how to stop.
 *
 * Shape: one process of the hub does so; another one waits until it was silent, and begins at the first leaf. Each finding is told once,
 *        as an act with an alarm, however often it is found again; a position that was right in between is told anew.
 */
export function runRejudgement(deps: RejudgementDeps, pace: RejudgementPace = PACE): () => Promise<void> {
  const job = new Rejudgement(deps, pace);
  const working = job.work();
  return async () => {
    job.stop();
    await working;
  };
}

class Rejudgement {
  readonly #deps: RejudgementDeps;
  readonly #pace: RejudgementPace;
  readonly #startedAt: string;
  readonly #stopping = new AbortController();
  #failures = 0;

  constructor(deps: RejudgementDeps, pace: RejudgementPace) {
    this.#deps = deps;
    this.#pace = pace;
    this.#startedAt = instantText(deps.clock.now());
  }

  stop(): void {
    this.#stopping.abort();
  }

  async work(): Promise<void> {
    const { silentMs, retryMs, retryMsMax } = this.#pace;
    while (!this.#isStopped) {
      const judge = this.#deps.judge();
      // A step may wait for the database for long; nobody needs its answer any more.
      const end = (): void => void judge.close();
      this.#stopping.signal.addEventListener('abort', end);
      try {
        await this.#follow(judge);
      } catch (error) {
        this.#failures += 1;
        if (!this.#isStopped) await this.#fail(describeError(error));
      } finally {
        this.#stopping.signal.removeEventListener('abort', end);
        await judge.close();
      }
      const pauseMs = this.#failures === 0 ? silentMs : Math.min(retryMs * 2 ** (this.#failures - 1), retryMsMax);
      await this.#rest(pauseMs);
    }
  }

  get #isStopped(): boolean {
    return this.#stopping.signal.aborted;
  }

  /** Ends where another process judges, and fails where anything does. */
  async #follow(judge: LedgerJudge): Promise<void> {
    let storedMs = Number.NEGATIVE_INFINITY;
    while (!this.#isStopped) {
      const { step, tookMs } = await judge.step();
      const isDue = performance.now() - storedMs >= this.#pace.storeMs;
      if (step.found.length > 0 || isDue) {
        if (!(await this.#store(step))) return;
        storedMs = performance.now();
        this.#failures = 0;
      }
      await this.#rest(step.judged < step.size ? tookMs * REST_FOR_WORK : this.#pace.lookMs);
    }
  }

  #store({ size: _size, found, apart, ...counts }: FollowedStep): Promise<boolean> {
    const { clock, run, release, database } = this.#deps;
    const now = clock.now();
    const at = instantText(now);
    const row = { ...counts, run, release, startedAt: this.#startedAt, judgedAt: at };
    return inTransaction(database, async (tx) => {
      if (!(await storeRejudgement(tx, row, instantText(addMs(now, -this.#pace.silentMs))))) return false;
      if (counts.positionsAt !== null) await settlePositions(tx, apart);
      const fresh = await storeFindings(tx, found, at);
      if (fresh.length > 0) await this.#tell(tx, fresh, at);
      return true;
    });
  }

  async #tell(tx: Transaction, fresh: readonly RejudgementFinding[], at: string): Promise<void> {
    const more = fresh.length === 1 ? '' : ` and ${fresh.length - 1} more`;
    const message = `what is recorded did not come out again: ${fresh[0]?.message ?? ''}${more}`.slice(
      0,
      NOTE_LENGTH_MAX,
    );
    const after = { findings: `${fresh.length}`, release: this.#deps.release };
    await this.#deps.appendAct(tx, { action: 'rejudge.difference', by: 'system', after, note: message });
    await raiseAlarms(tx, [{ code: REJUDGE_DIFFERENCE, severity: 'alarm', message }], at);
  }

  async #fail(says: string): Promise<void> {
    const { clock, database, log } = this.#deps;
    log(`decisions could not be judged again: ${says}`);
    if (this.#failures !== FAILURES_UNTIL_ALARM) return;
    const message = `nothing is judged again since ${this.#failures} attempts: ${says}`.slice(0, NOTE_LENGTH_MAX);
    await raiseAlarms(
      database,
      [{ code: REJUDGE_STOPPED, severity: 'alarm', message }],
      instantText(clock.now()),
    ).catch((error: unknown) => log(describeError(error)));
  }

  #rest(ms: number): Promise<void> {
    const { signal } = this.#stopping;
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const end = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      signal.addEventListener('abort', end);
    });
  }
}
