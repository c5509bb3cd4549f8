import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createBollinger } from './bollinger.ts';
import { createEma } from './ema.ts';
import { createRollingMoments } from './rolling-moments.ts';

const figures = fc.array(fc.double({ min: 0.01, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 700 });
const period = fc.integer({ min: 1, max: 40 });

function meanOf(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0) / values.length;
}

function deviationOf(values: readonly number[]): number {
  const mean = meanOf(values);
  return Math.sqrt(meanOf(values.map((value) => (value - mean) ** 2)));
}

function emaOracle(values: readonly number[], over: number): number {
  if (values.length < over) return Number.NaN;
  const weight = 2 / (over + 1);
  return values
    .slice(over)
    .reduce((value, next) => weight * next + (1 - weight) * value, meanOf(values.slice(0, over)));
}

test('the streaming average equals the average worked out anew at every step', () => {
  fc.assert(
    fc.property(figures, period, (values, over) => {
      const ema = createEma(over);
      for (const [index, value] of values.entries()) {
        const expected = emaOracle(values.slice(0, index + 1), over);
        const actual = ema.next(value);
        if (Number.isNaN(expected)) expect(actual).toBeNaN();
        else expect(Math.abs(actual - expected)).toBeLessThanOrEqual(1e-9 * Math.max(1, ...values));
      }
    }),
    { numRuns: 25 },
  );
});

test('an average over three figures is silent for two and starts from their mean', () => {
  const ema = createEma(3);
  expect([1, 2, 6, 7].map((figure) => ema.next(figure))).toEqual([Number.NaN, Number.NaN, 3, 5]);
});

test('rolling moments equal those of the window worked out anew', () => {
  fc.assert(
    fc.property(figures, period, (values, over) => {
      const rolling = createRollingMoments(over);
      for (const [index, value] of values.entries()) {
        const { mean, deviation } = rolling.next(value);
        const window = values.slice(Math.max(0, index + 1 - over), index + 1);
        if (window.length < over) {
          expect(mean).toBeNaN();
          continue;
        }
        expect(Math.abs(mean - meanOf(window))).toBeLessThanOrEqual(1e-8 * Math.max(...values));
        expect(Math.abs(deviation ** 2 - deviationOf(window) ** 2)).toBeLessThanOrEqual(
          1e-8 * Math.max(...values) ** 2,
        );
      }
    }),
    { numRuns: 25 },
  );
});

test('a small spread far from zero survives a million steps', () => {
  const rolling = createRollingMoments(20);
  let last = rolling.next(1e9);
  for (let step = 1; step < 1_000_000; step += 1) last = rolling.next(1e9 + (step % 2));
  expect(last.mean).toBeCloseTo(1e9 + 0.5, 6);
  expect(last.deviation).toBeCloseTo(0.5, 6);
});

test('bands over equal figures lie on the figure, and two to each side they are four deviations apart', () => {
  const flat = createBollinger(3, 2);
  expect([5, 5, 5].map((figure) => flat.next(figure)).at(-1)).toEqual({ lower: 5, middle: 5, upper: 5 });
  const wide = createBollinger(2, 2);
  wide.next(1);
  expect(wide.next(3)).toEqual({ lower: 0, middle: 2, upper: 4 });
});

test('a window of no figures is a bug', () => {
  expect(() => createEma(0)).toThrow(/over 0 figures/);
  expect(() => createRollingMoments(1.5)).toThrow(/window of 1.5/);
});
