import { decimal, toText } from '@gatehouse/shared/values/decimal.ts';
import { expect, test } from 'vitest';
import { type MarginRegime, minimumEquityUsd, ratesUnder } from './margin-regime.ts';
import type { HouseRow } from './margin-requirement.ts';
import { INITIAL_MARGIN, INTRADAY_MARGIN, MAINTENANCE_MARGIN, MINIMUM_EQUITY } from './margin-rules.ts';

const row: HouseRow = { assetClass: 'equity', initialBps: 0, maintenanceBps: 0 };

function ratesOf(regime: MarginRegime, changes: Partial<HouseRow> = {}, day = '2026-06-04') {
  const rates = ratesUnder(regime, day)?.({ ...row, ...changes }, changes.assetClass ?? 'equity');
  return rates === undefined ? undefined : [toText(rates.long), toText(rates.short)];
}

test('Regulation T asks one half on both sides, whatever lower rates there are', () => {
  expect(ratesOf('reg-t')).toEqual(['0.5000', '0.5000']);
  expect(ratesOf('reg-t', { initialBps: 4_999, maintenanceBps: 4_999 })).toEqual(['0.5000', '0.5000']);
  expect(ratesOf('reg-t', { initialBps: 5_001 })).toEqual(['0.5001', '0.5001']);
  expect(ratesOf('reg-t', { maintenanceBps: 6_000 })).toEqual(['0.6000', '0.6000']);
});

test('within the day a quarter of what is held and thirty per cent of what is owed are asked', () => {
  expect(ratesOf('intraday')).toEqual(['0.2500', '0.3000']);
  expect(ratesOf('intraday', { initialBps: 9_000 })).toEqual(['0.2500', '0.3000']);
  expect(ratesOf('intraday', { maintenanceBps: 2_800 })).toEqual(['0.2800', '0.3000']);
  expect(ratesOf('intraday', { maintenanceBps: 3_100 })).toEqual(['0.3100', '0.3100']);
});

test('what the law does not lend on is paid in full', () => {
  expect(ratesOf('reg-t', { assetClass: 'crypto' })).toEqual(['1.0000', '1.0000']);
  expect(ratesOf('intraday', { assetClass: 'future' })).toEqual(['1.0000', '1.0000']);
});

test('a leverage leaves its reciprocal to be covered, rounded against the account', () => {
  expect(ratesOf('venue', { leverageMax: decimal('4') })).toEqual(['0.250000000000000000', '0.250000000000000000']);
  expect(ratesOf('venue', { leverageMax: decimal('3') })?.[0]).toBe('0.333333333333333334');
  expect(ratesOf('venue', { leverageMax: decimal('4'), initialBps: 2_501 })?.[0]).toBe('0.2501');
  expect(ratesOf('venue', { leverageMax: decimal('0') })).toBeUndefined();
  expect(ratesOf('venue')).toBeUndefined();
});

test('a regime answers from exactly the first day of its rule', () => {
  expect(ratesOf('intraday', {}, '2026-06-04')).toBeDefined();
  expect(ratesOf('intraday', {}, '2026-06-03')).toBeUndefined();
  expect(ratesOf('reg-t', {}, '1974-01-03')).toBeDefined();
  expect(ratesOf('reg-t', {}, '1974-01-02')).toBeUndefined();
});

test('two thousand dollars are asked where the law sets a minimum, nothing at a venue', () => {
  expect(toText(minimumEquityUsd('reg-t', '2020-03-06'))).toBe('2000');
  expect(toText(minimumEquityUsd('intraday', '2026-06-04'))).toBe('2000');
  expect(toText(minimumEquityUsd('venue', '2020-03-06'))).toBe('0');
});

test('each dated rule names its source and what has to be known about it, in the order of days', () => {
  for (const rules of [INITIAL_MARGIN, MAINTENANCE_MARGIN, INTRADAY_MARGIN, MINIMUM_EQUITY]) {
    expect(rules.map(({ from }) => from)).toEqual(rules.map(({ from }) => from).toSorted());
    for (const { note, source } of rules) {
      expect(note).toMatch(/^[A-Z].*\.$/);
      expect(source.says).toMatch(/^[A-Z].*\.$/);
    }
  }
  expect(INTRADAY_MARGIN.map(({ note }) => note.startsWith('Unsure'))).toEqual([true]);
});
