import { cite, MARKET_WIDE_BREAKER_RULE, SEC_15C3_5 } from '@gatehouse/shared/law/acts.ts';
import { inForce } from '@gatehouse/shared/law/in-force.ts';
import { MARKET_WIDE_BREAKERS } from '@gatehouse/shared/law/us-equity-figures.ts';
import { z } from 'zod';
import { judgeAge } from '../data-age.ts';
import { defineControl } from '../define-control.ts';
import { DurationMs, lowerIsTighter } from '../limit-fields.ts';
import { known, pass, reducingOnly, refuse } from '../verdict.ts';

const limits = { statusAgeMsMax: 60_000 };
const at = '2020-03-06T20:29:59.000000000Z';
const level = (breakerLevel: number, changes = {}) => ({
  market: { status: 'trading' as const, breakerLevel, at, source: 'status', ...changes },
});

/**
 * Refuses new risk while a market-wide breaker is on.
 *
 * Shape:  an order that can only bring its account's position nearer to zero may pass; whether its market takes it is for the control
 *         of trading halts. The falls that trip the levels are figures of the law, by day.
 * Units:  `statusAgeMsMax` in milliseconds of market time since the market said it.
 * Source: NYSE Rule 7.12; 17 CFR 240.15c3-5(c)(2)(i).
 */
export const marketWideBreaker = defineControl({
  id: 'market-wide-breaker',
  version: 1,
  title: 'Market-wide breaker',
  question: 'Is no market-wide breaker on, or does the order only reduce risk?',
  sources: [
    cite(MARKET_WIDE_BREAKER_RULE, '(a)', 'All shares stop trading after steep falls of the index, by three levels.'),
    cite(SEC_15C3_5, '(c)(2)(i)', 'What must be so before an order is entered is checked before it is entered.'),
  ],
  limits: z.strictObject({
    statusAgeMsMax: DurationMs.describe('The oldest statement of the market still trusted, in milliseconds.').meta(
      lowerIsTighter,
    ),
  }),
  needs: ['market'],
  scopes: ['firm', 'desk', 'trader', 'client', 'account', 'algorithm', 'instrument', 'venue'],
  looksAt: 'moment',

  check({ facts }, { statusAgeMsMax }) {
    const { breakerLevel, at: saidAt } = facts.market;
    const statusAge = judgeAge('status of the market', { at: saidAt, now: facts.now, ageMsMax: statusAgeMsMax });
    const figures = { breakerLevel, statusAgeMs: statusAge.ageMs };
    if (statusAge.problem !== undefined) return refuse(statusAge.problem, figures);
    if (breakerLevel === 0) return pass('No market-wide breaker is on.', figures);

    const fall = known(inForce(MARKET_WIDE_BREAKERS, facts.day).falls[breakerLevel - 1], 'fall of that level');
    return reducingOnly(`A market-wide breaker of level ${breakerLevel} is on`, { ...figures, fall });
  },

  examples: [
    { name: 'no breaker', limits, expect: 'pass' },
    { name: 'exactly level 1', facts: level(1), limits, expect: 'refuse' },
    { name: 'level 2', facts: level(2), limits, expect: 'refuse' },
    { name: 'level 3', facts: level(3), limits, expect: 'refuse' },
    {
      name: 'level 1: a sale of exactly the whole position',
      order: { side: 'sell', shortSaleMark: 'long' },
      facts: level(1),
      own: { position: '50' },
      limits,
      expect: 'pass',
    },
    {
      name: 'level 3: a sale of exactly the whole position',
      order: { side: 'sell', shortSaleMark: 'long' },
      facts: level(3),
      own: { position: '50' },
      limits,
      expect: 'pass',
    },
    {
      name: 'level 1: a sale of one unit more than the position',
      order: { side: 'sell', shortSaleMark: 'short', quantity: '51' },
      facts: level(1),
      own: { position: '50' },
      limits,
      expect: 'refuse',
    },
    {
      name: 'level 1 with an unknown position',
      order: { side: 'sell', shortSaleMark: 'long' },
      facts: level(1),
      own: { position: null },
      limits,
      expect: 'refuse',
    },
    {
      name: 'level 1 with unknown open orders',
      order: { side: 'sell', shortSaleMark: 'long' },
      facts: level(1),
      own: { position: '50', open: null },
      limits,
      expect: 'refuse',
    },
    { name: 'a statement exactly as old as permitted', limits: { statusAgeMsMax: 1_000 }, expect: 'pass' },
    { name: 'a statement one millisecond too old', limits: { statusAgeMsMax: 999 }, expect: 'refuse' },
    {
      name: 'a statement from the future',
      facts: level(0, { at: '2020-03-06T20:30:00.000000001Z' }),
      limits,
      expect: 'refuse',
    },
    { name: 'the market has said nothing', facts: { market: null }, limits, expect: 'refuse' },
  ],
});
