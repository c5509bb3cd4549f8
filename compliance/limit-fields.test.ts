import { decode, encode } from '@gatehouse/shared/schema/decode.ts';
import { decimal, equal } from '@gatehouse/shared/values/decimal.ts';
import { expect, test } from 'vitest';
import { z } from 'zod';
import {
  Bps,
  DurationMs,
  LimitCurrency,
  LimitDecimal,
  lowerIsTighter,
  tighterOf,
  tightestFirst,
} from './limit-fields.ts';

test.each([0, 1, 1_000_000])('%s basis points are a limit', (bps) => {
  const share = decode(Bps, bps, 'a limit');
  expect(equal(share, { units: BigInt(bps), scale: 4 })).toBe(true);
  expect(encode(Bps, share)).toBe(bps);
});

test.each([-1, 1_000_001, 0.5, '200', Number.NaN])('%s basis points are no limit', (bps) => {
  expect(() => decode(Bps, bps, 'a limit')).toThrow('a limit is malformed');
});

test('two hundred basis points are two per cent', () => {
  expect(equal(decode(Bps, 200, 'a limit'), decimal('0.02'))).toBe(true);
});

test.each([
  [DurationMs, 0, true],
  [DurationMs, -1, false],
  [DurationMs, 366 * 86_400_000, true],
  [DurationMs, 366 * 86_400_000 + 1, false],
  [DurationMs, 1.5, false],
  [LimitDecimal, '0', true],
  [LimitDecimal, '0.000000000000000001', true],
  [LimitDecimal, '-0.000000000000000001', false],
  [LimitDecimal, '1e3', false],
  [LimitDecimal, 100, false],
  [LimitCurrency, 'USD', true],
  [LimitCurrency, 'usd', false],
  [LimitCurrency, 'ZZZ', false],
] as const)('a limit is read or refused: case %#', (field, wire, isGood) => {
  if (isGood) expect(encode(field, decode<typeof field>(field, wire, 'a limit') as never)).toBe(wire);
  else expect(() => decode(field, wire, 'a limit')).toThrow('a limit is malformed');
});

test('a field carries its direction through its description, and a field without one has none', () => {
  expect(tighterOf(LimitDecimal.describe('The most.').meta(lowerIsTighter))).toBe('lower');
  expect(tighterOf(LimitDecimal.meta(lowerIsTighter).describe('The most.'))).toBe('lower');
  expect(tighterOf(z.enum(['never', 'always']).meta(tightestFirst(['never', 'always'])))).toEqual(['never', 'always']);
  expect(tighterOf(LimitDecimal.describe('The most.'))).toBeUndefined();
  expect(tighterOf(z.string())).toBeUndefined();
  expect(tighterOf(z.string().meta({ tighter: 'sideways' }))).toBeUndefined();
});
