import { expect, test } from 'vitest';
import { NameSet } from './name-set.ts';

test('a list of names is asked by name', () => {
  const names = NameSet.parse(['a', 'b', 'a']);
  expect([names.has('a'), names.has('c'), names.size]).toEqual([true, false, 2]);
  expect(NameSet.parse([]).has('a')).toBe(false);
});

test('what is no name, and a list that is too long, are no list', () => {
  expect(NameSet.safeParse(['with space']).success).toBe(false);
  const long = Array.from({ length: 5_001 }, (_, index) => `n-${index}`);
  expect(NameSet.safeParse(long).success).toBe(false);
  expect(NameSet.safeParse(long.slice(1)).success).toBe(true);
});
