import { isTerminal } from '@gatehouse/shared/accounts/order-life.ts';
import type { EntryBody, FillBody, FillChangeBody, OrderBody } from '@gatehouse/shared/schema/bodies.ts';
import type { DecisionFacts, ScopeText } from '@gatehouse/shared/schema/decision.ts';
import { decode } from '@gatehouse/shared/schema/decode.ts';
import type { FactsDocument } from '@gatehouse/shared/schema/facts/index.ts';
import { Override } from '@gatehouse/shared/schema/governance.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import { add, compare, type Decimal, negate, subtract, sum, trim, ZERO } from '@gatehouse/shared/values/decimal.ts';
import { dayOf, type Instant } from '@gatehouse/shared/values/instant.ts';
import { factsOnRecord } from '../facts-document.ts';
import type { OpenOrder, Window } from '../own-facts.ts';

/** A fill and its place in the list of entries. */
export interface FoundFill {
  readonly body: FoundBody;
  readonly index: number;
  /** One half of a later change of an execution: it moves figures and counts as no execution. */
  readonly isChange?: boolean;
}

/** An execution, or a half of a change of one, whose quantity is then below zero where it is undone. */
export type FoundBody = Omit<FillBody, 'quantity' | 'price'> & { readonly quantity: Decimal; readonly price: Decimal };

/** An approved order with all that was said about it. Shape: `index` is the place of an entry in the list. */
export interface Found {
  readonly order: Order;
  readonly facts: DecisionFacts;
  readonly index: number;
  readonly fills: readonly FoundFill[];
  readonly states: readonly { readonly body: OrderBody; readonly index: number }[];
}

/** The approved orders of a list, and the fills that belong to none of them. */
export function ordersIn(entries: readonly EntryBody[]): {
  readonly found: readonly Found[];
  readonly strays: readonly FoundFill[];
} {
  const found = entries.flatMap((entry, index): Found[] => {
    if (entry.kind !== 'decision' || entry.body.outcome === 'refused') return [];
    const { order: id, facts } = entry.body;
    const intent = entries.slice(0, index).findLast((one) => one.kind === 'intent' && one.body.order.id === id);
    if (intent?.kind !== 'intent') return [];
    const { order } = intent.body;
    const later = entries.map((one, place) => ({ one, place })).filter(({ place }) => place > index);
    const fills = later.flatMap(({ one, place }): FoundFill[] => {
      if (one.kind === 'fill-change' && one.body.order === id) return halvesOf(one.body, order, place);
      return one.kind === 'fill' && isOf(one.body, order) ? [{ body: one.body, index: place }] : [];
    });
    const states = later.flatMap(({ one, place }) =>
      one.kind === 'order' && one.body.order === id ? [{ body: one.body, index: place }] : [],
    );
    return [{ order, facts, index, fills, states }];
  });
  const known = new Set(found.flatMap(({ fills }) => fills.map(({ index }) => index)));
  const strays = entries.flatMap((entry, index) =>
    entry.kind === 'fill' && !known.has(index) ? [{ body: entry.body, index }] : [],
  );
  return { found, strays };
}

function halvesOf({ before, after, fill, at, feeCurrency }: FillChangeBody, order: Order, index: number): FoundFill[] {
  const { account, instrument, venue, side, currency, id } = order;
  const fees = feeCurrency === undefined ? {} : { feeCurrency };
  const place = { v: 1 as const, fill, order: id, account, instrument, venue, side, currency, at, ...fees };
  const undone = { ...place, quantity: negate(before.quantity), price: before.price, fee: negate(before.fee) };
  const halves = after === undefined ? [undone] : [undone, { ...place, ...after }];
  return halves.map((body) => ({ body, index, isChange: true }));
}

/** What of a fee is in the currency of the price. */
export function ownFee({ fee, currency, feeCurrency }: FoundBody): Decimal {
  return feeCurrency === undefined || feeCurrency === currency ? fee : ZERO;
}

/** Whether an entry tells an action or an adjustment for the first time. */
export function isFirst(entries: readonly EntryBody[], index: number): boolean {
  const entry = entries[index];
  if (entry?.kind !== 'corporate-action' && entry?.kind !== 'adjustment') return false;
  return !entries.slice(0, index).some((one) => one.kind === entry.kind && one.body.id === entry.body.id);
}

function isOf(fill: FillBody, order: Order): boolean {
  const isSame = fill.account === order.account && fill.instrument === order.instrument;
  return isSame && fill.order === order.id && fill.venue === order.venue && fill.side === order.side;
}

/** The entry that ended an order. */
export function endOf({ states }: Found): Found['states'][number] | undefined {
  return states.find(({ body }) => isTerminal(body.state));
}

/** An order that is open, as controls see it. */
export function asOpen({ order, fills, states }: Found): OpenOrder {
  const filled = trim(sum(fills.map(({ body }) => body.quantity)));
  return { order, state: states.at(-1)?.body.state ?? 'approved', filled };
}

/** An order that is open, or as it was when it ended. */
export function lastOf(found: Found): OpenOrder {
  const end = endOf(found);
  return end === undefined ? asOpen(found) : { ...asOpen(found), state: end.body.state };
}

/** What of an order is not filled. */
export function restOf({ order, fills }: Pick<Found, 'order' | 'fills'>): Decimal {
  const rest = subtract(order.quantity, sum(fills.map(({ body }) => body.quantity)));
  return compare(rest, ZERO) < 0 ? ZERO : rest;
}

/** What a fill moves, with its sign. */
export function signed({ body }: { readonly body: FoundBody }): Decimal {
  return body.side === 'buy' ? body.quantity : negate(body.quantity);
}

/** The file of an entry that has the whole of one. */
export function fileOf(entry: EntryBody): FactsDocument | undefined {
  if (entry.kind !== 'facts' || entry.body.ended === true || entry.body.part !== undefined) return undefined;
  return factsOnRecord(entry.body).document;
}

/** The ticket of a signed note. */
export function ticketOf(document: string): Override {
  return decode(Override, JSON.parse(document.split('\n')[1] ?? ''), 'the override');
}

/** When an entry happened in market time, and on which day. */
export function momentOf(entry: EntryBody): { readonly at?: Instant; readonly day?: string } {
  if (entry.kind === 'decision') return { at: entry.body.facts.now, day: entry.body.facts.day };
  if (entry.kind === 'marks' || entry.kind === 'valuation') return { at: entry.body.at, day: entry.body.day };
  return entry.kind === 'order' || entry.kind === 'fill' ? { at: entry.body.at } : {};
}

/** The last change to another run. Shape: `index` of its entry; nothing up to `knownFrom` and `daysTo` is known. */
export interface RunStart {
  readonly index: number;
  readonly knownFrom: Instant | undefined;
  readonly daysTo: string | undefined;
}

/** Which run goes on at the end of a list. */
export function lastRun(entries: readonly EntryBody[]): RunStart {
  const reached = new Map<string, { at: Instant | undefined; day: string | undefined }>();
  let start: RunStart = { index: -1, knownFrom: undefined, daysTo: undefined };
  let current: { at: Instant | undefined; day: string | undefined } | undefined;
  for (const [index, entry] of entries.entries()) {
    const { at, day } = momentOf(entry);
    if (current !== undefined && at !== undefined && (current.at === undefined || at > current.at)) current.at = at;
    if (current !== undefined && day !== undefined && (current.day === undefined || day > current.day))
      current.day = day;
    if (entry.kind !== 'session' || entry.body.run === undefined) continue;
    const { event, run } = entry.body;
    if ((event !== 'run-started' && event !== 'run-resumed') || reached.get(run.id) === undefined) {
      if (event === 'run-completed') continue;
      const isNew = event === 'run-started';
      reached.set(run.id, isNew ? { at: undefined, day: undefined } : { at: run.to, day: dayOf(run.to) });
    }
    const next = reached.get(run.id);
    if (next === undefined || next === current) continue;
    current = next;
    start = { index, knownFrom: next.at, daysTo: next.day };
  }
  return start;
}

/** Something that counts in a period. Shape: an entry without `at` forgets what is under a scope. */
export interface Counted {
  readonly index: number;
  readonly at?: Instant;
  readonly scopes: readonly ScopeText[];
  readonly weight: number;
}

const RETAINED_NS = 86_400_000_000_000n;

/** How much of a list counts for a scope in a period, or undefined where that is not known any more. */
export function countWithin(
  list: readonly Counted[],
  run: RunStart,
  { scope, now, windowMs }: Window & { readonly scope: ScopeText },
): number | undefined {
  let known: { at: Instant; one: Counted }[] = [];
  let { knownFrom } = run;
  for (const one of [...list].sort((a, b) => a.index - b.index)) {
    if (one.index < run.index) continue;
    if (one.at === undefined) {
      known = known.filter(({ one: other }) => !one.scopes.some((text) => other.scopes.includes(text)));
      continue;
    }
    const newest = known.at(-1)?.at;
    const at = newest !== undefined && newest > one.at ? newest : one.at;
    known.push({ at, one });
    for (const old of known.filter((other) => other.at < at - RETAINED_NS)) {
      if (knownFrom === undefined || old.at > knownFrom) knownFrom = old.at;
    }
    known = known.filter((other) => other.at >= at - RETAINED_NS);
  }
  const begin = now - BigInt(windowMs) * 1_000_000n;
  if (knownFrom !== undefined && begin <= knownFrom) return undefined;
  const counting = known.filter(({ at, one }) => at >= begin && one.scopes.includes(scope));
  return counting.reduce((count, { one }) => count + one.weight, 0);
}

/** The scopes that a fill names by itself. */
export function scopesOfFill({ account, instrument, venue }: FoundBody): readonly ScopeText[] {
  return ['firm', `account:${account}`, `instrument:${instrument}`, `venue:${venue}`];
}

/** Whether the venue ends an order at once that it cannot execute. */
export function isImmediate({ timeInForce }: Order): boolean {
  return timeInForce === 'ioc' || timeInForce === 'fok';
}

/** Adds an amount to those of its currency. */
export function put(amounts: Map<string, Decimal>, currency: string, amount: Decimal): void {
  amounts.set(currency, add(amounts.get(currency) ?? ZERO, amount));
}

/** What the day of a venue is looked up in. Shape: `at` is the last place of the list that counts, `from` the last that does not. */
interface VenueDayQuestion {
  readonly venue: string;
  readonly at: number;
  readonly from: number;
  readonly found: readonly Found[];
  readonly strays: readonly FoundFill[];
}

/** The newest day of the decisions at a venue, once an order was approved there. */
export function venueDay(
  entries: readonly EntryBody[],
  { venue, at, from, found, strays }: VenueDayQuestion,
): string | undefined {
  const entered = found.filter(({ order }) => order.venue === venue).map(({ index }) => index);
  const stray = strays.filter(({ body }) => body.venue === venue).map(({ index }) => index);
  const first = Math.min(...entered, ...stray);
  const days = entries.slice(0, at + 1).flatMap((entry, index) => {
    if (entry.kind !== 'decision' || index < first || index <= from) return [];
    return intentOf(entries, entry.body.order)?.venue === venue ? [entry.body.facts.day] : [];
  });
  return days.sort().at(-1);
}

function intentOf(entries: readonly EntryBody[], id: string): Order | undefined {
  const intent = entries.find((one) => one.kind === 'intent' && one.body.order.id === id);
  return intent?.kind === 'intent' ? intent.body.order : undefined;
}
