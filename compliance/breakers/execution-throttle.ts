import { cite, RTS_6 } from '@gatehouse/shared/law/acts.ts';
import { z } from 'zod';
import { calm, defineBreaker } from '../define-breaker.ts';

const CONTROL = 'execution-throttle';
const limits = {};

/**
 * Trips when the control of that name refuses an order, so that its algorithm stays off until people switch it on.
 *
 * Shape:  the kill is for the one algorithm; how often it may be applied stands with the control.
 * Source: RTS 6 Art. 15(3).
 */
export const executionThrottle = defineBreaker({
  id: 'execution-throttle',
  version: 1,
  title: 'Repeated execution throttle',
  question: 'Was an algorithm applied more often than it may be before a person looks at it?',
  sources: [
    cite(
      RTS_6,
      'Art. 15(3)',
      'An algorithm that was applied a set number of times is switched off until a named member of staff switches it on.',
    ),
  ],
  occasion: 'decision',
  scopes: ['firm', 'algorithm'],
  limits: z.strictObject({}),

  check({ decision }) {
    if (decision?.refusedBy.includes(CONTROL) !== true) return calm('The throttle has refused nothing.');
    const algorithm = decision.order.algorithm.id;
    const figures = { order: decision.order.id, algorithm };
    const reason = 'The throttle has refused an order of this algorithm.';
    return { kind: 'trip', reason, figures, times: 1, about: `algorithm:${algorithm}` };
  },

  examples: [
    { name: 'an order that nothing refused', limits, expect: 'calm' },
    { name: 'an order that the throttle refused', refusedBy: [CONTROL], limits, expect: 'trip', times: 1 },
    {
      name: 'an order that the throttle and others refused',
      refusedBy: ['price-collar', CONTROL],
      limits,
      expect: 'trip',
    },
    { name: 'an order that another control refused', refusedBy: ['message-rate'], limits, expect: 'calm' },
  ],
});
