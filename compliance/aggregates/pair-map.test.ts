import { expect, test } from 'vitest';
import { PairMap } from './pair-map.ts';

test('a value is found by both names in their order, until it is taken out', () => {
  const map = new PairMap<number>();
  map.set('a', 'b', 1);
  map.set('a', 'c', 2);
  map.set('b', 'a', 3);
  expect([map.get('a', 'b'), map.get('b', 'a'), map.get('c', 'a')]).toEqual([1, 3, undefined]);
  map.delete('a', 'b');
  map.delete('none', 'b');
  expect(map.all()).toEqual([2, 3]);
  map.clear();
  expect(map.all()).toEqual([]);
});
