import { expect, test } from 'vitest';
import { createTokenBucket } from './token-bucket.ts';

test('what is sent in the long run stays below the cap, whatever the size of a message', () => {
  let nowMs = 0;
  const bucket = createTokenBucket(1_000, () => nowMs);
  let sent = 0;
  for (const size of Array.from({ length: 40 }, (_, index) => 100 + ((index * 389) % 2_500))) {
    const waitMs = bucket.waitMs();
    nowMs += waitMs;
    expect(bucket.waitMs()).toBe(0);
    bucket.spend(size);
    sent += size;
  }
  nowMs += bucket.waitMs();
  // A second's worth may go out at once; everything else has had its time.
  expect(sent).toBeLessThanOrEqual((nowMs / 1_000) * 1_000 + 1_000);
  expect(sent).toBeGreaterThan((nowMs / 1_000) * 1_000 * 0.9);
});

test('a message larger than a second’s worth passes once the debt before it is paid', () => {
  let nowMs = 0;
  const bucket = createTokenBucket(1_000, () => nowMs);
  bucket.spend(5_000);
  const waitMs = bucket.waitMs();
  expect(waitMs).toBeGreaterThan(3_900);
  nowMs = waitMs - 2;
  expect(bucket.waitMs()).toBeGreaterThan(0);
  nowMs = waitMs;
  expect(bucket.waitMs()).toBe(0);
});

test('without a cap nothing waits', () => {
  const bucket = createTokenBucket(undefined, () => 0);
  bucket.spend(1e9);
  expect(bucket.waitMs()).toBe(0);
});
