import { cite, LULD_PLAN, SEC_15C3_5 } from '@gatehouse/shared/law/acts.ts';
import { inForce } from '@gatehouse/shared/law/in-force.ts';
import { isPlausibleBand, LULD, LULD_BEGINS } from '@gatehouse/shared/law/us-equity-figures.ts';
import type { DecisionFacts } from '@gatehouse/shared/schema/decision.ts';
import { compare } from '@gatehouse/shared/values/decimal.ts';
import { timeInZone } from '@gatehouse/shared/values/zoned-time.ts';
import { z } from 'zod';
import { judgeAge } from '../data-age.ts';
import { defineControl } from '../define-control.ts';
import { exampleInstrument } from '../examples/files.ts';
import { DurationMs, lowerIsTighter, tightestFirst } from '../limit-fields.ts';
import { known, notApplicable, pass, refuse } from '../verdict.ts';

const limits = { required: 'no' as const, bandAgeMsMax: 60_000 };
const required = { ...limits, required: 'yes' as const };
const sale = { side: 'sell', shortSaleMark: 'long' } as const;
const banded = (low: string, high: string, at = '2020-03-06T20:29:59.000000000Z') => ({
  market: { status: 'trading' as const, band: { low, high }, breakerLevel: 0, at, source: 'status' },
});
const band = banded('950.00', '1050.00');
const close = { now: '2020-03-06T21:00:00.000000000Z' } as const;

/**
 * Refuses an order for a US share whose price lies through the band that the market gives, in the hours of the bands.
 *
 * Shape:  a purchase must not be priced above the band and a sale not below it; a price beyond the other edge waits and is let
 *         through. A market order carries no price, and the market keeps it inside the band. A stop beyond the band cannot be struck
 *         while the band stands, so its limit is held against the band that it will meet: by the venue, or by this control once more
 *         where it waits at the edge. A band that the plan can not make is no band. Where the market gives none, the sheet says
 *         whether an order may pass.
 * Units:  `bandAgeMsMax` in milliseconds of market time.
 * Source: LULD plan, Sections V and VI.
 */
export const priceBand = defineControl({
  id: 'price-band',
  version: 1,
  title: 'Price band',
  question: 'Does the price of this order respect the band that the market sets for this share?',
  sources: [
    cite(LULD_PLAN, 'Section VI', 'No share is bought above its band or sold below it in regular hours.'),
    cite(SEC_15C3_5, '(c)(2)(i)', 'What must be so before an order is entered is checked before it is entered.'),
  ],
  limits: z.strictObject({
    required: z
      .enum(['yes', 'no'])
      .describe('Whether a share without a known band is refused in the hours of the bands: yes or no.')
      .meta(tightestFirst(['yes', 'no'])),
    bandAgeMsMax: DurationMs.describe('The oldest band still trusted, in milliseconds.').meta(lowerIsTighter),
  }),
  files: ['instruments'],
  scopes: ['firm', 'desk', 'trader', 'client', 'account', 'algorithm', 'instrument', 'venue'],

  check({ order, facts, files }, limit) {
    const { isUsEquity } = known(files.instruments.of(order.instrument), 'instrument');
    if (!isUsEquity) return notApplicable('Price bands are those of US shares.');
    if (facts.day < LULD_BEGINS) return notApplicable('There was no such band before the plan.');
    const { market, now } = facts;
    if (market?.band === undefined) {
      if (limit.required === 'no') return notApplicable('No band is known, and the sheet asks for none.');
      return areBandsOn(facts)
        ? refuse('The price band is not known.')
        : notApplicable('No bands are set at this hour.');
    }
    const bandAge = judgeAge('price band', { at: market.at, now, ageMsMax: limit.bandAgeMsMax });
    const { low, high } = market.band;
    const figures = { low, high, bandAgeMs: bandAge.ageMs };
    const problem = bandAge.problem ?? problemOfBand(facts, market.band);
    if (problem !== undefined)
      return areBandsOn(facts) ? refuse(problem, figures) : notApplicable('No bands are set at this hour.');

    const { limitPrice, stopPrice, type, side } = order;
    if (limitPrice === undefined) return pass('A market order trades inside the band.', figures);
    const isBuy = side === 'buy';
    if (stopPrice !== undefined && type === 'stop-limit') {
      const isBeyond = isBuy ? compare(stopPrice, high) > 0 : compare(stopPrice, low) < 0;
      const waits = 'The order waits for a price beyond the band, and is held against the band of that time.';
      if (isBeyond) return pass(waits, { ...figures, stopPrice });
    }
    const isThrough = isBuy ? compare(limitPrice, high) > 0 : compare(limitPrice, low) < 0;
    if (!isThrough) return pass('The price is not through the band.', { ...figures, limitPrice });
    return areBandsOn(facts)
      ? refuse('The price lies through the band.', { ...figures, limitPrice })
      : notApplicable('No bands are set at this hour.');
  },

  examples: [
    { name: 'no band, and none is asked for', limits, expect: 'not-applicable' },
    {
      name: 'a purchase at exactly the upper edge',
      order: { limitPrice: '1050.00' },
      facts: band,
      limits,
      expect: 'pass',
    },
    {
      name: 'a purchase one cent above the upper edge',
      order: { limitPrice: '1050.01' },
      facts: band,
      limits,
      expect: 'refuse',
    },
    {
      name: 'a sale at exactly the lower edge',
      order: { ...sale, limitPrice: '950.00' },
      facts: band,
      limits,
      expect: 'pass',
    },
    {
      name: 'a sale one cent below the lower edge',
      order: { ...sale, limitPrice: '949.99' },
      facts: band,
      limits,
      expect: 'refuse',
    },
    { name: 'a purchase below the band waits', order: { limitPrice: '949.99' }, facts: band, limits, expect: 'pass' },
    {
      name: 'a sale above the band waits',
      order: { ...sale, limitPrice: '1050.01' },
      facts: band,
      limits,
      expect: 'pass',
    },
    { name: 'a market order', order: { type: 'market', limitPrice: null }, facts: band, limits, expect: 'pass' },
    {
      name: 'a stop to buy exactly at the upper edge, which may be struck at once, with a limit above it',
      order: { type: 'stop-limit', stopPrice: '1050.00', limitPrice: '1060.00' },
      facts: band,
      limits,
      expect: 'refuse',
    },
    {
      name: 'a stop to buy one cent above the upper edge waits for another band',
      order: { type: 'stop-limit', stopPrice: '1050.01', limitPrice: '1060.00' },
      facts: band,
      limits,
      expect: 'pass',
    },
    {
      name: 'a stop to sell exactly at the lower edge, with a limit below it',
      order: { ...sale, type: 'stop-limit', stopPrice: '950.00', limitPrice: '940.00' },
      facts: band,
      limits,
      expect: 'refuse',
    },
    {
      name: 'a stop to sell one cent below the lower edge waits for another band',
      order: { ...sale, type: 'stop-limit', stopPrice: '949.99', limitPrice: '940.00' },
      facts: band,
      limits,
      expect: 'pass',
    },
    {
      name: 'a take-profit to buy far below the market with a limit above the band',
      order: { type: 'take-profit-limit', stopPrice: '900.00', limitPrice: '1050.01' },
      facts: band,
      limits,
      expect: 'refuse',
    },
    {
      name: 'a take-profit to buy with a stop price and a limit above the band',
      order: { type: 'take-profit-limit', stopPrice: '1060.00', limitPrice: '1060.00' },
      facts: band,
      limits,
      expect: 'refuse',
    },
    {
      name: 'a stop without a limit, which the market keeps inside the band',
      order: { ...sale, type: 'stop', limitPrice: null, stopPrice: '940.00' },
      facts: band,
      limits,
      expect: 'pass',
    },
    {
      name: 'an iceberg through the band by one cent',
      order: { limitPrice: '1050.01', displayQuantity: '10' },
      facts: band,
      limits,
      expect: 'refuse',
    },
    {
      name: 'through the band at the very end of the hours',
      order: { limitPrice: '1050.01' },
      facts: { ...close, ...banded('950.00', '1050.00', close.now) },
      limits,
      expect: 'not-applicable',
    },
    {
      name: 'through the band one second before the end',
      order: { limitPrice: '1050.01' },
      facts: {
        now: '2020-03-06T20:59:59.000000000Z',
        ...banded('950.00', '1050.00', '2020-03-06T20:59:59.000000000Z'),
      },
      limits,
      expect: 'refuse',
    },
    {
      name: 'through the band at exactly the beginning of the hours',
      order: { limitPrice: '1050.01' },
      facts: {
        now: '2020-03-06T14:30:00.000000000Z',
        ...banded('950.00', '1050.00', '2020-03-06T14:30:00.000000000Z'),
      },
      limits,
      expect: 'refuse',
    },
    {
      name: 'through the band one second before the beginning',
      order: { limitPrice: '1050.01' },
      facts: {
        now: '2020-03-06T14:29:59.000000000Z',
        ...banded('950.00', '1050.00', '2020-03-06T14:29:59.000000000Z'),
      },
      limits,
      expect: 'not-applicable',
    },
    {
      name: 'a band exactly as old as permitted',
      facts: band,
      limits: { ...limits, bandAgeMsMax: 1_000 },
      expect: 'pass',
    },
    { name: 'a band one millisecond too old', facts: band, limits: { ...limits, bandAgeMsMax: 999 }, expect: 'refuse' },
    {
      name: 'a band of before the close, after it',
      facts: { ...close, ...band },
      limits: { ...limits, bandAgeMsMax: 999 },
      expect: 'not-applicable',
    },
    { name: 'a band wider than the plan makes any', facts: banded('1.00', '2000.00'), limits, expect: 'refuse' },
    {
      name: 'a band whose edges are the wrong way round',
      facts: banded('1050.00', '950.00'),
      limits,
      expect: 'refuse',
    },
    {
      name: 'a purchase below both edges of a band whose edges are the wrong way round',
      order: { limitPrice: '940.00' },
      facts: banded('1050.00', '950.00'),
      limits,
      expect: 'refuse',
    },
    { name: 'a band of exactly one price', facts: banded('1000.00', '1000.00'), limits, expect: 'refuse' },
    { name: 'a required band is not known', limits: required, expect: 'refuse' },
    {
      name: 'nothing of the market is known, and a band is required',
      facts: { market: null },
      limits: required,
      expect: 'refuse',
    },
    { name: 'a required band is not known after hours', facts: close, limits: required, expect: 'not-applicable' },
    {
      name: 'on the day before the plan',
      facts: { day: '2013-04-07' },
      limits: required,
      expect: 'not-applicable',
    },
    { name: 'on exactly the first day of the plan', facts: { day: '2013-04-08' }, limits: required, expect: 'refuse' },
    {
      name: 'no US share',
      facts: band,
      order: { limitPrice: '2000.00' },
      files: { instruments: { rows: [{ ...exampleInstrument, isUsEquity: false }] } },
      limits: required,
      expect: 'not-applicable',
    },
    { name: 'no file of instruments', facts: band, files: { instruments: null }, limits, expect: 'refuse' },
    { name: 'an unknown instrument', facts: band, files: { instruments: { rows: [] } }, limits, expect: 'refuse' },
  ],
});

type Band = NonNullable<NonNullable<DecisionFacts['market']>['band']>;

function problemOfBand({ day }: DecisionFacts, { low, high }: Band): string | undefined {
  if (compare(low, high) >= 0) return 'The upper edge of the price band is not above the lower one.';
  const isPlausible = isPlausibleBand(inForce(LULD, day), { low, high });
  return isPlausible ? undefined : 'The price band is wider than any that the plan makes.';
}

/** Asked only where the answer decides, since a time of day in a zone is slow to tell. */
function areBandsOn({ now, day }: DecisionFacts): boolean {
  const { zone, opens, closes } = inForce(LULD, day);
  const time = timeInZone(now, zone);
  return time >= opens && time < closes;
}
