import type { BreakBody } from '@gatehouse/shared/schema/bodies.ts';
import { expect, test } from 'vitest';
import { deskOrder } from '../engine/orders/desk-fixture.ts';
import { blockOf, blocksOf } from './blocks.ts';
import { BEGIN, PLACE, TRADED } from './reconcile-fixture.ts';

const found: BreakBody = {
  v: 1,
  id: 'B-1',
  step: 'found',
  subject: 'position',
  between: ['journal', 'venue'],
  ...PLACE,
  key: TRADED,
  ours: '3',
  theirs: '5',
  cause: 'not-known',
  since: BEGIN,
  at: BEGIN,
};

const blocks = (open: BreakBody, isUnsure = false) =>
  blocksOf({ ...PLACE, isUnsure, open: [open], instrumentsOf: (asset) => (asset === 'IDX' ? [TRADED] : []) });
const stops = (changes: Partial<BreakBody>): boolean =>
  blockOf(deskOrder(), blocks({ ...found, ...changes })) !== undefined;

test('a position that differs stops its instrument in its account, and nothing else', () => {
  expect(blockOf(deskOrder(), blocks(found))).toMatchObject({ break: 'B-1' });
  expect(blockOf(deskOrder({ instrument: 'OTHER' }), blocks(found))).toBeUndefined();
  expect(blockOf(deskOrder({ account: 'other' }), blocks(found))).toBeUndefined();
  expect(stops({ account: 'other' })).toBe(false);
  expect(stops({ venue: 'ELSEWHERE' })).toBe(false);
});

test('an asset that differs stops what delivers it, and money that differs stops nothing by itself', () => {
  expect(stops({ subject: 'balance', key: 'IDX' })).toBe(true);
  expect(stops({ subject: 'balance', key: 'USD' })).toBe(false);
  expect(stops({ subject: 'order', key: TRADED })).toBe(false);
  expect(stops({ subject: 'fill', key: TRADED })).toBe(false);
});

test('a break stops while it is found or assigned, and no more once a person has explained it', () => {
  expect(stops({ step: 'assigned', owner: 'P-1' })).toBe(true);
  expect(stops({ step: 'explained' })).toBe(false);
});

test('what leaves no doubt about a holding stops nothing', () => {
  for (const cause of ['rounding', 'timing', 'fee'] as const) expect(stops({ cause })).toBe(false);
  for (const cause of ['manual-trade', 'missed-fill', 'late-report'] as const) expect(stops({ cause })).toBe(true);
});

test('before the books were compared everything at the venue is stopped', () => {
  const unsure = blocks({ ...found, key: 'OTHER' }, true);
  expect(blockOf(deskOrder(), unsure)?.break).toBeUndefined();
  expect(blockOf(deskOrder(), unsure)?.reason).toContain('were not compared');
  expect(blockOf(deskOrder({ venue: 'ELSEWHERE' }), unsure)).toBeUndefined();
});
