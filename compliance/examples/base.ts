import { DecisionFacts } from '@gatehouse/shared/schema/decision.ts';
import { decode } from '@gatehouse/shared/schema/decode.ts';
import { Order } from '@gatehouse/shared/schema/order.ts';
import type { z } from 'zod';
import { scopesOf } from '../scopes.ts';

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
  decidedAt: '2020-03-06T21:00:00.000000000Z',
  clock: { source: 'market', offsetNs: '0', uncertaintyNs: '0' },
};

const facts: z.input<typeof DecisionFacts> = {
  now: '2020-03-06T21:00:00.000000000Z',
  haltEpoch: 3,
  reference: { price: '1000.00', at: '2020-03-06T20:59:59.000000000Z', source: 'daily bars' },
  position: { quantity: '0', asOfSeq: 41 },
  open: { buy: '0', sell: '0' },
  recent: { windowMs: 86_400_000, orders: [] },
  states: statesWith({}),
  multiplier: '1',
};

/** The base order, a limit order to buy 50 units at 1000.00 USD, with the given changes. */
export function exampleOrder(overrides: OrderOverrides = {}): Order {
  return decode(Order, overridden(order, overrides), 'the example order');
}

/** The base facts, flat and active with a reference one second old, with the given changes. */
export function exampleFacts(overrides: FactsOverrides = {}): DecisionFacts {
  return decode(DecisionFacts, overridden(facts, overrides), 'the example facts');
}

/** The trading state of each scope of the base order: active where none is given. */
export function statesWith(
  states: Readonly<Record<string, 'active' | 'reducing' | 'halted'>>,
): { scope: string; state: 'active' | 'reducing' | 'halted' }[] {
  return scopesOf(decode(Order, order, 'the base order')).map((scope) => ({ scope, state: states[scope] ?? 'active' }));
}

/** The whole with its changes made: null leaves a key out. */
export function overridden<Whole extends object>(whole: Whole, overrides: Overrides<Whole>): object {
  return Object.fromEntries(Object.entries({ ...whole, ...overrides }).filter(([, value]) => value !== null));
}
