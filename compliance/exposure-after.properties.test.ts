import type { EntryBody } from '@gatehouse/shared/schema/bodies.ts';
import type { ScopeText } from '@gatehouse/shared/schema/decision.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import { currency } from '@gatehouse/shared/values/currency.ts';
import { compare, decimal, equal } from '@gatehouse/shared/values/decimal.ts';
import { addMs } from '@gatehouse/shared/values/instant.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Aggregates, createAggregates } from './aggregates/aggregates.ts';
import {
  approved,
  cashEntry,
  fillEntry,
  instrumentsEntry,
  marksEntry,
  orderAt,
  STREAM_START,
  stateEntry,
} from './aggregates/entry-streams.ts';
import type { CheckInput } from './define-control.ts';
import { exampleFacts } from './examples/base.ts';
import { exampleFiles } from './examples/files.ts';
import { exposureAfter } from './exposure-after.ts';
import type { InstrumentGroup } from './own-facts.ts';

// The same sums as the records of an edge have them, order by order.

const DAY = '2020-03-06';
const marks = { 'demo-index': '100', 'demo-bond': '99.50' } as const;
const instruments = ['demo-index', 'demo-bond'] as const;
const scopes: readonly ScopeText[] = ['firm', 'account:main', 'account:other', 'algorithm:ema-cross'];
const groups: readonly (InstrumentGroup | undefined)[] = [undefined, 'asset-class:etf', 'sector:broad-market'];
const valuation = { marketOrderBps: decimal('0.02'), markAgeMsMax: 60_000, rateAgeMsMax: 60_000 };

const placed = fc.record({
  instrument: fc.constantFrom(...instruments),
  account: fc.constantFrom('main', 'other'),
  side: fc.constantFrom('buy', 'sell'),
  units: fc.integer({ min: 1, max: 60 }),
  cents: fc.integer({ min: 9_000, max: 11_000 }),
  becomes: fc.constantFrom('open', 'partly filled', 'filled', 'cancelled'),
});

type Placed = typeof placed extends fc.Arbitrary<infer Value> ? Value : never;

function orderOf({ instrument, account, side, units, cents }: Placed, ms: number): Order {
  return orderAt(ms, {
    instrument,
    account,
    side,
    shortSaleMark: side === 'buy' ? 'not-a-sale' : 'long',
    quantity: `${units}`,
    limitPrice: (cents / 100).toFixed(2),
  });
}

/** What became of an order. Units: `ms` after the start of the stream. */
function outcome(order: Order, { becomes, units }: Placed, ms: number): readonly EntryBody[] {
  const price = marks[order.instrument === 'demo-bond' ? 'demo-bond' : 'demo-index'];
  const fill = (filled: number): EntryBody => fillEntry(order, { id: `F-${order.id}`, units: `${filled}`, price, ms });
  if (becomes === 'filled') return [fill(units), stateEntry(order.id, 'filled', ms)];
  if (becomes === 'partly filled' && units > 1) return [fill(units - 1)];
  return becomes === 'cancelled' ? [stateEntry(order.id, 'cancelled', ms)] : [];
}

function recorded(orders: readonly Placed[]): Aggregates {
  const own = createAggregates();
  const start: readonly EntryBody[] = [
    instrumentsEntry({ id: 'demo-index' }, { id: 'demo-bond', multiplier: '10', assetClass: 'bond', sector: 'rates' }),
    cashEntry('1000000'),
    marksEntry(marks, 0, DAY),
  ];
  for (const entry of start) own.fold(entry);
  orders.forEach((one, index) => {
    const order = orderOf(one, index + 1);
    for (const entry of [...approved(order, { day: DAY }), ...outcome(order, one, index + 1)]) own.fold(entry);
  });
  return own;
}

function judgeInput(own: Aggregates, order: Order): CheckInput {
  const now = order.decidedAt;
  const reference = { price: order.limitPrice ?? decimal('100'), at: now, source: 'bars' };
  const facts = { ...exampleFacts(), now, day: DAY, reference } as CheckInput['facts'];
  return { order, facts, files: exampleFiles(), own, currency: currency('USD'), exposures: [] };
}

test('records always add up, and an approved order counts in them for no more than it was judged at', () => {
  fc.assert(
    fc.property(fc.array(placed, { maxLength: 12 }), placed, (past, next) => {
      const own = recorded(past);
      const order = orderOf(next, 1_000);
      const input = judgeInput(own, order);
      const lies = (scope: ScopeText): boolean => scope === `account:${order.account}` || !scope.startsWith('account:');
      const questions = scopes.filter(lies).flatMap((scope) => groups.map((group) => ({ scope, group })));
      const fitting = questions.filter(({ group }) => group === undefined || order.instrument === 'demo-index');
      const judged = fitting.map(({ scope, group }) =>
        exposureAfter(input, scope, { valuation, ...(group === undefined ? {} : { group }) }),
      );
      for (const entry of approved(order, { day: DAY })) own.fold(entry);
      fitting.forEach(({ scope, group }, index) => {
        const before = judged[index];
        if (before?.kind !== 'known') throw new Error(before?.reason);
        const [after] = own.totals(scope, DAY, group) ?? [];
        if (after === undefined) throw new Error(`no totals of ${scope}`);
        const { all } = before.exposure;
        expect(compare(after.gross, all.gross)).toBeLessThanOrEqual(0);
        expect(compare(after.long, all.long)).toBeLessThanOrEqual(0);
        expect(compare(after.short, all.short)).toBeGreaterThanOrEqual(0);
        expect(equal(after.net, all.net)).toBe(true);
      });
    }),
    { numRuns: 200 },
  );
});

test('an order at the mark is judged at exactly what it counts for afterwards, one cent above at more', () => {
  const held: Placed = {
    instrument: 'demo-index',
    account: 'main',
    side: 'buy',
    units: 10,
    cents: 10_000,
    becomes: 'filled',
  };
  const grossOf = (cents: number) => {
    const own = recorded([held]);
    const order = orderOf({ ...held, cents, becomes: 'open' }, 1_000);
    const judged = exposureAfter(judgeInput(own, order), 'firm', { valuation });
    if (judged.kind === 'unknown') throw new Error(judged.reason);
    for (const entry of approved(order, { day: DAY })) own.fold(entry);
    const [after] = own.totals('firm', DAY) ?? [];
    if (after === undefined) throw new Error('no totals');
    return compare(judged.exposure.all.gross, after.gross);
  };
  expect(grossOf(10_000)).toBe(0);
  expect(grossOf(10_001)).toBe(1);
});

test('a price of something held is trusted for exactly as long as permitted after it was seen', () => {
  const own = recorded([
    { instrument: 'demo-index', account: 'main', side: 'buy', units: 1, cents: 10_000, becomes: 'filled' },
  ]);
  const order = orderAt(60_001);
  const late = { ...order, decidedAt: addMs(STREAM_START, 60_002) };
  expect(exposureAfter(judgeInput(own, order), 'firm', { valuation }).kind).toBe('known');
  expect(exposureAfter(judgeInput(own, late), 'firm', { valuation }).kind).toBe('unknown');
});
