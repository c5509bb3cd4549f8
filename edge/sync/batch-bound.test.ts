import { manualClock } from '@gatehouse/shared/values/clock.ts';
import { parseInstant } from '@gatehouse/shared/values/instant.ts';
import { expect, test } from 'vitest';
import { openMemoryJournal } from '../journal/memory-journal.ts';
import {
  CLOSES_ALONE_MAX,
  CLOSES_MAX,
  createBatchBound,
  HOLD_MS_MAX,
  HOLD_MS_MIN,
  LONGER_AFTER_MS,
} from './batch-bound.ts';

const BATCH_BYTES = 1_000_000;

const { journal } = openMemoryJournal({
  edge: 'edge-1',
  clock: manualClock(parseInstant('2026-01-05T09:00:00Z')),
  random: (bytes) => new Uint8Array(bytes),
  emptyState: {},
  onNotice: () => {},
  keep: 'all',
});
const entries = journal.append(
  Array.from({ length: 64 }, () => ({ kind: 'clock' as const, body: 'x'.repeat(10_000) })),
);

function bound() {
  const at = { ms: 0 };
  const told: string[] = [];
  const of = createBatchBound({
    batchBytes: BATCH_BYTES,
    monotonicMs: () => at.ms,
    onTooLong: (message) => told.push(message),
  });
  const cut = (first: number, last: number, bytes: number, times = CLOSES_MAX): void => {
    for (let time = 0; time < times; time += 1) of.closed({ first, last, bytes }, last);
  };
  return { of, at, told, cut, count: () => of.fitting(entries).length };
}

test('a batch is as long as the broker says that it takes', () => {
  const { of, count, told } = bound();
  expect(count()).toBe(64);
  of.opened(200_000);
  expect(count()).toBeGreaterThan(10);
  expect(count()).toBeLessThan(20);
  of.opened(undefined);
  expect(count()).toBe(64);
  of.opened(5_000);
  expect(count()).toBe(0);
  expect(told).toEqual([]);
});

test('a batch over which connections end is halved until it is one entry, and one entry is always tried', () => {
  const { cut, count, told } = bound();
  cut(1, 64, 660_000, CLOSES_MAX - 1);
  expect(count()).toBe(64);
  cut(1, 64, 660_000, 1);
  expect(count()).toBeLessThan(33);
  for (let halvings = 0; count() > 1 && halvings < 20; halvings += 1) cut(1, count(), 10_300 * count());
  expect(count()).toBe(1);
  expect(told).toEqual([]);
});

test('connections that end over different batches, or after progress, halve nothing', () => {
  const { of, cut, count } = bound();
  for (let first = 1; first < 20; first += 1) cut(first, 64, 660_000, 1);
  for (let time = 0; time < 20; time += 1) {
    cut(20, 64, 660_000, 1);
    of.reached(20);
  }
  expect(count()).toBe(64);
});

test('one entry that cannot be sent is said once, waits ever longer, and is let go when it was acknowledged', () => {
  const { of, at, told, cut } = bound();
  cut(7, 7, 10_300, CLOSES_ALONE_MAX - 1);
  expect([of.isHeld, told.length]).toEqual([false, 0]);
  cut(7, 7, 10_300, 1);
  expect([of.isHeld, told.length]).toEqual([true, 1]);
  let holdMs = HOLD_MS_MIN;
  for (let time = 0; time < 12; time += 1) {
    at.ms += holdMs - 1;
    expect(of.isHeld).toBe(true);
    at.ms += 1;
    expect(of.isHeld).toBe(false);
    cut(7, 7, 10_300, CLOSES_ALONE_MAX);
    holdMs = Math.min(HOLD_MS_MAX, 2 * holdMs);
  }
  expect(told).toHaveLength(1);
  of.reached(7);
  expect(of.isHeld).toBe(false);
  of.tooLong(8, 10_300);
  expect([of.isHeld, told.length]).toEqual([true, 2]);
});

test('after a cut one batch goes at a time until all that was on its way is acknowledged', () => {
  const { of } = bound();
  of.closed({ first: 1, last: 8, bytes: 100 }, 64);
  expect(of.isCautious).toBe(true);
  of.reached(63);
  expect(of.isCautious).toBe(true);
  of.reached(64);
  expect(of.isCautious).toBe(false);
});

test('after a while without a cut longer batches are tried again', () => {
  const { at, cut, count } = bound();
  cut(1, 64, 660_000);
  const halved = count();
  at.ms += LONGER_AFTER_MS - 1;
  expect(count()).toBe(halved);
  at.ms += 1;
  expect(count()).toBeGreaterThan(halved);
});
