import { add, type Decimal, decimal, isZero, negate, toText, ZERO } from '@gatehouse/shared/values/decimal.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { heldAfterClosing } from './closed-share.ts';

function heldOf(texts: Readonly<Record<string, string>>): ReadonlyMap<string, Decimal> {
  return new Map(Object.entries(texts).map(([name, text]) => [name, decimal(text)]));
}

function after(texts: Readonly<Record<string, string>>, change: string, owner?: string): Record<string, string> {
  const held = heldOf(texts);
  const total = add(sumOf(held), decimal(change));
  const changed = heldAfterClosing({ change: decimal(change), isAccountFlat: isZero(total), owner, held });
  return Object.fromEntries([...new Map([...held, ...changed])].map(([name, one]) => [name, toText(one)]));
}

function sumOf(held: ReadonlyMap<string, Decimal>): Decimal {
  return [...held.values()].reduce((sum, one) => add(sum, one), ZERO);
}

test('once the account is flat no algorithm holds anything, long and short against each other', () => {
  expect(after({ trend: '25', mean: '-45' }, '20')).toEqual({ trend: '0', mean: '0' });
  expect(after({ trend: '25', mean: '45' }, '-70')).toEqual({ trend: '0', mean: '0' });
});

test('a part is taken from those on its side, in the order of their names', () => {
  expect(after({ trend: '25', mean: '45' }, '-44')).toEqual({ trend: '25', mean: '1' });
  expect(after({ trend: '25', mean: '45' }, '-45')).toEqual({ trend: '25', mean: '0' });
  expect(after({ trend: '25', mean: '45' }, '-46')).toEqual({ trend: '24', mean: '0' });
  expect(after({ trend: '25', mean: '-45' }, '19')).toEqual({ trend: '25', mean: '-26' });
});

test('a kill of one algorithm closes what that one holds and leaves the others alone', () => {
  expect(after({ trend: '25', mean: '45' }, '-25', 'trend')).toEqual({ trend: '0', mean: '45' });
});

test('I9 what algorithms hold adds up to what the account holds, however much of it is closed', () => {
  const quantities = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), fc.integer({ min: -50, max: 50 }));
  fc.assert(
    fc.property(quantities, fc.integer({ min: 1, max: 200 }), (texts, part) => {
      const held = heldOf(Object.fromEntries(Object.entries(texts).map(([name, one]) => [name, `${one}`])));
      const total = Object.values(texts).reduce((sum, one) => sum + one, 0);
      const change = decimal(`${-Math.sign(total) * Math.min(part, Math.abs(total))}`);
      const isAccountFlat = isZero(add(sumOf(held), change));
      const all = new Map([...held, ...heldAfterClosing({ change, isAccountFlat, owner: undefined, held })]);
      expect(toText(add(sumOf(all), negate(change)))).toBe(toText(sumOf(held)));
    }),
  );
});
