import { currency } from '@gatehouse/shared/values/currency.ts';
import { decimal } from '@gatehouse/shared/values/decimal.ts';
import { expect, test } from 'vitest';
import type { CheckInput } from './check-input.ts';
import { exampleFacts, exampleOrder } from './examples/base.ts';
import { exampleFiles } from './examples/files.ts';
import { exampleOwn } from './examples/own.ts';
import { exposureAfter } from './exposure-after.ts';

const KEPT_MAX = 64;
const valuation = { marketOrderBps: decimal('0.02'), markAgeMsMax: 60_000, rateAgeMsMax: 86_400_000 };
const many = Array.from({ length: KEPT_MAX + 6 }, (_, index) => index);

function inputWithRoom(): CheckInput {
  return {
    order: exampleOrder(),
    facts: exampleFacts(),
    files: exampleFiles(),
    own: exampleOwn(),
    currency: currency('USD'),
    exposures: [],
  };
}

test('no more groups are kept than a decision can need, and those beyond are worked out again', () => {
  const input = inputWithRoom();
  for (const index of many) exposureAfter(input, 'firm', { valuation, group: `sector:s${index}` });
  expect(input.exposures?.flatMap(({ answers }) => answers)).toHaveLength(KEPT_MAX);
  expect(exposureAfter(input, 'firm', { valuation, group: `sector:s${many.length - 1}` }).kind).toBe('known');
});

test('no more scopes are kept than a decision can need, and those beyond are worked out again', () => {
  const input = inputWithRoom();
  for (const index of many) exposureAfter(input, `desk:d${index}`, { valuation });
  expect(input.exposures?.flatMap(({ shares }) => shares)).toHaveLength(KEPT_MAX);
  expect(exposureAfter(input, `desk:d${many.length - 1}`, { valuation }).kind).toBe('known');
});

test('no more valuations are kept than a decision can need, and those beyond are worked out again', () => {
  const input = inputWithRoom();
  for (const rateAgeMsMax of many) exposureAfter(input, 'firm', { valuation: { ...valuation, rateAgeMsMax } });
  expect(input.exposures).toHaveLength(KEPT_MAX);
  const last = { ...valuation, rateAgeMsMax: many.length - 1 };
  expect(exposureAfter(input, 'firm', { valuation: last }).kind).toBe('known');
});
