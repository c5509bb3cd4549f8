import { NOTHING } from '@gatehouse/shared/accounts/reconcile/break-id.ts';
import { compareRecords } from '@gatehouse/shared/accounts/reconcile/compare.ts';
import type { Comparison, Difference } from '@gatehouse/shared/accounts/reconcile/records.ts';
import { describeError } from '@gatehouse/shared/errors.ts';
import type { BreakBody, IncidentBody } from '@gatehouse/shared/schema/bodies.ts';
import type { Clock } from '@gatehouse/shared/values/clock.ts';
import { addMs, type Instant, instant } from '@gatehouse/shared/values/instant.ts';
import type { Recorder } from '../engine/recorder.ts';
import type { Venue, VenueAccount, VenueExecution, VenueOrder, VenueOrderEvent } from '../venues/venue.ts';
import { journalRecords, type OwnRecords, venueRecords } from './account-records.ts';
import { type Block, blocksOf } from './blocks.ts';
import { answerWithin, isOfVenue } from './bounded-answer.ts';
import type { ConfirmedMark } from './confirmed-mark.ts';
import { eventOfChange } from './missed-changes.ts';
import { eventOfMissed } from './missed-fills.ts';
import { recordSteps } from './record-steps.ts';
import { createYoungDifferences, type YoungDifferences } from './young-differences.ts';

/** Why a run is made. */
export type RunReason = 'start' | 'reconnect' | 'timer' | 'asked';

/** What came of a run. Shape: `waiting` differences are too young to be breaks. Units: milliseconds. */
export interface RunReport {
  readonly reason: RunReason;
  readonly at: Instant;
  readonly tookMs: number;
  readonly fetched: number;
  readonly booked: number;
  readonly differences: readonly Difference[];
  readonly waiting: readonly string[];
  readonly steps: readonly BreakBody[];
  /** Absent where the venue answered. */
  readonly failure?: string;
}

/** How reconciliation is bounded. Units: milliseconds and counts. */
export interface ReconcileSettings {
  /** From the end of a run to the next. */
  readonly periodMs: number;
  /** A difference younger than this is no break while orders stand or anything moves. */
  readonly toleranceMs: number;
  /** Between two looks of one run; every difference is looked at twice. */
  readonly recheckMs: number;
  /** So far back of the confirmed moment executions are fetched again, since a venue's own books may lag. */
  readonly overlapMs: number;
  /** So far back executions are fetched where no moment is confirmed. */
  readonly lookBackMs: number;
  /** So long one answer of the venue is waited for. */
  readonly answerMsMax: number;
  /** So many executions are taken in by one look; the next goes on behind them. */
  readonly executionsMax: number;
}

/** Which records of the venue count: one that keeps no money has no balances to compare. */
export type Spoken = ReadonlySet<BreakBody['subject']>;

/** What a reconciler works with. */
export interface ReconcilerDeps extends OwnRecords {
  readonly connection: Pick<Venue, 'account' | 'executions' | 'query'>;
  readonly recorder: Pick<Recorder, 'stage' | 'flush'>;
  /** Books what the venue reported as if it had come by itself; an execution that is known is booked no second time. */
  readonly hear: (event: VenueOrderEvent) => void;
  /** Brings an order to the end that the venue, asked for it, says it came to. */
  readonly settle: (order: string, answer: VenueOrder) => void;
  readonly mark: ConfirmedMark;
  readonly clock: Pick<Clock, 'now'>;
  readonly monotonicMs: () => number;
  /** Waits, or as long as nothing ends the wait; never rejects. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Told of what no run can answer for: a journal that takes nothing. */
  readonly onFailure: (cause: unknown) => void;
  readonly speaksOf?: Spoken;
  readonly settings?: Partial<ReconcileSettings>;
  /** Instruments whose trading a difference in an asset stops. */
  readonly instrumentsOf?: (asset: string) => readonly string[];
}

/** Compares the journal with the venue, at a start, after a reconnect, on a timer and when somebody asks. */
export interface Reconciler {
  /** One run at a time: whoever asks during one shares the next. Errors: what the journal fails with. */
  run(reason: RunReason): Promise<RunReport>;
  /** Runs on the timer until it is stopped. */
  start(): void;
  stop(): void;
  /** Tells it that the link is up again, or down; from there on nothing is sure until a run has ended. */
  linkChanged(isUp: boolean): void;
  /** What may not be traded, and why; an order that lies in all scopes of one is not to be sent. */
  blocks(): readonly Block[];
  readonly last: RunReport | undefined;
}

const DEFAULTS: ReconcileSettings = {
  periodMs: 60_000,
  toleranceMs: 10_000,
  recheckMs: 2_000,
  overlapMs: 600_000,
  lookBackMs: 7 * 86_400_000,
  answerMsMax: 15_000,
  executionsMax: 10_000,
};

const ALL_SUBJECTS: Spoken = new Set(['order', 'fill', 'position', 'balance']);
/** A run looks this often at most, whatever its clock does. */
const LOOKS_MAX = 50;

/** So many orders are asked for by one run; the next goes on. */
const ORDERS_ASKED_MAX = 50;
/** What ends an order. Shape: that the venue does not know it is no end; whether to believe that is decided where orders are sent. */
const ENDS: ReadonlySet<VenueOrder['state']> = new Set(['filled', 'cancelled', 'replaced', 'rejected', 'expired']);

/** A reconciler of one account at one venue; it has compared nothing yet, and says so by its blocks. */
export function createReconciler(deps: ReconcilerDeps): Reconciler {
  return new LiveReconciler(deps);
}

interface Seen {
  readonly comparison: Comparison;
  readonly waiting: ReadonlySet<string>;
  /** The executions of the last look. */
  readonly taken: readonly VenueExecution[];
  readonly fetched: number;
  readonly booked: number;
}

class LiveReconciler implements Reconciler {
  readonly #deps: ReconcilerDeps;
  readonly #settings: ReconcileSettings;
  readonly #young: YoungDifferences;
  readonly #ended = new AbortController();
  #running: Promise<RunReport> | undefined;
  #next: Promise<RunReport> | undefined;
  #confirmed: Instant | undefined;
  #activity = 0;
  #hasMore = false;
  /** Grows with each start and each change of the link; nothing is sure until a run that began later has ended. */
  #doubts = 1;
  #doubtsEnded = 0;
  #hasFailed = false;
  #last: RunReport | undefined;

  constructor(deps: ReconcilerDeps) {
    this.#deps = deps;
    this.#settings = { ...DEFAULTS, ...deps.settings };
    this.#young = createYoungDifferences(this.#settings);
    this.#confirmed = deps.mark.read();
  }

  get last(): RunReport | undefined {
    return this.#last;
  }

  run(reason: RunReason): Promise<RunReport> {
    if (this.#running === undefined) {
      this.#running = this.#run(reason).finally(() => {
        this.#running = undefined;
      });
      return this.#running;
    }
    // What is asked during a run may be about something that it has looked at already.
    this.#next ??= this.#running
      .catch(() => {})
      .then(() => {
        this.#next = undefined;
        return this.run(reason);
      });
    return this.#next;
  }

  start(): void {
    void this.#runOnTimer();
  }

  stop(): void {
    this.#ended.abort();
  }

  linkChanged(isUp: boolean): void {
    this.#doubts += 1;
    if (isUp && !this.#ended.signal.aborted) this.run('reconnect').catch((cause) => this.#deps.onFailure(cause));
  }

  blocks(): readonly Block[] {
    const { venue, account, book, instrumentsOf } = this.#deps;
    const isUnsure = this.#doubtsEnded < this.#doubts;
    return blocksOf({ venue, account, isUnsure, open: book.breaks.all, instrumentsOf });
  }

  async #runOnTimer(): Promise<void> {
    const { signal } = this.#ended;
    while (!signal.aborted) {
      await this.#deps.sleep(this.#settings.periodMs, signal);
      if (signal.aborted) return;
      try {
        await this.run('timer');
      } catch (cause) {
        this.#deps.onFailure(cause);
        return;
      }
    }
  }

  async #run(reason: RunReason): Promise<RunReport> {
    const fromMs = this.#deps.monotonicMs();
    const doubts = this.#doubts;
    try {
      const first = await this.#lookUntilSettled();
      const changed = this.#bookChanges(first);
      const seen = changed === 0 ? first : added(await this.#lookUntilSettled(), first, changed);
      const steps = recordSteps(this.#deps, seen.comparison, seen.waiting);
      // A link that went down meanwhile makes the next run necessary, not this one sufficient.
      if (seen.waiting.size === 0) this.#doubtsEnded = doubts;
      this.#hasFailed = false;
      return this.#report(reason, { fromMs, seen, steps });
    } catch (error) {
      if (!isOfVenue(error)) throw error;
      this.#noteFailure(error);
      return this.#report(reason, { fromMs, failure: describeError(error) });
    }
  }

  /** Looks again until no difference is too young to be told. */
  async #lookUntilSettled(): Promise<Seen> {
    const { toleranceMs, recheckMs } = this.#settings;
    const endsMs = this.#deps.monotonicMs() + toleranceMs + 2 * recheckMs;
    const asked = new Set<string>();
    let [fetched, booked] = [0, 0];
    for (let looks = 1; ; looks += 1) {
      const seen = await this.#look();
      await this.#askForGone(seen, asked);
      fetched += seen.fetched;
      booked += seen.booked;
      if (this.#hasMore && looks < LOOKS_MAX && !this.#ended.signal.aborted) continue;
      const isOver = seen.waiting.size === 0 || looks >= LOOKS_MAX || this.#deps.monotonicMs() >= endsMs;
      if (isOver || this.#ended.signal.aborted) return { ...seen, fetched, booked };
      await this.#deps.sleep(recheckMs, this.#ended.signal);
    }
  }

  async #look(): Promise<Seen> {
    const { connection, book, record, clock, monotonicMs, venue, account } = this.#deps;
    const since = this.#since();
    const list = await this.#answered('executions', () => connection.executions(since));
    const taken = list.slice(0, this.#settings.executionsMax);
    const booked = this.#book(taken);
    this.#hasMore = list.length > taken.length;
    await this.#confirm(taken);
    const answer = await this.#answered('account', () => connection.account());
    const isBusy = record.activity !== this.#activity || book.orders().length > 0 || answer.orders.length > 0;
    this.#activity = record.activity;
    const ours = journalRecords(this.#deps, clock.now(), answer.positions === undefined ? 'assets' : 'positions');
    const theirs = this.#spoken(venueRecords(this.#deps, this.#upTo(answer, taken), { since, list: taken }));
    const comparison = compareRecords({ ours, theirs }, { venue, account });
    const waiting = this.#young.look(comparison.differences, { nowMs: monotonicMs(), isBusy });
    return { comparison, waiting, taken, fetched: taken.length, booked };
  }

  #book(executions: readonly VenueExecution[]): number {
    let booked = 0;
    for (const execution of executions) {
      const event = eventOfMissed(execution, this.#deps);
      if (event === undefined) continue;
      this.#deps.hear(event);
      booked += 1;
    }
    this.#deps.recorder.flush();
    return booked;
  }

  /** A bust or correction that nobody heard is booked once it has stood long enough to be no answer from before a report. */
  #bookChanges({ comparison, waiting, taken }: Seen): number {
    const differing = comparison.differences.filter(({ id, subject }) => subject === 'fill' && !waiting.has(id));
    const fills = new Set(differing.map(({ key }) => key));
    let changed = 0;
    for (const execution of taken) {
      if (!fills.has(execution.fill.id)) continue;
      const event = eventOfChange(execution, this.#deps, this.#deps.clock.now());
      if (event === undefined) continue;
      this.#deps.hear(event);
      changed += 1;
    }
    this.#deps.recorder.flush();
    return changed;
  }

  /** An order that the venue lists no more may have ended while nobody listened; whoever it was, the venue knows how. */
  async #askForGone({ comparison }: Seen, asked: Set<string>): Promise<void> {
    for (const { subject, key, theirs } of comparison.differences) {
      if (subject !== 'order' || theirs !== NOTHING || asked.has(key) || asked.size >= ORDERS_ASKED_MAX) continue;
      asked.add(key);
      const answer = await this.#answered('an order', () => this.#deps.connection.query(key));
      if (ENDS.has(answer.state)) this.#deps.settle(key, answer);
    }
    this.#deps.recorder.flush();
  }

  #since(): Instant {
    const { overlapMs, lookBackMs } = this.#settings;
    if (this.#confirmed !== undefined) return this.#hasMore ? this.#confirmed : addMs(this.#confirmed, -overlapMs);
    const back = addMs(this.#deps.clock.now(), -lookBackMs);
    return this.#deps.book.orders().reduce((first, { order }) => earlier(first, order.decidedAt), back);
  }

  /** Of executions that were not taken in yet nothing is known, so what is younger than the last one is not compared. */
  #upTo(answer: VenueAccount, taken: readonly VenueExecution[]): VenueAccount {
    const last = taken.at(-1);
    if (!this.#hasMore || last === undefined) return answer;
    return { ...answer, at: earlier(answer.at, instant(last.fill.at - 1n)) };
  }

  /** The mark moves only to what was seen and booked, by the venue's own times. */
  async #confirm(taken: readonly VenueExecution[]): Promise<void> {
    const newest = taken.reduce<Instant | undefined>((last, { fill }) => later(last, fill.at), undefined);
    if (newest === undefined || (this.#confirmed !== undefined && newest <= this.#confirmed)) return;
    this.#confirmed = newest;
    await this.#deps.mark.write(newest);
  }

  #spoken(records: ReturnType<typeof venueRecords>): ReturnType<typeof venueRecords> {
    const speaksOf = this.#deps.speaksOf ?? ALL_SUBJECTS;
    const { source, at, orders, fills, positions, balances } = records;
    return {
      source,
      at,
      ...(speaksOf.has('order') && orders !== undefined ? { orders } : {}),
      ...(speaksOf.has('fill') && fills !== undefined ? { fills } : {}),
      ...(speaksOf.has('position') && positions !== undefined ? { positions } : {}),
      ...(speaksOf.has('balance') && balances !== undefined ? { balances } : {}),
    };
  }

  /** One alarm for each time that the venue stops answering, not one for each run. */
  #noteFailure(error: unknown): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    const body: IncidentBody = {
      v: 1,
      code: 'RECONCILE_FAILED',
      severity: 'warning',
      message: `The books could not be compared with ${this.#deps.venue}: ${describeError(error)}`.slice(0, 2_000),
      hint: 'The comparison is tried again by itself; until it succeeds, what was executed meanwhile may be missing.',
    };
    this.#deps.recorder.stage({ kind: 'incident', body });
    this.#deps.recorder.flush();
  }

  #answered<Answer>(what: string, ask: () => Promise<Answer> | Answer): Promise<Answer> {
    return answerWithin({ what, msMax: this.#settings.answerMsMax, sleep: this.#deps.sleep }, ask);
  }

  #report(
    reason: RunReason,
    {
      fromMs,
      seen,
      steps = [],
      failure,
    }: {
      readonly fromMs: number;
      readonly seen?: Seen;
      readonly steps?: readonly BreakBody[];
      readonly failure?: string;
    },
  ): RunReport {
    const report: RunReport = {
      reason,
      at: this.#deps.clock.now(),
      tookMs: Math.round(this.#deps.monotonicMs() - fromMs),
      fetched: seen?.fetched ?? 0,
      booked: seen?.booked ?? 0,
      differences: seen?.comparison.differences ?? [],
      waiting: [...(seen?.waiting ?? [])],
      steps,
      ...(failure === undefined ? {} : { failure }),
    };
    this.#last = report;
    return report;
  }
}

/** What two looks came to together, with what was booked between them. */
function added(seen: Seen, first: Seen, changed: number): Seen {
  return { ...seen, fetched: seen.fetched + first.fetched, booked: seen.booked + first.booked + changed };
}

function earlier(a: Instant, b: Instant): Instant {
  return a < b ? a : b;
}

function later(a: Instant | undefined, b: Instant): Instant {
  return a !== undefined && a > b ? a : b;
}
