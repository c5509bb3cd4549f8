import type { OpenOrder } from '@gatehouse/compliance/own-facts.ts';
import { scopeMatcher } from '@gatehouse/compliance/scopes.ts';
import { describeError } from '@gatehouse/shared/errors.ts';
import type { KillLevel } from '@gatehouse/shared/schema/bodies.ts';
import type { ScopeText } from '@gatehouse/shared/schema/decision.ts';
import { type Closing, createClosing, isClosing } from './closing.ts';
import type { KillRecording, Write } from './kill-recording.ts';
import type { KillDeps, KillProgress, RunningKill, VenueProgress } from './kill-types.ts';
import { createWithdrawal, type Withdrawal } from './withdrawal.ts';

/** A kill that is in force, as its run takes it up. Shape: `sinceMs` on the monotonic clock. */
export interface KillToRun {
  readonly id: string;
  readonly scopes: readonly ScopeText[];
  readonly level: KillLevel;
  readonly sinceMs: number;
  readonly journal: Write;
  readonly file: Write;
}

/** What a run works with. Shape: `stop` ends it; `onFailure` hears of what must not happen. */
export interface KillRunDeps extends KillDeps {
  readonly recording: KillRecording;
  readonly stop: AbortSignal;
  readonly onFailure: (cause: unknown) => void;
}

/** How often a run looks whether something has ended, at first and at last. Units: milliseconds. */
const LOOK_MS_FIRST = 10;
const LOOK_MS_MAX = 500;
/** A kill that is not done by then is an alarm, and again after each further period. Units: milliseconds. */
const ALARM_AFTER_MS = 5_000;
const ALARM_EVERY_MS = 30_000;
/** How often a kill that is done is looked at until it is released. Units: milliseconds. */
const WATCH_MS = 1_000;
/** So many reports are recorded for one venue at most, the last one always. */
const REPORTS_MAX = 40;

/** Carries a kill out: takes orders back at every venue at once, closes positions where asked to, and reports until nothing remains. */
export function startKillRun(deps: KillRunDeps, kill: KillToRun): RunningKill {
  return new KillRun(deps, kill);
}

interface VenueRun {
  readonly withdrawal: Withdrawal;
  readonly reports: { count: number; last: string };
}

class KillRun implements RunningKill {
  readonly id: string;
  readonly written: Promise<void>;
  readonly told: Promise<void>;
  readonly ended: Promise<void>;
  readonly #deps: KillRunDeps;
  readonly #kill: KillToRun;
  readonly #matchers: readonly ((order: OpenOrder['order']) => boolean)[];
  readonly #closing: Closing | undefined;
  /** Nothing can be closed here, so that the kill cannot count as done. */
  readonly #leavesPositions: boolean;
  readonly #venues = new Map<string, VenueRun>();
  #isDone = false;
  #alarmAtMs: number;

  constructor(deps: KillRunDeps, kill: KillToRun) {
    this.id = kill.id;
    this.#deps = deps;
    this.#kill = kill;
    this.#matchers = kill.scopes.map(scopeMatcher);
    this.#alarmAtMs = deps.monotonicMs() + ALARM_AFTER_MS;
    const concerned = (): readonly OpenOrder[] => this.#concerned();
    const { closing } = deps;
    const mustClose = kill.level === 'flatten';
    this.#closing =
      mustClose && closing !== undefined ? createClosing({ ...deps, closing }, { ...kill, concerned }) : undefined;
    this.#leavesPositions = mustClose && closing === undefined;
    if (kill.level === 'pause') this.#isDone = true;
    const first = kill.level === 'pause' ? Promise.resolve() : this.#guarded(() => this.#tellAll());
    this.written = Promise.all([kill.journal.settled, kill.file.settled]).then(() => {});
    this.told = first;
    this.ended = first.then(() => this.#guarded(() => this.#goOn()));
    if (kill.level !== 'pause') void this.ended.then(() => this.#guarded(() => this.#keepWatch()));
  }

  progress(): KillProgress {
    const { id, scopes, level, journal, file } = this.#kill;
    const venues = [...this.#venues.values()].map(({ withdrawal }) => this.#progressAt(withdrawal));
    const isDone = this.#isDone && !this.#leavesPositions;
    return { id, scopes, level, journal: journal.state, file: file.state, venues, isDone };
  }

  /** The first requests leave before anything is waited for. */
  async #tellAll(): Promise<void> {
    await this.#stepAll();
    this.#report();
  }

  async #goOn(): Promise<void> {
    for (let lookMs = LOOK_MS_FIRST; !this.#isOver(); lookMs = Math.min(LOOK_MS_MAX, lookMs * 1.5)) {
      this.#alarmWhereLate();
      await this.#deps.sleep(lookMs, this.#deps.stop);
      if (this.#isOver()) break;
      await this.#stepAll();
      this.#report();
    }
  }

  /** A fill that was on its way, or an order that slipped through, must not stay: until the release, somebody looks. */
  async #keepWatch(): Promise<void> {
    while (!this.#deps.stop.aborted) {
      await this.#deps.sleep(WATCH_MS, this.#deps.stop);
      if (this.#concerned().length === 0 && this.#closing?.isDone !== false) continue;
      this.#isDone = false;
      this.#alarmAtMs = this.#deps.monotonicMs() + ALARM_AFTER_MS;
      await this.#goOn();
    }
  }

  async #stepAll(): Promise<void> {
    for (const venue of this.#venuesToAsk()) this.#venueOf(venue);
    await Promise.all([...this.#venues.values()].map(({ withdrawal }) => withdrawal.step()));
    await this.#closing?.step();
    for (const { venue } of this.#closing?.remaining() ?? []) this.#venueOf(venue);
    this.#isDone = this.#isAllDone();
  }

  #isAllDone(): boolean {
    const isClosed = this.#closing === undefined || this.#closing.isDone;
    return isClosed && [...this.#venues.values()].every(({ withdrawal }) => withdrawal.tally().isDone);
  }

  #isOver(): boolean {
    return this.#isDone || this.#deps.stop.aborted;
  }

  #concerned(): readonly OpenOrder[] {
    const { own } = this.#deps;
    const mayClose = own.halts()?.some(({ level }) => level === 'flatten') ?? false;
    const matches = (known: OpenOrder): boolean =>
      !(mayClose && isClosing(known)) && this.#matchers.every((isIn) => isIn(known.order));
    return own.openOrders().filter(matches);
  }

  /** All venues where the kill is for everything, otherwise those where an order of the kill is. */
  #venuesToAsk(): Iterable<string> {
    const concerned = this.#concerned().map(({ order }) => order.venue);
    const whole = [...this.#deps.venues.keys()].filter((venue) => this.#isWhole(venue));
    return new Set([...whole, ...concerned]);
  }

  #isWhole(venue: string): boolean {
    return this.#kill.scopes.every((scope) => scope === 'firm' || scope === `venue:${venue}`);
  }

  #venueOf(venue: string): VenueRun {
    const known = this.#venues.get(venue);
    if (known !== undefined) return known;
    const concerned = (): readonly OpenOrder[] => this.#concerned().filter(({ order }) => order.venue === venue);
    const isWhole = this.#isWhole(venue) && this.#deps.venues.has(venue);
    const run = {
      withdrawal: createWithdrawal(this.#deps, { venue, isWhole, concerned }),
      reports: { count: 0, last: '' },
    };
    this.#venues.set(venue, run);
    return run;
  }

  #progressAt(withdrawal: Withdrawal): VenueProgress {
    const { venue } = withdrawal;
    const tally = withdrawal.tally();
    const positions = (this.#closing?.remaining() ?? []).filter((held) => held.venue === venue).length;
    const elapsedMs = Math.max(0, Math.round(this.#deps.monotonicMs() - this.#kill.sinceMs));
    const isDone = tally.isDone && positions === 0 && !this.#leavesPositions;
    return { venue, ...tally, positions, elapsedMs, isDone };
  }

  /** A report is recorded with the first requests, whenever what remains has changed, and at zero. */
  #report(): void {
    let isNew = false;
    for (const { withdrawal, reports } of this.#venues.values()) {
      const { isDone, positions, ...progress } = this.#progressAt(withdrawal);
      const state = `${progress.remaining}/${progress.unknown}/${positions}/${isDone}`;
      if (state === reports.last || (reports.count >= REPORTS_MAX && !isDone)) continue;
      reports.last = state;
      reports.count += 1;
      isNew = true;
      const held = this.#closing === undefined ? {} : { positions };
      this.#deps.recording.stage({ kind: 'kill-report', body: { v: 1, kill: this.id, ...progress, ...held, isDone } });
    }
    if (isNew) this.#deps.recording.flushQuietly();
  }

  #alarmWhereLate(): void {
    const nowMs = this.#deps.monotonicMs();
    if (nowMs < this.#alarmAtMs) return;
    this.#alarmAtMs = nowMs + ALARM_EVERY_MS;
    const left = this.progress().venues.filter(({ isDone }) => !isDone);
    const words = left.map(
      ({ venue, remaining, unknown, failed, positions }) =>
        `${venue}: ${remaining} orders (${unknown} unknown), ${positions} positions, ${failed} requests failed`,
    );
    this.#deps.recording.alarm({
      code: 'KILL_INCOMPLETE',
      message: `Kill ${this.id} is not complete after ${Math.round(nowMs - this.#kill.sinceMs)} ms. ${words.join('; ')}.`,
      hint: 'The edge keeps trying. Call the venue and have it cancel what remains; nothing new is sent meanwhile.',
    });
  }

  /** A failure in here halts everything; what is left is then up to the last resort. */
  async #guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (cause) {
      this.#deps.recording.alarm({
        code: 'KILL_FAILED',
        message: `Kill ${this.id} failed within itself: ${describeError(cause)}.`,
        hint: 'Everything is halted until a restart. Call every venue and have it cancel what remains.',
      });
      this.#deps.onFailure(cause);
    }
  }
}
