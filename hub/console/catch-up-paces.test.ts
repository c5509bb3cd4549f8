import { addMs, fromMillis } from '@gatehouse/shared/values/instant.ts';
import { expect, test } from 'vitest';
import { createCatchUpPaces } from './catch-up-paces.ts';

const START = fromMillis(Date.UTC(2026, 0, 5));
const at = (ms: number) => addMs(START, ms);
const progress = (taken: number, left: number, epoch = 1) => [{ edge: 'edge-1', epoch, taken, left }];

test('the time left is known from the second look on and follows the pace', () => {
  const paces = createCatchUpPaces();
  expect(paces.look(progress(100, 900), at(0)).get('edge-1')).toBeUndefined();
  expect(paces.look(progress(200, 800), at(2_000)).get('edge-1')).toBe(16);
  expect(paces.look(progress(1_000, 0), at(4_000)).get('edge-1')).toBe(0);
});

test('a backlog that nothing is taken of has no end that could be told', () => {
  const paces = createCatchUpPaces();
  paces.look(progress(100, 900), at(0));
  expect(paces.look(progress(100, 900), at(5_000)).get('edge-1')).toBeUndefined();
});

test('a pause longer than the window, an older count, another epoch and a clock that went back start anew', () => {
  const again: readonly (readonly [taken: number, epoch: number, ms: number])[] = [
    [300, 1, 90_000],
    [50, 1, 2_000],
    [300, 2, 2_000],
    [300, 1, -5_000],
  ];
  for (const [taken, epoch, ms] of again) {
    const paces = createCatchUpPaces();
    paces.look(progress(100, 900), at(0));
    paces.look(progress(200, 900), at(1_000));
    expect(paces.look(progress(taken, 900, epoch), at(ms)).get('edge-1')).toBeUndefined();
  }
});
