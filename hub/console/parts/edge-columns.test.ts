import { addMs, instantText, parseInstant } from '@gatehouse/shared/values/instant.ts';
import { expect, test } from 'vitest';
import { isSilent, isStoppedInPart } from './edge-columns.tsx';

const NOW = parseInstant('2026-01-05T10:00:00Z');
const ago = (ms: number) => instantText(addMs(NOW, -ms));

test('an enrolled edge is silent once neither a batch nor its certificate was seen for more than a minute', () => {
  const seen = (seenMs: number, batchMs: number, enrolment: string | null = 'active') =>
    isSilent({ enrolment, seenAt: ago(seenMs), lastBatchAt: ago(batchMs), now: NOW });
  expect(seen(60_000, 90_000)).toBe(false);
  expect(seen(60_001, 90_000)).toBe(true);
  expect(seen(90_000, 1_000)).toBe(false);
  // Nothing but records is heard of an edge without a certificate, and it may have none to send.
  expect(seen(90_000, 90_000, null)).toBe(false);
});

test('an edge is stopped in part while nothing that is stopped is the whole firm', () => {
  const halt = (scope: string) => ({
    kill: 'K-1',
    scope,
    state: 'halted',
    level: 'cancel',
    reason: 'A drill.',
    leaf: 1,
  });
  expect(isStoppedInPart({ halts: [] })).toBe(false);
  expect(isStoppedInPart({ halts: [halt('algorithm:ema-cross')] })).toBe(true);
  expect(isStoppedInPart({ halts: [halt('algorithm:ema-cross'), halt('firm')] })).toBe(false);
});
