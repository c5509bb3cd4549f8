import { Refusal } from './refusal.ts';

/** How much a client may ask. Shape: after `banAfter` refusals in one minute its address is banned for `banMs`. */
export interface LimitFigures {
  readonly weightPerMinute: number;
  readonly ordersPerTenSeconds: number;
  readonly ordersPerDay: number;
  readonly banAfter: number;
  readonly banMs: number;
}

/** The figures of the exchange. */
export const DEFAULT_LIMITS: LimitFigures = {
  weightPerMinute: 6_000,
  ordersPerTenSeconds: 100,
  ordersPerDay: 200_000,
  banAfter: 50,
  banMs: 120_000,
};

/** A count within a span that starts at its multiples, as those of the exchange do. */
interface Span {
  readonly ms: number;
  index: number;
  used: number;
}

/**
 * The rate limits of one exchange: weight by address, orders by account.
 *
 * Units: spans are of the wall clock, since they guard a machine and not a market.
 */
export class Limits {
  figures: LimitFigures;
  readonly #weight: Span = { ms: 60_000, index: 0, used: 0 };
  readonly #orders = new Map<string, readonly [Span, Span]>();
  #refusals = 0;
  #bannedUntilMs = 0;

  constructor(figures: LimitFigures) {
    this.figures = figures;
  }

  /** Counts the weight of a request. Errors: 429 or, for who goes on after it, 418, with the seconds to wait. */
  charge(weight: number): void {
    const nowMs = Date.now();
    if (nowMs < this.#bannedUntilMs) throw this.#banned(nowMs);
    if (roll(this.#weight, nowMs)) this.#refusals = 0;
    this.#weight.used += weight;
    if (this.#weight.used <= this.figures.weightPerMinute) return;
    this.#refusals += 1;
    if (this.#refusals > this.figures.banAfter) {
      this.#bannedUntilMs = nowMs + this.figures.banMs;
      throw this.#banned(nowMs);
    }
    const seconds = Math.ceil(((this.#weight.index + 1) * this.#weight.ms - nowMs) / 1_000);
    throw new Refusal(
      -1003,
      `Too much request weight used; current limit is ${this.figures.weightPerMinute} request weight per 1 MINUTE. Please use WebSocket Streams for live updates to avoid polling the API.`,
      { status: 429, headers: { 'retry-after': `${seconds}` } },
    );
  }

  /** Counts new orders of an account. Errors: 429 without the seconds to wait, as for orders. */
  chargeOrders(account: string, count: number): void {
    const spans = this.#ordersOf(account);
    const limits = [this.figures.ordersPerTenSeconds, this.figures.ordersPerDay];
    const names = ['10 SECOND', '1 DAY'];
    for (const [at, span] of spans.entries()) {
      if (span.used + count <= (limits[at] ?? 0)) continue;
      const text = `Too many new orders; current limit is ${limits[at]} orders per ${names[at]}.`;
      throw new Refusal(-1015, text, { status: 429 });
    }
    for (const span of spans) span.used += count;
  }

  /** What the answer's headers say of the limits. */
  headers(account?: string): Readonly<Record<string, string>> {
    roll(this.#weight, Date.now());
    const weight = `${this.#weight.used}`;
    const used = { 'x-mbx-used-weight': weight, 'x-mbx-used-weight-1m': weight };
    if (account === undefined) return used;
    const [tenSeconds, day] = this.#ordersOf(account);
    return { ...used, 'x-mbx-order-count-10s': `${tenSeconds.used}`, 'x-mbx-order-count-1d': `${day.used}` };
  }

  /** The limits with what is used, as answers in sockets carry them. */
  describe(account?: string): readonly object[] {
    const [tenSeconds, day] = account === undefined ? [] : this.#ordersOf(account);
    return this.rules().map((rule, at) => ({ ...rule, count: [this.#weight, tenSeconds, day][at]?.used ?? 0 }));
  }

  /** The limits as `exchangeInfo` lists them. */
  rules(): readonly object[] {
    const { weightPerMinute, ordersPerTenSeconds, ordersPerDay } = this.figures;
    return [
      { rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1, limit: weightPerMinute },
      { rateLimitType: 'ORDERS', interval: 'SECOND', intervalNum: 10, limit: ordersPerTenSeconds },
      { rateLimitType: 'ORDERS', interval: 'DAY', intervalNum: 1, limit: ordersPerDay },
    ];
  }

  /** Forgets what was used, and lifts a ban. */
  reset(): void {
    this.#weight.used = 0;
    this.#orders.clear();
    this.#refusals = 0;
    this.#bannedUntilMs = 0;
  }

  #ordersOf(account: string): readonly [Span, Span] {
    const spans = this.#orders.get(account) ?? [
      { ms: 10_000, index: 0, used: 0 },
      { ms: 86_400_000, index: 0, used: 0 },
    ];
    this.#orders.set(account, spans);
    for (const span of spans) roll(span, Date.now());
    return spans;
  }

  #banned(nowMs: number): Refusal {
    const seconds = Math.ceil((this.#bannedUntilMs - nowMs) / 1_000);
    return new Refusal(
      -1003,
      `Way too much request weight used; IP banned until ${this.#bannedUntilMs}. Please use WebSocket Streams for live updates to avoid bans.`,
      { status: 418, headers: { 'retry-after': `${seconds}` } },
    );
  }
}

/** Starts the span anew where it is over; true where it did. */
function roll(span: Span, nowMs: number): boolean {
  const index = Math.floor(nowMs / span.ms);
  if (index === span.index) return false;
  span.index = index;
  span.used = 0;
  return true;
}
