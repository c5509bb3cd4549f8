import type { Example } from '../define-control.ts';
import type { OrderOverrides } from './base.ts';

const limits = {};
const sale = { side: 'sell', shortSaleMark: 'long' } as const;
const stop = { type: 'stop', limitPrice: null, stopPrice: '1100.00' } as const;
const resting = { order: { id: 'O-0' } } as const;
const bracket = { id: 'G-1', kind: 'bracket' } as const;
const exit = {
  ...sale,
  group: { ...bracket, role: 'take-profit' },
  emulates: ['group' as const],
} satisfies OrderOverrides;
const entry = { order: { id: 'O-0', group: { ...bracket, role: 'entry' } } } as const;

const changedEntry = [
  { ...entry, filled: '10' },
  { order: { ...entry.order, id: 'O-00', replaces: 'O-0', quantity: '30' } },
];

/** Examples of orders that wait, that only reduce, that leave a bracket, and that end at a time. */
export const groupedOrderExamples: readonly Example<typeof limits>[] = [
  {
    name: 'what takes the place of an order that waited at the edge, no larger than that',
    order: { parent: 'O-0', replaces: 'O-0' },
    own: { orders: [{ ...resting, state: 'held' }] },
    limits,
    expect: 'pass',
  },
  {
    name: 'the same, one unit larger',
    order: { parent: 'O-0', replaces: 'O-0', quantity: '51' },
    own: { orders: [{ ...resting, state: 'held' }] },
    limits,
    expect: 'refuse',
  },
  {
    name: 'the same, on the other side',
    order: { parent: 'O-0', replaces: 'O-0', ...sale },
    own: { orders: [{ ...resting, state: 'held' }] },
    limits,
    expect: 'refuse',
  },
  {
    name: 'the market order that a stop becomes, which waited at the edge',
    order: { parent: 'O-0', replaces: 'O-0', type: 'market', limitPrice: null },
    own: { orders: [{ order: { id: 'O-0', ...stop }, state: 'held' }] },
    limits,
    expect: 'pass',
  },
  {
    name: 'a limit order in the place of a stop without a limit',
    order: { parent: 'O-0', replaces: 'O-0' },
    own: { orders: [{ order: { id: 'O-0', ...stop }, state: 'held' }] },
    limits,
    expect: 'refuse',
  },
  {
    name: 'a market order in the place of a limit order that waited at the edge',
    order: { parent: 'O-0', replaces: 'O-0', type: 'market', limitPrice: null },
    own: { orders: [{ ...resting, state: 'held' }] },
    limits,
    expect: 'refuse',
  },
  {
    name: 'what takes the place of an order that waited at the edge, one cent beside its limit',
    order: { parent: 'O-0', replaces: 'O-0', limitPrice: '1000.01' },
    own: { orders: [{ ...resting, state: 'held' }] },
    limits,
    expect: 'refuse',
  },
  {
    name: 'an order that only reduces, of exactly the position',
    order: { ...sale, reduceOnly: true },
    own: { position: '50' },
    limits,
    expect: 'pass',
  },
  {
    name: 'an order that only reduces, one unit larger than the position',
    order: { ...sale, reduceOnly: true, quantity: '51' },
    own: { position: '50' },
    limits,
    expect: 'refuse',
  },
  {
    name: 'an order that only reduces, beside an open one that reduces already',
    order: { ...sale, reduceOnly: true },
    own: { position: '50', open: { buy: '0', sell: '1' } },
    limits,
    expect: 'refuse',
  },
  {
    name: 'an order that only reduces, and the position is not known',
    order: { ...sale, reduceOnly: true },
    own: { position: null },
    limits,
    expect: 'refuse',
  },
  {
    name: 'the exit of a bracket, exactly as large as its entry',
    order: exit,
    own: { orders: [entry] },
    limits,
    expect: 'pass',
  },
  {
    name: 'the exit of a bracket, one unit larger than its entry',
    order: { ...exit, quantity: '51' },
    own: { orders: [entry] },
    limits,
    expect: 'refuse',
  },
  {
    name: 'the exit of an entry that was cancelled with ten units executed: of exactly those',
    order: { ...exit, quantity: '10' },
    own: { orders: [{ ...entry, state: 'cancelled', filled: '10' }] },
    limits,
    expect: 'pass',
  },
  {
    name: 'the exit of the same entry, one unit larger',
    order: { ...exit, quantity: '11' },
    own: { orders: [{ ...entry, state: 'cancelled', filled: '10' }] },
    limits,
    expect: 'refuse',
  },
  {
    name: 'the exit of a bracket on the side of its entry',
    order: { ...exit, side: 'buy', shortSaleMark: 'not-a-sale' },
    own: { orders: [entry] },
    limits,
    expect: 'refuse',
  },
  {
    name: 'the exit of a bracket in another instrument than its entry',
    order: { ...exit, instrument: 'demo-bond' },
    own: { orders: [entry] },
    limits,
    expect: 'refuse',
  },
  { name: 'the exit of a bracket without an entry', order: exit, limits, expect: 'refuse' },
  {
    name: 'the exit of a bracket, where the entry of that group is of another kind',
    order: exit,
    own: { orders: [{ order: { id: 'O-0', group: { ...entry.order.group, kind: 'oco' } } }] },
    limits,
    expect: 'refuse',
  },
  {
    name: 'the exit of an entry that was changed with ten units executed: of exactly those and the new order',
    order: { ...exit, quantity: '40' },
    own: { orders: changedEntry },
    limits,
    expect: 'pass',
  },
  {
    name: 'the exit of that changed entry, one unit larger',
    order: { ...exit, quantity: '41' },
    own: { orders: changedEntry },
    limits,
    expect: 'refuse',
  },
  {
    name: 'a change that fits and says that it only reduces, where nothing is held',
    order: { replaces: 'O-0', reduceOnly: true },
    own: { orders: [resting] },
    limits,
    expect: 'refuse',
  },
  {
    name: 'good till exactly the moment of its decision',
    order: { timeInForce: 'gtd', expiresAt: '2020-03-06T20:30:00.000000000Z' },
    limits,
    expect: 'refuse',
  },
  {
    name: 'good till a nanosecond after the decision',
    order: { timeInForce: 'gtd', expiresAt: '2020-03-06T20:30:00.000000001Z' },
    limits,
    expect: 'not-applicable',
  },
];
