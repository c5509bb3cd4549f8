import { cite, LULD_PLAN, SEC_15C3_5 } from '@gatehouse/shared/law/acts.ts';
import { z } from 'zod';
import { judgeAge } from '../data-age.ts';
import { defineControl } from '../define-control.ts';
import { DurationMs, lowerIsTighter, tightestFirst } from '../limit-fields.ts';
import { pass, refuse } from '../verdict.ts';

const limits = { statusAgeMsMax: 60_000, limitState: 'permitted' as const };
const at = '2020-03-06T20:29:59.000000000Z';
const said = (status: 'trading' | 'halted' | 'paused' | 'limit-state', changes = {}) => ({
  market: { status, breakerLevel: 0, at, source: 'status', ...changes },
});

/**
 * Refuses every order in an instrument that its market has halted or paused.
 *
 * Shape:  in a limit state the market still trades, at the band; the sheet says whether orders may go there. An order that only reduces
 *         the position is refused in a halt as well: nothing could trade.
 * Units:  `statusAgeMsMax` in milliseconds of market time since the market said it.
 * Source: 17 CFR 240.15c3-5(c)(2)(i); LULD plan, Section VII.
 */
export const tradingHalt = defineControl({
  id: 'trading-halt',
  version: 1,
  title: 'Trading halt',
  question: 'Does the market of this instrument say that it trades?',
  sources: [
    cite(SEC_15C3_5, '(c)(2)(i)', 'No order is entered in an instrument whose trading is halted.'),
    cite(LULD_PLAN, 'Section VII', 'Trading pauses after a price has stood at its band for too long.'),
  ],
  limits: z.strictObject({
    statusAgeMsMax: DurationMs.describe('The oldest statement of the market still trusted, in milliseconds.').meta(
      lowerIsTighter,
    ),
    limitState: z
      .enum(['refused', 'permitted'])
      .describe('Whether orders may go to a market in a limit state: refused or permitted.')
      .meta(tightestFirst(['refused', 'permitted'])),
  }),
  needs: ['market'],
  scopes: ['firm', 'desk', 'trader', 'client', 'account', 'algorithm', 'instrument', 'venue'],
  looksAt: 'moment',

  check({ facts }, { statusAgeMsMax, limitState }) {
    const { status, at: saidAt } = facts.market;
    const statusAge = judgeAge('status of the market', { at: saidAt, now: facts.now, ageMsMax: statusAgeMsMax });
    const figures = { status, statusAgeMs: statusAge.ageMs };
    if (statusAge.problem !== undefined) return refuse(statusAge.problem, figures);
    if (status === 'trading') return pass('The market trades.', figures);
    return status === 'limit-state' && limitState === 'permitted'
      ? pass('The market trades in a limit state, which the sheet permits.', figures)
      : refuse(`The market says ${status}.`, figures);
  },

  examples: [
    { name: 'the market trades', limits, expect: 'pass' },
    { name: 'the market has halted', facts: said('halted'), limits, expect: 'refuse' },
    { name: 'the market has paused', facts: said('paused'), limits, expect: 'refuse' },
    {
      name: 'a halt stops a sale that only reduces as well',
      order: { side: 'sell', shortSaleMark: 'long' },
      facts: said('halted'),
      own: { position: '50' },
      limits,
      expect: 'refuse',
    },
    { name: 'a limit state where the sheet permits it', facts: said('limit-state'), limits, expect: 'pass' },
    {
      name: 'a limit state where the sheet refuses it',
      facts: said('limit-state'),
      limits: { ...limits, limitState: 'refused' },
      expect: 'refuse',
    },
    { name: 'a status exactly as old as permitted', limits: { ...limits, statusAgeMsMax: 1_000 }, expect: 'pass' },
    { name: 'a status one millisecond too old', limits: { ...limits, statusAgeMsMax: 999 }, expect: 'refuse' },
    {
      name: 'a status of exactly this moment',
      facts: said('trading', { at: '2020-03-06T20:30:00.000000000Z' }),
      limits: { ...limits, statusAgeMsMax: 0 },
      expect: 'pass',
    },
    {
      name: 'a status from the future',
      facts: said('trading', { at: '2020-03-06T20:30:00.000000001Z' }),
      limits,
      expect: 'refuse',
    },
    { name: 'the market has said nothing', facts: { market: null }, limits, expect: 'refuse' },
  ],
});
