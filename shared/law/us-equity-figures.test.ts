import { expect, test } from 'vitest';
import { decimal, toText } from '../values/decimal.ts';
import { inForce } from './in-force.ts';
import { isPlausibleBand, LOCATES, LULD, MARKET_WIDE_BREAKERS, PRICE_TEST } from './us-equity-figures.ts';

const wide = (day: string) => inForce(LULD, day).widths['tier-2'].map(({ wideShare }) => toText(wideShare));
const plausible = (low: string, high: string) =>
  isPlausibleBand(inForce(LULD, '2020-03-06'), { low: decimal(low), high: decimal(high) });

test('the bands of tier 2 above three dollars are widened until the amendment takes effect, and not after', () => {
  expect(wide('2020-02-23')).toEqual(['0.20', '0.40', '1.50']);
  expect(wide('2020-02-24')).toEqual(['0.10', '0.40', '1.50']);
});

test('the widths of a tier stand from the highest prices down, and no band narrows as it is widened', () => {
  for (const { widths } of LULD) {
    for (const tier of Object.values(widths)) {
      const from = tier.map(({ above }) => Number(toText(above)));
      expect(from).toEqual(from.toSorted((a, b) => b - a));
      for (const { share, wideShare } of tier)
        expect(Number(toText(wideShare))).toBeGreaterThanOrEqual(Number(toText(share)));
    }
  }
});

test('a band is plausible up to exactly the widest of the plan and a cent at each edge', () => {
  expect(plausible('60.00', '140.00')).toBe(true);
  expect(plausible('59.99', '140.01')).toBe(true);
  expect(plausible('59.98', '140.02')).toBe(false);
  expect(plausible('0', '1000000')).toBe(false);
});

test('a band of a penny share may be thirty cents each way, or one and a half times its price where that is less', () => {
  expect(plausible('0.19', '0.81')).toBe(true);
  expect(plausible('0.18', '0.82')).toBe(false);
  expect(plausible('-0.06', '0.26')).toBe(true);
  expect(plausible('-0.07', '0.27')).toBe(false);
});

test('the price test, the breakers and the age of a borrow list are those of their day', () => {
  expect(inForce(PRICE_TEST, '2011-02-28')).toMatchObject({ fall: decimal('0.10'), daysAfter: 1 });
  expect(() => inForce(PRICE_TEST, '2011-02-27')).toThrow(/2011-02-27/);
  expect(inForce(MARKET_WIDE_BREAKERS, '2013-04-07').falls.map(toText)).toEqual(['0.10', '0.20', '0.30']);
  expect(inForce(MARKET_WIDE_BREAKERS, '2013-04-08').falls.map(toText)).toEqual(['0.07', '0.13', '0.20']);
  expect(inForce(LOCATES, '2026-01-05').easyToBorrowAgeMsMax).toBe(86_400_000);
});
