import { createHash } from 'node:crypto';
import { describeError } from '@gatehouse/shared/errors.ts';
import type { JsonValue } from '@gatehouse/shared/journal/canonical.ts';
import type { Verifier } from '@gatehouse/shared/journal/note.ts';
import { decode, encode } from '@gatehouse/shared/schema/decode.ts';
import { Count, CurrencyText, DecimalText, Identifier, InstantText } from '@gatehouse/shared/schema/fields.ts';
import { type Lease, openLease } from '@gatehouse/shared/schema/lease.ts';
import type { LeaseBody } from '@gatehouse/shared/schema/lease-bodies.ts';
import { compare, type Decimal, minimum } from '@gatehouse/shared/values/decimal.ts';
import { addMs, type Instant } from '@gatehouse/shared/values/instant.ts';
import { z } from 'zod';

const Moment = { wallAt: InstantText, boot: Identifier, uptimeMs: Count };
const Held = z.strictObject({
  threshold: Identifier,
  version: Count,
  amount: DecimalText,
  currency: CurrencyText,
  term: z.strictObject({ ...Moment, termMs: Count }).optional(),
  isOwed: z.literal(true).optional(),
});
const LeaseState = z.strictObject({
  held: z.array(Held),
  requests: z.array(
    z.strictObject({ threshold: Identifier, sent: z.array(z.strictObject({ ...Moment, request: Identifier })) }),
  ),
});
const NOTHING_HELD: z.output<typeof LeaseState> = { held: [], requests: [] };

/** The computer’s own sense of time. Shape: `boot` is another after each start of the computer and of the edge; `uptimeMs` never goes back. */
export interface Uptime {
  readonly wallAt: Instant;
  readonly boot: string;
  readonly uptimeMs: number;
}

type SentRequest = z.output<typeof LeaseState>['requests'][number]['sent'][number];

/**
 * What the edge holds of one threshold, as its journal says.
 *
 * Shape: `amount` is what it may use: the lease, less what it gave back. `term` is when the term began and how long it is; absent until
 *        a lease answered a request of this edge. `isOwed` where the hub may still count more for this edge, since it was lowered and
 *        nothing was given back since.
 */
export type HeldLease = z.output<typeof Held>;

/** What a lease says at a moment. Shape: at `to` or later nothing may be added. */
export interface LeaseFact {
  readonly threshold: string;
  readonly version: number;
  readonly amount: Decimal;
  readonly to: Instant;
}

/** What becomes of a lease that came: an entry for the journal, or nothing where it says nothing new. */
export type TakenLease = Extract<LeaseBody, { readonly event: 'accepted' | 'refused' }> | undefined;

/** How many requests may wait for their answer; older ones are forgotten, and their answers lengthen nothing. */
export const REQUESTS_MAX = 16;

const REASON_LENGTH_MAX = 500;

/**
 * What this edge holds of firm-wide thresholds: a projection of its `lease` entries.
 *
 * Shape: `fold` takes the entries of the journal, in order, those of earlier runs too.
 */
export class LeaseBook {
  readonly #held: Map<string, HeldLease>;
  readonly #requests: Map<string, SentRequest[]>;

  /** Errors: `MESSAGE_MALFORMED` for a snapshot of another form. */
  constructor(snapshot?: JsonValue) {
    const state = snapshot === undefined ? NOTHING_HELD : decode(LeaseState, snapshot, 'the snapshot of leases');
    this.#held = new Map(state.held.map((one) => [one.threshold, one]));
    this.#requests = new Map(state.requests.map(({ threshold, sent }) => [threshold, sent]));
  }

  get isEmpty(): boolean {
    return this.#held.size === 0 && this.#requests.size === 0;
  }

  snapshot(): JsonValue {
    const held = [...this.#held.values()].toSorted(byThreshold);
    const requests = [...this.#requests].map(([threshold, sent]) => ({ threshold, sent })).toSorted(byThreshold);
    return encode(LeaseState, { held, requests }) as JsonValue;
  }

  fold(body: LeaseBody): void {
    if (body.event === 'requested') this.#request(body);
    if (body.event === 'accepted') this.#accept(body);
    if (body.event === 'returned') this.#return(body);
  }

  /** What is held of a threshold. */
  held(threshold: string): HeldLease | undefined {
    return this.#held.get(threshold);
  }

  /** The request that waits for its answer longest; undefined where none does. */
  oldestRequest(threshold: string): Uptime | undefined {
    return this.#requests.get(threshold)?.[0];
  }

  /**
   * What the lease says now.
   *
   * Shape: the term runs from when its request was sent, by the wall clock and by the uptime, whichever ends first. After a new start
   *        of the computer, or with a wall clock behind that of the request, it is over: nobody can say how much of it is left.
   */
  fact(threshold: string, now: Uptime): LeaseFact | undefined {
    const held = this.#held.get(threshold);
    if (held === undefined) return undefined;
    const { version, amount } = held;
    return { threshold, version, amount, to: endOf(held.term, now) };
  }

  /**
   * Judges a lease that came from the hub, however it came and however often.
   *
   * Shape: undefined for one that is known or overtaken. One that raises the amount or lengthens the term must answer a request that
   *        this edge remembers; without one it counts only as far as it lowers.
   */
  take(note: string, context: LeaseContext): TakenLease {
    const opened = this.#opened(note, context);
    if (opened.kind === 'refused') return refusedLease(note, opened.threshold, opened.reason);
    const { lease } = opened;
    const held = this.#held.get(lease.threshold);
    if (held !== undefined && lease.version <= held.version) return undefined;
    const sent = this.#find(lease);
    const isHigher = held === undefined || compare(lease.amount, held.amount) > 0;
    if (sent === undefined && isHigher && lease.request === undefined) {
      return refusedLease(note, lease.threshold, 'It raises the amount and answers no request.');
    }
    const amount = sent === undefined && held !== undefined ? minimum(held.amount, lease.amount) : lease.amount;
    if (sent === undefined && held === undefined) {
      return refusedLease(note, lease.threshold, 'It answers a request that this edge does not remember.');
    }
    const answer = sent === undefined ? {} : { request: sent.request };
    const { threshold, version, currency, termMs } = lease;
    const { used } = context;
    return { v: 1, event: 'accepted', threshold, version, amount, used, currency, ...answer, termMs, document: note };
  }

  /**
   * The entry that gives back what is above an amount.
   *
   * Shape: undefined where there is nothing to give back, or where more than that amount is used. After a lease was lowered the whole
   *        of it may be named: that frees what the hub still counts beyond it.
   */
  giveBack(threshold: string, amount: Decimal, used: Decimal): LeaseBody | undefined {
    const held = this.#held.get(threshold);
    if (held === undefined || compare(used, amount) > 0) return undefined;
    const above = compare(amount, held.amount);
    if (above > 0 || (above === 0 && held.isOwed === undefined)) return undefined;
    return { v: 1, event: 'returned', threshold, version: held.version, amount, used, currency: held.currency };
  }

  #request({ threshold, request, sent }: Extract<LeaseBody, { readonly event: 'requested' }>): void {
    const known = this.#requests.get(threshold) ?? [];
    this.#requests.set(threshold, [...known, { request, ...sent }].slice(-REQUESTS_MAX));
  }

  #accept(body: Extract<LeaseBody, { readonly event: 'accepted' }>): void {
    const { threshold, version, amount, currency, request, termMs } = body;
    const requests = this.#requests.get(threshold) ?? [];
    const place = requests.findIndex((one) => one.request === request);
    const sent = requests[place];
    const before = this.#held.get(threshold);
    const term = sent === undefined ? before?.term : termFrom(sent, termMs);
    const owed = isOwedAfter(before, body) ? { isOwed: true as const } : {};
    this.#held.set(threshold, {
      threshold,
      version,
      amount,
      currency,
      ...(term === undefined ? {} : { term }),
      ...owed,
    });
    // What was asked for before the answered request is answered by it as well.
    if (place >= 0) this.#requests.set(threshold, requests.slice(place + 1));
  }

  #return({ threshold, amount }: Extract<LeaseBody, { readonly event: 'returned' }>): void {
    const held = this.#held.get(threshold);
    if (held === undefined) return;
    const { isOwed: _settled, ...rest } = held;
    this.#held.set(threshold, { ...rest, amount: minimum(held.amount, amount) });
  }

  #find({ threshold, request }: Lease): SentRequest | undefined {
    return this.#requests.get(threshold)?.find((one) => one.request === request);
  }

  #opened(note: string, { hub, edge }: LeaseContext): OpenedLease {
    try {
      const lease = openLease(note, hub);
      if (lease.edge === edge) return { kind: 'lease', lease };
      return { kind: 'refused', threshold: lease.threshold, reason: `It is for edge ${lease.edge}.` };
    } catch (error) {
      return { kind: 'refused', threshold: 'unknown', reason: describeError(error).slice(0, REASON_LENGTH_MAX) };
    }
  }
}

/** Whose key counts, who this edge is, and what it uses of the threshold. */
export interface LeaseContext {
  readonly hub: readonly Verifier[];
  readonly edge: string;
  readonly used: Decimal;
}

type OpenedLease =
  | { readonly kind: 'lease'; readonly lease: Lease }
  | { readonly kind: 'refused'; readonly threshold: string; readonly reason: string };

function termFrom({ wallAt, boot, uptimeMs }: Uptime, termMs: number): NonNullable<HeldLease['term']> {
  return { wallAt, boot, uptimeMs, termMs };
}

/** What the hub counts falls by what is given back alone, so a lease that lowers, or that others went before, leaves something to give. */
function isOwedAfter(
  before: HeldLease | undefined,
  { version, amount, request }: Extract<LeaseBody, { readonly event: 'accepted' }>,
): boolean {
  if (request === undefined || before?.isOwed === true || version > (before?.version ?? 0) + 1) return true;
  return before !== undefined && compare(amount, before.amount) < 0;
}

function byThreshold(a: { readonly threshold: string }, b: { readonly threshold: string }): number {
  return a.threshold < b.threshold ? -1 : 1;
}

function refusedLease(note: string, threshold: string, reason: string): TakenLease {
  const hash = createHash('sha256').update(note).digest('hex');
  return { v: 1, event: 'refused', threshold, hash, reason };
}

function endOf(term: HeldLease['term'], now: Uptime): Instant {
  if (term === undefined || term.boot !== now.boot || now.wallAt < term.wallAt) return now.wallAt;
  const byWall = addMs(term.wallAt, term.termMs);
  const leftMs = term.uptimeMs + term.termMs - now.uptimeMs;
  const byUptime = addMs(now.wallAt, Math.max(0, Math.floor(leftMs)));
  return byUptime < byWall ? byUptime : byWall;
}
