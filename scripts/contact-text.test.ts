import { addMs, instantText, parseInstant } from '@gatehouse/shared/values/instant.ts';
import { expect, test } from 'vitest';
import { contactText, tradingText } from './contact-text.ts';

const NOW = parseInstant('2026-01-05T10:00:00Z');
const at = (seconds: number) => instantText(addMs(NOW, seconds * 1_000));

test('a person reads when the hub was heard, what passes because of that, and what comes next', () => {
  const heard = { heardAt: at(-5), reducesFrom: at(20), haltsFrom: at(55) };
  expect(contactText({ mode: 'active', ...heard }, NOW)).toBe(
    'the hub was heard 5 s ago; without it only what reduces passes in 20 s, and nothing in 55 s',
  );
  const late = { heardAt: at(-50), reducesFrom: at(-10), haltsFrom: at(10) };
  expect(contactText({ mode: 'reducing', ...late }, NOW)).toBe(
    'the hub was heard 50 s ago and the lease is over: only what reduces a position passes, and nothing in 10 s',
  );
  expect(contactText({ mode: 'halted', heardAt: at(-80), haltsFrom: at(-5) }, NOW)).toBe(
    'the hub was heard 80 s ago, and nothing passes until it is heard again',
  );
});

test('an edge that waits for its first word, its first lease, or has no hub says so', () => {
  expect(contactText({ mode: 'halted' }, NOW)).toBe(
    'the hub was never heard, and nothing passes until it is heard again',
  );
  expect(contactText({ mode: 'halted', heardAt: at(-1), haltsFrom: at(59) }, NOW)).toBe(
    'the hub was heard 1 s ago and has leased nothing yet, so nothing passes',
  );
  expect(contactText({ mode: 'stands-alone' }, NOW)).toBe('no hub, which the sheet permits');
  expect(contactText({ mode: 'unbound', heardAt: at(-7) }, NOW)).toBe(
    'the hub was heard 7 s ago; the sheet in force does not bind trading to that',
  );
});

test('the stricter of what was stopped and what contact permits is what an edge does', () => {
  const shown = (trading: string, mode: 'active' | 'reducing' | 'halted' | 'unbound') =>
    tradingText({ trading, contact: { mode } });
  expect(shown('active', 'active')).toBe('active');
  expect(shown('active', 'unbound')).toBe('active');
  expect(shown('active', 'reducing')).toBe('reducing, for want of contact with the hub');
  expect(shown('reducing', 'reducing')).toBe('reducing');
  expect(shown('reducing', 'halted')).toBe('halted, for want of contact with the hub');
  expect(shown('halted', 'reducing')).toBe('halted');
});
