import { cite, RTS_6 } from '@gatehouse/shared/law/acts.ts';
import { compare, signOf } from '@gatehouse/shared/values/decimal.ts';
import { z } from 'zod';
import { judgeAge } from '../data-age.ts';
import { defineControl } from '../define-control.ts';
import { DurationMs, LimitDecimal, lowerIsTighter, noneIsTighter } from '../limit-fields.ts';
import { pass, reducingOnly, refuse } from '../verdict.ts';

const limits = { volatilityMax: '0.02', windowMs: 300_000, volatilityAgeMsMax: 5_000 };
const sale = { side: 'sell', shortSaleMark: 'long' } as const;
const moved = (value: string, at = '2020-03-06T20:29:59.000000000Z') => ({
  volatility: { value, windowMs: 300_000, at },
});

/**
 * Refuses new risk while the price of the instrument moves too much.
 *
 * Shape:  an order that can only bring its account's position nearer to zero passes a market that moves too much, as long as it is known
 *         how much it moves. The figure must be that of exactly the period on the sheet.
 * Units:  `volatilityMax` as a share of the price, 0.02 being two per cent; `windowMs` and ages in milliseconds of market time.
 * Source: RTS 6 Art. 5(4)(d), Art. 15(5).
 */
export const volatilityHalt = defineControl({
  id: 'volatility-halt',
  version: 1,
  title: 'Volatility halt',
  question: 'Does the price move little enough for new risk, or does the order only reduce risk?',
  sources: [
    cite(RTS_6, 'Art. 15(5)', 'Orders that would put the risk thresholds of the firm at stake are blocked.'),
    cite(RTS_6, 'Art. 5(4)(d)', 'Algorithms keep working properly in stressed markets, or are switched off.'),
  ],
  limits: z.strictObject({
    volatilityMax: LimitDecimal.describe(
      'The most that the price may have moved within the period, as a share of it.',
    ).meta(lowerIsTighter),
    windowMs: DurationMs.describe('The period over which the movement is measured, in milliseconds.').meta(
      noneIsTighter,
    ),
    volatilityAgeMsMax: DurationMs.describe('The oldest such figure still trusted, in milliseconds.').meta(
      lowerIsTighter,
    ),
  }),
  needs: ['volatility'],
  scopes: ['firm', 'desk', 'trader', 'client', 'account', 'algorithm', 'instrument', 'venue'],
  looksAt: 'moment',

  check({ facts: { now, volatility } }, { volatilityMax, windowMs, volatilityAgeMsMax }) {
    const { value, at } = volatility;
    const age = judgeAge('volatility', { at, now, ageMsMax: volatilityAgeMsMax });
    const figures = { volatility: value, measuredMs: volatility.windowMs, volatilityAgeMs: age.ageMs };
    if (age.problem !== undefined) return refuse(age.problem, figures);
    if (volatility.windowMs !== windowMs) return refuse('The volatility is that of another period.', figures);
    if (signOf(value) < 0) return refuse('The volatility is below zero.', figures);
    return compare(value, volatilityMax) <= 0
      ? pass('The price moves little enough.', figures)
      : reducingOnly('The price moves too much', figures);
  },

  examples: [
    { name: 'a move of one per cent', limits, expect: 'pass' },
    { name: 'a move of exactly the maximum', facts: moved('0.02'), limits, expect: 'pass' },
    { name: 'a move a millionth beyond it', facts: moved('0.020001'), limits, expect: 'refuse' },
    {
      name: 'too much movement, and a sale of exactly the whole position',
      order: sale,
      facts: moved('0.03'),
      own: { position: '50' },
      limits,
      expect: 'pass',
    },
    {
      name: 'too much movement, and a sale of one unit more',
      order: { ...sale, quantity: '51' },
      facts: moved('0.03'),
      own: { position: '50' },
      limits,
      expect: 'refuse',
    },
    {
      name: 'too much movement, and the position is not known',
      order: sale,
      facts: moved('0.03'),
      own: { position: null },
      limits,
      expect: 'refuse',
    },
    { name: 'a figure exactly as old as permitted', limits: { ...limits, volatilityAgeMsMax: 1_000 }, expect: 'pass' },
    { name: 'a figure one millisecond too old', limits: { ...limits, volatilityAgeMsMax: 999 }, expect: 'refuse' },
    {
      name: 'an old figure refuses a sale that only reduces as well',
      order: sale,
      own: { position: '50' },
      limits: { ...limits, volatilityAgeMsMax: 999 },
      expect: 'refuse',
    },
    {
      name: 'a figure from the future',
      facts: moved('0.01', '2020-03-06T20:30:00.000000001Z'),
      limits,
      expect: 'refuse',
    },
    { name: 'a figure of another period', limits: { ...limits, windowMs: 300_001 }, expect: 'refuse' },
    {
      name: 'a price that does not move, and exactly that is permitted',
      facts: moved('0'),
      limits: { ...limits, volatilityMax: '0' },
      expect: 'pass',
    },
    { name: 'a figure below zero', facts: moved('-0.01'), limits, expect: 'refuse' },
    { name: 'the volatility is not known', facts: { volatility: null }, limits, expect: 'refuse' },
  ],
});
