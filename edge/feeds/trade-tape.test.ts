import { decimal } from '@gatehouse/shared/values/decimal.ts';
import { expect, test } from 'vitest';
import type { AggregateTrade } from '../venues/ccxt/wire-forms.ts';
import { TradeTape } from './trade-tape.ts';

const traded = (a: number): AggregateTrade => ({ a, p: decimal('100'), q: decimal('1'), T: 0, m: true });

function begun(last: number | undefined): TradeTape {
  const tape = new TradeTape();
  tape.begin(last);
  return tape;
}

test('before the tape has begun every trade comes too early', () => {
  expect(new TradeTape().placeOf(traded(1))).toBe('ahead');
});

test.each([
  [6, 'next'],
  [5, 'told'],
  [4, 'told'],
  [7, 'ahead'],
] as const)('after the trade 5, the trade %d is %s', (a, place) => {
  expect(begun(5).placeOf(traded(a))).toBe(place);
});

test('where nothing was ever traded, the exchange is asked for the first trade, and nothing is missing before it', () => {
  const tape = begun(undefined);
  expect(tape.placeOf(traded(7))).toBe('ahead');
  expect(tape.tell(traded(7))).toBeUndefined();
  expect(tape.placeOf(traded(8))).toBe('next');
});

test('what is passed over is said with both its ends', () => {
  const tape = begun(5);
  expect(tape.tell(traded(6))).toBeUndefined();
  expect(tape.tell(traded(10))).toEqual({ from: 7, to: 9 });
});

test('what waits comes back in the order of its numbers, once', () => {
  const tape = begun(5);
  for (const a of [9, 7, 8]) tape.keep(traded(a));
  expect(tape.release().map(({ a }) => a)).toEqual([7, 8, 9]);
  expect(tape.release()).toEqual([]);
});

test('so many trades wait and no more', () => {
  const tape = begun(0);
  const kept = Array.from({ length: 20_001 }, (_, a) => tape.keep(traded(a + 2)));
  expect(kept.lastIndexOf(true)).toBe(19_999);
});
