import { cite, RTS_6, SEC_15C3_5 } from '@gatehouse/shared/law/acts.ts';
import { compare, type Decimal, multiply, signOf, subtract } from '@gatehouse/shared/values/decimal.ts';
import { addMs, ageMs } from '@gatehouse/shared/values/instant.ts';
import { z } from 'zod';
import { defineControl } from '../define-control.ts';
import { Bps, DurationMs, higherIsTighter, lowerIsTighter, noneIsTighter } from '../limit-fields.ts';
import { judgeReference, movedAgainst, raised } from '../reference-price.ts';
import { stopPriceOf } from '../stop-price.ts';
import { notApplicable, pass, refuse, refuseBeyond } from '../verdict.ts';

const limits = { collarBps: 200, rangeMsMin: 300_000, marketOrderBps: 100, referenceAgeMsMax: 60_000 };
const market = { type: 'market', limitPrice: null } as const;
const sale = { side: 'sell', shortSaleMark: 'long' } as const;
const from = '2020-03-06T20:00:00.000000000Z';

/** A reference price that is a second old. */
function priced(price: string) {
  return { reference: { price, at: '2020-03-06T20:29:59.000000000Z', source: 'bars' } };
}

/**
 * Refuses a price too far outside the range in which the market has lately traded.
 *
 * Shape:  the range is that of the reference prices of a period, the newest one left out; it must be long enough, or it says
 *         nothing. A market order is judged at the reference price moved against it by `marketOrderBps`. The collar of a single
 *         reference price follows a market that runs away; this one holds it to the prices of before, until they are those of the
 *         new level.
 * Units:  `collarBps` in basis points of the lowest price downward and of the highest upward; a price exactly there passes.
 *         `rangeMsMin` in milliseconds of market time.
 * Source: RTS 6 Art. 15(1)(a); 17 CFR 240.15c3-5(c)(1)(ii).
 */
export const priceCollarPeriod = defineControl({
  id: 'price-collar-period',
  version: 1,
  title: 'Price collar over a period',
  question: 'Is the price of this order close enough to the prices at which the market has lately traded?',
  sources: [
    cite(RTS_6, 'Art. 15(1)(a)', 'Orders outside set price parameters are blocked, also as measured over a period.'),
    cite(SEC_15C3_5, '(c)(1)(ii)', 'Orders that look erroneous by their price are rejected, also over a short period.'),
  ],
  limits: z.strictObject({
    collarBps: Bps.describe('How far outside the range a price may lie, in basis points of its nearer end.').meta(
      lowerIsTighter,
    ),
    // The range is measured over this very period, so that a longer one asks for more and widens the range as well.
    rangeMsMin: DurationMs.describe('How long the period of the range must be, in milliseconds.').meta(noneIsTighter),
    marketOrderBps: Bps.describe(
      'How far from the reference price a market order is assumed to trade, in basis points.',
    ).meta(higherIsTighter),
    referenceAgeMsMax: DurationMs.describe('The oldest reference price still trusted, in milliseconds.').meta(
      lowerIsTighter,
    ),
  }),
  needs: ['range', 'reference'],
  scopes: ['firm', 'desk', 'trader', 'client', 'account', 'algorithm', 'instrument', 'venue'],
  isOverridable: true,

  check({ order, facts }, limitsOfScope) {
    const { low, high, from: since } = facts.range;
    const { collarBps, rangeMsMin } = limitsOfScope;
    const rangeMs = ageMs(since, facts.now);
    const figures = { low, high, rangeMs };
    // An age in whole milliseconds is rounded up, which would make the period look longer than it is.
    if (addMs(since, rangeMsMin) > facts.now)
      return refuse('The range of prices is known for too short a period.', figures);
    if (signOf(low) <= 0 || compare(low, high) > 0) return refuse('The range of prices is not sound.', figures);
    const reference = judgeReference(facts, limitsOfScope.referenceAgeMsMax);
    if (reference.kind === 'unusable') return refuse(reference.reason, { ...figures, ...reference.figures });
    const stop = stopPriceOf(order, reference.price);
    if (stop.kind === 'unusable') return refuse(stop.reason, { ...figures, ...reference.figures });
    if (stop.kind === 'waits')
      return notApplicable('The order waits for a price that may lie far from where the market has traded.');
    const judgedPrice = order.limitPrice ?? movedAgainst(order, reference.price, limitsOfScope.marketOrderBps);
    const all = { low, high, rangeMs, judgedPrice };
    return isWithin(judgedPrice, facts.range, collarBps)
      ? pass('The price lies within the collar around the range.', all)
      : refuseBeyond('The price lies outside the collar around the range.', all);
  },

  examples: [
    { name: 'a price inside the range', limits, expect: 'pass' },
    {
      name: 'a stop one cent above the market waits for a price',
      order: { type: 'stop-limit', stopPrice: '1000.01', limitPrice: '1030.21' },
      limits,
      expect: 'not-applicable',
    },
    {
      name: 'a stop exactly at the market is active at once',
      order: { type: 'stop-limit', stopPrice: '1000.00', limitPrice: '1030.21' },
      limits,
      expect: 'refuse',
    },
    {
      name: 'exactly two per cent above the highest price',
      order: { limitPrice: '1030.20' },
      limits,
      expect: 'pass',
    },
    { name: 'one cent more than two per cent above it', order: { limitPrice: '1030.21' }, limits, expect: 'refuse' },
    {
      name: 'exactly two per cent below the lowest price',
      order: { ...sale, limitPrice: '970.20' },
      limits,
      expect: 'pass',
    },
    {
      name: 'one cent more than two per cent below it',
      order: { ...sale, limitPrice: '970.19' },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a market order to buy, assumed exactly at the upper edge',
      order: market,
      facts: priced('1010.00'),
      limits: { ...limits, marketOrderBps: 200 },
      expect: 'pass',
    },
    {
      name: 'a market order to buy, assumed one basis point beyond the upper edge',
      order: market,
      facts: priced('1010.00'),
      limits: { ...limits, marketOrderBps: 201 },
      expect: 'refuse',
    },
    {
      name: 'a market order to sell, assumed exactly at the lower edge',
      order: { ...market, ...sale },
      facts: priced('990.00'),
      limits: { ...limits, marketOrderBps: 200 },
      expect: 'pass',
    },
    {
      name: 'a market order to sell, assumed one basis point beyond the lower edge',
      order: { ...market, ...sale },
      facts: priced('990.00'),
      limits: { ...limits, marketOrderBps: 201 },
      expect: 'refuse',
    },
    {
      name: 'a range of exactly the shortest period',
      limits: { ...limits, rangeMsMin: 1_800_000 },
      expect: 'pass',
    },
    {
      name: 'a range one millisecond shorter than the shortest period',
      limits: { ...limits, rangeMsMin: 1_800_001 },
      expect: 'refuse',
    },
    {
      name: 'a range one nanosecond shorter than the shortest period',
      facts: { range: { low: '990.00', high: '1010.00', from: '2020-03-06T20:00:00.000000001Z' } },
      limits: { ...limits, rangeMsMin: 1_800_000 },
      expect: 'refuse',
    },
    {
      name: 'a range that begins in the future',
      facts: { range: { low: '990.00', high: '1010.00', from: '2020-03-06T20:30:00.000000001Z' } },
      limits: { ...limits, rangeMsMin: 0 },
      expect: 'refuse',
    },
    { name: 'no range', facts: { range: null }, limits, expect: 'refuse' },
    {
      name: 'a range whose lowest price is above its highest',
      facts: { range: { low: '1010.00', high: '990.00', from } },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a range of exactly one price',
      facts: { range: { low: '1000.00', high: '1000.00', from } },
      limits,
      expect: 'pass',
    },
    { name: 'a range from zero', facts: { range: { low: '0', high: '1010.00', from } }, limits, expect: 'refuse' },
    {
      name: 'a market that ran away upward, exactly to the collar',
      order: market,
      facts: priced('1030.20'),
      limits: { ...limits, marketOrderBps: 0 },
      expect: 'pass',
    },
    {
      name: 'a market that ran away upward, one cent beyond the collar',
      order: market,
      facts: priced('1030.21'),
      limits: { ...limits, marketOrderBps: 0 },
      expect: 'refuse',
    },
    {
      name: 'a market that ran away downward, one cent beyond the collar',
      order: { ...market, ...sale },
      facts: priced('970.19'),
      limits: { ...limits, marketOrderBps: 0 },
      expect: 'refuse',
    },
    { name: 'no reference price', facts: { reference: null }, limits, expect: 'refuse' },
    {
      name: 'a reference price exactly as old as permitted',
      limits: { ...limits, referenceAgeMsMax: 1_000 },
      expect: 'pass',
    },
    {
      name: 'a reference price one millisecond too old',
      limits: { ...limits, referenceAgeMsMax: 999 },
      expect: 'refuse',
    },
  ],
});

/** Only the end that the price lies beyond is widened: a price inside the range is inside every collar. */
function isWithin(
  price: Decimal,
  { low, high }: { readonly low: Decimal; readonly high: Decimal },
  collar: Decimal,
): boolean {
  if (compare(price, high) > 0) return compare(price, raised(high, collar)) <= 0;
  return compare(price, low) >= 0 || compare(price, subtract(low, multiply(low, collar))) >= 0;
}
