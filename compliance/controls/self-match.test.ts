import { currency } from '@gatehouse/shared/values/currency.ts';
import { add, compare, decimal, equal, fromInteger, sum, toText } from '@gatehouse/shared/values/decimal.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { exampleFacts, exampleOrder } from '../examples/base.ts';
import { exampleFiles } from '../examples/files.ts';
import { exampleOwn } from '../examples/own.ts';
import type { Verdict } from '../verdict.ts';
import { selfMatch } from './self-match.ts';

interface Resting {
  readonly id: string;
  readonly quantity: string;
  readonly filled?: string;
  readonly limitPrice?: string;
}

const files = exampleFiles();
const facts = exampleFacts();

function judged(policy: string, quantity: string, resting: readonly Resting[]): Verdict {
  const bound = selfMatch.bind({ policy });
  if (bound.kind === 'refused') throw new Error(bound.problems);
  const orders = resting.map(({ filled = '0', ...rest }) => ({
    filled,
    order: { ...rest, side: 'sell' as const, shortSaleMark: 'long' as const },
  }));
  const own = exampleOwn({ orders });
  return bound.judge({ order: exampleOrder({ quantity }), facts, files, own, currency: currency('USD') }, 'firm');
}

const two = [
  { id: 'O-8', quantity: '40', filled: '10' },
  { id: 'O-9', quantity: '20' },
];

test('the newest gives way: nothing is taken back and nothing is sent again', () => {
  expect(judged('cancel-newest', '50', two).remedy).toBeUndefined();
});

test('the oldest give way: all that are met are taken back, and the whole order is sent again', () => {
  expect(judged('cancel-oldest', '50', two).remedy).toEqual({ cancel: ['O-8', 'O-9'], quantity: decimal('50') });
});

test('both give way: the open ones are taken back, and the order is not sent again', () => {
  expect(judged('cancel-both', '50', two).remedy).toEqual({ cancel: ['O-8', 'O-9'] });
});

test('the smaller side gives way, on both sides of equal sizes', () => {
  expect(judged('decrement', '51', two).remedy).toEqual({ cancel: ['O-8', 'O-9'], quantity: decimal('1') });
  expect(judged('decrement', '50', two).remedy).toEqual({ cancel: ['O-8', 'O-9'] });
  expect(judged('decrement', '49', two).remedy).toBeUndefined();
});

test('only orders that are met are taken back', () => {
  const beyond = { id: 'O-7', quantity: '5', limitPrice: '1000.01' };
  expect(judged('cancel-oldest', '50', [...two, beyond]).remedy?.cancel).toEqual(['O-8', 'O-9']);
});

test('what remains of an order after a decrement and what is taken back make up the order', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 400 }), sizes, (size, restingSizes) => {
      const resting = restingSizes.map((one, index) => ({ id: `R-${index}`, quantity: String(one) }));
      const verdict = judged('decrement', String(size), resting);
      const total = sum(restingSizes.map((one) => fromInteger(one)));
      expect(verdict.kind).toBe('refuse');
      expect(verdict.remedy !== undefined).toBe(compare(fromInteger(size), total) >= 0);
      if (verdict.remedy?.quantity !== undefined) {
        expect(toText(add(verdict.remedy.quantity, total))).toBe(String(size));
        expect(equal(verdict.remedy.quantity, decimal('0'))).toBe(false);
      }
    }),
  );
});
