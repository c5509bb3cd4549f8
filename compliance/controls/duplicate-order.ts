import { cite, SEC_15C3_5 } from '@gatehouse/shared/law/acts.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import { equal } from '@gatehouse/shared/values/decimal.ts';
import { ageMs, type Instant } from '@gatehouse/shared/values/instant.ts';
import { z } from 'zod';
import { defineControl } from '../define-control.ts';
import { tookPlaceOf } from '../edge-waiting.ts';
import { DurationMs, higherIsTighter } from '../limit-fields.ts';
import type { RecentOrder } from '../own-facts.ts';
import { furtherTerms, termsPrint } from '../terms-print.ts';
import { known, notApplicable, pass, refuseBeyond } from '../verdict.ts';

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
const at = { stopPrice: '1100.00' } as const;
const stop = { ...at, type: 'stop', limitPrice: null } as const;
const waiting = { ...stop, emulates: ['trigger' as const] };
const trailing = (distance: string) =>
  ({ ...market, type: 'trailing-stop', trailing: { by: 'bps', distance } }) as const;
const bracket = { group: { id: 'G-2', kind: 'bracket', role: 'entry' } } as const;
const before = (further: string) => ({ recent: [{ ...earlier, further }] });
const marketBefore = (further: string) => ({ recent: [{ ...earlierMarket, further }] });

/**
 * Refuses an order that repeats another of the recent past.
 *
 * Shape:  a repetition is the same in algorithm, instrument, side, quantity, prices, type, time in force and everything else that it
 *         asks of the venue; of a group its id may differ, so that a bracket that is entered twice is found. An order
 *         exactly as old as the window still counts, and so does one that seems to come from the future. What takes the place of an
 *         order that waited at the edge repeats that one by its nature, and was held against the others when that one was entered.
 * Units:  `windowMs` in milliseconds of market time; the records must look back at least as far.
 * Source: 17 CFR 240.15c3-5(c)(1)(ii).
 */
export const duplicateOrder = defineControl({
  id: 'duplicate-order',
  version: 2,
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
    if (tookPlaceOf(order, own) !== undefined) {
      return notApplicable(
        'The order takes the place of one that waited at the edge, which was held against the others.',
      );
    }
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
      name: 'a stop to buy at exactly the stop price of another',
      order: stop,
      own: marketBefore('stop day stop 1100'),
      limits,
      expect: 'refuse',
    },
    {
      name: 'a stop to buy one cent above another',
      order: stop,
      own: marketBefore('stop day stop 1099.99'),
      limits,
      expect: 'pass',
    },
    {
      name: 'a market order after a stop',
      order: market,
      own: marketBefore('stop day stop 1100'),
      limits,
      expect: 'pass',
    },
    {
      name: 'a stop-limit after a limit order at its limit',
      order: { ...at, type: 'stop-limit' },
      own: { recent: [earlier] },
      limits,
      expect: 'pass',
    },
    {
      name: 'a trailing stop at exactly the distance of another',
      order: trailing('50'),
      own: marketBefore('trailing-stop day behind 50 bps'),
      limits,
      expect: 'refuse',
    },
    {
      name: 'a trailing stop a basis point closer than another',
      order: trailing('49'),
      own: marketBefore('trailing-stop day behind 50 bps'),
      limits,
      expect: 'pass',
    },
    {
      name: 'the same order good till cancelled',
      order: { timeInForce: 'gtc' },
      own: { recent: [earlier] },
      limits,
      expect: 'pass',
    },
    {
      name: 'the same order good till exactly the same time',
      order: { timeInForce: 'gtd', expiresAt: '2020-03-07T00:00:00Z' },
      own: before('limit gtd until 2020-03-07T00:00:00.000000000Z'),
      limits,
      expect: 'refuse',
    },
    {
      name: 'an iceberg that shows exactly what another shows',
      order: { displayQuantity: '10.0' },
      own: before('limit day shows 10'),
      limits,
      expect: 'refuse',
    },
    {
      name: 'an iceberg that shows one unit more',
      order: { displayQuantity: '11' },
      own: before('limit day shows 10'),
      limits,
      expect: 'pass',
    },
    {
      name: 'an order for the close after one for the open',
      order: { auction: 'close' },
      own: before('limit day on-open'),
      limits,
      expect: 'pass',
    },
    {
      name: 'the same order, post-only',
      order: { postOnly: true },
      own: { recent: [earlier] },
      limits,
      expect: 'pass',
    },
    {
      name: 'the same order, which may only reduce',
      order: { reduceOnly: true },
      own: { recent: [earlier] },
      limits,
      expect: 'pass',
    },
    {
      name: 'the entry of a bracket that is entered twice, under another id',
      order: bracket,
      own: before('limit day bracket entry'),
      limits,
      expect: 'refuse',
    },
    {
      name: 'the entry of a bracket after the same order without exits',
      order: bracket,
      own: { recent: [earlier] },
      limits,
      expect: 'pass',
    },
    {
      name: 'the same figures as an order whose other terms are not known',
      order: { timeInForce: 'gtc' },
      own: { recent: [{ ...earlier, further: null }] },
      limits,
      expect: 'refuse',
    },
    {
      name: 'what takes the place of an order that waited at the edge until now',
      order: { ...market, replaces: 'O-0', parent: 'O-0' },
      own: { recent: [earlierMarket], orders: [{ order: { id: 'O-0', ...waiting }, state: 'held' }] },
      limits,
      expect: 'not-applicable',
    },
    {
      name: 'what says so of an order that is at the venue',
      order: { ...market, replaces: 'O-0', parent: 'O-0' },
      own: { recent: [earlierMarket], orders: [{ order: { id: 'O-0' } }] },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a change of an order that waits at the edge into the same again',
      order: { ...waiting, replaces: 'O-0' },
      own: { ...marketBefore('stop day stop 1100'), orders: [{ order: { id: 'O-0', ...waiting }, state: 'held' }] },
      limits,
      expect: 'refuse',
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
  const further = furtherTerms(order);
  let newest: RecentOrder | undefined;
  for (const other of recent) {
    // What is not known of another order may be the same.
    if (other.print !== print || (other.further !== undefined && other.further !== further)) continue;
    if (isSame(order, other) && isNewer(other.decidedAt, newest?.decidedAt)) newest = other;
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
