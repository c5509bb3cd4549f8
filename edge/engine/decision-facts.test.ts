import { exampleOrder } from '@gatehouse/compliance/examples/base.ts';
import { exampleFiles } from '@gatehouse/compliance/examples/files.ts';
import type { DecisionFacts } from '@gatehouse/shared/schema/decision.ts';
import { price, quantity } from '@gatehouse/shared/values/amounts.ts';
import { manualClock } from '@gatehouse/shared/values/clock.ts';
import { toText } from '@gatehouse/shared/values/decimal.ts';
import { addMs, ageMs } from '@gatehouse/shared/values/instant.ts';
import { expect, test } from 'vitest';
import type { MarketQuote } from '../feeds/market-feed.ts';
import { collectFacts, type FactSources } from './decision-facts.ts';

const order = exampleOrder();
const at = addMs(order.decidedAt, -700);
const each = price('1000.00');
const bar = {
  ...{ instrument: order.instrument, index: 1, day: '2020-03-06', endsDay: false },
  ...{ openAt: addMs(at, -60_000), closeAt: at, open: each, high: each, low: each, close: each },
};
const level = (text: string) => ({ price: price(text), quantity: quantity('3') });
const quoted: MarketQuote = {
  ...{ instrument: order.instrument, at, source: 'an exchange' },
  ...{ bid: level('999.90'), ask: level('1000.10') },
};

function factsWith(market: FactSources['market']): DecisionFacts {
  const clock = manualClock(order.decidedAt);
  const prices = { facts: () => ({}) };
  const sources = { clock, prices, facts: { files: exampleFiles() }, contact: () => undefined, source: 'bars', market };
  return collectFacts(sources, order, bar);
}

test('the best prices at which one can deal are on record with each decision, and how old they are', () => {
  const { quote, now } = factsWith({ quote: () => quoted });
  expect([quote?.bid, quote?.ask].map((side) => (side === undefined ? '' : toText(side)))).toEqual([
    '999.90',
    '1000.10',
  ]);
  expect(quote === undefined ? -1 : ageMs(quote.at, now)).toBe(700);
  expect(quote?.source).toBe('an exchange');
});

test('a side that nobody quotes is not known, and the other one is', () => {
  const { ask: _ask, ...withoutAsk } = quoted;
  const { quote } = factsWith({ quote: () => withoutAsk });
  expect(quote === undefined ? [] : Object.keys(quote).sort()).toEqual(['at', 'bid', 'source']);
});

test.each([
  ['no market is heard', undefined],
  ['the book is not known just now', { quote: (): undefined => undefined }],
  ['the quote is of another instrument', { quote: () => ({ ...quoted, instrument: 'another' }) }],
] as const)('there is no quote where %s', (_, market) => {
  expect(factsWith(market)).not.toHaveProperty('quote');
});
