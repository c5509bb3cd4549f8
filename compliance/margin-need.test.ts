import { currency } from '@gatehouse/shared/values/currency.ts';
import { decimal, toText, trim, ZERO } from '@gatehouse/shared/values/decimal.ts';
import { expect, test } from 'vitest';
import type { CheckInput } from './define-control.ts';
import { exampleFacts, exampleOrder } from './examples/base.ts';
import { exampleFiles, type FilesOverrides } from './examples/files.ts';
import { holding } from './examples/holding.ts';
import { exampleOwn, type OwnOverrides } from './examples/own.ts';
import { exposureAfter } from './exposure-after.ts';
import { marginNeed } from './margin-need.ts';

const valuation = { marketOrderBps: decimal('0.02'), markAgeMsMax: 60_000, rateAgeMsMax: 3_600_000 };
const AT = '2020-03-06T20:29:00.000000000Z';
const toEuro: FilesOverrides = { rates: { rows: [{ from: 'USD', to: 'EUR', rate: '0.90', at: AT }] } };

/** What an account of a firm that counts in euro has and needs for a purchase in euro. */
function need(quantity: string, own: OwnOverrides, files: FilesOverrides = toEuro) {
  const input: CheckInput = {
    order: exampleOrder({ quantity, currency: 'EUR' }),
    facts: exampleFacts(),
    files: exampleFiles(files),
    own: exampleOwn(own),
    currency: currency('EUR'),
  };
  const after = exposureAfter(input, 'account:main', { valuation });
  if (after.kind === 'unknown') return after.reason;
  const judged = marginNeed(input, 'account:main', {
    after: after.exposure,
    valuation,
    reserve: ZERO,
    regime: 'reg-t',
  });
  if (judged.kind === 'unknown') return judged.reason;
  return [toText(trim(judged.available)), toText(trim(judged.required))];
}

const flat: OwnOverrides = { ...holding({ currency: 'EUR' }), cash: [{ currency: 'EUR', amount: '30000' }] };

test('the minimum equity counts at the rate of the dollar, as long as less than that is not the full price', () => {
  expect(need('4', flat)).toEqual(['30000', '2000']);
  expect(need('3', flat)).toEqual(['30000', '1800']);
  expect(need('1', flat)).toEqual(['30000', '1000']);
});

test('without a rate of the dollar the minimum equity is not known', () => {
  expect(need('4', flat, { rates: null })).toBe('The file of exchange rates is not known.');
});

test('cash in a currency without a rate leaves the need unknown', () => {
  expect(need('4', { ...flat, cash: [{ currency: 'JPY', amount: '1' }] })).toBe(
    'The rate from JPY to EUR is not known.',
  );
});
