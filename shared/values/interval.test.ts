import fc from 'fast-check';
import { expect, test } from 'vitest';
import { instant } from './instant.ts';
import { contains, interval, overlaps } from './interval.ts';

const [at9, at10, at11, at12] = [instant(9n), instant(10n), instant(11n), instant(12n)] as const;

test('an interval holds its first instant and not its last', () => {
  const morning = interval(at9, at11);
  expect([instant(8n), at9, at10, at11].map((at) => contains(morning, at))).toEqual([false, true, true, false]);
});

test('an interval that would hold nothing is refused', () => {
  expect(interval(at9, at10)).toEqual({ from: at9, to: at10 });
  expect(() => interval(at9, at9)).toThrowError(expect.objectContaining({ code: 'VALUE_MALFORMED' }));
  expect(() => interval(at10, at9)).toThrowError(expect.objectContaining({ code: 'VALUE_MALFORMED' }));
});

test('neighbours do not overlap', () => {
  expect(overlaps(interval(at9, at10), interval(at10, at11))).toBe(false);
  expect(overlaps(interval(at9, at11), interval(at10, at12))).toBe(true);
  expect(overlaps(interval(at9, at12), interval(at10, at11))).toBe(true);
});

test('two intervals overlap exactly where they share an instant', () => {
  const anyInterval = fc
    .tuple(fc.bigInt({ min: 0n, max: 12n }), fc.bigInt({ min: 1n, max: 5n }))
    .map(([from, length]) => interval(instant(from), instant(from + length)));
  const instants = Array.from({ length: 20 }, (_, at) => instant(BigInt(at)));
  fc.assert(
    fc.property(anyInterval, anyInterval, (a, b) => {
      expect(overlaps(a, b)).toBe(instants.some((at) => contains(a, at) && contains(b, at)));
    }),
  );
});
