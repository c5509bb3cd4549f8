import { cite, RTS_6 } from '@gatehouse/shared/law/acts.ts';
import { fromInteger } from '@gatehouse/shared/values/decimal.ts';
import { z } from 'zod';
import { REJECTIONS_BOUNDS } from '../aggregates/parts.ts';
import { ThresholdCount, UnknownMsMax, WindowMs } from '../breaker-fields.ts';
import { defineBreaker, judgeMeasured } from '../define-breaker.ts';
import { higherIsTighter, lowerIsTighter } from '../limit-fields.ts';
import { known } from '../verdict.ts';

const limits = { rejections: 20, windowMs: 60_000, unknownMsMax: 60_000 };

/**
 * Trips when so many orders were refused or rejected in the period that whoever makes them has gone astray.
 *
 * Shape:  counted are refusals by the gate and rejections by venues.
 * Units:  the period is in market time.
 * Source: RTS 6 Art. 15(1), Art. 17.
 */
export const rejectStorm = defineBreaker({
  id: 'reject-storm',
  version: 1,
  title: 'Storm of rejections',
  question: 'Are so many orders refused or rejected that trading of the scope is stopped?',
  sources: [
    cite(RTS_6, 'Art. 17', 'What trading does to the firm is watched while it goes on, and trading is adjusted.'),
  ],
  occasion: 'records',
  scopes: ['algorithm', 'account', 'trader', 'desk', 'client', 'instrument', 'venue', 'firm'],
  limits: z.strictObject({
    rejections: ThresholdCount.describe('The number of refusals and rejections at which trading is stopped.').meta(
      lowerIsTighter,
    ),
    // A longer period would reach back to what is forgotten, and a storm would not be known as one.
    windowMs: WindowMs.refine((ms) => ms <= REJECTIONS_BOUNDS.retainedMs, 'longer than rejections are remembered')
      .describe('The length of the period that ends now, in milliseconds, a day at the most.')
      .meta(higherIsTighter),
    unknownMsMax: UnknownMsMax,
  }),

  check({ own, facts }, { rejections, windowMs }, scope) {
    const counted = known(own.rejections(scope, { now: facts.now, windowMs }), 'number of rejections');
    const measured = fromInteger(counted);
    return judgeMeasured({ words: 'number of rejections', measured, threshold: fromInteger(rejections), figures: {} });
  },

  examples: [
    { name: 'none', limits, expect: 'calm' },
    { name: 'nineteen', own: { rejections: 19 }, limits, expect: 'calm' },
    { name: 'exactly twenty', own: { rejections: 20 }, limits, expect: 'trip', times: 1 },
    { name: 'sixty-one', own: { rejections: 61 }, limits, expect: 'trip', times: 3 },
    {
      name: 'a single one, where one is too many',
      own: { rejections: 1 },
      limits: { ...limits, rejections: 1 },
      expect: 'trip',
    },
    { name: 'the number is not known', own: { rejections: null }, limits, expect: 'unknown' },
  ],
});
