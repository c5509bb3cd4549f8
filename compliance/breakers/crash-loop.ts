import { cite, RTS_6 } from '@gatehouse/shared/law/acts.ts';
import { fromInteger } from '@gatehouse/shared/values/decimal.ts';
import { ageMs } from '@gatehouse/shared/values/instant.ts';
import { z } from 'zod';
import { ThresholdCount, WindowMs } from '../breaker-fields.ts';
import { defineBreaker, judgeMeasured } from '../define-breaker.ts';
import { lowerIsTighter } from '../limit-fields.ts';

const limits = { crashes: 3, windowMs: 600_000 };

/**
 * Trips when the edge has started again and again without a clean end before.
 *
 * Shape:  starts before the last release of this breaker do not count; a start from the future counts.
 * Units:  wall time.
 * Source: RTS 6 Art. 14 (shut down without disorder), Art. 12.
 */
export const crashLoop = defineBreaker({
  id: 'crash-loop',
  version: 1,
  title: 'Crash loop',
  question: 'Has the edge died so often that it must not trade before people have looked at it?',
  sources: [cite(RTS_6, 'Art. 14', 'Trading can be shut down without disorder when systems fail.')],
  occasion: 'start',
  scopes: ['firm'],
  limits: z.strictObject({
    crashes: ThresholdCount.describe('The number of starts without a clean end before them that is a loop.').meta(
      lowerIsTighter,
    ),
    windowMs: WindowMs,
  }),

  check({ crashes, facts }, { crashes: threshold, windowMs }) {
    const counted = crashes.filter((at) => ageMs(at, facts.wallAt) <= windowMs).length;
    const measured = fromInteger(counted);
    return judgeMeasured({ words: 'number of deaths', measured, threshold: fromInteger(threshold), figures: {} });
  },

  examples: [
    { name: 'no death', limits, expect: 'calm' },
    {
      name: 'two deaths',
      crashes: ['2020-03-06T20:25:00.000000000Z', '2020-03-06T20:29:00.000000000Z'],
      limits,
      expect: 'calm',
    },
    {
      name: 'three deaths, the first exactly at the start of the period',
      crashes: ['2020-03-06T20:20:00.000000000Z', '2020-03-06T20:25:00.000000000Z', '2020-03-06T20:29:00.000000000Z'],
      limits,
      expect: 'trip',
      times: 1,
    },
    {
      name: 'three deaths, the first a millisecond before the period',
      crashes: ['2020-03-06T20:19:59.999000000Z', '2020-03-06T20:25:00.000000000Z', '2020-03-06T20:29:00.000000000Z'],
      limits,
      expect: 'calm',
    },
    {
      name: 'a single death from the future, where one is too many',
      crashes: ['2020-03-06T20:30:01.000000000Z'],
      limits: { ...limits, crashes: 1 },
      expect: 'trip',
    },
  ],
});
