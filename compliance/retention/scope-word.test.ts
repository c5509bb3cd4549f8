import { expect, test } from 'vitest';
import { parseScope, SCOPE_FORMS } from './scope-word.ts';

test('each form of a scope reads as what it says', () => {
  expect(parseScope('subject:c-81')).toEqual({ kind: 'subject', subject: 'c-81' });
  expect(parseScope('account:A.1')).toEqual({ kind: 'account', account: 'A.1' });
  expect(parseScope(' instrument:SPY ')).toEqual({ kind: 'instrument', instrument: 'SPY' });
  expect(parseScope('class:trading')).toEqual({ kind: 'class', class: 'trading' });
  const months = { kind: 'class', class: 'trading', from: '2026-01', to: '2026-03' };
  expect(parseScope('class:trading:2026-01..2026-03')).toEqual(months);
  expect(parseScope('class:trading:2026-01')).toEqual({ ...months, to: '2026-01' });
  expect(parseScope('records:7')).toEqual({ kind: 'records', first: 7, last: 7 });
  expect(parseScope('records:100..250')).toEqual({ kind: 'records', first: 100, last: 250 });
});

test('another word is refused with the forms that there are', () => {
  const words = [
    '',
    'subject',
    'subject:',
    'subject:a:b',
    'class:nothing',
    'class:trading:2026-3',
    'records:9..3',
    'records:x',
  ];
  words.push(
    'class:trading:2026-03..2026-01',
    'class:trading:2026-01..2026-02..2026-03',
    'class:trading:2026-01:x',
    'kind:x',
  );
  for (const word of words) expect(() => parseScope(word), word).toThrow(`the scope "${word}"`);
  expect(SCOPE_FORMS).toHaveLength(6);
});
