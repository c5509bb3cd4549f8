import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { leftOut } from './whole-runs.ts';

const SEEDS = [0, 1, 2, 3, 4, 5, 6, 7];

test('eight checks in a row leave out nothing that none of them ran', () => {
  const [first = [], ...others] = SEEDS.map(leftOut);
  expect(first.filter((file) => others.every((out) => out.includes(file)))).toEqual([]);
});

test('each check runs one of each row, and leaves out files that are there', () => {
  for (const seed of SEEDS) expect(leftOut(seed)).toHaveLength(27);
  expect(SEEDS.flatMap(leftOut).filter((file) => !existsSync(file))).toEqual([]);
});

test('the same seed leaves out the same', () => {
  expect(leftOut(705_501)).toEqual(leftOut(705_501));
});
