import type { JsonValue } from '@gatehouse/shared/journal/canonical.ts';
import { encode } from '@gatehouse/shared/schema/decode.ts';
import { Override } from '@gatehouse/shared/schema/governance.ts';
import { type Decimal, toText } from '@gatehouse/shared/values/decimal.ts';
import { instantText } from '@gatehouse/shared/values/instant.ts';
import type { z } from 'zod';
import type { DayNames } from './day-names.ts';
import type { Entered } from './entered.ts';
import { type InstrumentState, lean, type ScopeState } from './holding-state.ts';
import type { Holdings } from './holdings.ts';
import type { Ledgers } from './ledgers.ts';
import type { OpenOrders } from './open-orders.ts';
import { createOrderWriter } from './order-templates.ts';
import type { Parts } from './parts.ts';
import type { Place } from './place.ts';
import type { RecentPast } from './recent-orders.ts';
import type { RunPast } from './runs.ts';
import type { AggregatesSnapshot } from './snapshot-schema.ts';
import type { WindowLog } from './window-log.ts';

/** The document as it is written. Shape: put together as text at once, because there are many thousands of rows. */
type Snapshot = z.input<typeof AggregatesSnapshot>;
type Part<Name extends keyof Snapshot> = Pick<Snapshot, Name>;

/** The snapshot of the parts. Shape: canonical JSON; equal parts have equal snapshots, whatever they were asked before. */
export function snapshotOf(parts: Parts): JsonValue {
  const { halts, runs, locates, histories, tickets } = parts;
  const { epoch, active, isFull } = halts.past();
  const value: Snapshot = {
    v: 1,
    halts: { epoch, isFull, active: active.map(({ id, scopes, level }) => ({ id, scopes: [...scopes], level })) },
    runs: {
      ...(runs.current === undefined ? {} : { current: runEntry(runs.current) }),
      earlier: runs.earlier.map(runEntry),
    },
    ...orderEntries(parts.orders),
    ...holdingEntries(parts.holdings),
    ...cashEntries(parts),
    ...(parts.done.all().length === 0 ? {} : { done: [...parts.done.all()] }),
    ...logEntries(parts),
    recent: recentEntry(parts.recent.past()),
    histories: histories
      .all()
      .map(({ account, instrument, quantities }) => [account, instrument, quantities.map(toText)]),
    locates: locates.all().map(({ locate, used }) => [locate, exact(used)]),
    tickets: { open: tickets.open.map((ticket) => encode(Override, ticket)), used: [...tickets.used] },
  };
  return value as JsonValue;
}

function runEntry({ id, at, day }: RunPast): Snapshot['runs']['earlier'][number] {
  return { id, ...(at === undefined ? {} : { at: instantText(at) }), ...(day === undefined ? {} : { day }) };
}

function orderEntries(orders: OpenOrders): Part<'intents' | 'open' | 'ended' | 'templates'> {
  const writer = createOrderWriter();
  const { intents, open, ended } = orders.past();
  const asRow = ({ open: { order, state, filled }, replacedBy }: Entered): Snapshot['open'][number] => {
    const [template, own] = writer.split(order);
    return [template, own, state, toText(filled), replacedBy ?? null];
  };
  return {
    intents: intents.map((order) => writer.split(order)),
    open: open.map(asRow),
    ended: ended.map(asRow),
    templates: [...writer.templates],
  };
}

function holdingEntries(holdings: Holdings): Part<'days' | 'hasTiers' | 'instruments' | 'scopes' | 'strays'> {
  const { daysUnknownTo: unknownTo, hasTiers, store } = holdings;
  const { ledgers } = store;
  const { day, earlierDay } = ledgers.clock;
  return {
    days: {
      ...(day === undefined ? {} : { day }),
      ...(earlierDay === undefined ? {} : { earlierDay }),
      ...(unknownTo === undefined ? {} : { unknownTo }),
    },
    hasTiers,
    instruments: sorted(store.instruments).map(instrumentEntry),
    scopes: sorted(store.scopes).map((scope) => scopeEntry(ledgers, scope)),
    strays: [...holdings.strays].sort(),
  };
}

function instrumentEntry({ id, terms, tier, dealtIn, mark, markAt }: InstrumentState): Snapshot['instruments'][number] {
  return {
    id,
    ...(terms === undefined ? {} : { terms: { ...terms, multiplier: toText(terms.multiplier) } }),
    ...(tier === undefined ? {} : { tier }),
    ...(dealtIn === undefined ? {} : { dealtIn }),
    ...(mark === undefined || markAt === undefined ? {} : { mark: [toText(mark), instantText(markAt)] }),
  };
}

function feesEntry({ otherFees }: ScopeState): Snapshot['scopes'][number]['otherFees'] {
  return [...otherFees].sort(([a], [b]) => (a < b ? -1 : 1)).map(([currency, fees]) => [currency, exact(fees)]);
}

function scopeEntry(ledgers: Ledgers, scope: ScopeState): Snapshot['scopes'][number] {
  const { text, day, cells, counts } = scope;
  return {
    scope: text,
    ...(day === undefined ? {} : { day }),
    cells: sorted(cells).map(({ instrument, position, flow, fees }) => [
      instrument.id,
      exact(position),
      exact(flow),
      exact(fees),
    ]),
    ledgers: sorted(scope.ledgers).map((ledger) => {
      const { currency, peak, start, dayPeak, earlierStart, earlierPeak } = ledgers.current(ledger);
      return [currency, exact(peak), exact(start), exact(dayPeak), exact(earlierStart), exact(earlierPeak)];
    }),
    ...(scope.otherFees.size === 0 ? {} : { otherFees: feesEntry(scope) }),
    counts: counts
      .all()
      .map(([on, { orders, messages, transactions, orderVolume, tradeVolume }]) => [
        on,
        orders,
        messages,
        transactions,
        exact(orderVolume),
        exact(tradeVolume),
      ]),
    venues: namesEntry(scope.usedVenues),
    instruments: namesEntry(scope.usedInstruments),
  };
}

function namesEntry({ entered }: DayNames): Snapshot['scopes'][number]['venues'] {
  return entered.all().map(([day, names]) => [day, [...names].sort()]);
}

function cashEntries({ cash }: Parts): Part<'cash' | 'unvalued'> {
  return {
    cash: cash.all().map(({ account, currency, amount }) => [account, currency, exact(amount)]),
    unvalued: cash
      .unvalued()
      .map(({ account, instrument, currency, amount }) => [account, instrument, currency, exact(amount)]),
  };
}

function logEntries({
  messages,
  rejections,
  executions,
}: Parts): Part<'messages' | 'rejections' | 'executions' | 'places'> {
  const numbers = new Map<string, number>();
  const places: Snapshot['places'] = [];

  function numberOf({ key, desk, trader, client, account, algorithm, instrument, venue }: Place): number {
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, places.length);
    return places.push([desk, trader, client, account, algorithm, instrument, venue]) - 1;
  }

  function logEntry(log: WindowLog): Snapshot['messages'] {
    const { knownFrom, entries } = log.past();
    const from = entries[0]?.at;
    let before: bigint = from ?? 0n;
    const rows = entries.map(({ at, place, weight }): Snapshot['messages']['entries'][number] => {
      const passedNs = Number(at - before);
      before = at;
      return [passedNs, numberOf(place), weight];
    });
    return {
      ...(knownFrom === undefined ? {} : { knownFrom: instantText(knownFrom) }),
      ...(from === undefined ? {} : { from: instantText(from) }),
      entries: rows,
    };
  }

  return { messages: logEntry(messages), rejections: logEntry(rejections), executions: logEntry(executions), places };
}

function recentEntry({ knownFrom, orders }: RecentPast): Snapshot['recent'] {
  return {
    ...(knownFrom === undefined ? {} : { knownFrom: instantText(knownFrom) }),
    orders: orders.map(recentRow),
  };
}

function recentRow({ further, ...order }: RecentPast['orders'][number]): Snapshot['recent']['orders'][number] {
  const { id, algorithm, instrument, side, quantity, limitPrice, decidedAt } = order;
  const price = limitPrice === undefined ? null : toText(limitPrice);
  const [amount, at] = [toText(quantity), instantText(decidedAt)];
  return further === undefined
    ? [id, algorithm, instrument, side, amount, price, at]
    : [id, algorithm, instrument, side, amount, price, at, further];
}

function sorted<Value>(map: ReadonlyMap<string, Value>): readonly Value[] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
}

function exact(value: Decimal): string {
  return toText(lean(value));
}
