import type { ScopeText } from '@gatehouse/shared/schema/decision.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import { asPrice, asQuantity } from '@gatehouse/shared/values/amounts.ts';
import { currency } from '@gatehouse/shared/values/currency.ts';
import { add, compare, fromInteger, fromUnits, subtract } from '@gatehouse/shared/values/decimal.ts';
import { addMs } from '@gatehouse/shared/values/instant.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { controls } from './controls/index.ts';
import type { CheckInput, Control, Example } from './define-control.ts';
import { exampleFacts, exampleOrder } from './examples/base.ts';
import { exampleFiles } from './examples/files.ts';
import { exampleOwn } from './examples/own.ts';
import { baseScope } from './examples/sheet.ts';
import { isOpenSound } from './exposure.ts';
import { valueOfCell } from './exposure-after.ts';
import type { ActiveHalt, CurrencyTotals, InstrumentCell } from './own-facts.ts';
import { scopesOf } from './scopes.ts';

// What more risk does is asked of every control, in the situations of all worked examples.

const baseFiles = exampleFiles();

/** What a control is asked, and what its figures are. */
interface Situation {
  readonly name: string;
  readonly input: CheckInput;
}

type Judge = (input: CheckInput) => boolean;

function situationOf({ id }: Control, { name, order, facts, files, own }: Example): Situation {
  const input = {
    order: exampleOrder(order),
    facts: exampleFacts(facts),
    files: files === undefined ? baseFiles : exampleFiles(files),
    own: exampleOwn(own),
    currency: currency('USD'),
  };
  return { name: `${id}: ${name}`, input };
}

/** Whether a control with the figures of one of its examples lets an order pass; what it throws refuses, as at the gate. */
function judgeOf(control: Control, { limits, scope }: Example): Judge {
  const bound = control.bind(limits);
  if (bound.kind === 'refused') throw new Error(bound.problems);
  return (input) => {
    try {
      return bound.judge(input, scope ?? baseScope(control.id)).kind !== 'refuse';
    } catch {
      return false;
    }
  };
}

interface Subject {
  readonly control: Control;
  readonly judges: readonly Judge[];
  readonly situations: readonly Situation[];
}

const subjects: readonly Subject[] = controls.map((control) => ({
  control,
  judges: control.examples.map((example) => judgeOf(control, example)),
  situations: control.examples.map((example) => situationOf(control, example)),
}));

/** Records that contradict themselves are refused for that, and more of something can make them sound. */
const sound = subjects.flatMap(({ situations }) => situations).filter(({ input }) => isSound(input));

function isSound({ order, own }: CheckInput): boolean {
  const open = own.open(order);
  const cell = own.cell('firm', order.instrument);
  return (
    (open === undefined || isOpenSound(open)) &&
    (cell === undefined || isOpenSound({ buy: cell.openBuy, sell: cell.openSell }))
  );
}

/** A way in which an order grows riskier. Shape: `excused` are the controls for which it does not, each with the reason. */
interface Risk {
  readonly name: string;
  readonly change: fc.Arbitrary<(input: CheckInput) => CheckInput>;
  readonly excused: Readonly<Record<string, string>>;
}

function withOrder(input: CheckInput, changes: Partial<Order>): CheckInput {
  return { ...input, order: { ...input.order, ...changes } };
}

/** The order with its limit price moved by so many cents, where it has one on the named side of the reference price. */
function moved(input: CheckInput, { side, isAbove, cents }: { side: Order['side']; isAbove: boolean; cents: number }) {
  const { limitPrice, side: own } = input.order;
  const reference = input.facts.reference?.price;
  if (own !== side || limitPrice === undefined || reference === undefined) return input;
  if (compare(limitPrice, reference) >= 0 !== isAbove) return input;
  return withOrder(input, { limitPrice: asPrice(add(limitPrice, fromUnits(BigInt(isAbove ? cents : -cents), 2))) });
}

const cents = fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 90_000 }));
const units = fc.oneof(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 100_000 }));
const ms = fc.oneof(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 100_000_000 }));
const NO_UNITS = fc.constant(0);

const anotherPrice = {
  'duplicate-order': 'An order at another price is another order.',
  'price-increment': 'The next price may lie on a step again.',
  'algorithm-sheet': 'The prices of an algorithm have a least and a most of their own.',
};

/** The same records with so much more open in the order's instrument, in all answers that it shows in. */
function moreOpen(buy: number, sell: number): (input: CheckInput) => CheckInput {
  const bought = fromInteger(buy);
  const sold = fromInteger(sell);
  const fuller = (cell: InstrumentCell): InstrumentCell => ({
    ...cell,
    openBuy: add(cell.openBuy, bought),
    openSell: add(cell.openSell, sold),
  });
  return ({ own, ...rest }) => {
    const cellOf = (scope: ScopeText) => own.cell(scope, rest.order.instrument);
    return {
      ...rest,
      own: {
        ...own,
        open: (order) => {
          const open = own.open(order);
          return open && { buy: add(open.buy, bought), sell: add(open.sell, sold) };
        },
        cell: (scope) => {
          const cell = cellOf(scope);
          return cell && fuller(cell);
        },
        totals: (scope, day, group) => {
          const [cell, totals] = [cellOf(scope), own.totals(scope, day, group)];
          return cell && totals?.map((row) => (row.currency === cell.currency ? grown(row, cell, fuller(cell)) : row));
        },
        oldestMarkAt: (scope) => {
          const oldest = own.oldestMarkAt(scope);
          return oldest === 'nothing-held' ? cellOf(scope)?.markAt : oldest;
        },
      },
    };
  };
}

/** The totals once an instrument of theirs grows from one cell to another. */
function grown(row: CurrencyTotals, before: InstrumentCell, after: InstrumentCell): CurrencyTotals {
  const [was, is] = [valueOfCell(before), valueOfCell(after)];
  if (was === undefined || is === undefined) return { ...row, isValued: false };
  const moved = (name: 'long' | 'short' | 'gross') => add(row[name], subtract(is[name], was[name]));
  return { ...row, long: moved('long'), short: moved('short'), gross: moved('gross') };
}

function halted(level: ActiveHalt['level'], scopes: readonly ScopeText[]): (input: CheckInput) => CheckInput {
  return ({ own, ...rest }) => ({
    ...rest,
    own: { ...own, halts: () => own.halts()?.concat({ id: 'K-drawn', scopes, level }) },
  });
}

const risks: readonly Risk[] = [
  {
    name: 'a larger quantity',
    change: units.map(
      (count) => (input) => withOrder(input, { quantity: asQuantity(add(input.order.quantity, fromInteger(count))) }),
    ),
    excused: {
      'duplicate-order': 'An order for another quantity is another order.',
      'quantity-increment': 'The next quantity may be a whole number of lots again, or no longer too small.',
      'short-sale-marking': 'A sale of more than is held has to be marked as short, and one of less may not be.',
    },
  },
  {
    name: 'a purchase above the market at a higher price',
    change: cents.map((by) => (input) => moved(input, { side: 'buy', isAbove: true, cents: by })),
    excused: anotherPrice,
  },
  {
    name: 'a sale below the market at a lower price',
    change: cents.map((by) => (input) => moved(input, { side: 'sell', isAbove: false, cents: by })),
    excused: anotherPrice,
  },
  {
    name: 'a sale above the market at a higher price, and so of a greater value',
    change: cents.map((by) => (input) => moved(input, { side: 'sell', isAbove: true, cents: by })),
    excused: {
      ...anotherPrice,
      'short-sale-price-test': 'A short sale is asked to stay above the bid.',
      'self-match': 'A sale at a higher price meets fewer purchases of our own.',
    },
  },
  {
    name: 'an older price, quote or status of the market',
    change: ms.map((age) => ({ facts, ...rest }) => {
      const { reference, second, quote, market, volatility } = facts;
      const aged = Object.entries({ reference, second, quote, market, volatility }).flatMap(([name, fact]) =>
        // What is from the future is refused for that, and only grows younger.
        fact === undefined || fact.at > facts.now ? [] : [[name, { ...fact, at: addMs(fact.at, -age) }]],
      );
      return { ...rest, facts: { ...facts, ...Object.fromEntries(aged) } };
    }),
    excused: {},
  },
  {
    name: 'more open orders',
    change: fc.oneof(fc.tuple(units, NO_UNITS), fc.tuple(NO_UNITS, units)).map(([buy, sell]) => moreOpen(buy, sell)),
    excused: { 'short-sale-marking': 'Open sales use up what is held, and the sale has to be marked as short.' },
  },
  {
    name: 'one more halt',
    change: fc
      .record({
        level: fc.constantFrom('pause' as const, 'cancel' as const),
        picked: fc.subarray([...scopesOf(exampleOrder())], { minLength: 1, maxLength: 3 }),
      })
      .map(({ level, picked }) => halted(level, picked)),
    excused: {},
  },
];

test.each(risks)('$name never turns a refusal into a pass', ({ change, excused }) => {
  const ids = new Set(controls.map(({ id }) => id));
  expect(Object.keys(excused).filter((id) => !ids.has(id))).toEqual([]);
  let refusedByIt = 0;
  for (const { control, judges, situations } of subjects.filter((subject) => !(subject.control.id in excused))) {
    const own = situations.filter((situation) => sound.includes(situation));
    const drawn = fc.record({
      judge: fc.constantFrom(...judges),
      situation: fc.oneof({ arbitrary: fc.constantFrom(...own), weight: 3 }, fc.constantFrom(...sound)),
      change,
    });
    fc.assert(
      fc.property(drawn, ({ judge, situation: { name, input }, change: grow }) => {
        const [before, after] = [judge(input), judge(grow(input))];
        if (before && !after) refusedByIt += 1;
        expect(before || !after, `${control.id}@${control.version} in the situation of ${name}`).toBe(true);
      }),
      { numRuns: 300 },
    );
  }
  expect(refusedByIt).toBeGreaterThan(0);
});
