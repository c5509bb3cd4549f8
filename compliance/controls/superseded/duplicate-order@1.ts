import { cite, SEC_15C3_5 } from '@gatehouse/shared/law/acts.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import { equal } from '@gatehouse/shared/values/decimal.ts';
import { ageMs, type Instant } from '@gatehouse/shared/values/instant.ts';
import { z } from 'zod';
import { defineControl } from '../../define-control.ts';
import { DurationMs, higherIsTighter } from '../../limit-fields.ts';
import type { RecentOrder } from '../../own-facts.ts';
import { termsPrint } from '../../terms-print.ts';
import { known, pass, refuseBeyond } from '../../verdict.ts';

const limits = { windowMs: 60_000 };
const sale = { side: 'sell', shortSaleMark: 'long' } as const;
const market = { type: 'market', limitPrice: null } as const;

const earlier = {
  id: 'O-0',
  algorithm: 'ema-cross',
  instrument: 'demo-index',
  side: 'buy',
  quantity: '50',
  limitPrice: '1000.00',
  decidedAt: '2020-03-06T20:29:00.000000000Z',
} as const;

const { limitPrice: _, ...earlierMarket } = earlier;

/**
 * Refuses an order that repeats another of the recent past.
 *
 * Shape:  a repetition has the same algorithm, instrument, side, quantity and limit price, or both have none; an order
 *         exactly as old as the window still counts, and so does one that seems to come from the future.
 * Units:  `windowMs` in milliseconds of market time; the records must look back at least as far.
 * Source: 17 CFR 240.15c3-5(c)(1)(ii).
 */
export const duplicateOrder1 = defineControl({
  id: 'duplicate-order',
  version: 1,
  title: 'Duplicate order',
  question: 'Is this order different from every order that the same algorithm entered a short while ago?',
  sources: [cite(SEC_15C3_5, '(c)(1)(ii)', 'Orders that repeat another one, and so look erroneous, are rejected.')],
  limits: z.strictObject({
    windowMs: DurationMs.describe('How long an equal order counts as a repetition, in milliseconds.').meta(
      higherIsTighter,
    ),
  }),
  scopes: ['firm', 'desk', 'trader', 'client', 'account', 'algorithm', 'instrument', 'venue'],
  isOverridable: true,

  check({ order, facts: { now }, own }, { windowMs }) {
    const recent = known(own.recent(order, { now, windowMs }), 'list of recent orders');
    const figures = { recentOrders: recent.length };
    const repeated = newestRepetition(order, recent);
    if (repeated === undefined) return pass('No recent order is the same as this one.', figures);

    const repeatedAgeMs = ageMs(repeated.decidedAt, now);
    const withAge = { ...figures, repeatedAgeMs };
    return repeatedAgeMs > windowMs
      ? pass(`The order is the same as ${repeated.id}, which is older than the window.`, withAge)
      : refuseBeyond(`The order is the same as ${repeated.id} of a short while ago.`, withAge);
  },

  examples: [
    { name: 'no recent order', limits, expect: 'pass' },
    {
      name: 'the same purchase, exactly as old as the window',
      own: { recent: [earlier] },
      limits,
      expect: 'refuse',
    },
    {
      name: 'the same purchase, one millisecond older than the window',
      own: { recent: [{ ...earlier, decidedAt: '2020-03-06T20:28:59.999000000Z' }] },
      limits,
      expect: 'pass',
    },
    {
      name: 'the same market order, exactly as old as the window',
      order: market,
      own: { recent: [earlierMarket] },
      limits,
      expect: 'refuse',
    },
    {
      name: 'the same market order, one millisecond older than the window',
      order: market,
      own: { recent: [{ ...earlierMarket, decidedAt: '2020-03-06T20:28:59.999000000Z' }] },
      limits,
      expect: 'pass',
    },
    {
      name: 'the same order twice, of which only the newer counts',
      own: {
        recent: [
          { ...earlier, id: 'O-older', decidedAt: '2020-03-06T20:00:00.000000000Z' },
          earlier,
          { ...earlier, id: 'O-oldest', decidedAt: '2020-03-06T19:00:00.000000000Z' },
        ],
      },
      limits,
      expect: 'refuse',
    },
    {
      name: 'the same order, seemingly from the future',
      own: { recent: [{ ...earlier, decidedAt: '2020-03-06T20:30:01.000000000Z' }] },
      limits,
      expect: 'refuse',
    },
    {
      name: 'the same figures written with other decimals',
      order: { quantity: '50.0', limitPrice: '1000' },
      own: { recent: [earlier] },
      limits,
      expect: 'refuse',
    },
    {
      name: 'one cent of difference in the limit price',
      order: { limitPrice: '1000.01' },
      own: { recent: [earlier] },
      limits,
      expect: 'pass',
    },
    {
      name: 'one unit of difference in the quantity',
      order: { quantity: '51' },
      own: { recent: [earlier] },
      limits,
      expect: 'pass',
    },
    {
      name: 'the other side',
      order: sale,
      own: { recent: [earlier] },
      limits,
      expect: 'pass',
    },
    {
      name: 'another instrument',
      order: { instrument: 'demo-bond' },
      own: { recent: [earlier] },
      limits,
      expect: 'pass',
    },
    {
      name: 'another algorithm',
      order: { algorithm: { id: 'mean-reversion', version: '1.0.0' } },
      own: { recent: [earlier] },
      limits,
      expect: 'pass',
    },
    {
      name: 'a market order after a limit order',
      order: market,
      own: { recent: [earlier] },
      limits,
      expect: 'pass',
    },
    {
      name: 'a limit order after a market order',
      own: { recent: [earlierMarket] },
      limits,
      expect: 'pass',
    },
    {
      name: 'recent orders that are not known as far back as the window',
      own: { recent: null },
      limits,
      expect: 'refuse',
    },
  ],
});

function newestRepetition(order: Order, recent: readonly RecentOrder[]): RecentOrder | undefined {
  if (recent.length === 0) return undefined;
  const print = termsPrint(order);
  let newest: RecentOrder | undefined;
  for (const other of recent) {
    if (other.print === print && isSame(order, other) && isNewer(other.decidedAt, newest?.decidedAt)) newest = other;
  }
  return newest;
}

function isNewer(at: Instant, than: Instant | undefined): boolean {
  return than === undefined || at > than;
}

function isSame(order: Order, other: RecentOrder): boolean {
  // What differs most often comes first.
  return (
    equal(other.quantity, order.quantity) &&
    isSamePrice(order.limitPrice, other.limitPrice) &&
    other.algorithm === order.algorithm.id &&
    other.instrument === order.instrument &&
    other.side === order.side
  );
}

function isSamePrice(price: Order['limitPrice'], other: Order['limitPrice']): boolean {
  if (price === undefined || other === undefined) return price === other;
  return equal(price, other);
}
