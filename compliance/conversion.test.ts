import { currency } from '@gatehouse/shared/values/currency.ts';
import { compare, decimal, equal, fromInteger, fromUnits, multiply } from '@gatehouse/shared/values/decimal.ts';
import { addMs } from '@gatehouse/shared/values/instant.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ConversionInput, type Converted, inFirmCurrency } from './conversion.ts';
import { exampleFacts } from './examples/base.ts';
import { exampleFiles, type FilesOverrides } from './examples/files.ts';
import { figureTexts } from './verdict.ts';

const USD = currency('USD');
const EUR = currency('EUR');
const facts = exampleFacts();
const AT = '2020-03-06T20:29:00.000000000Z';

/** The base rate is one minute old: 1.10 US dollars for a euro. */
function inputOf(files: FilesOverrides = {}, rateAgeMsMax = 60_000): ConversionInput {
  return { files: exampleFiles(files), facts, currency: USD, rateAgeMsMax };
}

function ratesOf(rate: string, at = AT): FilesOverrides {
  return { rates: { rows: [{ from: 'EUR', to: 'USD', rate, at }] } };
}

function reasonOf(converted: Converted): string {
  return converted.kind === 'unknown' ? converted.reason : 'known';
}

test('an amount in the firm’s own currency stays as it is and needs no rates', () => {
  const amount = decimal('12.50');
  expect(inFirmCurrency(amount, USD, inputOf({ rates: null }))).toEqual({ kind: 'known', amount, figures: {} });
});

test('an amount in another currency is worth its rate, exactly, and the rate is told', () => {
  const converted = inFirmCurrency(decimal('12.50'), EUR, inputOf());
  if (converted.kind === 'unknown') throw new Error(converted.reason);
  expect(equal(converted.amount, decimal('13.75'))).toBe(true);
  expect(figureTexts(converted.figures)).toEqual({ rateCurrency: 'EUR', rate: '1.10', rateAgeMs: '60000' });
});

test('a rate exactly as old as permitted counts, and one millisecond more does not', () => {
  expect(inFirmCurrency(decimal('1'), EUR, inputOf({}, 60_000)).kind).toBe('known');
  expect(reasonOf(inFirmCurrency(decimal('1'), EUR, inputOf({}, 59_999)))).toBe('The rate from EUR to USD is too old.');
});

test('a rate of this moment counts, and one from the next nanosecond does not', () => {
  const now = '2020-03-06T20:30:00.000000000Z';
  expect(inFirmCurrency(decimal('1'), EUR, inputOf(ratesOf('1.10', now), 0)).kind).toBe('known');
  const future = ratesOf('1.10', '2020-03-06T20:30:00.000000001Z');
  expect(reasonOf(inFirmCurrency(decimal('1'), EUR, inputOf(future)))).toBe(
    'The rate from EUR to USD is from the future.',
  );
});

test.each<[string, FilesOverrides]>([
  ['The file of exchange rates is not known.', { rates: null }],
  ['The rate from EUR to USD is not known.', { rates: { rows: [] } }],
  ['The rate from EUR to USD is not known.', { rates: { rows: [{ from: 'USD', to: 'EUR', rate: '0.90', at: AT }] } }],
  ['The rate from EUR to USD is not above zero.', ratesOf('0')],
  ['The rate from EUR to USD is not above zero.', ratesOf('-1.10')],
])('there is no value where it must not be guessed: %s', (reason, files) => {
  expect(reasonOf(inFirmCurrency(decimal('1'), EUR, inputOf(files)))).toBe(reason);
});

test('the value is the exact product for every amount, rate and permitted age', () => {
  const amount = fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n });
  const rate = fc.integer({ min: 1, max: 1_000_000 });
  const age = fc.integer({ min: -2, max: 60_002 });
  fc.assert(
    fc.property(amount, rate, age, (units, rateUnits, ageMs) => {
      const row = { from: EUR, to: USD, rate: fromUnits(BigInt(rateUnits), 4), at: addMs(facts.now, -ageMs) };
      const rates = { asOf: facts.now, of: () => row };
      const value = fromUnits(units, 6);
      const converted = inFirmCurrency(value, EUR, { files: { rates }, facts, currency: USD, rateAgeMsMax: 60_000 });
      expect(converted.kind).toBe(ageMs >= 0 && ageMs <= 60_000 ? 'known' : 'unknown');
      if (converted.kind === 'unknown') return;
      expect(compare(converted.amount, multiply(value, row.rate))).toBe(0);
    }),
  );
  expect(inFirmCurrency(fromInteger(0), EUR, inputOf()).kind).toBe('known');
});
