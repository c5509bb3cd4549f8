import { setImmediate as nextTurn } from 'node:timers/promises';
import type { OpenOrder } from '@gatehouse/compliance/own-facts.ts';
import type { VenueOrder } from '../venues/venue.ts';
import type { KillDeps, KillVenue } from './kill-types.ts';

/** How many orders of a kill were asked back at a venue, and what became of them. */
export interface WithdrawalTally {
  readonly sent: number;
  readonly acknowledged: number;
  readonly remaining: number;
  readonly unknown: number;
  readonly failed: number;
  /** Nothing remains, and where the venue was to be asked for everything at once, it was. */
  readonly isDone: boolean;
}

/** The orders of a kill at one venue, being taken back. */
export interface Withdrawal {
  readonly venue: string;
  tally(): WithdrawalTally;
  /** Asks the venue for every order whose time has come; resolves when each request was answered or timed out. */
  step(): Promise<void>;
}

/** What is taken back and where. Shape: `isWhole` asks the venue for everything at once before it asks for each. */
export interface WithdrawalRequest {
  readonly venue: string;
  readonly isWhole: boolean;
  /** The orders that the kill is about and that are not over, looked up anew with each call. */
  readonly concerned: () => readonly OpenOrder[];
}

type WithdrawalDeps = Pick<KillDeps, 'venues' | 'settle' | 'sleep' | 'monotonicMs'>;

/** So many requests are made before others get their turn. */
const REQUESTS_AT_ONCE = 200;
/** A venue that does not answer a request for so long counts as unreachable for it. Units: milliseconds. */
const REQUEST_MS_MAX = 2_000;
/** A failed request is made again after this time, which doubles up to the maximum. Units: milliseconds. */
const RETRY_MS_FIRST = 50;
/** A request that the venue took without ending the order is made again after this time, doubled likewise. Units: milliseconds. */
const REPEAT_MS_FIRST = 1_000;
const AGAIN_MS_MAX = 5_000;
/** After so many requests the venue is also asked what became of an order that does not end. */
const ASK_FROM_ATTEMPT = 1;

interface Attempt {
  readonly count: number;
  readonly isTold: boolean;
  readonly nextAtMs: number;
}

const NO_ATTEMPT: Attempt = { count: 0, isTold: false, nextAtMs: 0 };
/** Where nobody knows whether the venue has the order, it is asked, and never sent the order again. */
const ASKED_FIRST: ReadonlySet<OpenOrder['state']> = new Set(['unknown', 'approved', 'intended']);
const WORKING: ReadonlySet<VenueOrder['state']> = new Set(['working', 'part-filled']);

/** Takes back the orders of a kill at one venue, again and again, for as long as its caller steps it. */
export function createWithdrawal(deps: WithdrawalDeps, request: WithdrawalRequest): Withdrawal {
  return new VenueWithdrawal(deps, request);
}

class VenueWithdrawal implements Withdrawal {
  readonly venue: string;
  readonly #deps: WithdrawalDeps;
  readonly #request: WithdrawalRequest;
  readonly #attempts = new Map<string, Attempt>();
  #wholeAttempts = 0;
  #isWholeTold = false;
  #wholeNextAtMs = 0;
  #failed = 0;

  constructor(deps: WithdrawalDeps, request: WithdrawalRequest) {
    this.venue = request.venue;
    this.#deps = deps;
    this.#request = request;
  }

  tally(): WithdrawalTally {
    const concerned = this.#request.concerned();
    let sent = 0;
    for (const { isTold } of this.#attempts.values()) if (isTold) sent += 1;
    const open = concerned.filter(({ order }) => this.#attempts.has(order.id)).length;
    // A venue that could not be told to take back everything may have orders that nobody here knows of.
    const isWholeOpen = this.#request.isWhole && !this.#isWholeTold;
    return {
      sent,
      acknowledged: this.#attempts.size - open,
      remaining: concerned.length,
      unknown: concerned.filter(({ state }) => state === 'unknown').length,
      failed: this.#failed,
      isDone: concerned.length === 0 && !isWholeOpen,
    };
  }

  async step(): Promise<void> {
    const venue = this.#deps.venues.get(this.venue);
    if (venue === undefined) {
      // No connector leads there; the orders stay in the count, and the alarm says so.
      this.#failed = this.#request.concerned().length;
      return;
    }
    this.#endHeld();
    await this.#takeBackAll(venue);
    const nowMs = this.#deps.monotonicMs();
    const due = this.#request.concerned().filter(({ order }) => this.#attemptOf(order.id).nextAtMs <= nowMs);
    const requests: Promise<void>[] = [];
    for (const known of due) {
      requests.push(this.#takeBack(venue, known));
      if (requests.length % REQUESTS_AT_ONCE === 0) await nextTurn();
    }
    await Promise.all(requests);
  }

  /** What waits at the edge is nowhere else, so no venue need be asked. */
  #endHeld(): void {
    for (const { order, state } of this.#request.concerned()) {
      if (state === 'held') this.#deps.settle(order.id, { state: 'cancelled', fills: [] });
    }
  }

  async #takeBackAll(venue: KillVenue): Promise<void> {
    if (!this.#request.isWhole || this.#isWholeTold || this.#wholeNextAtMs > this.#deps.monotonicMs()) return;
    const concerned = this.#request.concerned();
    this.#wholeAttempts += 1;
    this.#isWholeTold = await this.#isAnswered(() => venue.cancelAll());
    if (!this.#isWholeTold) {
      this.#wholeNextAtMs = this.#deps.monotonicMs() + againMs(RETRY_MS_FIRST, this.#wholeAttempts);
      return;
    }
    for (const { order, state } of concerned) {
      if (!ASKED_FIRST.has(state)) this.#count(order.id, true);
    }
  }

  async #takeBack(venue: KillVenue, { order, state }: OpenOrder): Promise<void> {
    const { count } = this.#attemptOf(order.id);
    if (ASKED_FIRST.has(state) || count >= ASK_FROM_ATTEMPT) {
      const answer = await this.#ask(venue, order.id);
      if (answer === undefined) {
        this.#count(order.id, false);
        return;
      }
      this.#deps.settle(order.id, answer);
      if (!WORKING.has(answer.state)) {
        this.#count(order.id, true);
        return;
      }
    }
    this.#count(order.id, await this.#isAnswered(() => venue.cancel(order.id)));
  }

  async #ask(venue: KillVenue, id: string): Promise<VenueOrder | undefined> {
    let answer: VenueOrder | undefined;
    const isAnswered = await this.#isAnswered(async () => {
      answer = await venue.query(id);
    });
    return isAnswered ? answer : undefined;
  }

  #count(id: string, isTold: boolean): void {
    const before = this.#attemptOf(id);
    const count = before.count + 1;
    const waitMs = againMs(isTold ? REPEAT_MS_FIRST : RETRY_MS_FIRST, count);
    this.#attempts.set(id, {
      count,
      isTold: isTold || before.isTold,
      nextAtMs: this.#deps.monotonicMs() + waitMs,
    });
  }

  #attemptOf(id: string): Attempt {
    return this.#attempts.get(id) ?? NO_ATTEMPT;
  }

  /** Whether a request came through: it neither threw nor took too long. */
  async #isAnswered(request: () => Promise<void> | void): Promise<boolean> {
    const over = new AbortController();
    try {
      const pending = request();
      if (pending === undefined) return true;
      const late = this.#deps.sleep(REQUEST_MS_MAX, over.signal).then(() => 'late' as const);
      const outcome = await Promise.race([pending.then(() => 'answered' as const), late]);
      if (outcome === 'answered') return true;
    } catch {
      // A venue that cannot be reached is what the repetitions are for; it is counted and reported.
    } finally {
      over.abort();
    }
    this.#failed += 1;
    return false;
  }
}

/** How long to wait after the so manieth attempt. */
function againMs(first: number, attempts: number): number {
  return Math.min(AGAIN_MS_MAX, first * 2 ** Math.min(attempts - 1, 16));
}
