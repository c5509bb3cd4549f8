import { DecisionBody } from '@gatehouse/shared/schema/decision.ts';
import { decode, encode } from '@gatehouse/shared/schema/decode.ts';
import { expect, test } from 'vitest';
import { DecisionTable } from './decision-table.tsx';
import type { JsonRecord } from './stored-body.ts';

const AT = '2020-03-06T20:30:00.000000000Z';
const HASH = 'ab'.repeat(32);
const figures = { instrumentValue: '21000.00', whole: '999999983' };
const long = {
  v: 2 as const,
  order: 'O-1',
  outcome: 'refused' as const,
  sheet: HASH,
  controls: HASH,
  haltEpoch: 0,
  facts: { now: AT, wallAt: AT, day: '2020-03-06', files: HASH },
  rows: [
    ['concentration@1', 'account:main', 'pass', figures],
    ['locate@1', 'firm', 'not-applicable'],
    ['max-order-value@2', 'firm', 'refuse', { orderValue: '2.50' }, 'It is worth too much.'],
    ['sanctions@1', 'firm', 'off'],
  ],
};
const short = encode(DecisionBody, { ...decode(DecisionBody, long, 'it'), v: 3 }) as unknown as JsonRecord;

const pageOf = (decision: JsonRecord): string => String(DecisionTable({ decision }));

test('a decision whose rows are recorded short shows the same table as one with its rows written out', () => {
  expect(short['rows']).not.toEqual(long.rows);
  expect(pageOf(short)).toBe(pageOf(long));
  for (const text of ['account:main', 'instrument value', 'It is worth too much.', '1 off']) {
    expect(pageOf(short)).toContain(text);
  }
});

test('rows of a later release that this one cannot read say so, and the page stands', () => {
  const page = pageOf({ ...short, rows: [...(short['rows'] as readonly unknown[]), 100_000] });
  expect(page).toContain('this release has no form 100000');
  expect(page).toContain('unreadable');
});

test('an object in place of rows leaves the table empty', () => {
  expect(pageOf({ ...short, rows: { not: 'rows' } })).not.toContain('account:main');
});
