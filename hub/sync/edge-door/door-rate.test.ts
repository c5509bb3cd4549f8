import { expect, test } from 'vitest';
import { createDoorRate, DOOR_RATE_MAX } from './door-rate.ts';

function tried(count: number, admits: () => boolean): number {
  return Array.from({ length: count }, admits).filter(Boolean).length;
}

test('an address that was refused too often waits for the next minute, and another one does not', () => {
  let nowMs = 0;
  const rate = createDoorRate(() => nowMs);
  for (let failures = 0; failures < DOOR_RATE_MAX.failures; failures += 1) {
    expect(rate.admits('10.0.0.1')).toBe(true);
    rate.failed('10.0.0.1');
  }
  expect(rate.admits('10.0.0.1')).toBe(false);
  expect(rate.admits('10.0.0.2')).toBe(true);
  nowMs = 60_000;
  expect(rate.admits('10.0.0.1')).toBe(true);
});

test('requests that are answered have a bound of their own', () => {
  const rate = createDoorRate(() => 0);
  expect(tried(DOOR_RATE_MAX.requests + 5, () => rate.admits('10.0.0.1'))).toBe(DOOR_RATE_MAX.requests);
});

test('strangers from ever new addresses are bounded together', () => {
  const rate = createDoorRate(() => 0);
  let address = 0;
  const admitted = tried(2_000, () => {
    address += 1;
    const isAdmitted = rate.admits(`10.0.${address >> 8}.${address & 255}`);
    if (isAdmitted) rate.failed(`10.0.${address >> 8}.${address & 255}`);
    return isAdmitted;
  });
  expect(admitted).toBe(DOOR_RATE_MAX.failuresOfAll);
});
