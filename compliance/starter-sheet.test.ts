import { decode, encode } from '@gatehouse/shared/schema/decode.ts';
import { Sheet } from '@gatehouse/shared/schema/sheet.ts';
import { currency } from '@gatehouse/shared/values/currency.ts';
import { decimal } from '@gatehouse/shared/values/decimal.ts';
import { lei } from '@gatehouse/shared/values/identifiers.ts';
import { parseInstant } from '@gatehouse/shared/values/instant.ts';
import { expect, test } from 'vitest';
import { compileBreakers } from './breaker-set.ts';
import { controls, currentControls } from './controls/index.ts';
import { exampleFacts, exampleOrder, type FactsOverrides, type OrderOverrides } from './examples/base.ts';
import { exampleFiles, exampleInstrument } from './examples/files.ts';
import { cellText, exampleOwn, type OwnOverrides, totalsText } from './examples/own.ts';
import { decide } from './gate.ts';
import { compileRules } from './rule-set.ts';
import { starterBreakers } from './starter/starter-breakers.ts';
import type { StarterTerms } from './starter/terms.ts';
import { demoSheet, demoTerms, type PaperAccount, paperTerms, starterParts, starterSheet } from './starter-sheet.ts';

const head = {
  id: 'demo-1',
  legalEntity: lei('GATEHOUSEDEMOFIRM008'),
  from: parseInstant('2020-01-01T00:00:00Z'),
  maker: 'p-01',
} as const;

const demo = {
  ...head,
  accounts: ['main', 'second'],
  instruments: ['demo-index'],
  algorithms: ['ema-cross'],
  venues: ['paper'],
} as const;

const account: PaperAccount = {
  accounts: ['main'],
  capital: decimal('100000'),
  currency: currency('USD'),
  price: decimal('50'),
  lot: decimal('1'),
  instruments: ['demo-index'],
  algorithms: ['ema-cross'],
  venues: ['paper'],
  assetClasses: ['etf'],
  sectors: ['broad-market'],
  pace: 'live',
};

const paperHead = { ...head, sequence: 1, mark: 'FIRM', checkers: [], reason: 'A first sheet.' } as const;

function paperSheet(changes: Partial<PaperAccount> = {}): Sheet {
  return starterSheet(paperHead, paperTerms({ ...account, ...changes }));
}

const terms: readonly (readonly [string, StarterTerms])[] = [
  ['the demonstration', demoTerms(demo)],
  ...(['daily', 'minute', 'live'] as const).map(
    (pace) => [`paper, ${pace}`, paperTerms({ ...account, pace })] as const,
  ),
];

test('it is a demonstration for paper of the people and accounts that it is made for', () => {
  const sheet = demoSheet({ ...demo, checkers: ['p-02'], sequence: 3 });
  expect(sheet).toMatchObject({
    mark: 'DEMO',
    environment: 'paper',
    accounts: ['main', 'second'],
    maker: 'p-01',
    checkers: ['p-02'],
    sequence: 3,
  });
  expect(demoSheet({ ...head, accounts: ['main'] })).toMatchObject({ checkers: [], sequence: 1 });
});

test.each(terms)('%s: every control is named once, reads as written, and its breakers can be armed', (_, given) => {
  const sheet = starterSheet(paperHead, given);
  expect(sheet.controls.map(({ control }) => control)).toEqual(currentControls.map(({ id }) => id));
  expect(
    starterParts(given)
      .map(({ control }) => control)
      .toSorted(),
  ).toEqual(currentControls.map(({ id }) => id).toSorted());
  expect(decode(Sheet, JSON.parse(JSON.stringify(encode(Sheet, sheet))), 'the sheet')).toEqual(sheet);
  expect(compileRules({ controls, sheet, sheetHash: 'a'.repeat(64) }).lines.map(({ kind }) => kind)).not.toContain(
    'unnamed',
  );
  expect(compileBreakers(sheet).map(({ breaker }) => breaker.id)).toContain('loss-step');
});

test.each(terms)('%s: each figure has its reason as a full sentence, and so has what is off', (_, given) => {
  const parts = starterParts(given);
  const whys = [...parts, ...starterBreakers(given)].flatMap((part) =>
    'off' in part ? [part.off] : [...part.figures.map(({ why }) => why), ...(part.why === undefined ? [] : [part.why])],
  );
  for (const why of whys) expect(why).toMatch(/^\S.*\.$/);
  for (const part of parts) expect('off' in part || part.figures.length > 0 || part.why !== undefined).toBe(true);
  for (const line of starterSheet(paperHead, given).controls) {
    for (const { reason } of 'on' in line ? line.on : []) expect(reason).toMatch(/\.$/);
  }
});

test.each(terms)(
  '%s: the algorithm that closes positions under a kill has limits wherever algorithms have',
  (_, given) => {
    const perAlgorithm = starterSheet(paperHead, given).controls.flatMap((line) =>
      'on' in line && line.on.some(({ scope }) => scope.startsWith('algorithm:'))
        ? [line.on.map(({ scope }) => scope)]
        : [],
    );
    expect(perAlgorithm.length).toBeGreaterThan(0);
    for (const scopes of perAlgorithm) expect(scopes).toEqual(['algorithm:ema-cross', 'algorithm:kill-flatten']);
  },
);

function figuresOf(sheet: Sheet, control: string): Record<string, unknown> {
  const line = sheet.controls.find((one) => one.control === control);
  return line !== undefined && 'on' in line ? (line.on[0]?.figures ?? {}) : {};
}

test('the careful sheet is one: collar, ratios, steps of loss and shares of the capital', () => {
  const sheet = paperSheet();
  expect(figuresOf(sheet, 'price-collar')).toMatchObject({ collarBps: 500 });
  expect(figuresOf(sheet, 'order-to-trade-number')).toMatchObject({ ratioMax: '100' });
  expect(figuresOf(sheet, 'order-to-trade-volume')).toMatchObject({ ratioMax: '100' });
  expect(figuresOf(sheet, 'max-order-value')).toMatchObject({ valueMax: '5000' });
  expect(figuresOf(sheet, 'order-type-allowed')).toMatchObject({
    types: ['market', 'limit'],
    instructions: ['post-only', 'reduce-only'],
  });
  expect(figuresOf(sheet, 'max-order-quantity')).toMatchObject({ quantityMax: '100' });
  expect(figuresOf(sheet, 'position-limit')).toMatchObject({ longMax: '400', shortMax: '400' });
  expect(figuresOf(sheet, 'daily-loss')).toMatchObject({ lossMax: '3000' });
  expect(figuresOf(sheet, 'restricted-list')).toMatchObject({ listAgeMsMax: 86_400_000 });
  const steps = (sheet.breakers ?? []).filter(({ breaker }) => breaker === 'loss-step');
  expect(steps.map(({ level, figures }) => [level, figures['lossBps'], figures['capital']])).toEqual([
    ['pause', 500, '100000'],
    ['cancel', 1_000, '100000'],
    ['flatten', 2_000, '100000'],
  ]);
});

test('a capital that buys exactly one lot is enough, and a cent less is refused', () => {
  expect(figuresOf(paperSheet({ capital: decimal('1000') }), 'max-order-quantity')).toMatchObject({ quantityMax: '1' });
  expect(() => paperSheet({ capital: decimal('999.99') })).toThrow('too little for a lot at 50');
  const coin = { capital: decimal('1000'), price: decimal('40000'), lot: decimal('0.0001') };
  expect(figuresOf(paperSheet(coin), 'max-order-quantity')).toMatchObject({ quantityMax: '0.0012' });
});

interface Situation {
  readonly order?: OrderOverrides;
  readonly facts?: FactsOverrides;
  readonly own?: OwnOverrides;
}

function refusals({ order, facts, own }: Situation): readonly string[] {
  const rules = compileRules({ controls, sheet: demoSheet(demo), sheetHash: 'a'.repeat(64) });
  const index = { ...exampleInstrument, assetClass: 'index', isUsEquity: false } as const;
  const weekLong = { range: { low: '700', high: '3400', from: '2020-03-01T20:30:00.000000000Z' } };
  const weekly = { volatility: { value: '0.02', windowMs: 604_800_000, at: '2020-03-06T20:29:59.000000000Z' } };
  const { rows } = decide({
    order: exampleOrder(order),
    facts: exampleFacts({ ...weekLong, ...weekly, ...facts }),
    files: exampleFiles({
      instruments: { rows: [index] },
      entitlements: {
        algorithms: ['ema-cross', 'kill-flatten'].map((algorithm) => ({
          algorithm,
          version: '1.0.0',
          environments: ['paper' as const],
          approvedBy: 'p-02',
        })),
      },
      margins: { rows: [{ assetClass: 'index', initialBps: 5_000, maintenanceBps: 3_000, leverageMax: '2' }] },
    }),
    own: exampleOwn(own),
    rules,
  });
  return rows.flatMap(({ control, verdict }) => (verdict === 'refuse' ? [control] : []));
}

const market = { type: 'market', limitPrice: null } as const;
const priced = (price: string) => ({ reference: { price, at: '2020-03-06T20:29:59.000000000Z', source: 'bars' } });

test.each<[string, Situation, readonly string[]]>([
  ['an order of the usual size', {}, []],
  ['100 units at 1,500', { order: { quantity: '100', limitPrice: '1500' }, facts: priced('1500') }, []],
  [
    '100 units at 1,500.01',
    { order: { quantity: '100', limitPrice: '1500.01' }, facts: priced('1500') },
    ['max-order-value', 'algorithm-sheet'],
  ],
  ['25 units at the market of 3,300', { order: { ...market, quantity: '25' }, facts: priced('3300') }, []],
  [
    '45 units at the market of 3,300, two per cent worse',
    { order: { ...market, quantity: '45' }, facts: priced('3300') },
    ['max-order-value', 'algorithm-sheet'],
  ],
  ['a limit two per cent from the close', { order: { limitPrice: '1020.00' } }, []],
  ['a limit a cent farther', { order: { limitPrice: '1020.01' } }, ['price-collar']],
  ['an order for the closing auction', { order: { auction: 'close' } }, ['order-type-allowed', 'trading-session']],
  ['an iceberg', { order: { displayQuantity: '10' } }, ['order-type-allowed']],
  [
    'the entry of a bracket',
    { order: { group: { id: 'G-1', kind: 'bracket', role: 'entry' } } },
    ['order-type-allowed'],
  ],
  [
    'a close of four days ago',
    { order: market, facts: { reference: { price: '1000', at: '2020-03-02T20:30:00.000000000Z', source: 'b' } } },
    [],
  ],
  [
    'a quantity of five times the average',
    { order: { quantity: '51', limitPrice: '1000' }, own: { history: { orders: 20, quantitySum: '204' } } },
    [],
  ],
  [
    'a quantity of more than five times the average',
    { order: { quantity: '52', limitPrice: '1000' }, own: { history: { orders: 20, quantitySum: '204' } } },
    ['fat-finger'],
  ],
])('%s', (_, situation, refused) => {
  expect(refusals(situation)).toEqual(refused);
});

const closing = {
  algorithm: { id: 'kill-flatten', version: '1.0.0' },
  ...market,
  side: 'sell',
  shortSaleMark: 'long',
  quantity: '150',
} as const;
const holding: OwnOverrides = {
  halts: [{ id: 'K-1', scopes: ['firm'], level: 'flatten' }],
  position: '150',
  cell: cellText({ position: '150', mark: '3400' }),
  totals: [totalsText({ long: '510000', short: '510000', gross: '510000', net: '510000' })],
  oldestMarkAt: '2020-03-06T20:29:59.000000000Z',
};

test('a kill may close the largest position that the sheet lets anybody build, with one order', () => {
  expect(refusals({ order: closing, facts: priced('3400'), own: holding })).toEqual([]);
  // The same order of any other algorithm is far too large, and is halted besides.
  const other = refusals({
    order: { ...closing, algorithm: { id: 'ema-cross', version: '1.0.0' } },
    facts: priced('3400'),
    own: holding,
  });
  expect(other).toEqual(['max-order-value', 'algorithm-sheet', 'trading-state']);
});

test('every control of a first sheet has an owner, on or off', () => {
  const { controls: lines } = demoSheet(demo);
  expect(lines.length).toBe(currentControls.length);
  expect(lines.filter(({ owner }) => owner !== head.maker)).toEqual([]);
});

test('where quotes come beside bars, a market order is judged by the quote and nothing is ordered without one', () => {
  const figuresOf = (sheet: Sheet, id: string) => {
    const line = sheet.controls.find(({ control }) => control === id);
    return line !== undefined && 'on' in line ? line.on[0]?.figures : undefined;
  };
  for (const [hasQuotes, basis, quote] of [
    [true, 'quote', 'required'],
    [false, 'reference', 'not-required'],
  ] as const) {
    const sheet = paperSheet({ pace: 'minute', hasQuotes });
    expect(figuresOf(sheet, 'worst-price')).toMatchObject({ basis, referenceAgeMsMax: 180_000 });
    expect(figuresOf(sheet, 'market-data-age')).toMatchObject({ quote, referenceAgeMsMax: 180_000 });
  }
});
