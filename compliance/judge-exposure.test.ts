import { currency } from '@gatehouse/shared/values/currency.ts';
import { compare, decimal } from '@gatehouse/shared/values/decimal.ts';
import { expect, test } from 'vitest';
import { exampleFacts, exampleOrder, type OrderOverrides } from './examples/base.ts';
import { exampleFiles } from './examples/files.ts';
import { holding } from './examples/holding.ts';
import { exampleOwn, type OwnOverrides } from './examples/own.ts';
import { exposureWords, judgeExposure } from './judge-exposure.ts';

const valuation = { marketOrderBps: decimal('0.02'), markAgeMsMax: 60_000, rateAgeMsMax: 3_600_000 };
const sale: OrderOverrides = { side: 'sell', shortSaleMark: 'long' };

function judged(order: OrderOverrides, own: OwnOverrides, grossMax = '40000') {
  const input = {
    order: exampleOrder(order),
    facts: exampleFacts(),
    files: exampleFiles(),
    own: exampleOwn(own),
    currency: currency('USD'),
  };
  const { kind, reason } = judgeExposure(input, 'firm', {
    valuation,
    words: exposureWords('It stays within', 'It goes beyond'),
    judge: ({ all }) => ({ isInside: compare(all.gross, decimal(grossMax)) <= 0, figures: {} }),
  });
  return [kind, reason];
}

test('exactly the limit passes and a cent less of it refuses', () => {
  expect(judged({}, {}, '50000')).toEqual(['pass', 'It stays within.']);
  expect(judged({}, {}, '49999.99')).toEqual(['refuse', 'It goes beyond.']);
});

test('beyond the limit an order passes exactly as long as it does not reach beyond zero', () => {
  const held = holding({ position: '50' });
  const reason = 'It goes beyond, and this order can only bring the position nearer to zero.';
  expect(judged({ ...sale, quantity: '50' }, held)).toEqual(['pass', reason]);
  expect(judged({ ...sale, quantity: '51' }, held)).toEqual(['refuse', 'It goes beyond.']);
});

test('what is not known refuses, also an order that would close', () => {
  const unpriced = { ...holding({ position: '50' }), oldestMarkAt: '2020-03-06T20:00:00.000000000Z' };
  expect(judged({ ...sale, quantity: '50' }, unpriced)).toEqual([
    'refuse',
    'The oldest price of what is held is too old.',
  ]);
});
