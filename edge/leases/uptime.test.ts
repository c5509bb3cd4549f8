import { manualClock } from '@gatehouse/shared/values/clock.ts';
import { parseInstant } from '@gatehouse/shared/values/instant.ts';
import { expect, test } from 'vitest';
import { computerUptime, followStart } from './uptime.ts';

test('a moment of start that trembles about a border of the rounding keeps its name', () => {
  const nameOf = followStart();
  const names = [1_004_900, 1_005_100, 1_004_200, 1_005_800].map(nameOf);
  expect(new Set(names).size).toBe(1);
});

test('a clock that is set makes another name, and creeping by small steps does not go on for ever', () => {
  const nameOf = followStart();
  const first = nameOf(1_000_000);
  expect(nameOf(1_009_999)).toBe(first);
  expect(nameOf(1_010_000)).not.toBe(first);
  const crept = followStart();
  const begun = crept(1_000_000);
  const after = [1_004_000, 1_008_000, 1_012_000].map(crept);
  expect(after.at(-1)).not.toBe(begun);
});

test('I19 a term of another run of the edge is over: its journal may have been put back from a copy meanwhile', () => {
  const clock = manualClock(parseInstant('2026-01-05T09:00:00Z'));
  const [one, other] = ['run-1', 'run-2'].map((run) => computerUptime({ clock, run }));
  expect(one?.().boot).toBe(one?.().boot);
  expect(one?.().boot).not.toBe(other?.().boot);
});
