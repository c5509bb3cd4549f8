import type { ScopeText } from '@gatehouse/shared/schema/decision.ts';
import { currency } from '@gatehouse/shared/values/currency.ts';
import { toText } from '@gatehouse/shared/values/decimal.ts';
import { addMs, type Instant, instantText } from '@gatehouse/shared/values/instant.ts';
import { expect, test } from 'vitest';
import { exampleFiles } from '../examples/files.ts';
import { profitOf } from '../scope-profit.ts';
import type { Aggregates } from './aggregates.ts';
import { DAY, firmSums, fold, restored, TERMS } from './aggregates-fixture.ts';
import {
  actionEntry,
  adjustmentEntry,
  changeEntry,
  decisionEntry,
  fillEntry,
  instrumentsEntry,
  intentEntry,
  orderAt,
  STREAM_START,
} from './entry-streams.ts';

const order = orderAt(0, { id: 'O-1', account: 'main', instrument: 'demo-index', quantity: '10' });
const ENTERED = [TERMS, intentEntry(order), decisionEntry(order, { outcome: 'approved', day: DAY })];
const UNKNOWN = { units: -999n, scale: 0 };
const FILL = { units: '4', price: '100', fee: '1' };

const profitsIn = (own: Aggregates, scope: ScopeText) =>
  own.totals(scope, DAY)?.map(({ currency, pnl }) => `${currency} ${toText(pnl)}`);

const cashOf = (own: ReturnType<typeof fold>) =>
  own.cash('main')?.map(({ currency, amount }) => `${toText(amount)} ${currency}`);

test('a bust gives back what the order has open, the position and the cash, and a correction books the rest', () => {
  const filled = [...ENTERED, fillEntry(order, FILL)];
  const busted = fold(filled, changeEntry(order, FILL));
  expect([toText(busted.position(order) ?? UNKNOWN), toText(busted.open(order)?.buy ?? UNKNOWN)]).toEqual(['0', '10']);
  expect(cashOf(busted)).toEqual(['0 USD']);
  expect(firmSums(busted)).toMatchObject({ pnl: '0', long: '1000' });
  const corrected = fold(filled, changeEntry(order, FILL, { units: '3', price: '90', fee: '1' }));
  expect([toText(corrected.position(order) ?? UNKNOWN), toText(corrected.open(order)?.buy ?? UNKNOWN)]).toEqual([
    '3',
    '7',
  ]);
  // Three units that cost 90 each are worth 100 each at the mark, less a fee of 1.
  expect(firmSums(corrected)).toMatchObject({ pnl: '29' });
  expect(cashOf(corrected)).toEqual(['-271 USD']);
});

test('a fee in another currency leaves that purse and is a loss in it, for everyone whom the execution counts for', () => {
  const own = fold(ENTERED, fillEntry(order, { ...FILL, feeCurrency: 'BNB' }));
  expect(cashOf(own)).toEqual(['-1 BNB', '-400 USD']);
  const scopes: readonly ScopeText[] = ['firm', `algorithm:${order.algorithm.id}`, `account:${order.account}`];
  for (const scope of scopes) expect(profitsIn(own, scope)).toEqual(['BNB -1', 'USD 0']);
  expect(profitsIn(restored(own), 'firm')).toEqual(['BNB -1', 'USD 0']);
  own.fold(changeEntry(order, { ...FILL, feeCurrency: 'BNB' }));
  expect(profitsIn(own, 'firm')).toEqual(['BNB 0', 'USD 0']);
});

test('a loss in fees of another currency counts at its dated rate, and is not known without one', () => {
  const own = fold(ENTERED, fillEntry(order, { ...FILL, feeCurrency: 'BNB' }));
  const lossAt = (now: Instant, rows: { from: string; to: string; rate: string; at: string }[]) => {
    const files = exampleFiles({ rates: { rows } });
    const ages = { markAgeMsMax: 10_000, rateAgeMsMax: 1_000 };
    const input = { own, files, facts: { now, day: DAY }, currency: currency('USD') };
    const judged = profitOf(input, 'firm', ages);
    return judged.kind === 'known' ? toText(judged.dayLoss) : judged.reason;
  };
  const rate = { from: 'BNB', to: 'USD', rate: '600', at: instantText(STREAM_START) };
  expect(lossAt(addMs(STREAM_START, 1_000), [rate])).toBe('600');
  expect(lossAt(addMs(STREAM_START, 1_001), [rate])).toMatch(/too old/);
  expect(lossAt(STREAM_START, [])).toMatch(/rate from BNB to USD is not known/);
});

test('a split changes no profit, a dividend is one, and either counts once', () => {
  const split = actionEntry('C-1', 'demo-index', { kind: 'split', numerator: 2, denominator: 1 });
  const dividend = actionEntry('C-2', 'demo-index', { perUnit: '0.5', currency: 'USD' });
  const own = fold(ENTERED, fillEntry(order, FILL), split, split, dividend, dividend);
  expect(toText(own.position(order) ?? UNKNOWN)).toBe('8');
  expect(firmSums(own)).toMatchObject({ pnl: '3' });
  expect(cashOf(own)).toEqual(['-397 USD']);
  const again = restored(own);
  again.fold(dividend);
  expect(cashOf(again)).toEqual(['-397 USD']);
});

test('an adjustment of a position is worth its mark less what it cost, and belongs to no algorithm', () => {
  const parts = { account: 'main', quantity: '2', amount: '150', currency: 'USD' };
  const own = fold(ENTERED, fillEntry(order, FILL), adjustmentEntry('A-1', 'demo-index', parts));
  expect(toText(own.position(order) ?? UNKNOWN)).toBe('6');
  expect(firmSums(own)).toMatchObject({ pnl: '49' });
  const [row] = own.totals(`algorithm:${order.algorithm.id}`, DAY) ?? [];
  expect(toText(row?.pnl ?? UNKNOWN)).toBe('-1');
});

test('a new name takes position, profit and mark along in every scope, and leaves the old one flat', () => {
  const renamed = actionEntry('C-1', 'demo-index', { kind: 'rename', into: 'demo-next' });
  const named = instrumentsEntry({ id: 'demo-next' });
  const own = fold(ENTERED, fillEntry(order, FILL), named, renamed);
  expect(toText(own.position(order) ?? UNKNOWN)).toBe('0');
  const next = { ...order, instrument: 'demo-next' };
  for (const one of [own, restored(own)]) {
    expect(toText(one.position(next) ?? UNKNOWN)).toBe('4');
    expect(toText(one.cell('instrument:demo-next', 'demo-next')?.position ?? UNKNOWN)).toBe('4');
    expect(toText(one.cell(`algorithm:${order.algorithm.id}`, 'demo-next')?.mark ?? UNKNOWN)).toBe('100');
    expect(firmSums(one)).toMatchObject({ pnl: '-1' });
  }
});
