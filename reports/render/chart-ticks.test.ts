import fc from 'fast-check';
import { expect, test } from 'vitest';
import { timeTicks, valueTicks } from './chart-ticks.ts';

const labels = (from: number, to: number): readonly string[] => valueTicks({ from, to }).map(({ label }) => label);

test.each([
  [0, 10, ['0', '2', '4', '6', '8', '10']],
  [0, 12, ['0', '5', '10', '15']],
  [-0.25, 0, ['−0.25', '−0.20', '−0.15', '−0.10', '−0.05', '0.00']],
  [99_000, 101_000, ['99\u202f000', '99\u202f500', '100\u202f000', '100\u202f500', '101\u202f000']],
  [
    1e21,
    3e21,
    ['1 000', '1 500', '2 000', '2 500', '3 000'].map((text) => `${text}${' 000'.repeat(6)}`.replaceAll(' ', '\u202f')),
  ],
  [100, 100, ['99.0', '99.5', '100.0', '100.5', '101.0']],
])('the values from %d to %d are marked at round figures', (from, to, expected) => {
  expect(labels(from, to)).toEqual(expected);
});

test('ticks enclose the values and their labels differ', () => {
  const value = fc.tuple(fc.integer(), fc.integer({ min: 0, max: 9 })).map(([units, scale]) => units / 10 ** scale);
  fc.assert(
    fc.property(value, value, (a, b) => {
      const [from, to] = a < b ? [a, b] : [b, a];
      fc.pre(to - from > Math.max(Math.abs(from), Math.abs(to)) / 1e9);
      const ticks = valueTicks({ from, to });
      expect(ticks[0]?.at).toBeLessThanOrEqual(from);
      expect(ticks.at(-1)?.at).toBeGreaterThanOrEqual(to);
      expect(ticks.length).toBeLessThanOrEqual(8);
      expect(new Set(ticks.map(({ label }) => label)).size).toBe(ticks.length);
    }),
  );
});

const at = (text: string): number => Date.parse(text);

test.each([
  ['2026-01-05T09:00:00Z', '2026-01-05T09:00:20Z', '01-05 09:00:10'],
  ['2026-01-05T09:00:00Z', '2026-01-05T17:00:00Z', '01-05 12:00'],
  ['2025-12-30T00:00:00Z', '2026-01-08T00:00:00Z', '2026-01-01'],
])('between %s and %s stands %s', (from, to, label) => {
  const ticks = timeTicks({ from: at(from), to: at(to) }, 8);
  expect(ticks.map((tick) => tick.label)).toContain(label);
  expect(ticks.length).toBeLessThanOrEqual(8);
});

test('a span longer than any step, and one moment alone, are marked without end or error', () => {
  expect(timeTicks({ from: at('1900-01-01T00:00:00Z'), to: at('2099-01-01T00:00:00Z') }, 2).length).toBeLessThanOrEqual(
    2,
  );
  expect(timeTicks({ from: 1_000, to: 1_000 }, 5)).toHaveLength(1);
});
