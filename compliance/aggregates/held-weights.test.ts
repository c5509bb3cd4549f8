import { toText } from '@gatehouse/shared/values/decimal.ts';
import { expect, test } from 'vitest';
import type { OrderOverrides } from '../examples/base.ts';
import { isReducing } from '../exposure.ts';
import type { OpenQuantities } from '../own-facts.ts';
import { fold, restored, SALE, TERMS, texts } from './aggregates-fixture.ts';
import { approved, fillEntry, orderAt, stateEntry } from './entry-streams.ts';

const STOP = { ...SALE, type: 'stop', limitPrice: null, stopPrice: '900' } as const;
const group = (kind: 'bracket' | 'oco', role: 'entry' | 'take-profit' | 'stop-loss'): OrderOverrides => ({
  group: { id: 'G-1', kind, role },
});
const bought = orderAt(0, { quantity: '10' });
const long = [
  TERMS,
  ...approved(bought),
  fillEntry(bought, { units: '10', price: '1000' }),
  stateEntry('O-0', 'filled'),
];

/** The two orders that close a position of ten, of which one takes off the other, both waiting at the edge. */
function exits(kind: 'bracket' | 'oco', larger = '10') {
  const emulates = ['group' as const];
  const profit = orderAt(1, { ...SALE, quantity: larger, emulates, ...group(kind, 'take-profit') });
  const loss = orderAt(2, { ...STOP, quantity: '10', emulates: ['trigger', 'group'], ...group(kind, 'stop-loss') });
  return [...approved(profit), stateEntry('O-1', 'held'), ...approved(loss), stateEntry('O-2', 'held')];
}

function openFor(own: ReturnType<typeof fold>, order = orderAt(9)): OpenQuantities {
  return own.open(order) ?? { buy: orderAt(0).quantity, sell: orderAt(0).quantity };
}

test('two waiting orders that cancel each other count once, by the larger, and after a restart too', () => {
  const own = restored(fold(long, exits('oco', '12')));
  expect(texts({ ...openFor(own) })).toEqual({ buy: '0', sell: '12', held: 'buy 0, sell 12' });
  own.fold(stateEntry('O-1', 'cancelled'));
  expect(texts({ ...openFor(own) })).toEqual({ buy: '0', sell: '10', held: 'buy 0, sell 10' });
});

test('a waiting exit of a bracket counts nothing, and what takes its place counts in full', () => {
  const own = fold(long, exits('bracket'));
  expect(texts({ ...openFor(own) })).toEqual({ buy: '0', sell: '0' });
  own.fold(stateEntry('O-2', 'held'));
  const child = { ...SALE, quantity: '10', replaces: 'O-2', parent: 'O-2', emulates: ['group' as const] };
  for (const entry of approved(orderAt(3, { ...child, ...group('bracket', 'stop-loss') }))) own.fold(entry);
  expect(texts({ ...openFor(own) })).toEqual({ buy: '0', sell: '10' });
});

test('the stop-loss of a group reduces though the take-profit still waits, and does not where one unit more is at the venue', () => {
  const own = fold(long, exits('oco'));
  const loss = orderAt(3, {
    ...SALE,
    quantity: '10',
    replaces: 'O-2',
    parent: 'O-2',
    emulates: ['group'],
    ...group('oco', 'stop-loss'),
  });
  const standing = () => ({ position: bought.quantity, open: openFor(own, loss) });
  expect(isReducing(loss, standing())).toBe(true);
  for (const entry of approved(orderAt(4, { ...SALE, quantity: '1' }))) own.fold(entry);
  expect(isReducing(loss, standing())).toBe(false);
});

test('a stop that waits alone counts until something takes its place, and again where that never got out', () => {
  const own = fold(TERMS, approved(orderAt(0, { ...STOP, quantity: '10', emulates: ['trigger'] })));
  const sells = () => toText(openFor(own).sell);
  expect(sells()).toBe('10');
  const child = orderAt(1, { ...SALE, quantity: '4', replaces: 'O-0', parent: 'O-0' });
  for (const entry of approved(child)) own.fold(entry);
  expect(sells()).toBe('4');
  own.fold(stateEntry('O-1', 'unsent'));
  expect(sells()).toBe('10');
});

test('what waits at the edge rests at no venue, and is open all the same', () => {
  const own = fold(TERMS, approved(orderAt(0, { ...STOP, emulates: ['trigger'] })));
  expect([own.resting('demo-index')?.length, own.openIn('demo-index')?.length]).toEqual([0, 1]);
  expect(own.openCount('firm')).toBe(1);
});
