import { expect, test } from 'vitest';
import {
  createBatchQueue,
  QUEUE_BATCHES_MAX,
  QUEUE_BYTES_MAX,
  TAKE_BATCHES_MAX,
  TAKE_BYTES_MAX,
} from './batch-queue.ts';

const MIB = 1024 * 1024;

test('batches are taken in the order in which they came, as many as one transaction may hold', () => {
  const queue = createBatchQueue();
  for (let index = 0; index < TAKE_BATCHES_MAX + 1; index += 1)
    queue.push({ edge: `e${index}`, bytes: new Uint8Array(1) });
  expect(queue.take().map(({ edge }) => edge)).toEqual(
    Array.from({ length: TAKE_BATCHES_MAX }, (_, index) => `e${index}`),
  );
  expect(queue.take().map(({ edge }) => edge)).toEqual([`e${TAKE_BATCHES_MAX}`]);
  expect(queue.take()).toEqual([]);
});

test('a take holds up to its bytes, and one batch that is larger is taken alone', () => {
  const queue = createBatchQueue();
  const sizes = [TAKE_BYTES_MAX - MIB, MIB, 1, TAKE_BYTES_MAX + 1, 1];
  for (const size of sizes) queue.push({ edge: 'e', bytes: new Uint8Array(size) });
  const takes = [queue.take(), queue.take(), queue.take(), queue.take()];
  expect(takes.map((batches) => batches.length)).toEqual([2, 1, 1, 1]);
});

test('the queue holds its number of batches and drops the next, counting it', () => {
  const queue = createBatchQueue();
  const batch = { edge: 'e', bytes: new Uint8Array(1) };
  for (let index = 0; index < QUEUE_BATCHES_MAX; index += 1) expect(queue.push(batch)).toBe(true);
  expect(queue.push(batch)).toBe(false);
  expect(queue.dropped).toBe(1);
  queue.take();
  expect(queue.push(batch)).toBe(true);
});

test('the queue holds its number of bytes and not one more', () => {
  const queue = createBatchQueue();
  expect(queue.push({ edge: 'e', bytes: new Uint8Array(QUEUE_BYTES_MAX) })).toBe(true);
  expect(queue.push({ edge: 'e', bytes: new Uint8Array(1) })).toBe(false);
  queue.take();
  expect(queue.push({ edge: 'e', bytes: new Uint8Array(1) })).toBe(true);
});
