import { decimal, toText } from '@gatehouse/shared/values/decimal.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DepthBook, type DepthChange } from './depth-book.ts';

type Rows = readonly (readonly [price: string, quantity: string])[];
type Wire = DepthChange['b'];

const levels = (rows: Rows): Wire => rows.map(([price, quantity]) => [decimal(price), decimal(quantity)]);
const state = (lastUpdateId: number, bids: Rows, asks: Rows) => ({
  lastUpdateId,
  bids: levels(bids),
  asks: levels(asks),
});
const change = (U: number, u: number, bids: Rows, asks: Rows = []): DepthChange => ({
  U,
  u,
  b: levels(bids),
  a: levels(asks),
});
const shown = (side: DepthBook['bids']): readonly string[] =>
  side.map(({ price, quantity }) => `${toText(price)} ${toText(quantity)}`);

function loaded(): DepthBook {
  const book = new DepthBook();
  book.load(
    state(
      10,
      [
        ['100', '1'],
        ['99', '2'],
      ],
      [
        ['101', '1'],
        ['102', '2'],
      ],
    ),
  );
  return book;
}

test('changes that wait are laid on a first state: those that it holds are passed over, the one that reaches into it counts', () => {
  const book = new DepthBook();
  expect(book.take(change(8, 9, [['98', '7']])).kind).toBe('kept');
  expect(book.take(change(10, 12, [['99', '0']])).kind).toBe('kept');
  expect(book.take(change(13, 13, [['100', '5']])).kind).toBe('kept');
  expect(
    book.load(
      state(
        10,
        [
          ['100', '1'],
          ['99', '2'],
        ],
        [['101', '1']],
      ),
    ).kind,
  ).toBe('applied');
  expect(shown(book.bids)).toEqual(['100 5']);
  expect(book.last).toBe(13);
});

test('a first state that is older than the changes that wait is not taken, and a newer one is', () => {
  const book = new DepthBook();
  book.take(change(15, 16, [['100', '5']]));
  expect(book.load(state(13, [['100', '1']], [['101', '1']])).kind).toBe('gap');
  expect(book.last).toBeUndefined();
  expect(book.load(state(14, [['100', '1']], [['101', '1']])).kind).toBe('applied');
  expect(book.last).toBe(16);
});

test.each([
  ['the very next one is applied', 11, 12, 'applied'],
  ['one that reaches into the first state is applied', 9, 11, 'applied'],
  ['one that is held already is passed over', 9, 10, 'old'],
  ['one number is missing', 12, 12, 'gap'],
] as const)('the first change after a first state: %s', (_, U, u, expected) => {
  const book = loaded();
  expect(book.take(change(U, u, [['100', '3']])).kind).toBe(expected);
  expect(book.last === undefined).toBe(expected === 'gap');
});

test.each([
  ['the very next one is applied', 12, 'applied'],
  ['one number is missing', 13, 'gap'],
  ['one that reaches into the change before it is refused, since the exchange never sends one', 11, 'gap'],
] as const)('any further change: %s', (_, U, expected) => {
  const book = loaded();
  book.take(change(11, 11, [['100', '3']]));
  expect(book.take(change(U, 14, [['100', '4']])).kind).toBe(expected);
});

test.each([
  ['a bid at the best ask', [['101', '1']], [], 'crossed'],
  ['a bid a hundredth below the best ask', [['100.99', '1']], [], 'applied'],
  ['an ask at the best bid', [], [['100', '1']], 'crossed'],
  ['an ask at nothing', [], [['0', '1']], 'crossed'],
  ['a bid above the best ask, which goes with the same change', [['101', '1']], [['101', '0']], 'applied'],
] as const)('%s is %s', (_, bids, asks, expected) => {
  const book = loaded();
  expect(book.take(change(11, 11, bids, asks)).kind).toBe(expected);
  expect(book.last).toBe(expected === 'applied' ? 11 : undefined);
  if (expected === 'crossed') expect(shown(book.bids)).toEqual([]);
});

test('a first state that is crossed is refused', () => {
  expect(new DepthBook().load(state(1, [['101', '1']], [['101', '1']])).kind).toBe('crossed');
});

test('changes wait for a first state up to a bound', () => {
  const book = new DepthBook();
  let kind = '';
  for (let id = 1; id <= 2_001; id += 1) kind = book.take(change(id, id, [])).kind;
  expect(kind).toBe('full');
});

test('after any changes the book is what a plain map of them is', () => {
  const row = fc.tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 0, max: 3 }));
  fc.assert(
    fc.property(fc.array(fc.array(row, { maxLength: 6 }), { maxLength: 40 }), (updates) => {
      const book = new DepthBook();
      book.load(state(0, [], []));
      const bids = new Map<number, number>();
      const asks = new Map<number, number>();
      for (const [index, rows] of updates.entries()) {
        // Bids lie below 31 and asks from there on, so that nothing is ever crossed.
        for (const [price, quantity] of rows) (price < 31 ? bids : asks).set(price, quantity);
        const wire = (isBid: boolean): Rows =>
          rows.filter(([price]) => price < 31 === isBid).map(([price, quantity]) => [`${price}`, `${quantity}`]);
        expect(book.take(change(index + 1, index + 1, wire(true), wire(false))).kind).toBe('applied');
      }
      const plain = (side: Map<number, number>, down: boolean) =>
        [...side]
          .filter(([, quantity]) => quantity > 0)
          .sort(([one], [other]) => (down ? other - one : one - other))
          .map(([price, quantity]) => `${price} ${quantity}`);
      expect(shown(book.bids)).toEqual(plain(bids, true));
      expect(shown(book.asks)).toEqual(plain(asks, false));
    }),
  );
});
