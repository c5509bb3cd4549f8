import { canonicalJson } from '@gatehouse/shared/journal/canonical.ts';
import { type EntryBody, OrderState } from '@gatehouse/shared/schema/bodies.ts';
import type { ScopeText } from '@gatehouse/shared/schema/decision.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import { addMs, dayOf } from '@gatehouse/shared/values/instant.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { OrderOverrides } from '../examples/base.ts';
import type { InstrumentGroup, OwnFacts } from '../own-facts.ts';
import { createAggregates } from './aggregates.ts';
import {
  actionEntry,
  adjustmentEntry,
  cashEntry,
  changeEntry,
  decisionEntry,
  fillEntry,
  instrumentsEntry,
  intentEntry,
  killEntry,
  killedEntry,
  liquidityEntry,
  marksEntry,
  orderAt,
  overrideEntry,
  releaseEntry,
  runEntry,
  STREAM_START,
  stateEntry,
  valuationEntry,
} from './entry-streams.ts';
import { recount } from './recount.ts';

/** One step of a stream. Shape: the four numbers choose among what there is. */
interface Step {
  readonly what: keyof typeof makers;
  readonly passedMs: number;
  readonly pick: readonly [number, number, number, number];
}

/** What the steps so far made. */
interface Past {
  ms: number;
  epoch: number;
  readonly entries: EntryBody[];
  readonly orders: Order[];
  readonly ended: Set<string>;
}

const INSTRUMENTS = ['demo-index', 'demo-bond'] as const;
const VENUES = ['paper', 'tokyo'] as const;
const PRICES = ['100', '99.50', '101.125', '0.5'] as const;
const QUANTITIES = ['1', '10', '2.5', '40'] as const;
const SCOPES: readonly ScopeText[] = [
  'firm',
  'desk:index',
  'account:main',
  'account:other',
  'algorithm:ema-cross',
  'algorithm:other',
  'instrument:demo-bond',
  'venue:tokyo',
  'trader:nobody',
];
const GROUPS: readonly (InstrumentGroup | undefined)[] = [undefined, 'sector:rates', 'asset-class:etf', 'tier:thin'];

function from<Value>(list: readonly [Value, ...Value[]], number: number): Value {
  return list[number % list.length] ?? list[0];
}

/** The venue in the east is a day ahead. */
function dayAt(ms: number, venue: string): string {
  return dayOf(addMs(STREAM_START, venue === 'tokyo' ? ms + 86_400_000 : ms));
}

function newOrder({ ms, orders }: Past, [a, b, c, d]: Step['pick']): Order {
  const isSale = b % 2 === 1;
  const replaced = orders.at(-1 - (d % 5));
  const order = orderAt(ms, {
    id: `O-${orders.length}`,
    account: a % 3 === 0 ? 'other' : 'main',
    algorithm: { id: b % 3 === 0 ? 'other' : 'ema-cross', version: '1.0.0' },
    instrument: from(INSTRUMENTS, c),
    venue: from(VENUES, d),
    quantity: from(QUANTITIES, a),
    timeInForce: c % 4 === 0 ? 'ioc' : 'day',
    ...(isSale ? { side: 'sell', shortSaleMark: 'short', locate: 'L-1' } : {}),
    ...(c % 3 === 0 ? { type: 'market', limitPrice: null } : { limitPrice: from(PRICES, b) }),
    ...(d % 3 === 0 && replaced !== undefined ? { replaces: replaced.id } : {}),
    ...(d % 6 === 0 && replaced !== undefined ? { parent: replaced.id } : {}),
    ...(a % 3 === 1 ? heldTerms([b, c, d]) : {}),
  });
  orders.push(order);
  return order;
}

/** What makes an order wait at the edge, alone or in a group. */
function heldTerms([b, c, d]: readonly [number, number, number]): OrderOverrides {
  const id = `G-${b % 2}`;
  const kind = c % 2 === 0 ? ('oco' as const) : ('bracket' as const);
  const group = { id, kind, role: b % 5 === 0 ? ('entry' as const) : ('stop-loss' as const) };
  if (d % 4 === 0) return { emulates: ['trigger'] };
  return { group, ...(d % 4 === 1 ? {} : { emulates: [d % 5 === 0 ? ('expiry' as const) : ('group' as const)] }) };
}

function known({ orders }: Past, number: number): Order {
  return orders[number % Math.max(1, orders.length)] ?? orderAt(0, { id: 'O-unknown' });
}

const makers = {
  intent: (past: Past, pick: Step['pick']) => [intentEntry(newOrder(past, pick))],
  propose: (past: Past, pick: Step['pick']) => {
    const order = newOrder(past, pick);
    const [a, b, , d] = pick;
    const decision = decisionEntry(order, {
      outcome: a % 5 === 0 ? 'refused' : 'approved',
      day: dayAt(past.ms, order.venue),
      ...(b % 3 === 0 ? {} : { reference: from(PRICES, d) }),
      ...(d % 4 === 1 ? { tickets: ['T-1'] } : {}),
    });
    return [intentEntry(order), decision];
  },
  move: (past: Past, [a, b, c]: Step['pick']) => {
    const order = known(past, a);
    if (past.ended.has(order.id)) return [];
    const state = OrderState.options[b % OrderState.options.length] ?? 'working';
    if (['filled', 'cancelled', 'expired', 'rejected', 'unsent', 'refused'].includes(state)) past.ended.add(order.id);
    return [(c % 4 === 0 ? killedEntry : stateEntry)(order.id, state, past.ms - (c % 3) * 700)];
  },
  fill: (past: Past, [a, b, c, d]: Step['pick']) => {
    const order = known(past, a);
    if (d % 40 === 7) return [fillEntry({ ...order, id: 'O-stray' }, { units: '3', price: '100', ms: past.ms })];
    const code = d % 31 === 5 ? { currency: 'EUR' } : d % 7 === 2 ? { feeCurrency: 'BNB' } : {};
    return [
      fillEntry(order, {
        units: from(QUANTITIES, b),
        price: from(PRICES, c),
        fee: from(PRICES, d),
        ms: past.ms,
        ...code,
      }),
    ];
  },
  change: (past: Past, [a, b, c, d]: Step['pick']) => {
    const order = known(past, a);
    const before = { units: from(QUANTITIES, b), price: from(PRICES, c), fee: from(PRICES, d) };
    return [
      changeEntry(order, before, d % 2 === 0 ? undefined : { units: from(QUANTITIES, c), price: from(PRICES, d) }),
    ];
  },
  action: (past: Past, [a, b, c]: Step['pick']) => {
    const currency = c % 4 === 0 ? 'EUR' : 'USD';
    const split = { kind: 'split', numerator: 1 + (b % 3), denominator: 1 + (c % 2) } as const;
    const isSplit = a % 2 === 0;
    return [
      actionEntry(`C-${b % 9}`, from(INSTRUMENTS, c), {
        ...(isSplit ? split : { perUnit: from(PRICES, b), currency }),
        ms: past.ms,
      }),
    ];
  },
  adjust: (_: Past, [a, b, c, d]: Step['pick']) => [
    adjustmentEntry(`A-${a % 9}`, b % 3 === 0 ? undefined : from(INSTRUMENTS, c), {
      account: d % 2 === 0 ? 'main' : 'other',
      quantity: from(['-2.5', '1', '40'], d),
      amount: from(PRICES, a),
      currency: d % 17 === 3 ? 'EUR' : 'USD',
    }),
  ],
  marks: (past: Past, [a, b, c]: Step['pick']) => {
    const prices = { [from(INSTRUMENTS, a)]: from(PRICES, b), [from(INSTRUMENTS, c)]: from(PRICES, c) };
    const day = dayAt(past.ms, from(VENUES, b));
    return [c % 4 === 0 ? valuationEntry(prices, past.ms, day) : marksEntry(prices, past.ms - (a % 2) * 300, day)];
  },
  money: (_: Past, [a, b, c]: Step['pick']) => [
    cashEntry(from(PRICES, a), b % 2 === 0 ? 'main' : 'other', c % 3 === 0 ? 'EUR' : 'USD'),
  ],
  halt: (past: Past, [a, b, c]: Step['pick']) => {
    past.epoch += 1;
    if (c % 2 === 0) return [releaseEntry(`K-${a % 3}`, past.epoch)];
    const scopes = [from(['firm', 'algorithm:other', 'algorithm:ema-cross', 'venue:paper'], b)];
    return [
      killEntry(`K-${a % 3}`, {
        scopes: scopes,
        level: from(['pause', 'cancel', 'flatten'], b + c),
        haltEpoch: past.epoch,
      }),
    ];
  },
  learn: (_: Past, [a, b, c]: Step['pick']) => {
    if (a % 3 === 0)
      return [liquidityEntry(b % 2 === 0 ? { 'demo-bond': 'thin' } : { 'demo-index': 'thin', 'demo-bond': 'thick' })];
    const bond = {
      id: 'demo-bond',
      sector: 'rates',
      multiplier: from(['10', '10', '0.5'], b),
      currency: c % 5 === 0 ? 'EUR' : 'USD',
    } as const;
    return [instrumentsEntry(...(c % 4 === 0 ? [bond] : [{ id: 'demo-index' }, bond]))];
  },
  ticket: (past: Past, [a, b]: Step['pick']) => [overrideEntry(`T-${a % 3}`, known(past, b))],
  run: (_: Past, [a, b]: Step['pick']) => [
    runEntry(`run-${a % 3}`, from(['run-started', 'run-resumed', 'run-completed'], b)),
  ],
} as const;

const WEIGHTS: Readonly<Record<keyof typeof makers, number>> = {
  intent: 1,
  propose: 10,
  move: 7,
  fill: 7,
  change: 2,
  action: 1,
  adjust: 1,
  marks: 4,
  money: 1,
  halt: 2,
  learn: 2,
  ticket: 2,
  run: 1,
};

const step: fc.Arbitrary<Step> = fc.record({
  what: fc.oneof(
    ...Object.entries(WEIGHTS).map(([what, weight]) => ({ weight, arbitrary: fc.constant(what as Step['what']) })),
  ),
  passedMs: fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: 0, max: 900 }) },
    { weight: 1, arbitrary: fc.constantFrom(-500, 3_600_000, 50_000_000, 90_000_000) },
  ),
  pick: fc.tuple(fc.nat(1_000), fc.nat(1_000), fc.nat(1_000), fc.nat(1_000)),
});

const stream: fc.Arbitrary<readonly EntryBody[]> = fc
  .tuple(fc.boolean(), fc.array(step, { minLength: 1, maxLength: 45 }))
  .map(([isKnown, steps]) => {
    const first = isKnown
      ? [instrumentsEntry({ id: 'demo-index' }, { id: 'demo-bond', multiplier: '10', sector: 'rates' })]
      : [];
    const past: Past = { ms: 0, epoch: 0, entries: first, orders: [], ended: new Set() };
    for (const { what, passedMs, pick } of steps) {
      past.ms += passedMs;
      past.entries.push(...makers[what](past, pick));
    }
    return past.entries;
  });

/** All answers as text, so that every digit counts. */
function answers(own: OwnFacts, entries: readonly EntryBody[]): Readonly<Record<string, string>> {
  const orders = entries.flatMap((entry) => (entry.kind === 'intent' ? [entry.body.order] : []));
  const last = orders.at(-1) ?? orderAt(0);
  const days = [-1, 0, 1, 2, 3].map((days) => dayOf(addMs(last.decidedAt, days * 86_400_000)));
  const all: Record<string, string> = {};
  const note = (question: string, answer: unknown): void => {
    all[question] = textOf(answer);
  };
  note('haltEpoch', own.haltEpoch);
  note('halts', own.halts());
  note('locateUsed', own.locateUsed('L-1'));
  for (const account of ['main', 'other', 'none']) note(`cash ${account}`, own.cash(account));
  for (const order of orders.slice(-8)) {
    for (const name of ['position', 'open', 'room', 'history', 'tickets'] as const)
      note(`${name} ${order.id}`, own[name](order));
    note(`openOrder ${order.id}`, own.openOrder(order.id));
    const group = [...(own.groupOf(order) ?? [])].sort((a, b) => (a.order.id < b.order.id ? -1 : 1));
    note(`group ${order.id}`, group);
    for (const windowMs of [0, 1_000, 200_000]) {
      const window = { now: order.decidedAt, windowMs };
      note(`recent ${order.id} ${windowMs}`, own.recent(order, window));
      for (const scope of SCOPES) {
        note(`messages ${scope} ${order.id} ${windowMs}`, own.messages(scope, window));
        note(`rejections ${scope} ${order.id} ${windowMs}`, own.rejections(scope, window));
      }
      note(`executions ${order.id} ${windowMs}`, own.executions(order.algorithm.id, window));
    }
  }
  for (const instrument of INSTRUMENTS) {
    note(`openIn ${instrument}`, own.openIn(instrument));
    note(`resting ${instrument}`, own.resting(instrument));
    for (const side of ['buy', 'sell'] as const) note(`resting ${instrument} ${side}`, own.resting(instrument, side));
  }
  for (const scope of SCOPES) {
    note(`openCount ${scope}`, own.openCount(scope));
    note(`oldestMarkAt ${scope}`, own.oldestMarkAt(scope));
    for (const instrument of INSTRUMENTS) note(`cell ${scope} ${instrument}`, own.cell(scope, instrument));
    for (const day of days) {
      for (const name of ['ordersToday', 'instruments', 'venues', 'orderToTrade'] as const)
        note(`${name} ${scope} ${day}`, own[name](scope, day));
      for (const group of GROUPS) note(`totals ${scope} ${day} ${group}`, own.totals(scope, day, group));
    }
  }
  return all;
}

function textOf(answer: unknown): string {
  if (answer instanceof Set) return [...answer].sort().join();
  const text = JSON.stringify(answer, (_, value: unknown) =>
    typeof value === 'bigint' ? `${value}` : sortedKeys(value),
  );
  return text ?? 'not known';
}

function sortedKeys(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function folded(entries: readonly EntryBody[]): ReturnType<typeof createAggregates> {
  const own = createAggregates();
  for (const entry of entries) own.fold(entry);
  return own;
}

const runs = { numRuns: 150 };
/** Streams take long to compare on a busy machine. */
const LONG_MS = 180_000;

test(
  'every answer is that of a recount of the full list of entries',
  () => {
    fc.assert(
      fc.property(stream, (entries) => {
        expect(answers(folded(entries), entries)).toEqual(answers(recount(entries), entries));
      }),
      runs,
    );
  },
  LONG_MS,
);

test(
  'a restart from a snapshot anywhere, and questions in between, change no later answer',
  () => {
    fc.assert(
      fc.property(stream, fc.nat(100), (entries, cut) => {
        const whole = folded(entries);
        let own = createAggregates();
        for (const [index, entry] of entries.entries()) {
          own.fold(entry);
          if (index % 7 === 3) answers(own, entries);
          if (index === cut % entries.length) own = createAggregates(own.snapshot());
        }
        expect(canonicalJson(own.snapshot())).toBe(canonicalJson(whole.snapshot()));
        expect(answers(own, entries)).toEqual(answers(whole, entries));
        const again = createAggregates(own.snapshot());
        expect(canonicalJson(again.snapshot())).toBe(canonicalJson(own.snapshot()));
        expect(answers(again, entries)).toEqual(answers(whole, entries));
      }),
      runs,
    );
  },
  LONG_MS,
);

test(
  'intents alone change no answer',
  () => {
    fc.assert(
      fc.property(stream, (entries) => {
        const [plain, intended] = [folded(entries), folded(entries)];
        for (let ms = 0; ms < 5; ms += 1) intended.fold(intentEntry(orderAt(ms, { id: `I-${ms}` })));
        expect(answers(intended, entries)).toEqual(answers(plain, entries));
      }),
      { numRuns: 30 },
    );
  },
  LONG_MS,
);
