import type { EntryBody } from '@gatehouse/shared/schema/bodies.ts';
import type { ScopeText } from '@gatehouse/shared/schema/decision.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import { add, type Decimal, maximum, multiply, negate, sum, trim, ZERO } from '@gatehouse/shared/values/decimal.ts';
import { addMs } from '@gatehouse/shared/values/instant.ts';
import type { CurrencyTotals, InstrumentGroup, OwnFacts, Room, Window } from '../own-facts.ts';
import { scopesOf } from '../scopes.ts';
import { recentOf } from './recent-orders.ts';
import { entryCount, openBeside, roomsFor, waitedAt, waitsNow } from './recount-held.ts';
import {
  asOpen,
  type Counted,
  countWithin,
  endOf,
  type Found,
  type FoundFill,
  isFirst,
  isImmediate,
  lastOf,
  lastRun,
  ordersIn,
  put,
  type RunStart,
  restOf,
  signed,
  venueDay,
} from './recount-records.ts';
import { ticketsFor } from './recount-tickets.ts';
import { Worth } from './recount-worth.ts';

const DECIDER = /^(desk|trader|client|algorithm):/;

/**
 * The answers of aggregates, each worked out anew from the full list of entries; slow, and for comparison alone.
 *
 * Shape: lists that are short enough that no bound of the aggregates matters but that of a day of market time.
 */
export function recount(entries: readonly EntryBody[]): OwnFacts {
  return new Recount(entries);
}

class Recount implements OwnFacts {
  readonly #entries: readonly EntryBody[];
  readonly #found: readonly Found[];
  readonly #strays: readonly FoundFill[];
  readonly #run: RunStart;
  readonly #worth: Worth;

  constructor(entries: readonly EntryBody[]) {
    this.#entries = entries;
    const { found, strays } = ordersIn(entries);
    this.#found = found;
    this.#strays = strays;
    this.#run = lastRun(entries);
    this.#worth = new Worth(entries);
  }

  get haltEpoch(): number {
    return Math.max(
      0,
      ...this.#entries.map((one) => (one.kind === 'kill' || one.kind === 'release' ? one.body.haltEpoch : 0)),
    );
  }

  halts(at = this.#entries.length) {
    const halts = new Map<string, { id: string; scopes: ScopeText[]; level: 'pause' | 'cancel' | 'flatten' }>();
    for (const entry of this.#entries.slice(0, at)) {
      if (entry.kind === 'kill') {
        const { id, scopes, level } = entry.body;
        halts.set(id, { id, scopes, level });
      }
      if (entry.kind === 'release') halts.delete(entry.body.kill);
    }
    return [...halts.values()];
  }

  position({ account, instrument }: Order) {
    return this.#worth.position(`account:${account}`, instrument);
  }

  open(order: Order) {
    return openBeside(this.#found, order);
  }

  room(order: Order): readonly Room[] {
    return roomsFor(this.#found, order);
  }

  groupOf({ group }: Order) {
    return this.#found.map(lastOf).filter(({ order }) => group !== undefined && order.group?.id === group.id);
  }

  openIn(instrument: string) {
    const all = this.#open().map(asOpen);
    return all.filter(({ order }) => order.instrument === instrument);
  }

  openOrder(id: string) {
    const all = this.#open().map(asOpen);
    return all.find(({ order }) => order.id === id);
  }

  resting(instrument: string, side?: Order['side']) {
    return this.openIn(instrument).filter(
      (open) => !waitsNow(open) && (side === undefined || open.order.side === side),
    );
  }

  openCount(scope: ScopeText) {
    return this.#open().filter(({ order }) => scopesOf(order).includes(scope)).length;
  }

  ordersToday(scope: ScopeText, day: string) {
    if (this.#areCountsForgotten(scope, day)) return undefined;
    return this.#enteredOn(scope, day).length;
  }

  instruments(scope: ScopeText, day: string) {
    if (this.#isStray(scope) || this.#isForgotten(scope, day)) return undefined;
    const names = [
      ...this.#open().filter(({ order }) => scopesOf(order).includes(scope)),
      ...this.#enteredOn(scope, day),
    ].map(({ order }) => order.instrument);
    const held = this.#worth.instruments(scope).filter((id) => this.#worth.isActive(scope, id));
    return new Set([...names, ...held]);
  }

  venues(scope: ScopeText, day: string) {
    if (this.#isForgotten(scope, day)) return undefined;
    const open = this.#open().filter(({ order }) => scopesOf(order).includes(scope));
    return new Set([...open, ...this.#enteredOn(scope, day)].map(({ order }) => order.venue));
  }

  cell(scope: ScopeText, instrument: string) {
    const terms = this.#worth.terms(instrument);
    const isStray = DECIDER.test(scope) && this.#strays.some(({ body }) => body.instrument === instrument);
    if (terms === undefined || isStray) return undefined;
    const { currency, multiplier } = terms;
    const mark = this.#worth.mark(instrument);
    return {
      currency,
      multiplier,
      position: this.#worth.position(scope, instrument),
      openBuy: this.#worth.open(scope, instrument, 'buy'),
      openSell: this.#worth.open(scope, instrument, 'sell'),
      held: this.#worth.held(scope, instrument),
      mark: mark?.price,
      markAt: mark?.at,
    };
  }

  totals(scope: ScopeText, day: string, group?: InstrumentGroup): readonly CurrencyTotals[] | undefined {
    if (this.#isStray(scope)) return undefined;
    const hasTiers = this.#entries.some((one) => one.kind === 'facts' && one.body.kind === 'liquidity');
    if (group?.startsWith('tier:') && !hasTiers) return undefined;
    const dealt = this.#worth.instruments(scope);
    if (dealt.length === 0) return [];
    if (dealt.some((id) => this.#worth.terms(id) === undefined && this.#worth.counts(scope, id))) return undefined;
    if (this.#worth.profit(scope, 'USD', day) === undefined) return undefined;
    return this.#worth.currencies(scope).flatMap((currency) => {
      const active = dealt.filter(
        (id) => this.#worth.terms(id)?.currency === currency && this.#worth.isActive(scope, id),
      );
      const own = active.filter((id) => group === undefined || this.#worth.groups(id).includes(group));
      const parts = own.map((id) => this.#worth.exposure(scope, id));
      const of = (name: 'long' | 'short' | 'gross' | 'net') => trim(sum(parts.map((one) => one?.[name] ?? ZERO)));
      const profit = this.#worth.profit(scope, currency, day);
      if (profit === undefined) return [];
      const sums = { long: of('long'), short: of('short'), gross: of('gross'), net: of('net') };
      const isValued = parts.every((one) => one !== undefined);
      return [{ currency: currency as CurrencyTotals['currency'], isValued, ...sums, ...profit }];
    });
  }

  oldestMarkAt(scope: ScopeText) {
    if (this.#isStray(scope)) return undefined;
    const active = this.#worth.instruments(scope).filter((id) => this.#worth.isActive(scope, id));
    const times = active.map((id) => this.#worth.mark(id)?.at);
    if (times.length === 0) return 'nothing-held' as const;
    return times.reduce((a, b) => (a === undefined || b === undefined ? undefined : a < b ? a : b));
  }

  cash(account: string) {
    const amounts = new Map<string, Decimal>();
    for (const [index, entry] of this.#entries.entries()) {
      if (entry.kind === 'cash' && entry.body.account === account) put(amounts, entry.body.currency, entry.body.amount);
      for (const [currency, amount] of this.#setRight(account, index)) put(amounts, currency, amount);
      for (const { body } of this.#paidAt(index)) {
        if (body.account !== account) continue;
        // A fill is paid at the multiplier of its time, or at the first that became known.
        const multiplier = this.#multiplier(body.instrument, index);
        if (multiplier === undefined) return undefined;
        put(amounts, body.currency, negate(multiply(multiply(signed({ body }), body.price), multiplier)));
        put(amounts, body.feeCurrency ?? body.currency, negate(body.fee));
      }
    }
    const rows = [...amounts].sort(([a], [b]) => (a < b ? -1 : 1));
    return rows.map(([currency, amount]) => ({
      currency: currency as CurrencyTotals['currency'],
      amount: trim(amount),
    }));
  }

  /** Executions and halves of changes at a place of the list. */
  #paidAt(index: number): readonly FoundFill[] {
    const own = this.#found.flatMap(({ fills }) => fills.filter((one) => one.index === index));
    return [...own, ...this.#strays.filter((one) => one.index === index)];
  }

  /** What an adjustment or a dividend moved in cash. */
  #setRight(account: string, index: number): readonly (readonly [string, Decimal])[] {
    const entry = this.#entries[index];
    if (entry === undefined || !isFirst(this.#entries, index)) return [];
    if (entry.kind === 'adjustment') {
      const { change } = entry.body;
      return change.kind === 'cash' && entry.body.account === account ? [[change.currency, change.amount]] : [];
    }
    if (entry.kind !== 'corporate-action' || entry.body.action.kind !== 'dividend') return [];
    const { perUnit, currency } = entry.body.action;
    const position = this.#worth.position(`account:${account}`, entry.body.instrument, index);
    return position.units === 0n ? [] : [[currency, multiply(position, perUnit)]];
  }

  messages(scope: ScopeText, window: Window) {
    const entered = this.#found.map(({ order, facts, index }): Counted => {
      return { index, at: facts.now, scopes: scopesOf(order), weight: entryCount(this.#found, order, index) };
    });
    const cancels = this.#found.flatMap((found) => this.#ownCancels(found));
    const sent = entered.filter(({ weight }) => weight > 0);
    return countWithin([...sent, ...cancels], this.#run, { scope, ...window });
  }

  rejections(scope: ScopeText, window: Window) {
    const refused = this.#entries.flatMap((entry, index): Counted[] => {
      if (entry.kind !== 'decision' || entry.body.outcome === 'approved') return [];
      const intent = this.#entries
        .slice(0, index)
        .findLast((one) => one.kind === 'intent' && one.body.order.id === entry.body.order);
      return intent?.kind === 'intent'
        ? [{ index, at: entry.body.facts.now, scopes: scopesOf(intent.body.order), weight: 1 }]
        : [];
    });
    const rejected = this.#found.flatMap((found): Counted[] => {
      const end = endOf(found);
      return end?.body.state === 'rejected'
        ? [{ index: end.index, at: end.body.at, scopes: scopesOf(found.order), weight: 1 }]
        : [];
    });
    return countWithin([...refused, ...rejected], this.#run, { scope, ...window });
  }

  orderToTrade(scope: ScopeText, day: string) {
    if (this.#areCountsForgotten(scope, day)) return undefined;
    let [messages, transactions, orderVolume, tradeVolume] = [0, 0, ZERO, ZERO];
    for (const { order, index } of this.#enteredOn(scope, day)) {
      const count = entryCount(this.#found, order, index);
      messages += count;
      orderVolume = add(orderVolume, multiply(order.quantity, { units: BigInt(count), scale: 0 }));
    }
    for (const { found, index, weight } of this.#laterCounts(scope)) {
      if (this.#dayOfVenue(found.order.venue, index) !== day) continue;
      const fill = found.fills.find((one) => one.index === index);
      const earlier = found.fills.filter((one) => one.index < index);
      const rest = restOf({ ...found, fills: earlier });
      if (fill === undefined) orderVolume = add(orderVolume, multiply(rest, { units: BigInt(weight), scale: 0 }));
      else tradeVolume = add(tradeVolume, fill.body.quantity);
      messages += weight;
      const before = sum(earlier.map(({ body }) => body.quantity));
      transactions += fill !== undefined && before.units === 0n ? 1 : 0;
    }
    return { messages, transactions, orderVolume: trim(orderVolume), tradeVolume: trim(tradeVolume) };
  }

  executions(algorithm: string, window: Window) {
    const all = this.#found.map(({ order, facts, index }): Counted => {
      return { index, at: facts.now, scopes: [`algorithm:${order.algorithm.id}`], weight: 1 };
    });
    const enabled = this.#entries.flatMap((entry, index): Counted[] => {
      const halt = entry.kind === 'release' ? this.halts(index).find(({ id }) => id === entry.body.kill) : undefined;
      return halt === undefined ? [] : [{ index, scopes: halt.scopes, weight: 0 }];
    });
    return countWithin([...all, ...enabled], this.#run, { scope: `algorithm:${algorithm}`, ...window });
  }

  history({ account, instrument }: Order) {
    const own = this.#found
      .filter(({ order }) => order.account === account && order.instrument === instrument)
      .filter(({ order }) => order.parent === undefined || order.parent !== order.replaces)
      .slice(-100);
    return { orders: own.length, quantitySum: trim(sum(own.map(({ order }) => order.quantity))) };
  }

  recent(order: Order, { now, windowMs }: Window) {
    const begin = addMs(now, -windowMs);
    const { knownFrom, index: from } = this.#run;
    if (knownFrom !== undefined && begin <= knownFrom) return undefined;
    const alike = this.#found.filter(({ order: other, index }) => {
      const isAlike =
        other.side === order.side && other.instrument === order.instrument && other.algorithm.id === order.algorithm.id;
      return index > from && isAlike && other.decidedAt >= begin;
    });
    return alike.map(({ order: other }) => recentOf(other));
  }

  locateUsed(locate: string) {
    const shorts = this.#found.filter(({ order }) => order.locate === locate && order.shortSaleMark === 'short');
    const used = shorts.map((found) => {
      const filled = sum(found.fills.map(({ body }) => body.quantity));
      return endOf(found) === undefined ? maximum<Decimal>(filled, found.order.quantity) : filled;
    });
    return trim(sum(used));
  }

  tickets(order: Order) {
    return ticketsFor(this.#entries, order);
  }

  /** What is added to the counts of a day after the entry of an order: ends that count as a message, and fills. */
  #laterCounts(
    scope: ScopeText,
  ): readonly { readonly found: Found; readonly index: number; readonly weight: number }[] {
    return this.#found
      .filter(({ order }) => scopesOf(order).includes(scope))
      .flatMap((found) => {
        const fills = found.fills.flatMap(({ index, isChange }) => (isChange ? [] : [{ found, index, weight: 0 }]));
        const end = endOf(found);
        if (end === undefined) return fills;
        const { state } = end.body;
        const isEnded = state === 'expired' || (state === 'cancelled' && !this.#isKilled(found, end));
        const isCounted = isImmediate(found.order)
          ? isEnded && !waitedAt(found, end.index)
          : this.#ownCancels(found).length > 0;
        return isCounted ? [...fills, { found, index: end.index, weight: 1 }] : fills;
      })
      .filter(({ index }) => index > this.#run.index);
  }

  #open(): readonly Found[] {
    return this.#found.filter((found) => endOf(found) === undefined);
  }

  /** The multiplier at a place of the list, or the first one after it. */
  #multiplier(id: string, at: number): Decimal | undefined {
    const places = [at, ...this.#entries.keys()].filter((place) => place >= at);
    return places.map((place) => this.#worth.row(id, place)?.multiplier).find((multiplier) => multiplier !== undefined);
  }

  #enteredOn(scope: ScopeText, day: string): readonly Found[] {
    return this.#found.filter(
      (one) => one.index > this.#run.index && one.facts.day === day && scopesOf(one.order).includes(scope),
    );
  }

  #isStray(scope: ScopeText): boolean {
    return this.#strays.length > 0 && DECIDER.test(scope);
  }

  #isForgotten(scope: ScopeText, day: string, others: readonly string[] = []): boolean {
    const { index, daysTo } = this.#run;
    if (daysTo !== undefined && day <= daysTo) return true;
    const own = this.#found.filter((one) => one.index > index && scopesOf(one.order).includes(scope));
    const days = [...new Set([...own.map(({ facts }) => facts.day), ...others])].sort();
    const older = days.at(-2);
    return older !== undefined && day < older;
  }

  #areCountsForgotten(scope: ScopeText, day: string): boolean {
    const others = this.#laterCounts(scope).flatMap(
      ({ found, index }) => this.#dayOfVenue(found.order.venue, index) ?? [],
    );
    return this.#isForgotten(scope, day, others);
  }

  #dayOfVenue(venue: string, at: number): string | undefined {
    const from = this.#run.index;
    return venueDay(this.#entries, { venue, at, from, found: this.#found, strays: this.#strays });
  }

  #isKilled({ order }: Found, { body, index }: Found['states'][number]): boolean {
    const isHalted = this.halts(index).some(
      ({ level, scopes }) => level !== 'pause' && scopes.every((one) => scopesOf(order).includes(one)),
    );
    return isHalted || body.reason?.startsWith('Kill') === true;
  }

  #ownCancels(found: Found): readonly Counted[] {
    const end = endOf(found);
    if (end?.body.state !== 'cancelled' || isImmediate(found.order) || this.#isKilled(found, end)) return [];
    if (waitedAt(found, end.index)) return [];
    const newer = this.#found
      .filter(({ order, index }) => order.replaces === found.order.id && index < end.index && index > found.index)
      .at(-1);
    const ended = newer === undefined ? undefined : endOf(newer);
    const wasRejected = ended !== undefined && ended.index < end.index && /^(rejected|unsent)$/.test(ended.body.state);
    const isChange = newer !== undefined && !wasRejected && !waitedAt(newer, end.index);
    return isChange ? [] : [{ index: end.index, at: end.body.at, scopes: scopesOf(found.order), weight: 1 }];
  }
}
