import { cite, EU_CLOCKS, FINRA_4590, RTS_25 } from '@gatehouse/shared/law/acts.ts';
import { CLOCK_ACTIVITIES, clockDivergence } from '@gatehouse/shared/law/clock-divergence.ts';
import { dayOf } from '@gatehouse/shared/values/instant.ts';
import { z } from 'zod';
import { defineControl } from '../define-control.ts';
import { lowerIsTighter, noneIsTighter } from '../limit-fields.ts';
import { pass, refuse } from '../verdict.ts';

const ERROR_US_MAX = 60_000_000;
const NS_PER_US = 1_000n;
const limits = { errorUsMax: 1_000, activity: 'no-duty' as const };
const clock = (offsetNs: string, uncertaintyNs: string) => ({ clock: { source: 'ntp', offsetNs, uncertaintyNs } });

/**
 * Refuses every order while the clock may be too far from UTC.
 *
 * Shape:  the error is the offset, whichever way, and its uncertainty on top. Where the firm has a duty, the figure of the law on the
 *         wall clock's day counts beside that of the sheet, and the stricter of the two decides.
 * Units:  `errorUsMax` in microseconds.
 * Source: RTS 25 Art. 3; Delegated Regulation (EU) 2025/1155; FINRA Rule 4590.
 */
export const clockError = defineControl({
  id: 'clock-error',
  version: 1,
  title: 'Error of the clock',
  question: 'Is the clock that stamps this order close enough to UTC?',
  sources: [
    cite(
      RTS_25,
      'Art. 3',
      'Members of a venue keep their clocks within 100 microseconds, 1 millisecond or 1 second of UTC.',
    ),
    cite(EU_CLOCKS, 'Art. 11 to 16', 'In the EU the same figures have stood in this act since March 2026.'),
    cite(
      FINRA_4590,
      '(a)',
      'Clocks that stamp orders electronically stay within 50 milliseconds of the national standard.',
    ),
  ],
  limits: z.strictObject({
    errorUsMax: z
      .int()
      .min(0)
      .max(ERROR_US_MAX)
      .describe('The farthest that the clock may be from UTC, in microseconds.')
      .meta(lowerIsTighter),
    activity: z
      .enum([...CLOCK_ACTIVITIES, 'no-duty'])
      .describe('How the firm trades, as the rules for clocks see it; no-duty where none binds it.')
      .meta(noneIsTighter),
  }),
  needs: ['clock'],
  scopes: ['firm', 'desk', 'algorithm', 'venue'],
  looksAt: 'moment',

  check({ facts }, { errorUsMax, activity }) {
    const offset = BigInt(facts.clock.offsetNs);
    const errorNs = (offset < 0n ? -offset : offset) + BigInt(facts.clock.uncertaintyNs);
    if (errorNs > BigInt(errorUsMax) * NS_PER_US) return refuse('The clock may be too far from UTC.', { errorNs });
    if (activity === 'no-duty') return pass('The clock is close enough to UTC.', { errorNs });

    const law = clockDivergence(activity, dayOf(facts.wallAt));
    const figures = { errorNs, lawUsMax: law.errorUsMax, act: law.act.id };
    return errorNs <= BigInt(law.errorUsMax) * NS_PER_US
      ? pass('The clock is close enough to UTC.', figures)
      : refuse('The clock may be farther from UTC than the law permits.', figures);
  },

  examples: [
    { name: 'six microseconds at most', limits, expect: 'pass' },
    {
      name: 'offset and uncertainty make exactly the maximum',
      facts: clock('400000', '600000'),
      limits,
      expect: 'pass',
    },
    { name: 'one nanosecond more', facts: clock('400001', '600000'), limits, expect: 'refuse' },
    { name: 'a clock behind UTC by exactly the maximum', facts: clock('-1000000', '0'), limits, expect: 'pass' },
    { name: 'a clock behind by one nanosecond more', facts: clock('-1000001', '0'), limits, expect: 'refuse' },
    {
      name: 'high frequency: exactly what the law permits',
      facts: clock('100000', '0'),
      limits: { errorUsMax: 1_000, activity: 'eu-high-frequency' },
      expect: 'pass',
    },
    {
      name: 'high frequency: one nanosecond more than the law permits',
      facts: clock('100001', '0'),
      limits: { errorUsMax: 1_000, activity: 'eu-high-frequency' },
      expect: 'refuse',
    },
    {
      name: 'in the US: exactly fifty milliseconds',
      facts: clock('50000000', '0'),
      limits: { errorUsMax: 60_000, activity: 'us-electronic' },
      expect: 'pass',
    },
    {
      name: 'in the US: one nanosecond more',
      facts: clock('50000001', '0'),
      limits: { errorUsMax: 60_000, activity: 'us-electronic' },
      expect: 'refuse',
    },
    {
      name: 'a stricter sheet counts before the law',
      facts: clock('10001', '0'),
      limits: { errorUsMax: 10, activity: 'eu-high-frequency' },
      expect: 'refuse',
    },
    { name: 'nothing is known of the clock', facts: { clock: null }, limits, expect: 'refuse' },
  ],
});
