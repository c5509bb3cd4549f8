import { type Aggregates, createAggregates } from '@gatehouse/compliance/aggregates/aggregates.ts';
import { controls } from '@gatehouse/compliance/controls/index.ts';
import { exampleFacts, exampleOrder } from '@gatehouse/compliance/examples/base.ts';
import { exampleInstrument, type FilesOverrides, heldExamples } from '@gatehouse/compliance/examples/files.ts';
import {
  exampleLine,
  exampleLines,
  exampleSheet,
  type SheetFigures,
  type SheetLine,
} from '@gatehouse/compliance/examples/sheet.ts';
import { compileFactFiles, type FactFiles } from '@gatehouse/compliance/fact-files.ts';
import { compileRules, type RuleSet } from '@gatehouse/compliance/rule-set.ts';
import { canonicalJson, type JsonValue } from '@gatehouse/shared/journal/canonical.ts';
import type { DecisionFacts } from '@gatehouse/shared/schema/decision.ts';
import { encode } from '@gatehouse/shared/schema/decode.ts';
import { FactsDocument } from '@gatehouse/shared/schema/facts/index.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import { price, quantity } from '@gatehouse/shared/values/amounts.ts';
import { currency } from '@gatehouse/shared/values/currency.ts';
import { decimal } from '@gatehouse/shared/values/decimal.ts';
import { addMs, type Instant, instantText } from '@gatehouse/shared/values/instant.ts';

/** A busy edge: many strategies, instruments and open orders, every control on. */
export interface Crowd {
  readonly own: Aggregates;
  readonly files: FactFiles;
  readonly rules: RuleSet;
  readonly facts: DecisionFacts;
  /** Different orders; one in ten is far too large and refused. */
  readonly orders: readonly Order[];
  /** Values everything that is held anew. Units: market time. */
  mark(at: Instant): void;
}

/** How busy. */
export interface CrowdSize {
  readonly strategies: number;
  readonly instruments: number;
  readonly openOrders: number;
  /** How long before the end of the worked examples' hour it begins. Units: milliseconds of market time. */
  readonly earlierMs?: number;
}

const ORDERS = 1_000;
const HASH = '0'.repeat(64);
const HUGE = '1000000000';
const BPS_MAX = 1_000_000;

const figures = [
  ['value-at-risk', '50000'],
  ['expected-shortfall', '70000'],
  ['beta', '0.9'],
  ['correlation', '0.5'],
  ['volatility', '0.2'],
  ['regime', 'calm'],
] as const;

/** Limits that a busy firm would set; those that are not here stay as in the worked examples. */
const generous: Readonly<Record<string, SheetFigures>> = {
  'credit-limit': { creditMax: HUGE },
  'gross-exposure': { grossMax: HUGE },
  'leased-share': { firmMax: HUGE, edgeMax: HUGE },
  'net-exposure': { netLongMax: HUGE, netShortMax: HUGE },
  'position-limit': { longMax: HUGE, shortMax: HUGE },
  concentration: { shareMaxBps: 9_000 },
  'leverage-cap': { leverageMax: '10' },
  'sector-limit': { grossMaxBySector: [`broad-market ${HUGE}`] },
  'asset-class-limit': { grossMaxByClass: [`etf ${HUGE}`] },
  'liquidity-limit': {
    orderShareMaxBps: 5_000,
    positionShareMaxBps: BPS_MAX,
    grossMaxByTier: [`liquid ${HUGE}`],
  },
  'message-rate': { messagesMax: 100_000 },
  'order-to-trade-number': { ratioMax: '1000' },
  'order-to-trade-volume': { ratioMax: '1000' },
  'execution-throttle': { executionsMax: 5_000 },
  'duplicate-order': { windowMs: 1_000 },
  ...Object.fromEntries(
    [
      'value-at-risk',
      'expected-shortfall',
      'portfolio-beta',
      'portfolio-correlation',
      'portfolio-volatility',
      'market-regime',
    ].map((id) => [id, { figureAgeMsMax: 86_400_000 }]),
  ),
  'daily-loss': { lossMax: HUGE },
  drawdown: { drawdownMax: HUGE, capital: HUGE },
  'max-order-value': { valueMax: '1000000' },
};

/** Controls that a firm sets for an account and for each algorithm as well as for itself. */
const alsoScoped: readonly string[] = [
  'max-order-quantity',
  'max-order-value',
  'gross-exposure',
  'net-exposure',
  'position-limit',
  'message-rate',
  'daily-loss',
  'drawdown',
  'price-collar',
  'duplicate-order',
];

/** Builds the records of a busy edge entry by entry, as an engine would. */
export function createCrowd({ strategies, instruments, openOrders, earlierMs = 0 }: CrowdSize): Crowd {
  const algorithmIds = Array.from({ length: strategies }, (_, index) => `strategy-${index}`);
  const instrumentIds = Array.from({ length: instruments }, (_, index) => `fund-${index}`);
  const held = heldExamples(filesOf(algorithmIds, instrumentIds));
  const files = compileFactFiles(held);
  const own = createAggregates();
  for (const { document, hash } of held) {
    const text = canonicalJson(encode(FactsDocument, document) as JsonValue);
    own.fold({ kind: 'facts', body: { v: 1, kind: document.kind, hash, files: files.hash, document: text } });
  }
  const base = exampleFacts();
  const facts = { ...base, now: addMs(base.now, -earlierMs), files: files.hash };
  own.fold({ kind: 'cash', body: depositOf(facts) });
  const orderOf = (index: number, changes: Parameters<typeof exampleOrder>[0] = {}): Order =>
    exampleOrder({
      id: `O-${index}`,
      algorithm: { id: algorithmIds[index % strategies] ?? '', version: '1.0.0' },
      instrument: instrumentIds[(index * 7) % instruments] ?? '',
      quantity: String(10 + (index % 40)),
      limitPrice: `${99 + (index % 2)}.${String(index % 89).padStart(2, '0')}`,
      decidedAt: instantText(facts.now),
      ...changes,
    });
  const mark = (at: Instant): void => markAll(own, { at, day: facts.day }, instrumentIds);
  mark(addMs(facts.now, -2));
  for (let index = 0; index < openOrders; index += 1) enter(own, orderOf(index), { facts, index });
  mark(addMs(facts.now, -1));
  const orders = Array.from({ length: ORDERS }, (_, index) =>
    orderOf(1_000_000 + index, {
      limitPrice: `99.${90 + (index % 10)}`,
      ...(index % 10 === 9 ? { quantity: '9999' } : {}),
    }),
  );
  return { own, files, rules: rulesOf(algorithmIds, instrumentIds), facts: marketOf(facts), orders, mark };
}

function filesOf(algorithmIds: readonly string[], instrumentIds: readonly string[]): FilesOverrides {
  const at = '2020-03-06T08:00:00.000000000Z';
  return {
    instruments: { rows: instrumentIds.map((id) => ({ ...exampleInstrument, id, title: id })) },
    liquidity: {
      rows: instrumentIds.map((instrument) => ({ instrument, averageDailyVolume: '100000', tier: 'liquid', at })),
    },
    portfolio: { rows: figures.map(([figure, value]) => ({ scope: 'firm', figure, value, at })) },
    'short-sale': {
      rows: instrumentIds.map((instrument) => ({ instrument, isThreshold: false, preBorrowed: [] })),
    },
    entitlements: {
      algorithms: algorithmIds.map((algorithm) => ({
        algorithm,
        version: '1.0.0',
        environments: ['paper' as const],
        approvedBy: 'p-02',
      })),
    },
  };
}

function rulesOf(algorithmIds: readonly string[], instrumentIds: readonly string[]): RuleSet {
  const lines = exampleLines().map((line) => lineOf(line.control, algorithmIds, instrumentIds));
  return compileRules({ controls, sheet: exampleSheet({ controls: lines }), sheetHash: HASH });
}

function lineOf(id: string, algorithmIds: readonly string[], instrumentIds: readonly string[]): SheetLine {
  const base = exampleLine(id, generous[id] ?? {});
  if (!('on' in base)) return base;
  const [first] = base.on;
  if (first === undefined) return base;
  if (id === 'algorithm-sheet') {
    const figures = { ...first.figures, instruments: [...instrumentIds], instrumentsMax: 500, openOrdersMax: 1_000 };
    const wide = { ordersMax: 10_000_000, positionMax: HUGE, priceMin: '1.00' };
    return {
      ...base,
      on: algorithmIds.map((one) => ({ scope: `algorithm:${one}`, figures: { ...figures, ...wide } })),
    };
  }
  if (first.scope.startsWith('algorithm:')) {
    return { ...base, on: algorithmIds.map((one) => ({ ...first, scope: `algorithm:${one}` })) };
  }
  if (id.startsWith('order-to-trade')) {
    return { ...base, on: instrumentIds.map((one) => ({ ...first, scope: `instrument:${one}` })) };
  }
  if (!alsoScoped.includes(id)) return base;
  const scopes = ['firm', 'account:main', ...algorithmIds.map((one) => `algorithm:${one}`)];
  return { ...base, on: scopes.map((scope) => ({ ...first, scope })) };
}

function depositOf({ now }: DecisionFacts) {
  const amount = decimal(HUGE);
  const note = 'What the busy edge starts with.';
  return { v: 1, account: 'main', currency: currency('USD'), amount, reason: 'deposit', at: now, note } as const;
}

function markAll(own: Aggregates, { at, day }: { at: Instant; day: string }, instrumentIds: readonly string[]): void {
  const marks = instrumentIds.map((instrument) => ({ instrument, price: price('100.00'), at }));
  own.fold({ kind: 'marks', body: { v: 1, at, day, marks } });
}

/** One order in three has fills; all stay open. */
function enter(own: Aggregates, order: Order, { facts, index }: { facts: DecisionFacts; index: number }): void {
  const { id, account, instrument, venue, side } = order;
  const { now: at } = facts;
  own.fold({ kind: 'intent', body: { v: 1, order } });
  own.fold({
    kind: 'decision',
    body: { v: 2, order: id, outcome: 'approved', sheet: HASH, controls: HASH, haltEpoch: 0, facts, rows: [] },
  });
  own.fold({ kind: 'order', body: { v: 1, order: id, state: 'working', at } });
  if (index % 3 !== 0) return;
  const fill = { fill: `F-${index}`, quantity: quantity('5'), price: price('100.00'), fee: decimal('0.01') };
  own.fold({
    kind: 'fill',
    body: { v: 1, order: id, account, instrument, venue, side, currency: order.currency, at, ...fill },
  });
}

/** Everything calm around a price of 100. */
function marketOf(facts: DecisionFacts): DecisionFacts {
  const at = addMs(facts.now, -1);
  return {
    ...facts,
    reference: { price: price('100.00'), at, source: 'bars' },
    second: { price: price('100.01'), at, source: 'other bars' },
    quote: { bid: price('99.99'), ask: price('100.01'), at, source: 'quotes' },
    range: { low: price('99.00'), high: price('101.00'), from: addMs(facts.now, -1_800_000) },
  };
}
