import type { Order } from '@gatehouse/shared/schema/order.ts';
import { price, quantity } from '@gatehouse/shared/values/amounts.ts';
import { decimal } from '@gatehouse/shared/values/decimal.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Capabilities } from '../../venues/define-connector.ts';
import { deskOrder, later } from './desk-fixture.ts';
import { ACTIVE_TYPE, planOf } from './emulation.ts';
import { PLAIN } from './fault-venue-fixture.ts';

const ALL: Capabilities = {
  orderTypes: ['market', 'limit', 'stop', 'stop-limit', 'trailing-stop', 'take-profit', 'take-profit-limit'],
  timesInForce: ['day', 'gtc', 'gtd', 'ioc', 'fok'],
  auctions: ['open', 'close'],
  groups: ['bracket', 'oco'],
  canAmend: true,
  canPostOnly: true,
  canReduceOnly: true,
  canShowPart: true,
};

const limit = { type: 'limit', limitPrice: price('100') } as const;
const stop = { type: 'stop', stopPrice: price('90'), side: 'sell', shortSaleMark: 'long' } as const;
const exit = { group: { id: 'G-1', kind: 'bracket', role: 'stop-loss' } } as const;

const emulated: readonly (readonly [string, Partial<Order>, readonly string[], boolean])[] = [
  ['a stop', stop, ['trigger'], true],
  ['a stop-limit', { ...stop, type: 'stop-limit', limitPrice: price('89') }, ['trigger'], true],
  ['a take-profit', { ...stop, type: 'take-profit', stopPrice: price('110') }, ['trigger'], true],
  ['a trailing stop', { type: 'trailing-stop', trailing: { by: 'bps', distance: decimal('50') } }, ['trailing'], true],
  ['a day for its end', { timeInForce: 'gtd', expiresAt: later(1_000) }, ['expiry'], false],
  ['the entry of a bracket', { ...limit, group: { ...exit.group, role: 'entry' } }, ['group'], false],
  ['the stop-loss of a bracket', { ...stop, ...exit }, ['trigger', 'group'], true],
  ['a limit that is an exit', { ...limit, group: { ...exit.group, role: 'take-profit' } }, ['group'], true],
  ['a reduce-only exit', { ...stop, ...exit, reduceOnly: true }, ['trigger', 'group'], true],
  ['what took the place of a held order', { replaces: 'O-0', parent: 'O-0', ...exit }, ['group'], false],
];

test.each(emulated)(
  '%s is emulated where the venue has no such thing, and native where it has',
  (_, changes, emulates, isHeld) => {
    expect(planOf(deskOrder(changes), PLAIN)).toEqual({ kind: 'emulated', emulates, isHeld });
    expect(planOf(deskOrder(changes), ALL)).toEqual({ kind: 'native' });
  },
);

const refused: readonly (readonly [string, Partial<Order>, RegExp])[] = [
  ['post-only', { ...limit, postOnly: true }, /no post-only/],
  ['reduce-only', { reduceOnly: true }, /no reduce-only/],
  ['a part that is hidden', { ...limit, displayQuantity: quantity('1') }, /whole/],
  ['fill-or-kill', { timeInForce: 'fok' }, /no fok/],
  ['an auction', { auction: 'open' }, /no orders for its open/],
];

test.each(refused)('%s is refused where the venue does not know it, with the reason', (_, changes, reason) => {
  const plan = planOf(deskOrder(changes), PLAIN);
  expect(plan.kind === 'refused' && plan.reason).toMatch(reason);
  expect(planOf(deskOrder(changes), ALL)).toEqual({ kind: 'native' });
});

test('a venue that knows no day orders gets one that stands, and the edge ends it with the day', () => {
  const venue = { ...PLAIN, timesInForce: ['gtc'] } as const;
  expect(planOf(deskOrder({ timeInForce: 'day' }), venue)).toEqual({
    kind: 'emulated',
    emulates: ['expiry'],
    isHeld: false,
  });
  expect(planOf(deskOrder({ timeInForce: 'day' }), { ...PLAIN, timesInForce: ['ioc'] }).kind).toBe('refused');
  expect(planOf(deskOrder({ timeInForce: 'gtd', expiresAt: later(1) }), { ...PLAIN, timesInForce: ['ioc'] }).kind).toBe(
    'refused',
  );
});

test('a stop whose active type the venue does not take is refused', () => {
  const venue = { ...PLAIN, orderTypes: ['limit'] } as const;
  expect(planOf(deskOrder(stop), venue).kind).toBe('refused');
  expect(planOf(deskOrder({ ...stop, type: 'stop-limit', limitPrice: price('89') }), venue).kind).toBe('emulated');
});

test('a group of which the venue can watch only a part is watched by the edge whole', () => {
  const venue = { ...ALL, orderTypes: ['market', 'limit'] } as const;
  expect(planOf(deskOrder({ ...stop, ...exit }), venue)).toMatchObject({ emulates: ['trigger', 'group'] });
});

test('an exit that waits for its price cannot be post-only, and an oco has no entry', () => {
  const waits = { ...limit, postOnly: true, group: { ...exit.group, role: 'take-profit' } } as const;
  expect(planOf(deskOrder(waits), { ...ALL, groups: [] }).kind).toBe('refused');
  const entry = { group: { id: 'G-1', kind: 'oco', role: 'entry' } } as const;
  expect(planOf(deskOrder(entry), PLAIN).kind).toBe('refused');
});

test('what is sent as it is lies within what the venue can do', () => {
  const types = fc.constantFrom(...ALL.orderTypes);
  const times = fc.constantFrom(...ALL.timesInForce);
  const some = <One>(all: readonly One[]): fc.Arbitrary<One[]> => fc.subarray([...all]);
  const venues = fc.record({
    orderTypes: some(ALL.orderTypes),
    timesInForce: some(ALL.timesInForce),
    canPostOnly: fc.boolean(),
  });
  fc.assert(
    fc.property(types, times, fc.boolean(), venues, (type, timeInForce, isPostOnly, part) => {
      const venue = { ...PLAIN, ...part };
      const order = { ...deskOrder(), type, timeInForce, ...(isPostOnly ? { postOnly: true as const } : {}) };
      const plan = planOf(order, venue);
      if (plan.kind === 'refused') return;
      const isHeld = plan.kind === 'emulated' && plan.isHeld;
      expect(venue.orderTypes).toContain(isHeld ? ACTIVE_TYPE[type] : type);
      const isTimed = plan.kind === 'emulated' && plan.emulates.includes('expiry');
      expect(venue.timesInForce).toContain(isTimed ? 'gtc' : timeInForce);
      expect(isPostOnly && !venue.canPostOnly).toBe(false);
    }),
  );
});
