import { controls } from '@gatehouse/compliance/controls/index.ts';
import { decisionBody } from '@gatehouse/compliance/decision-body.ts';
import { exampleOrder } from '@gatehouse/compliance/examples/base.ts';
import { exampleRequest } from '@gatehouse/compliance/examples/request.ts';
import { exampleSheet } from '@gatehouse/compliance/examples/sheet.ts';
import { decide } from '@gatehouse/compliance/gate.ts';
import { compileRules } from '@gatehouse/compliance/rule-set.ts';
import { canonicalJson, type JsonValue } from '@gatehouse/shared/journal/canonical.ts';
import { FillBody, IntentBody, MarksBody } from '@gatehouse/shared/schema/bodies.ts';
import { DecisionBody, DecisionFacts } from '@gatehouse/shared/schema/decision.ts';
import { encode } from '@gatehouse/shared/schema/decode.ts';
import { Order } from '@gatehouse/shared/schema/order.ts';
import { asPrice, asQuantity } from '@gatehouse/shared/values/amounts.ts';
import { currency } from '@gatehouse/shared/values/currency.ts';
import { decimal } from '@gatehouse/shared/values/decimal.ts';
import { parseInstant } from '@gatehouse/shared/values/instant.ts';
import { expect, test } from 'vitest';
import { decisionText, fillText, intentText, marksText } from './order-texts.ts';

const at = parseInstant('2026-01-05T15:00:00Z');
const { limitPrice: _limit, ...unlimited } = exampleOrder();
const base: Order = { ...unlimited, type: 'market', quantity: asQuantity(decimal('5')) };
const limit: Partial<Order> = { type: 'limit', limitPrice: asPrice(decimal('10.10')) };

/** One value for each field that an order may carry and most do not. */
const extras: { readonly [Name in keyof Order]?: Partial<Order> } = {
  auction: { auction: 'close' },
  displayQuantity: { ...limit, displayQuantity: asQuantity(decimal('1')) },
  emulates: { emulates: ['trigger', 'group'] },
  expiresAt: { timeInForce: 'gtd', expiresAt: at },
  group: { group: { id: 'G-1', kind: 'oco', role: 'stop-loss' } },
  postOnly: { ...limit, postOnly: true },
  reduceOnly: { reduceOnly: true },
  stopPrice: { type: 'stop', stopPrice: asPrice(decimal('9.50')) },
  trailing: { type: 'trailing-stop', trailing: { by: 'bps', distance: decimal('50') } },
  limitPrice: limit,
  replaces: { replaces: 'O-0' },
  parent: { parent: 'O-0' },
  locate: { locate: 'L-1' },
  shortExemptReason: { shortExemptReason: 'd-1' },
  counterparty: { counterparty: 'C-1' },
};

test.each(Object.entries(extras))('the text of an order with %s equals what its schema encodes', (_name, extra) => {
  const body: IntentBody = { v: 1, order: { ...base, ...extra } };
  expect(intentText(body)).toBe(canonicalJson(encode(IntentBody, body) as JsonValue));
});

test('every field that an order may leave out is among those tried', () => {
  const optional = Object.entries(Order.shape).flatMap(([name, field]) =>
    field.safeParse(undefined).success ? [name] : [],
  );
  expect(Object.keys(extras).sort()).toEqual(optional.sort());
});

test.each([
  {},
  { feeCurrency: currency('BNB') },
  { liquidity: 'maker' as const },
  { feeCurrency: currency('BNB'), liquidity: 'taker' as const },
])('the text of an execution with %o equals what its schema encodes', (extra) => {
  const { account, instrument, venue } = base;
  const figures = { quantity: asQuantity(decimal('1')), price: asPrice(decimal('2')), fee: decimal('0.1') };
  const place = { account, instrument, venue, side: 'buy' as const, currency: currency('USDT') };
  const body: FillBody = { v: 1, fill: 'F "1"', order: base.id, ...place, ...figures, at, ...extra };
  expect(fillText(body)).toBe(canonicalJson(encode(FillBody, body) as JsonValue));
});

test.each([1, 2])('the text of %i marks equals what their schema encodes', (count) => {
  const marks = Array.from({ length: count }, (_, index) => ({
    instrument: `${base.instrument}.${index}`,
    price: asPrice(decimal('-37.630')),
    at: parseInstant('2026-01-05T14:59:59.000000001Z'),
  }));
  const body: MarksBody = { v: 1, at, day: '2026-01-05', marks };
  expect(marksText(body)).toBe(canonicalJson(encode(MarksBody, body) as JsonValue));
});

const rules = compileRules({ controls, sheet: exampleSheet(), sheetHash: 'a'.repeat(64) });

test.each([
  {},
  { quantity: '9999' },
  { instrument: 'nobody-knows-it' },
  { algorithm: { id: 'a-b', version: '2.0.0' } },
])('the text of a decision on an order with %o equals what its schema encodes, in both versions', (order) => {
  const decision = decide(exampleRequest(rules, { order }));
  for (const v of [3, 2] as const) {
    for (const tickets of [[], ['T-1']]) {
      const body = decisionBody({ ...decision, tickets }, v);
      expect(decisionText(body)).toBe(canonicalJson(encode(DecisionBody, body) as unknown as JsonValue));
    }
  }
});

/** One value for each fact that a decision may lack, and for each part of one. */
const wholeFacts: Required<DecisionFacts> = {
  now: at,
  wallAt: at,
  day: '2026-01-05',
  files: 'a'.repeat(64),
  reference: { price: asPrice(decimal('10.10')), at, source: 'bars "1"' },
  second: { price: asPrice(decimal('10.11')), at, source: 'other' },
  quote: { bid: asPrice(decimal('10.09')), ask: asPrice(decimal('10.11')), at, source: 'quotes' },
  range: { low: asPrice(decimal('9')), high: asPrice(decimal('11')), from: at },
  volatility: { value: decimal('0.02'), windowMs: 300_000, at },
  market: {
    status: 'trading',
    band: { low: asPrice(decimal('9')), high: asPrice(decimal('11')) },
    breakerLevel: 1,
    at,
    source: 'status',
  },
  clock: { source: 'ntp', offsetNs: '-5', uncertaintyNs: '10' },
  contact: {
    kind: 'hub',
    lastAt: at,
    leaseTo: at,
    lease: { threshold: 'gross-exposure', version: 3, amount: decimal('100000.50') },
  },
};

test('the text of a decision with every fact equals what its schema encodes, and with every fact taken away too', () => {
  const { order, rows, ...rest } = decisionBody(decide(exampleRequest(rules, {})));
  const textsOf = (facts: DecisionFacts) => {
    const body = { ...rest, order, rows, facts };
    return [decisionText(body), canonicalJson(encode(DecisionBody, body) as unknown as JsonValue)];
  };
  expect(Object.keys(wholeFacts).sort()).toEqual(Object.keys(DecisionFacts.shape).sort());
  const [made, wanted] = textsOf(wholeFacts);
  expect(made).toBe(wanted);
  for (const name of ['reference', 'second', 'quote', 'range', 'volatility', 'market', 'clock', 'contact'] as const) {
    const { [name]: _, ...facts } = wholeFacts;
    const [less, lessWanted] = textsOf(facts);
    expect(less).toBe(lessWanted);
  }
});

test('half a character in a figure is refused, and what only looks like one is written', () => {
  const whole = decisionBody(decide(exampleRequest(rules, {})));
  const saying = (sector: string): DecisionBody => ({
    ...whole,
    rows: whole.rows.map((row) =>
      row.control === 'sector-limit' ? { ...row, figures: { ...row.figures, sector } } : row,
    ),
  });
  expect(() => decisionText(saying('\ud800'))).toThrow(/lone surrogate/);
  const looksLike = saying('a\\ud8 "quoted"\u007f');
  expect(decisionText(looksLike)).toBe(canonicalJson(encode(DecisionBody, looksLike) as unknown as JsonValue));
});
