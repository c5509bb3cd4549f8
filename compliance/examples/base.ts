import { DecisionFacts } from '@gatehouse/shared/schema/decision.ts';
import { decode } from '@gatehouse/shared/schema/decode.ts';
import { Order } from '@gatehouse/shared/schema/order.ts';
import type { z } from 'zod';

/** Changes to a whole: a new value for a key, or null to leave the key out. */
export type Overrides<Whole> = { readonly [Key in keyof Whole]?: Whole[Key] | null };

/** What differs from the base order. */
export type OrderOverrides = Overrides<z.input<typeof Order>>;

/** What differs from the base facts. */
export type FactsOverrides = Overrides<z.input<typeof DecisionFacts>>;

const order: z.input<typeof Order> = {
  id: 'O-1',
  environment: 'paper',
  legalEntity: 'GATEHOUSEDEMOFIRM008',
  desk: 'index',
  trader: 'p-7f3a',
  client: 'house',
  account: 'main',
  algorithm: { id: 'ema-cross', version: '1.0.0' },
  decisionMaker: 'ema-cross',
  executingPerson: 'p-7f3a',
  capacity: 'DEAL',
  instrument: 'demo-index',
  venue: 'paper',
  side: 'buy',
  shortSaleMark: 'not-a-sale',
  type: 'limit',
  timeInForce: 'day',
  quantity: '50',
  limitPrice: '1000.00',
  currency: 'USD',
  decidedAt: '2020-03-06T20:30:00.000000000Z',
  clock: { source: 'market', offsetNs: '0', uncertaintyNs: '0' },
};

const facts: z.input<typeof DecisionFacts> = {
  now: '2020-03-06T20:30:00.000000000Z',
  wallAt: '2020-03-06T20:30:00.000000000Z',
  day: '2020-03-06',
  files: '0'.repeat(64),
  reference: { price: '1000.00', at: '2020-03-06T20:29:59.000000000Z', source: 'bars' },
  second: { price: '1000.10', at: '2020-03-06T20:29:59.000000000Z', source: 'other bars' },
  quote: { bid: '999.90', ask: '1000.10', at: '2020-03-06T20:29:59.000000000Z', source: 'quotes' },
  range: { low: '990.00', high: '1010.00', from: '2020-03-06T20:00:00.000000000Z' },
  volatility: { value: '0.01', windowMs: 300_000, at: '2020-03-06T20:29:59.000000000Z' },
  market: { status: 'trading', breakerLevel: 0, at: '2020-03-06T20:29:59.000000000Z', source: 'status' },
  clock: { source: 'ntp', offsetNs: '1000', uncertaintyNs: '5000' },
  contact: { kind: 'stand-alone' },
};

/** The base order, a limit order to buy 50 units at 1000.00 USD, with the given changes. */
export function exampleOrder(overrides: OrderOverrides = {}): Order {
  return decode(Order, overridden(order, overrides), 'the example order');
}

/** The base facts, a reference price one second old and everything else known, with the given changes. */
export function exampleFacts(overrides: FactsOverrides = {}): DecisionFacts {
  return decode(DecisionFacts, overridden(facts, overrides), 'the example facts');
}

/** The whole with its changes made: null leaves a key out. */
export function overridden<Whole extends object>(whole: Whole, overrides: Overrides<Whole>): object {
  return Object.fromEntries(Object.entries({ ...whole, ...overrides }).filter(([, value]) => value !== null));
}
