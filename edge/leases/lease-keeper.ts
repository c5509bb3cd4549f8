import type { LeaseFigures } from '@gatehouse/compliance/lease-figures.ts';
import { LEASED_THRESHOLD } from '@gatehouse/compliance/lease-figures.ts';
import type { Verifier } from '@gatehouse/shared/journal/note.ts';
import type { EntryBody } from '@gatehouse/shared/schema/bodies.ts';
import type { DecisionFacts } from '@gatehouse/shared/schema/decision.ts';
import type { LeaseBody } from '@gatehouse/shared/schema/lease-bodies.ts';
import { add, compare, type Decimal, minimum, subtract, ZERO } from '@gatehouse/shared/values/decimal.ts';
import type { LeaseBook, Uptime } from './lease-book.ts';

/** What a keeper of leases works with. */
export interface LeaseKeeperDeps {
  readonly edge: string;
  readonly hub: readonly Verifier[];
  readonly book: LeaseBook;
  /** What the sheet in force says of leases; undefined where it turns them off. */
  readonly figures: () => LeaseFigures | undefined;
  /** What this edge has entered and holds, in the firm's currency; undefined while that is not known. */
  readonly used: () => Decimal | undefined;
  readonly time: () => Uptime;
  /** Whether the hub hears this edge now. */
  readonly isConnected: () => boolean;
  readonly newId: () => string;
  /** Puts an entry on record; it counts at once. */
  readonly record: (entry: EntryBody) => void;
  readonly log: (line: string) => void;
}

/** Asks for, renews and gives back this edge's share of firm-wide thresholds. */
export interface LeaseKeeper {
  /** Takes the signed note of a lease; the same again changes nothing. */
  take(note: string): void;
  /** Does what is due. Shape: called on a timer; it never waits. */
  look(): void;
  /** What a decision may know of the lease. */
  facts(): Pick<NonNullable<DecisionFacts['contact']>, 'lease' | 'leaseTo'>;
}

/** After so long without an answer a request is sent again, under a name of its own. Units: milliseconds. */
export const ANSWER_MS_MAX = 10_000;
/** So long an edge that got less than it wanted waits before it asks again. Units: milliseconds. */
export const SCARCE_MS_MIN = 10_000;

/** A keeper of the one threshold that is leased. */
export function createLeaseKeeper(deps: LeaseKeeperDeps): LeaseKeeper {
  const { book } = deps;
  const refused = new Set<string>();
  let asked: Asked | undefined;

  function put(body: LeaseBody | undefined): void {
    if (body === undefined) return;
    deps.record({ kind: 'lease', body });
  }

  function ask(figures: LeaseFigures, used: Decimal): void {
    const wanted = minimum(figures.edgeMax, add(used, figures.stepAmount));
    const { wallAt, boot, uptimeMs } = deps.time();
    const { currency } = figures;
    asked = { wanted, uptimeMs };
    const sent = { wallAt, boot, uptimeMs };
    put({ v: 1, event: 'requested', threshold: LEASED_THRESHOLD, request: deps.newId(), wanted, used, currency, sent });
  }

  return {
    take: (note) => {
      const used = deps.used() ?? book.held(LEASED_THRESHOLD)?.amount ?? ZERO;
      const taken = book.take(note, { hub: deps.hub, edge: deps.edge, used });
      if (taken === undefined) return;
      if (taken.event === 'refused') {
        if (refused.has(taken.hash) || refused.size >= REFUSED_MAX) return;
        refused.add(taken.hash);
        deps.log(`a lease is refused: ${taken.reason}`);
        const message = `A lease of the hub is refused: ${taken.reason}`;
        deps.record({ kind: 'incident', body: { v: 1, code: 'LEASE_REFUSED', severity: 'alarm', message } });
      }
      put(taken);
    },
    look: () => {
      const figures = deps.figures();
      const used = deps.used();
      if (figures === undefined || used === undefined || !deps.isConnected()) return;
      const now = deps.time();
      const waiting = book.oldestRequest(LEASED_THRESHOLD);
      const isWaiting =
        waiting !== undefined && waiting.boot === now.boot && now.uptimeMs - waiting.uptimeMs < ANSWER_MS_MAX;
      const held = book.held(LEASED_THRESHOLD);
      if (held !== undefined && !isOtherCurrency(held, figures))
        put(book.giveBack(LEASED_THRESHOLD, surplusFree(held.amount, used, figures), used));
      if (isWaiting || isScarce(asked, held, now)) return;
      if (isDue(held, { now, used, figures })) ask(figures, used);
    },
    facts: () => {
      const fact = book.fact(LEASED_THRESHOLD, deps.time());
      if (fact === undefined) return {};
      const { threshold, version, to } = fact;
      // An amount says nothing in another currency than that of the sheet which orders are valued by.
      const isOther = isOtherCurrency(book.held(LEASED_THRESHOLD), deps.figures());
      return { leaseTo: to, lease: { threshold, version, amount: isOther ? ZERO : fact.amount } };
    },
  };
}

/** So many different notes are told of; what comes after them is refused in silence. */
const REFUSED_MAX = 100;

/** What was asked for last in this run. */
interface Asked {
  readonly wanted: Decimal;
  readonly uptimeMs: number;
}

/** Whether the hub had less than was asked for just now: asking at once again would only fill the records. */
function isScarce(asked: Asked | undefined, held: ReturnType<LeaseBook['held']>, now: Uptime): boolean {
  if (asked === undefined || held === undefined || compare(held.amount, asked.wanted) >= 0) return false;
  return now.uptimeMs - asked.uptimeMs < SCARCE_MS_MIN;
}

function isOtherCurrency(held: ReturnType<LeaseBook['held']>, figures: LeaseFigures | undefined): boolean {
  return held !== undefined && figures !== undefined && held.currency !== figures.currency;
}

/** What stays when more than two steps lie idle; otherwise all of it does. */
function surplusFree(amount: Decimal, used: Decimal, { stepAmount }: LeaseFigures): Decimal {
  const kept = add(used, stepAmount);
  return compare(subtract(amount, kept), stepAmount) > 0 ? kept : amount;
}

/** A lease is asked for when there is none in the sheet's currency, when half of its term is over, and when less than half a step is left of it. */
function isDue(
  held: ReturnType<LeaseBook['held']>,
  { now, used, figures }: { readonly now: Uptime; readonly used: Decimal; readonly figures: LeaseFigures },
): boolean {
  if (held?.term === undefined || held.term.boot !== now.boot || isOtherCurrency(held, figures)) return true;
  const { uptimeMs, termMs } = held.term;
  if (2 * (now.uptimeMs - uptimeMs) >= termMs) return true;
  const left = subtract(held.amount, used);
  const isNearEnd = compare(add(left, left), figures.stepAmount) < 0;
  return isNearEnd && compare(held.amount, figures.edgeMax) < 0;
}
