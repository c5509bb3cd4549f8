import fc from 'fast-check';
import { expect, test } from 'vitest';
import { columnWidths, squeezedWidths } from './column-widths.ts';

const total = (widths: readonly number[]): number => widths.reduce((sum, width) => sum + width, 0);

test('a table that just fits its needs gets them, a hair less and it does not fit', () => {
  const wishes = [
    { need: 40, ideal: 100, share: 1 },
    { need: 60, ideal: 60, share: 1 },
  ];
  expect(columnWidths(wishes, 100)).toEqual([40, 60]);
  expect(columnWidths(wishes, 99.9)).toBeUndefined();
  expect(squeezedWidths(wishes, 50)).toEqual([20, 30]);
});

test('a small table grows by half at most', () => {
  expect(columnWidths([{ need: 10, ideal: 100, share: 1 }], 1_000)).toEqual([150]);
  expect(columnWidths([{ need: 10, ideal: 100, share: 1 }], 120)).toEqual([120]);
});

test('free room goes by share, and what one column leaves goes to the others', () => {
  const wide = { need: 0, ideal: 1_000 };
  expect(
    columnWidths(
      [
        { ...wide, share: 2 },
        { ...wide, share: 1 },
      ],
      300,
    ),
  ).toEqual([200, 100]);
  expect(
    columnWidths(
      [
        { need: 0, ideal: 20, share: 2 },
        { ...wide, share: 1 },
      ],
      300,
    ),
  ).toEqual([20, 280]);
  expect(
    columnWidths(
      [
        { ...wide, share: 0 },
        { ...wide, share: 0 },
      ],
      300,
    ),
  ).toEqual([0, 0]);
});

test('no column is narrower than its need and the table never wider than its room', () => {
  const wish = fc
    .tuple(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 0, max: 300 }), fc.integer({ min: 1, max: 5 }))
    .map(([need, more, share]) => ({ need, ideal: need + more, share }));
  fc.assert(
    fc.property(fc.array(wish, { minLength: 1, maxLength: 12 }), fc.integer({ min: 1, max: 1_500 }), (wishes, room) => {
      const widths = columnWidths(wishes, room);
      if (widths === undefined) {
        expect(total(wishes.map(({ need }) => need))).toBeGreaterThan(room);
        return;
      }
      expect(total(widths)).toBeLessThanOrEqual(room + 0.001);
      wishes.forEach(({ need }, index) => {
        expect(widths[index]).toBeGreaterThanOrEqual(need - 0.001);
      });
    }),
  );
});
