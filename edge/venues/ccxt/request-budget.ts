import { KitError } from '@gatehouse/shared/errors.ts';

/** What a request is for: a cancel goes before a new order, and both before a question. */
export type Urgency = 'cancel' | 'order' | 'question';

/** What a request costs by the exchange's own count. */
export interface RequestCost {
  readonly urgency: Urgency;
  readonly weight: number;
  /** New orders are counted once more. */
  readonly orders?: number;
}

/** A limit as the exchange states it. Shape: `header` is the end of the header in which it tells how much is used. */
export interface StatedLimit {
  readonly counts: 'weight' | 'orders' | 'requests';
  readonly header: string;
  readonly intervalMs: number;
  readonly max: number;
}

/** What an answer says about limits. Shape: header names in lower case. */
export interface HeardAnswer {
  readonly status: number | undefined;
  readonly code: number | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Lets requests out as fast as the exchange permits, and holds the rest in a bounded queue.
 *
 * Shape:  what is used follows the exchange's own headers where they say more than we counted, since others may share the address. New orders
 *         leave a part of each limit to cancels, questions leave more.
 * Errors: `VENUE_UNREACHABLE` for what had to wait too long or found the queue full; it was certainly not sent.
 */
export interface RequestBudget {
  /** Waits for room, then takes it. */
  admit(cost: RequestCost): Promise<void>;
  hear(answer: HeardAnswer): void;
  setLimits(limits: readonly StatedLimit[]): void;
  /** What is used of each limit now, for people. */
  usage(): readonly { readonly header: string; readonly used: number; readonly max: number }[];
  close(): void;
}

/** What a budget works with. Units: `serverMs` is the exchange's time, on whose minutes its windows begin. */
export interface RequestBudgetDeps {
  readonly serverMs: () => number;
  readonly monotonicMs: () => number;
  readonly queue: { readonly max: number; readonly waitMs: number };
}

/** The share of each limit that a request of this kind may use up. */
const SHARES: Readonly<Record<Urgency, number>> = { cancel: 1, order: 0.9, question: 0.8 };
const URGENCIES: readonly Urgency[] = ['cancel', 'order', 'question'];

const TOO_MANY_ORDERS = -1015;
/** The pauses where the exchange names none. */
const PAUSE_MS = { throttled: 10_000, banned: 120_000 } as const;
const PAUSE_MS_MAX = 3 * 86_400_000;
const LOOK_AGAIN_MS = 50;

/** Binance's limits until its own list is read, by its documentation the tightest that were ever in force together. */
export const FIRST_LIMITS: readonly StatedLimit[] = [
  { counts: 'weight', header: '1m', intervalMs: 60_000, max: 1_200 },
  { counts: 'orders', header: '10s', intervalMs: 10_000, max: 50 },
];

interface Window extends StatedLimit {
  used: number;
  index: number;
}

interface Waiting {
  readonly cost: RequestCost;
  readonly deadlineMs: number;
  readonly admit: () => void;
  readonly refuse: (error: KitError) => void;
}

/** A budget with the first limits. */
export function createRequestBudget(deps: RequestBudgetDeps): RequestBudget {
  return new Budget(deps);
}

class Budget implements RequestBudget {
  readonly #deps: RequestBudgetDeps;
  #windows: Window[] = FIRST_LIMITS.map((limit) => ({ ...limit, used: 0, index: -1 }));
  #waiting: Waiting[] = [];
  #timer: NodeJS.Timeout | undefined;
  #pausedUntilMs = 0;
  #ordersPausedUntilMs = 0;
  #isClosed = false;

  constructor(deps: RequestBudgetDeps) {
    this.#deps = deps;
  }

  admit(cost: RequestCost): Promise<void> {
    if (this.#isClosed) return Promise.reject(notSent('the connection is closed'));
    if (this.#waiting.length === 0 && this.#isFree(cost)) {
      this.#take(cost);
      return Promise.resolve();
    }
    const { queue, monotonicMs } = this.#deps;
    if (this.#waiting.length >= queue.max) return Promise.reject(notSent(`${queue.max} requests wait already`));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ cost, deadlineMs: monotonicMs() + queue.waitMs, admit: resolve, refuse: reject });
      this.#work();
    });
  }

  hear({ status, code, headers }: HeardAnswer): void {
    for (const window of this.#windows) {
      const told = Number(headers[headerOf(window)] ?? Number.NaN);
      if (!Number.isFinite(told)) continue;
      this.#renew(window);
      window.used = Math.max(window.used, told);
    }
    if (status !== 429 && status !== 418) return;
    const pauseMs = pauseOf(status, headers['retry-after']);
    const untilMs = this.#deps.monotonicMs() + pauseMs;
    if (code === TOO_MANY_ORDERS) this.#ordersPausedUntilMs = Math.max(this.#ordersPausedUntilMs, untilMs);
    else this.#pausedUntilMs = Math.max(this.#pausedUntilMs, untilMs);
  }

  setLimits(limits: readonly StatedLimit[]): void {
    if (limits.length === 0) return;
    const before = this.#windows;
    this.#windows = limits.map((limit) => {
      const known = before.find(({ counts, header }) => counts === limit.counts && header === limit.header);
      return { ...limit, used: known?.used ?? 0, index: known?.index ?? -1 };
    });
  }

  usage(): readonly { readonly header: string; readonly used: number; readonly max: number }[] {
    return this.#windows.map((window) => {
      this.#renew(window);
      return { header: headerOf(window), used: window.used, max: window.max };
    });
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    for (const { refuse } of this.#waiting) refuse(notSent('the connection is closed'));
    this.#waiting = [];
  }

  #isFree({ urgency, weight, orders = 0 }: RequestCost): boolean {
    const nowMs = this.#deps.monotonicMs();
    if (nowMs < this.#pausedUntilMs || (orders > 0 && nowMs < this.#ordersPausedUntilMs)) return false;
    return this.#windows.every((window) => {
      this.#renew(window);
      const added = addedTo(window, weight, orders);
      return added === 0 || window.used === 0 || window.used + added <= window.max * SHARES[urgency];
    });
  }

  #take({ weight, orders = 0 }: RequestCost): void {
    for (const window of this.#windows) window.used += addedTo(window, weight, orders);
  }

  #renew(window: Window): void {
    const index = Math.floor(this.#deps.serverMs() / window.intervalMs);
    if (index === window.index) return;
    window.index = index;
    window.used = 0;
  }

  /** Lets out what may go, the most urgent first and of those the oldest, and looks again while anything waits. */
  #work(): void {
    clearTimeout(this.#timer);
    const nowMs = this.#deps.monotonicMs();
    for (const urgency of URGENCIES) {
      for (const waiting of this.#waiting.filter(({ cost }) => cost.urgency === urgency)) {
        if (this.#isFree(waiting.cost)) {
          this.#leave(waiting);
          this.#take(waiting.cost);
          waiting.admit();
        } else if (nowMs >= waiting.deadlineMs) {
          this.#leave(waiting);
          waiting.refuse(notSent('the exchange’s limits left no room in time'));
        }
      }
    }
    if (this.#waiting.length > 0) this.#timer = setTimeout(() => this.#work(), LOOK_AGAIN_MS);
  }

  #leave(gone: Waiting): void {
    this.#waiting = this.#waiting.filter((waiting) => waiting !== gone);
  }
}

function addedTo({ counts }: StatedLimit, weight: number, orders: number): number {
  if (counts === 'weight') return weight;
  return counts === 'orders' ? orders : 1;
}

function headerOf({ counts, header }: StatedLimit): string {
  if (counts === 'weight') return `x-mbx-used-weight-${header}`;
  return counts === 'orders' ? `x-mbx-order-count-${header}` : `x-mbx-requests-${header}`;
}

function pauseOf(status: number, retryAfter: string | undefined): number {
  const seconds = Number(retryAfter);
  if (retryAfter !== undefined && Number.isFinite(seconds) && seconds >= 0) {
    return Math.min(Math.max(1, seconds) * 1_000, PAUSE_MS_MAX);
  }
  return status === 418 ? PAUSE_MS.banned : PAUSE_MS.throttled;
}

function notSent(why: string): KitError {
  return new KitError('VENUE_UNREACHABLE', `not sent: ${why}`, {
    hint: 'Nothing left this machine; ask for less, or try again when the exchange’s window has passed.',
  });
}
