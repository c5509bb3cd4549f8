import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createLiveFeed, LISTENERS_MAX, UPDATES_PER_SECOND_MAX } from './live-feed.ts';

let commit: () => void = () => undefined;
const feed = () =>
  createLiveFeed((listener) => {
    commit = listener;
    return () => undefined;
  });

const quiet = () => ({ changed: () => undefined, closed: () => undefined });

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('commits all through a second are at most four updates, and the last is never lost', () => {
  let updates = 0;
  feed().listen({
    changed: () => {
      updates += 1;
    },
    closed: () => undefined,
  });
  for (let count = 0; count < 99; count += 1) {
    commit();
    vi.advanceTimersByTime(10);
  }
  expect(updates).toBe(UPDATES_PER_SECOND_MAX);
  vi.advanceTimersByTime(1_000);
  expect(updates).toBe(UPDATES_PER_SECOND_MAX + 1);
  commit();
  expect(updates).toBe(UPDATES_PER_SECOND_MAX + 2);
});

test('one page more than the bound is turned away, until another has left', () => {
  const live = feed();
  const leave = Array.from({ length: LISTENERS_MAX }, () => live.listen(quiet()));
  expect(live.listen(quiet())).toBeUndefined();
  leave[0]?.();
  expect(live.listen(quiet())).toBeDefined();
});
