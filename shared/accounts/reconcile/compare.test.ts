import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { BreakBody } from '../../schema/bodies.ts';
import { add, decimal, fromUnits } from '../../values/decimal.ts';
import { addMs, parseInstant } from '../../values/instant.ts';
import { breakSteps, type KnownBreaks } from './break-steps.ts';
import { compareRecords } from './compare.ts';
import type { AccountRecords, Difference, FillRecord, HeldRecord, OrderRecord } from './records.ts';

const T = parseInstant('2026-01-05T12:00:00Z');
const PLACE = { venue: 'BINANCE', account: 'main' };

const order: OrderRecord = {
  key: 'O-1',
  isOurs: true,
  isCertain: true,
  instrument: 'BTC-USD',
  side: 'buy',
  quantity: decimal('10'),
  filled: decimal('3'),
};
const fill: FillRecord = {
  fill: 'F-1',
  order: 'O-1',
  instrument: 'BTC-USD',
  side: 'buy',
  quantity: decimal('3'),
  price: decimal('100.5'),
  fee: decimal('0.1'),
  feeCurrency: undefined,
  currency: 'USD',
  asset: undefined,
  at: addMs(T, -1_000),
  isBusted: false,
};
const held = (key: string, quantity: string): HeldRecord => ({ key, quantity: decimal(quantity) });

const journal: AccountRecords = {
  source: 'journal',
  at: T,
  orders: [order],
  fills: { since: addMs(T, -60_000), list: [fill] },
  positions: [held('BTC-USD', '3')],
  balances: [held('USD', '9698.40')],
};
const venue: AccountRecords = { ...journal, source: 'venue' };
const fillsOf = (...list: readonly FillRecord[]) => ({ since: addMs(T, -60_000), list });

function differ(theirs: Partial<AccountRecords>, ours: Partial<AccountRecords> = {}): readonly Difference[] {
  return compareRecords({ ours: { ...journal, ...ours }, theirs: { ...venue, ...theirs } }, PLACE).differences;
}

const told = (differences: readonly Difference[]) =>
  differences.map(({ subject, key, ours, theirs, cause }) => [subject, key, ours, theirs, cause]);

test('a fill that never came is a missed fill, and so are the position, the balance and the order that lack it', () => {
  const late = { ...fill, fill: 'F-2', quantity: decimal('2'), price: decimal('100'), fee: decimal('0.2') };
  const differences = differ({
    orders: [{ ...order, filled: decimal('5') }],
    fills: fillsOf(fill, late),
    positions: [held('BTC-USD', '5')],
    balances: [held('USD', '9498.2')],
  });
  expect(told(differences)).toEqual([
    ['order', 'O-1', 'buy 10 BTC-USD, 3 filled', 'buy 10 BTC-USD, 5 filled', 'missed-fill'],
    ['fill', 'F-2', 'nothing', 'buy 2 BTC-USD at 100, fee 0.2 USD', 'missed-fill'],
    ['position', 'BTC-USD', '3', '5', 'missed-fill'],
    ['balance', 'USD', '9698.4', '9498.2', 'missed-fill'],
  ]);
});

test('what somebody traded by hand is told as such, wherever it shows', () => {
  const byHand = { ...fill, fill: 'H-1', order: undefined, side: 'sell' as const, fee: decimal('0'), asset: 'BTC' };
  const differences = differ({
    fills: fillsOf(fill, byHand),
    positions: [],
    balances: [held('BTC', '-3'), held('USD', '9999.9')],
  });
  expect(differences.map(({ subject, key, cause }) => [subject, key, cause])).toEqual([
    ['fill', 'H-1', 'manual-trade'],
    ['position', 'BTC-USD', 'manual-trade'],
    ['balance', 'BTC', 'manual-trade'],
    ['balance', 'USD', 'manual-trade'],
  ]);
});

test('an order that is not ours, one that nobody is certain of and one that is gone have causes of their own', () => {
  const foreign = { ...order, key: 'V-77', isOurs: false };
  expect(told(differ({ orders: [order, foreign] })).map((one) => one.at(-1))).toEqual(['foreign-order']);
  expect(told(differ({ orders: [] }, { orders: [{ ...order, isCertain: false }] })).map((one) => one.at(-1))).toEqual([
    'unknown-order',
  ]);
  expect(told(differ({ orders: [] })).map((one) => one.at(-1))).toEqual(['late-report']);
  expect(told(differ({}, { orders: [] })).map((one) => one.at(-1))).toEqual(['unknown-order']);
});

test('another fee is told as a fee at the fill and at the balance', () => {
  const differences = differ({
    fills: fillsOf({ ...fill, fee: decimal('0.3') }),
    balances: [held('USD', '9698.2')],
  });
  expect(told(differences)).toEqual([
    ['fill', 'F-1', 'buy 3 BTC-USD at 100.5, fee 0.1 USD', 'buy 3 BTC-USD at 100.5, fee 0.3 USD', 'fee'],
    ['balance', 'USD', '9698.4', '9698.2', 'fee'],
  ]);
});

test('less than a cent is rounding, a cent is not', () => {
  expect(differ({ balances: [held('USD', '9698.4099')] })[0]?.cause).toBe('rounding');
  expect(differ({ balances: [held('USD', '9698.41')] })[0]?.cause).toBe('not-known');
  expect(differ({ balances: [held('USD', '9698.400')] })).toEqual([]);
});

test('a fill of ours that a statement lacks is a matter of timing; at the venue it is a late report', () => {
  const lacks = { fills: fillsOf(), positions: [], balances: [held('USD', '10000')] };
  expect(new Set(differ(lacks).map(({ cause }) => cause))).toEqual(new Set(['late-report']));
  expect(new Set(differ({ ...lacks, source: 'statement' }).map(({ cause }) => cause))).toEqual(new Set(['timing']));
});

test('only the time that both records speak of is compared', () => {
  const old = { ...fill, fill: 'F-0', at: addMs(T, -60_001) };
  expect(differ({ fills: fillsOf(fill, old) })).toEqual([]);
  expect(differ({ fills: fillsOf(fill, { ...old, at: addMs(T, -60_000) }) })).toHaveLength(1);
  const young = { ...fill, fill: 'F-9', at: addMs(T, 1) };
  expect(differ({}, { fills: fillsOf(fill, young) })).toEqual([]);
  expect(differ({}, { fills: fillsOf(fill, { ...young, at: T }) })).toHaveLength(1);
});

test('what a record does not speak of differs from nothing, and what it leaves out of a list is nothing', () => {
  const { positions: _positions, ...spot } = venue;
  const comparison = compareRecords({ ours: journal, theirs: spot }, PLACE);
  expect(comparison.differences).toEqual([]);
  expect([...comparison.subjects]).toEqual(['order', 'fill', 'balance']);
  expect(told(differ({ positions: [] }))).toEqual([['position', 'BTC-USD', '3', '0', 'not-known']]);
});

test('a busted execution stands on neither side, whether or not it is still listed', () => {
  const busted = { ...fill, isBusted: true };
  expect(differ({ fills: fillsOf() }, { fills: fillsOf(busted) })).toEqual([]);
  expect(differ({ fills: fillsOf(fill) }, { fills: fillsOf(busted) })).toHaveLength(1);
});

const amount = fc.integer({ min: -1_000_000, max: 1_000_000 }).map((units) => fromUnits(BigInt(units), 4));
const size = fc.integer({ min: 1, max: 1_000_000 }).map((units) => fromUnits(BigInt(units), 4));
const side = fc.constantFrom('buy' as const, 'sell' as const);
const heldList = fc
  .uniqueArray(fc.tuple(fc.constantFrom('AAA', 'BBB', 'CCC', 'DDD'), amount), { selector: ([key]) => key })
  .map((list) => list.map(([key, quantity]): HeldRecord => ({ key, quantity })));
const records: fc.Arbitrary<AccountRecords> = fc
  .record({
    orders: fc.uniqueArray(fc.tuple(fc.integer({ min: 1, max: 9 }), side, size, size), { selector: ([id]) => id }),
    fills: fc.uniqueArray(fc.tuple(fc.integer({ min: 1, max: 9 }), side, size, size), { selector: ([id]) => id }),
    positions: heldList,
    balances: heldList,
  })
  .map(({ orders, fills, ...rest }) => ({
    ...rest,
    source: 'journal' as const,
    at: T,
    orders: orders.map(([id, way, quantity, filled]) => ({ ...order, key: `O-${id}`, side: way, quantity, filled })),
    fills: fillsOf(
      ...fills.map(([id, way, quantity, price]) => ({ ...fill, fill: `F-${id}`, side: way, quantity, price })),
    ),
  }));

test('a record never differs from itself', () => {
  fc.assert(
    fc.property(records, (one) => {
      expect(compareRecords({ ours: one, theirs: { ...one, source: 'venue' } }, PLACE).differences).toEqual([]);
    }),
  );
});

const STEP = decimal('0.0001');
type Change = readonly [subject: string, key: string, changed: AccountRecords];

/** Every way in which one figure of a record can be another. */
function changesOf(one: AccountRecords): readonly Change[] {
  const { orders = [], fills = fillsOf(), positions = [], balances = [] } = one;
  const replaced = <T>(list: readonly T[], index: number, by: T) => list.map((item, at) => (at === index ? by : item));
  const heldChanges = (name: 'positions' | 'balances', subject: string, list: readonly HeldRecord[]) =>
    list.map(
      ({ key, quantity }, index): Change => [
        subject,
        key,
        { ...one, [name]: replaced(list, index, { key, quantity: add(quantity, STEP) }) },
      ],
    );
  return [
    ...orders.flatMap((item, index) =>
      (['quantity', 'filled'] as const).map((figure): Change => {
        const by = { ...item, [figure]: add(item[figure], STEP) };
        return ['order', item.key, { ...one, orders: replaced(orders, index, by) }];
      }),
    ),
    ...fills.list.flatMap((item, index) =>
      (['quantity', 'price', 'fee'] as const).map((figure): Change => {
        const by = { ...item, [figure]: add(item[figure] ?? STEP, STEP) };
        return ['fill', item.fill, { ...one, fills: fillsOf(...replaced(fills.list, index, by)) }];
      }),
    ),
    ...heldChanges('positions', 'position', positions),
    ...heldChanges('balances', 'balance', balances),
  ];
}

test('each single figure that is another makes exactly one difference, about it', () => {
  let changed = 0;
  fc.assert(
    fc.property(records, (one) => {
      for (const [subject, key, theirs] of changesOf(one)) {
        const { differences } = compareRecords({ ours: one, theirs: { ...theirs, source: 'venue' } }, PLACE);
        expect(differences.map((found) => [found.subject, found.key])).toEqual([[subject, key]]);
        changed += 1;
      }
    }),
    { numRuns: 50 },
  );
  expect(changed).toBeGreaterThan(100);
});

const NONE: KnownBreaks = { open: new Map(), settled: new Map(), waiting: new Set() };
const openBy = (...steps: readonly BreakBody[]): KnownBreaks => ({
  ...NONE,
  open: new Map(steps.map((step) => [step.id, step])),
});
const compared = (positions: readonly HeldRecord[]) =>
  compareRecords({ ours: journal, theirs: { ...venue, positions } }, PLACE);

test('a difference is found once, again where the figure changed, and ends by itself where the records agree', () => {
  const [first, ...more] = breakSteps(compared([held('BTC-USD', '4')]), NONE, T);
  if (first === undefined) throw new Error('nothing was found');
  expect(more).toEqual([]);
  expect(first).toMatchObject({ step: 'found', ours: '3', theirs: '4', since: T, cause: 'not-known' });

  const later = addMs(T, 5_000);
  const known = openBy({ ...first, step: 'explained', cause: 'manual-trade', owner: 'P-anna' });
  expect(breakSteps(compared([held('BTC-USD', '4')]), known, later)).toEqual([]);
  expect(breakSteps(compared([held('BTC-USD', '5')]), known, later)).toMatchObject([
    { id: first.id, step: 'found', theirs: '5', owner: 'P-anna', since: T, at: later },
  ]);
  expect(breakSteps(compared([held('BTC-USD', '3')]), openBy(first), later)).toMatchObject([
    { id: first.id, step: 'resolved', cause: 'late-report', since: T, at: later },
  ]);
  expect(breakSteps(compared([held('BTC-USD', '3')]), known, later)).toMatchObject([
    { step: 'resolved', cause: 'manual-trade' },
  ]);
});

test('a difference that is too young is no break yet, and ends none', () => {
  const comparison = compared([held('BTC-USD', '4')]);
  const [found] = breakSteps(comparison, NONE, T);
  if (found === undefined) throw new Error('nothing was found');
  expect(breakSteps(comparison, { ...NONE, waiting: new Set([found.id]) }, T)).toEqual([]);
  expect(breakSteps(comparison, { ...openBy({ ...found, theirs: '9' }), waiting: new Set([found.id]) }, T)).toEqual([]);
});

test('a break stays open while nobody speaks of it: another place, another record, a list that is missing', () => {
  const [found] = breakSteps(compared([held('BTC-USD', '4')]), NONE, T);
  if (found === undefined) throw new Error('nothing was found');
  const { positions: _positions, ...spot } = venue;
  const silent = compareRecords({ ours: journal, theirs: spot }, PLACE);
  expect(breakSteps(silent, openBy(found), T)).toEqual([]);
  const elsewhere = compareRecords({ ours: journal, theirs: venue }, { ...PLACE, account: 'other' });
  expect(breakSteps(elsewhere, openBy(found), T)).toEqual([]);
  const statement = compareRecords({ ours: journal, theirs: { ...venue, source: 'statement' } }, PLACE);
  expect(breakSteps(statement, openBy(found), T)).toEqual([]);
});

test('the break of an execution ends only when both have it alike, not when its time is no longer looked at', () => {
  const lacking = compareRecords({ ours: journal, theirs: { ...venue, fills: fillsOf() } }, PLACE);
  const [found] = breakSteps(lacking, NONE, T);
  if (found === undefined) throw new Error('nothing was found');
  const younger = { since: T, list: [] };
  const past = compareRecords({ ours: { ...journal, fills: younger }, theirs: { ...venue, fills: younger } }, PLACE);
  expect(breakSteps(past, openBy(found), T)).toEqual([]);
  const both = compareRecords({ ours: journal, theirs: venue }, PLACE);
  expect(breakSteps(both, openBy(found), T)).toMatchObject([{ step: 'resolved', key: 'F-1' }]);
});

test('an execution that a person has put an end to is not found again, unless it became another', () => {
  const byHand = { ...fill, fill: 'H-1', order: undefined };
  const comparison = compareRecords({ ours: journal, theirs: { ...venue, fills: fillsOf(fill, byHand) } }, PLACE);
  const [found] = comparison.differences;
  if (found === undefined) throw new Error('nothing was found');
  const settled = (gap: string): KnownBreaks => ({ ...NONE, settled: new Map([[found.id, gap]]) });
  expect(breakSteps(comparison, settled(found.gap), T)).toEqual([]);
  expect(breakSteps(comparison, settled('nothing against something else'), T)).toHaveLength(1);
});
