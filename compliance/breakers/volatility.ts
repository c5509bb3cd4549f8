import { cite, RTS_6 } from '@gatehouse/shared/law/acts.ts';
import { z } from 'zod';
import { breakerAge, ThresholdBps, UnknownMsMax } from '../breaker-fields.ts';
import { judgeAge } from '../data-age.ts';
import { calm, defineBreaker, judgeMeasured, unknown } from '../define-breaker.ts';
import { DurationMs, lowerIsTighter, noneIsTighter } from '../limit-fields.ts';

const limits = { volatilityBps: 300, windowMs: 300_000, ageMsMax: 60_000, unknownMsMax: 600_000 };
const at = '2020-03-06T20:29:59.000000000Z';

/**
 * Trips when the price of an instrument has moved by a share of itself within the period.
 *
 * Shape:  the kill is for the one instrument.
 * Units:  times are the market's.
 * Source: RTS 6 Art. 15(1)(a), Art. 17.
 */
export const volatility = defineBreaker({
  id: 'volatility',
  version: 1,
  title: 'Volatility',
  question: 'Has the price moved so far in so short a time that trading in the instrument is stopped?',
  sources: [
    cite(RTS_6, 'Art. 15(1)(a)', 'Orders are kept out when prices leave set parameters over a period.'),
    cite(RTS_6, 'Art. 17', 'What trading does to the firm is watched while it goes on, and trading is adjusted.'),
  ],
  occasion: 'market',
  scopes: ['firm', 'instrument'],
  limits: z.strictObject({
    volatilityBps: ThresholdBps.describe('The move at which trading is stopped, in basis points of the price.').meta(
      lowerIsTighter,
    ),
    windowMs: DurationMs.refine((ms) => ms > 0, 'not above zero')
      .describe('The period over which the move is measured, in milliseconds; a move over another period is not known.')
      .meta(noneIsTighter),
    ageMsMax: breakerAge('The oldest figure still trusted, in milliseconds of market time.'),
    unknownMsMax: UnknownMsMax,
  }),

  check({ market, facts }, { volatilityBps, windowMs, ageMsMax }) {
    if (market === undefined) return calm('No price has come.');
    const { volatility: measured, instrument } = market;
    if (measured === undefined) return unknown('The volatility is not known.', { instrument });
    const figures = { instrument, measuredOverMs: measured.windowMs };
    if (measured.windowMs !== windowMs) return unknown('The volatility was measured over another period.', figures);
    const age = judgeAge('volatility', { at: measured.at, now: facts.now, ageMsMax });
    if (age.problem !== undefined) return unknown(age.problem, { ...figures, ageMs: age.ageMs });
    const about = `instrument:${instrument}`;
    return judgeMeasured({
      words: 'move of the price',
      measured: measured.value,
      threshold: volatilityBps,
      figures,
      about,
    });
  },

  examples: [
    { name: 'a move of one per cent', limits, expect: 'calm' },
    {
      name: 'a move of exactly three per cent',
      facts: { volatility: { value: '0.03', windowMs: 300_000, at } },
      limits,
      expect: 'trip',
      times: 1,
    },
    {
      name: 'a move of a trifle less',
      facts: { volatility: { value: '0.029999', windowMs: 300_000, at } },
      limits,
      expect: 'calm',
    },
    {
      name: 'a figure of exactly the oldest age',
      facts: { volatility: { value: '0.03', windowMs: 300_000, at: '2020-03-06T20:29:00.000000000Z' } },
      limits,
      expect: 'trip',
    },
    {
      name: 'a figure older than that',
      facts: { volatility: { value: '0.03', windowMs: 300_000, at: '2020-03-06T20:28:59.999000000Z' } },
      limits,
      expect: 'unknown',
    },
    {
      name: 'a figure over another period',
      facts: { volatility: { value: '0.03', windowMs: 60_000, at } },
      limits,
      expect: 'unknown',
    },
    { name: 'no figure', facts: { volatility: null }, limits, expect: 'unknown' },
  ],
});
