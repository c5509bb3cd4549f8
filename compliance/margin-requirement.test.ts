import type { AssetClass } from '@gatehouse/shared/schema/facts/reference-data.ts';
import { currency } from '@gatehouse/shared/values/currency.ts';
import {
  compare,
  type Decimal,
  decimal,
  maximum,
  multiply,
  negate,
  sum,
  toText,
  trim,
  ZERO,
} from '@gatehouse/shared/values/decimal.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { CheckInput } from './define-control.ts';
import { exampleFacts, exampleOrder } from './examples/base.ts';
import { exampleFiles, exampleInstrument } from './examples/files.ts';
import { exampleOwn } from './examples/own.ts';
import { exposureAfter } from './exposure-after.ts';
import { type HouseRow, type MarginRates, requiredMargin } from './margin-requirement.ts';
import type { CurrencyTotals, InstrumentCell, OwnFacts } from './own-facts.ts';
import type { Valuation } from './valuation.ts';
import { NotKnown } from './verdict.ts';

const valuation: Valuation = { marketOrderBps: ZERO, markAgeMsMax: 60_000, rateAgeMsMax: 3_600_000 };
const classes: readonly AssetClass[] = ['etf', 'equity', 'crypto'];

/** One instrument of an account, with rows of its own or of its class alone. Units: marks of 100.00 each. */
interface Line {
  readonly position: number;
  readonly buys: number;
  readonly sells: number;
  readonly assetClass: AssetClass;
  readonly ownBps: number | undefined;
}

const line = (open: fc.Arbitrary<number>): fc.Arbitrary<Line> =>
  fc.record({
    position: fc.integer({ min: -50, max: 50 }),
    buys: open,
    sells: open,
    assetClass: fc.constantFrom(...classes),
    ownBps: fc.option(fc.integer({ min: 2_500, max: 9_000 }), { nil: undefined }),
  });

/** The rates of these tests: what a row says, and five points more for what is owed. */
function rates({ initialBps }: HouseRow): MarginRates {
  return { long: share(initialBps), short: share(initialBps + 500) };
}

function share(bps: number): Decimal {
  return { units: BigInt(bps), scale: 4 };
}

function idOf(index: number): string {
  return index === 0 ? 'demo-index' : `line-${index}`;
}

function cellOf({ position, buys, sells }: Line): InstrumentCell {
  const units = (value: number): Decimal => ({ units: BigInt(value), scale: 0 });
  return {
    currency: currency('USD'),
    multiplier: decimal('1'),
    position: units(position),
    openBuy: units(buys),
    openSell: units(sells),
    mark: decimal('100.00'),
    markAt: exampleFacts().now,
  };
}

function worthOf({ position, buys, sells }: Line) {
  const value = (units: number): Decimal => ({ units: BigInt(units) * 100n, scale: 0 });
  const long = value(position + buys);
  const short = value(position - sells);
  return { long, short, gross: maximum(long, negate(short)), net: value(position) };
}

function totalsOf(lines: readonly Line[]): readonly CurrencyTotals[] {
  const values = lines.map(worthOf);
  const total = (name: 'long' | 'short' | 'gross' | 'net'): Decimal => sum(values.map((value) => value[name]));
  const zero = { isValued: true, pnl: ZERO, pnlAtDayStart: ZERO, pnlDayPeak: ZERO, pnlPeak: ZERO };
  const sums = { long: total('long'), short: total('short'), gross: total('gross'), net: total('net') };
  return [{ currency: currency('USD'), ...sums, ...zero }];
}

function ownOf(lines: readonly Line[]): OwnFacts {
  return {
    ...exampleOwn(),
    cell: (_scope, id) => {
      const index = lines.findIndex((_line, at) => idOf(at) === id);
      const found = lines[index];
      return found === undefined ? undefined : cellOf(found);
    },
    totals: (_scope, _day, group) =>
      totalsOf(lines.filter(({ assetClass }) => group === undefined || group === `asset-class:${assetClass}`)),
    oldestMarkAt: () => exampleFacts().now,
    instruments: () => new Set(lines.map((_line, index) => idOf(index))),
  };
}

function filesOf(lines: readonly Line[], classBps = 3_000) {
  const rows = lines.map(({ assetClass }, index) => ({ ...exampleInstrument, id: idOf(index), assetClass }));
  const own = lines.flatMap(({ ownBps }, index) =>
    ownBps === undefined ? [] : [{ instrument: idOf(index), initialBps: ownBps, maintenanceBps: 0 }],
  );
  const ofClasses = classes.map((assetClass) => ({ assetClass, initialBps: classBps, maintenanceBps: 0 }));
  return exampleFiles({ instruments: { rows }, margins: { rows: [...ofClasses, ...own] } });
}

const order = exampleOrder({ quantity: '10', limitPrice: '100.00' });

function required(lines: readonly Line[], files = filesOf(lines)): Decimal {
  const input: CheckInput = { order, facts: exampleFacts(), files, own: ownOf(lines), currency: currency('USD') };
  const after = exposureAfter(input, 'account:main', { valuation });
  if (after.kind === 'unknown') throw new Error(after.reason);
  const { instruments, margins } = files;
  if (instruments === undefined || margins === undefined) throw new Error('both files are there');
  const judged = requiredMargin({ ...input, files: { ...files, instruments, margins } }, 'account:main', {
    after: after.exposure,
    valuation,
    ratesFor: rates,
  });
  if (judged.kind === 'unknown') throw new Error(judged.reason);
  return judged.amount;
}

/** The requirement line by line, the order's ten units bought. */
function naive(lines: readonly Line[], classBps = 3_000): Decimal {
  return sum(
    lines.map((one, index) => {
      const { long, short } = worthOf(index === 0 ? { ...one, buys: one.buys + 10 } : one);
      const bps = one.ownBps ?? classBps;
      return maximum(multiply(long, share(bps)), multiply(negate(short), share(bps + 500)));
    }),
  );
}

test('where no order is open the requirement is what each line asks, added up', () => {
  fc.assert(
    fc.property(fc.array(line(fc.constant(0)), { minLength: 1, maxLength: 8 }), (lines) => {
      expect(toText(trim(required(lines)))).toBe(toText(trim(naive(lines))));
    }),
  );
});

test('with open orders the requirement is never less than what each line asks', () => {
  fc.assert(
    fc.property(fc.array(line(fc.integer({ min: 0, max: 40 })), { minLength: 1, maxLength: 8 }), (lines) => {
      expect(compare(required(lines), naive(lines))).toBeGreaterThanOrEqual(0);
    }),
  );
});

const flat: Line = { position: 0, buys: 0, sells: 0, assetClass: 'etf', ownBps: undefined };

test('an open purchase of the order’s own instrument is exact, one elsewhere in the class errs against the account', () => {
  expect(toText(trim(required([{ ...flat, buys: 10 }])))).toBe('600');
  expect(toText(trim(naive([flat, { ...flat, buys: 10 }])))).toBe('600');
  expect(toText(trim(required([flat, { ...flat, buys: 10 }])))).toBe('625');
});

test('a list of rates longer than what is held comes to the same as a shorter one', () => {
  const lines = [flat, { ...flat, position: 10, ownBps: 8_000 }];
  const { instruments } = filesOf(lines);
  const margins = [
    { assetClass: 'etf' as const, initialBps: 3_000, maintenanceBps: 0 },
    { instrument: 'line-1', initialBps: 8_000, maintenanceBps: 0 },
    ...Array.from({ length: 20 }, (_, index) => ({
      instrument: `else-${index}`,
      initialBps: 9_000,
      maintenanceBps: 0,
    })),
  ];
  const long = exampleFiles({ margins: { rows: margins } });
  const files = { ...long, ...(instruments === undefined ? {} : { instruments }) };
  expect(toText(trim(required(lines, files)))).toBe('1100');
  expect(toText(trim(required(lines)))).toBe('1100');
});

test('an instrument with a rate of its own needs none for its class', () => {
  const lines: readonly Line[] = [{ ...flat, ownBps: 5_000 }];
  const { instruments } = filesOf(lines);
  const only = exampleFiles({
    margins: { rows: [{ instrument: 'demo-index', initialBps: 5_000, maintenanceBps: 0 }] },
  });
  expect(toText(trim(required(lines, { ...only, ...(instruments === undefined ? {} : { instruments }) })))).toBe('500');
});

test('something held without any rate gives no requirement', () => {
  const lines: readonly Line[] = [flat, { ...flat, position: 1, assetClass: 'crypto' }];
  const { instruments } = filesOf(lines);
  const only = exampleFiles({ margins: { rows: [{ assetClass: 'etf', initialBps: 3_000, maintenanceBps: 0 }] } });
  const files = { ...only, ...(instruments === undefined ? {} : { instruments }) };
  expect(() => required(lines, files)).toThrow('Something that is held or ordered has no margin rate.');
});

test('a price, a rate of exchange or an instrument that is missing gives no requirement', () => {
  const lines: readonly Line[] = [flat, { ...flat, position: 1, ownBps: 5_000 }];
  const files = filesOf(lines);
  const { instruments, margins } = files;
  if (instruments === undefined || margins === undefined) throw new Error('both files are there');
  const own = ownOf(lines);
  const judge = (changed: Partial<OwnFacts>, held = instruments) => {
    const input: CheckInput = { order, facts: exampleFacts(), files, own, currency: currency('USD') };
    const after = exposureAfter(input, 'account:main', { valuation });
    if (after.kind === 'unknown') throw new Error(after.reason);
    const changedInput = { ...input, own: { ...own, ...changed }, files: { ...files, instruments: held, margins } };
    return requiredMargin(changedInput, 'account:main', { after: after.exposure, valuation, ratesFor: rates });
  };
  const cellWith = (changes: Partial<InstrumentCell>): Partial<OwnFacts> => ({
    cell: (scope, id) => {
      const cell = own.cell(scope, id);
      return id === 'line-1' && cell !== undefined ? { ...cell, ...changes } : cell;
    },
  });
  expect(judge({}).kind).toBe('known');
  expect(judge(cellWith({ mark: undefined }))).toMatchObject({
    kind: 'unknown',
    reason: 'The price of something that is held is not known.',
  });
  expect(judge(cellWith({ currency: currency('JPY') }))).toMatchObject({ kind: 'unknown' });
  expect(() => judge({ instruments: () => undefined })).toThrow(NotKnown);
  expect(() => judge({ totals: () => undefined })).toThrow(NotKnown);
  expect(() => judge({}, { ...instruments, of: (id) => (id === 'line-1' ? undefined : instruments.of(id)) })).toThrow(
    NotKnown,
  );
  const inYen = totalsOf(lines).map((row) => ({ ...row, currency: currency('JPY') }));
  const onlyOthers: Partial<OwnFacts> = {
    totals: (_scope, _day, group) => (group === 'asset-class:etf' ? totalsOf(lines) : inYen),
  };
  expect(judge(onlyOthers)).toMatchObject({ kind: 'unknown', reason: 'The rate from JPY to USD is not known.' });
  const etfInYen: Partial<OwnFacts> = { totals: () => inYen };
  expect(judge(etfInYen).kind).toBe('unknown');
});

test('a class that has no rate under the regime gives no requirement while something of it is held', () => {
  const lines: readonly Line[] = [flat, { ...flat, position: 1, assetClass: 'crypto' }];
  const files = filesOf(lines);
  const { instruments, margins } = files;
  if (instruments === undefined || margins === undefined) throw new Error('both files are there');
  const input: CheckInput = { order, facts: exampleFacts(), files, own: ownOf(lines), currency: currency('USD') };
  const after = exposureAfter(input, 'account:main', { valuation });
  if (after.kind === 'unknown') throw new Error(after.reason);
  const judge = (without: AssetClass) =>
    requiredMargin({ ...input, files: { ...files, instruments, margins } }, 'account:main', {
      after: after.exposure,
      valuation,
      ratesFor: (row, assetClass) => (assetClass === without ? undefined : rates(row)),
    });
  expect(judge('equity').kind).toBe('known');
  expect(judge('crypto')).toMatchObject({ reason: 'The margin rates have no figure of this regime for crypto.' });
  expect(judge('etf')).toMatchObject({ reason: 'The margin rates have no figure of this regime for demo-index.' });
});
