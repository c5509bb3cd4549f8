import type { FigureText } from '@gatehouse/shared/schema/sheet.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Effect, figureEffect } from './figure-difference.ts';
import type { Tighter } from './limit-fields.ts';

type Case = readonly [Tighter | undefined, FigureText, FigureText, Effect];

test.each<Case>([
  ['lower', '100', '99.99', 'tightening'],
  ['lower', '100', '100.01', 'loosening'],
  ['lower', '100', '100.00', 'neither'],
  ['lower', 5, 4, 'tightening'],
  ['lower', 5, 6, 'loosening'],
  ['lower', 'many', 'few', 'loosening'],
  ['lower', ['a'], 1, 'loosening'],
  ['higher', 5, 6, 'tightening'],
  ['higher', 5, 4, 'loosening'],
  ['higher', 'x', 6, 'loosening'],
  ['fewer', ['a', 'b'], ['b'], 'tightening'],
  ['fewer', ['a', 'b'], ['b', 'c'], 'loosening'],
  ['fewer', ['a', 'b'], ['b', 'a'], 'neither'],
  ['fewer', ['a'], 'a', 'loosening'],
  ['more', ['a'], ['a', 'b'], 'tightening'],
  ['more', ['a', 'b'], ['a'], 'loosening'],
  [['no', 'yes'], 'yes', 'no', 'tightening'],
  [['no', 'yes'], 'no', 'yes', 'loosening'],
  [['no', 'yes'], 'yes', 'perhaps', 'loosening'],
  [['no', 'yes'], 'perhaps', 'no', 'loosening'],
  ['none', 'USD', 'EUR', 'loosening'],
  ['none', 'USD', 'USD', 'neither'],
  [undefined, 1, 0, 'loosening'],
  [undefined, 1, 1, 'neither'],
])('%s: from %s to %s is %s', (tighter, before, after, effect) => {
  expect(figureEffect({ before, after, tighter })).toBe(effect);
});

const figure: fc.Arbitrary<FigureText> = fc.oneof(
  fc.integer({ min: -5, max: 5 }),
  fc.integer({ min: 0, max: 9 }).map((tenths) => `1.${tenths}`),
  fc.constantFrom('a', 'b', 'c'),
  fc.subarray(['a', 'b', 'c']),
);
const tighter = fc.constantFrom<(Tighter | undefined)[]>('lower', 'higher', 'fewer', 'more', 'none', undefined, [
  'a',
  'b',
]);

test('a figure and itself differ in nothing, and a tightening taken back is a loosening', () => {
  fc.assert(
    fc.property(figure, figure, tighter, (before, after, way) => {
      expect(figureEffect({ before, after: before, tighter: way })).toBe('neither');
      if (figureEffect({ before, after, tighter: way }) !== 'tightening') return;
      expect(figureEffect({ before: after, after: before, tighter: way })).toBe('loosening');
    }),
    { numRuns: 500 },
  );
});

test('tightening twice is tightening', () => {
  fc.assert(
    fc.property(figure, figure, figure, tighter, (a, b, c, way) => {
      const isTighter = (before: FigureText, after: FigureText) =>
        figureEffect({ before, after, tighter: way }) === 'tightening';
      expect(isTighter(a, c) || !(isTighter(a, b) && isTighter(b, c))).toBe(true);
    }),
    { numRuns: 500 },
  );
});
