import type { DecisionFacts } from '@gatehouse/shared/schema/decision.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import { price, quantity } from '@gatehouse/shared/values/amounts.ts';
import { add, decimal, fromInteger, fromUnits, toText } from '@gatehouse/shared/values/decimal.ts';
import { addMs } from '@gatehouse/shared/values/instant.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { controls } from './controls/index.ts';
import type { FactName } from './define-control.ts';
import { exampleFacts, exampleOrder, statesWith } from './examples/base.ts';
import { exampleLine, exampleLines, exampleSheet, type SheetFigures } from './examples/sheet.ts';
import { decide } from './gate.ts';
import { compileRules, type RuleSet } from './rule-set.ts';

interface Situation {
  readonly order: Order;
  readonly facts: DecisionFacts;
}

type Figures = Readonly<Record<string, SheetFigures>>;

const baseOrder = exampleOrder();
const baseFacts = exampleFacts();

const cents = (min: number, max: number) =>
  fc.integer({ min, max }).map((count) => toText(fromUnits(BigInt(count), 2)));
const units = (min: number, max: number) => fc.integer({ min, max }).map((count) => decimal(String(count)));

const reference = fc.integer({ min: 0, max: 3_000 }).map((ageMs) => ({
  price: price('1000.00'),
  at: addMs(baseFacts.now, -ageMs),
  source: 'daily bars',
}));

const facts: fc.Arbitrary<DecisionFacts> = fc
  .record({ reference, position: units(-60, 60), buy: units(0, 30), sell: units(0, 30) })
  .map((drawn) => ({
    ...baseFacts,
    reference: drawn.reference,
    position: { quantity: drawn.position, asOfSeq: 41 },
    open: { buy: drawn.buy, sell: drawn.sell },
  }));

const order: fc.Arbitrary<Order> = fc
  .record({
    count: fc.integer({ min: 1, max: 60 }),
    limitPrice: cents(95_000, 105_000),
    isSale: fc.boolean(),
    isMarket: fc.boolean(),
  })
  .map(({ count, limitPrice, isSale, isMarket }) =>
    exampleOrder({
      quantity: String(count),
      ...(isSale ? { side: 'sell', shortSaleMark: 'long' } : {}),
      ...(isMarket ? { type: 'market', limitPrice: null } : { limitPrice }),
    }),
  );

const situation: fc.Arbitrary<Situation> = fc.record({ order, facts });

/** Figures around what the situations hold, so that each limit refuses some and passes others. */
const figures: fc.Arbitrary<Figures> = fc.record({
  'max-order-quantity': fc.record({ quantityMax: cents(0, 6_000) }),
  'max-order-value': fc.record({
    valueMax: cents(0, 6_000_000),
    marketOrderBps: fc.integer({ min: 0, max: 500 }),
    referenceAgeMsMax: fc.integer({ min: 0, max: 3_000 }),
  }),
  'price-collar': fc.record({
    collarBps: fc.integer({ min: 0, max: 500 }),
    referenceAgeMsMax: fc.integer({ min: 0, max: 3_000 }),
  }),
  'position-limit': fc.record({ longMax: cents(0, 15_000), shortMax: cents(0, 15_000) }),
  'duplicate-order': fc.record({ windowMs: fc.integer({ min: 0, max: 3_000 }) }),
});

/** The figures where a larger one is the tighter one. */
const tighterWhenLarger: readonly string[] = ['marketOrderBps', 'windowMs'];

function rulesOf(given: Figures): RuleSet {
  const lines = Object.entries(given).map(([control, changes]) => exampleLine(control, changes));
  const sheet = exampleSheet({ controls: exampleLines(...lines) });
  return compileRules({ controls, sheet, sheetHash: 'a'.repeat(64) });
}

function refusals(given: Situation, rules: RuleSet): readonly string[] {
  return decide({ ...given, rules }).rows.flatMap(({ control, verdict }) => (verdict === 'refuse' ? [control] : []));
}

function combined(a: Figures, b: Figures, isTight: boolean): Figures {
  return Object.fromEntries(
    Object.entries(a).map(([control, mine]) => {
      const pairs = Object.entries(mine).map(([name, figure]) => {
        const ordered = [figure, b[control]?.[name] ?? figure].toSorted((x, y) => Number(x) - Number(y));
        const takesSmaller = isTight !== tighterWhenLarger.includes(name);
        return [name, ordered[takesSmaller ? 0 : 1] ?? figure];
      });
      return [control, Object.fromEntries(pairs)];
    }),
  );
}

test('no control refuses under wider limits what it let through under tighter ones', () => {
  let approvals = 0;
  fc.assert(
    fc.property(situation, figures, figures, (given, a, b) => {
      const tight = refusals(given, rulesOf(combined(a, b, true)));
      const wide = refusals(given, rulesOf(combined(a, b, false)));
      approvals += wide.length === 0 ? 1 : 0;
      expect(tight).toEqual(expect.arrayContaining([...wide]));
    }),
    { numRuns: 1_000 },
  );
  expect(approvals).toBeGreaterThan(0);
});

const borders: readonly (readonly [
  control: string,
  name: string,
  atBorder: string | number,
  tighter: string | number,
])[] = [
  ['max-order-quantity', 'quantityMax', '50', '49.99'],
  ['max-order-value', 'valueMax', '50000', '49999.99'],
  ['position-limit', 'longMax', '50', '49.99'],
  ['price-collar', 'referenceAgeMsMax', 1_000, 999],
];

test.each(borders)(
  '%s: the base order passes with %s %s and is refused with %s',
  (control, name, atBorder, tighter) => {
    const given = { order: baseOrder, facts: baseFacts };
    expect(refusals(given, rulesOf({ [control]: { [name]: atBorder } }))).toEqual([]);
    expect(refusals(given, rulesOf({ [control]: { [name]: tighter } }))).toEqual([control]);
  },
);

const needed = controls.flatMap(({ id, needs }) => needs.map((need) => [id, need] as const));

test.each(needed)('I5 %s refuses every order without its %s', (id, need: FactName) => {
  const rules = rulesOf({});
  expect(refusals({ order: baseOrder, facts: baseFacts }, rules)).toEqual([]);
  fc.assert(
    fc.property(situation, (given) => {
      const { [need]: _, ...others } = given.facts;
      const known = others as DecisionFacts;
      expect(refusals({ order: given.order, facts: known }, rules)).toContain(id);
    }),
  );
});

test('a larger quantity never turns a refusal into a pass', () => {
  fc.assert(
    fc.property(situation, figures, fc.integer({ min: 1, max: 60 }), (given, drawn, more) => {
      const rules = rulesOf(drawn);
      const larger = quantity(toText(add(given.order.quantity, fromInteger(more))));
      const after = refusals({ ...given, order: { ...given.order, quantity: larger } }, rules);
      expect(after).toEqual(expect.arrayContaining([...refusals(given, rules)]));
    }),
    { numRuns: 1_000 },
  );
});

test('a price farther from the market never turns a refusal into a pass', () => {
  // A purchase below the market grows cheaper as it moves away, so only purchases above it grow riskier.
  const isAbove = fc.boolean();
  const near = fc.integer({ min: 0, max: 5_000 });
  fc.assert(
    fc.property(fc.record({ given: situation, isAbove, near, more: near, drawn: figures }), (drawn) => {
      const direction = drawn.isAbove || drawn.given.order.side === 'buy' ? 1 : -1;
      const rules = rulesOf(drawn.drawn);
      const [nearer, farther] = [drawn.near, drawn.near + drawn.more].map((distance) => {
        const limitPrice = price(toText(fromUnits(BigInt(100_000 + direction * distance), 2)));
        return refusals({ ...drawn.given, order: { ...drawn.given.order, type: 'limit', limitPrice } }, rules);
      });
      expect(farther).toEqual(expect.arrayContaining([...(nearer ?? [])]));
    }),
    { numRuns: 1_000 },
  );
});

test('an older reference price never turns a refusal into a pass', () => {
  fc.assert(
    fc.property(situation, figures, fc.integer({ min: 1, max: 3_000 }), (given, drawn, olderMs) => {
      const rules = rulesOf(drawn);
      const known = given.facts.reference;
      if (known === undefined) throw new Error('a situation without a reference price');
      const older = { ...given.facts, reference: { ...known, at: addMs(known.at, -olderMs) } };
      const after = refusals({ order: given.order, facts: older }, rules);
      expect(after).toEqual(expect.arrayContaining([...refusals(given, rules)]));
    }),
    { numRuns: 1_000 },
  );
});

test('more open orders never turn a refusal into a pass', () => {
  fc.assert(
    fc.property(situation, figures, units(0, 60), units(0, 60), (given, drawn, buy, sell) => {
      const rules = rulesOf(drawn);
      const { open } = given.facts;
      if (open === undefined) throw new Error('a situation without open orders');
      const fuller = { ...given.facts, open: { buy: add(open.buy, buy), sell: add(open.sell, sell) } };
      const after = refusals({ order: given.order, facts: fuller }, rules);
      expect(after).toEqual(expect.arrayContaining([...refusals(given, rules)]));
    }),
    { numRuns: 1_000 },
  );
});

test('a stricter trading state never turns a refusal into a pass', () => {
  const scope = fc.constantFrom(...statesWith({}).map((entry) => entry.scope));
  const rules = rulesOf({});
  fc.assert(
    fc.property(situation, scope, (given, where) => {
      const [active, reducing, halted] = (['active', 'reducing', 'halted'] as const).map((state) =>
        refusals({ ...given, facts: { ...given.facts, states: statesWith({ [where]: state }) } }, rules),
      );
      expect(reducing).toEqual(expect.arrayContaining([...(active ?? [])]));
      expect(halted).toEqual(expect.arrayContaining([...(reducing ?? [])]));
      expect(halted).toContain('trading-state');
    }),
  );
});
