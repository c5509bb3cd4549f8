import { cite, RTS_6 } from '@gatehouse/shared/law/acts.ts';
import { z } from 'zod';
import { defineControl } from '../define-control.ts';
import { DurationMs, higherIsTighter, lowerIsTighter } from '../limit-fields.ts';
import { known, pass, refuse } from '../verdict.ts';

const limits = { executionsMax: 20, windowMs: 60_000 };

/**
 * Refuses an algorithm that has been applied too often, until a person lets it go on.
 *
 * Shape:  counted are the approved orders of the order's algorithm in the period, those before it was last enabled left out, and
 *         this one. A scope selects orders; each algorithm is counted by itself. A refusal makes the edge stop the algorithm as a
 *         kill would, so that waiting for the period to pass does not bring it back.
 * Units:  `windowMs` in milliseconds of market time; exactly `executionsMax` pass.
 * Source: RTS 6 Art. 15(3).
 */
export const executionThrottle = defineControl({
  id: 'execution-throttle',
  version: 1,
  title: 'Repeated execution throttle',
  question: 'Has this algorithm been applied no more often than it may be before a person looks at it?',
  sources: [
    cite(
      RTS_6,
      'Art. 15(3)',
      'An algorithm that was applied a set number of times is switched off until a named member of staff switches it on.',
    ),
  ],
  limits: z.strictObject({
    executionsMax: z
      .int()
      .min(0, 'below zero')
      .describe('The most orders of the algorithm in the period, this one counted.')
      .meta(lowerIsTighter),
    windowMs: DurationMs.describe('The length of the period that ends now, in milliseconds.').meta(higherIsTighter),
  }),
  scopes: ['algorithm', 'firm'],

  check({ order, facts, own }, { executionsMax, windowMs }) {
    const before = known(own.executions(order.algorithm.id, { now: facts.now, windowMs }), 'number of executions');
    const executions = before + 1;
    return executions <= executionsMax
      ? pass('The algorithm has not been applied too often.', { executions })
      : refuse('The algorithm was applied too often; a named person has to let it go on.', { executions });
  },

  examples: [
    { name: 'the first application', limits, expect: 'pass' },
    { name: 'nineteen before it: exactly the most', own: { executions: 19 }, limits, expect: 'pass' },
    { name: 'twenty before it: one more than the most', own: { executions: 20 }, limits, expect: 'refuse' },
    { name: 'long beyond the most', own: { executions: 500 }, limits, expect: 'refuse' },
    {
      name: 'a limit for each algorithm of the firm, met exactly',
      own: { executions: 19 },
      scope: 'firm',
      limits,
      expect: 'pass',
    },
    {
      name: 'a limit for each algorithm of the firm, passed by one',
      own: { executions: 20 },
      scope: 'firm',
      limits,
      expect: 'refuse',
    },
    {
      name: 'exactly one application permitted, and this is it',
      limits: { ...limits, executionsMax: 1 },
      expect: 'pass',
    },
    { name: 'no application permitted', limits: { ...limits, executionsMax: 0 }, expect: 'refuse' },
    { name: 'applications that nobody counted', own: { executions: null }, limits, expect: 'refuse' },
  ],
});
