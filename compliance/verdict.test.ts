import { expect, test } from 'vitest';
import { NO_FIGURES, withFigures } from './verdict.ts';

test('figures that were observed on the way stand before the others, and without any the others are as they were', () => {
  const figures = { orderValue: 3n };
  expect(withFigures(NO_FIGURES, NO_FIGURES, figures)).toBe(figures);
  expect(Object.entries(withFigures({ price: 1n }, NO_FIGURES, figures))).toEqual([
    ['price', 1n],
    ['orderValue', 3n],
  ]);
  expect(Object.keys(withFigures(NO_FIGURES, { rate: 2n }, figures))).toEqual(['rate', 'orderValue']);
  expect(Object.keys(withFigures({ price: 1n }, { rate: 2n }, figures))).toEqual(['price', 'rate', 'orderValue']);
});
