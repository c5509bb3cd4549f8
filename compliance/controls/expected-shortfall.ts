import { cite, RTS_6, SEC_15C3_5 } from '@gatehouse/shared/law/acts.ts';
import { compare, signOf } from '@gatehouse/shared/values/decimal.ts';
import { z } from 'zod';
import { defineControl } from '../define-control.ts';
import { holding } from '../examples/holding.ts';
import { LimitDecimal, lowerIsTighter } from '../limit-fields.ts';
import { asNumber, figureLimits, figureWords, judgeFigure, portfolioScopes } from '../portfolio-control.ts';

const limits = { expectedShortfallMax: '80000', figureAgeMsMax: 3_600_000 };
const sale = { side: 'sell', shortSaleMark: 'long' } as const;
const AT = '2020-03-06T20:00:00.000000000Z';

/** A file with the figure of a scope. */
function figured(value: string, scope = 'firm', at = AT) {
  return { portfolio: { rows: [{ scope, figure: 'expected-shortfall' as const, value, at }] } };
}

const words = figureWords('expected shortfall');

/**
 * Refuses new risk while the expected shortfall of a portfolio is beyond its limit.
 *
 * Shape:  the figure says what is lost on average on the worst days; it is computed by somebody else and is dated.
 *         A figure that is missing, too old, from the future or impossible refuses; beyond the limit an order passes that can
 *         only bring its account's position nearer to zero.
 * Units:  the firm's currency; the age of the figure in market time. Exactly the limit passes.
 * Source: RTS 6 Art. 15(4); 17 CFR 240.15c3-5(c)(1)(i).
 */
export const expectedShortfall = defineControl({
  id: 'expected-shortfall',
  version: 1,
  title: 'Expected shortfall',
  question: 'Is the expected shortfall of the portfolio, as it was last computed, within its limit?',
  sources: [
    cite(
      RTS_6,
      'Art. 15(4)',
      'Orders are held to market risk limits that fit the capital and the risk tolerance of the firm.',
    ),
    cite(SEC_15C3_5, '(c)(1)(i)', 'Orders beyond a capital threshold set in advance are stopped.'),
  ],
  limits: z.strictObject({
    expectedShortfallMax: LimitDecimal.describe('The largest expected shortfall, in the firm’s currency.').meta(
      lowerIsTighter,
    ),
    ...figureLimits,
  }),
  files: ['portfolio'],
  scopes: portfolioScopes,
  looksAt: 'moment',

  check(input, { expectedShortfallMax, figureAgeMsMax }, scope) {
    return judgeFigure(input, scope, {
      figure: 'expected-shortfall',
      words,
      figureAgeMsMax,
      judge: asNumber((value) => {
        if (signOf(value) < 0) return 'impossible';
        return compare(value, expectedShortfallMax) <= 0 ? 'inside' : 'outside';
      }),
    });
  },

  examples: [
    { name: 'below the limit', limits, expect: 'pass' },
    { name: 'exactly the limit', files: figured('80000'), limits, expect: 'pass' },
    { name: 'one cent beyond the limit', files: figured('80000.01'), limits, expect: 'refuse' },
    { name: 'an expected shortfall of exactly zero', files: figured('0'), limits, expect: 'pass' },
    { name: 'an expected shortfall below zero cannot be', files: figured('-0.01'), limits, expect: 'refuse' },
    {
      name: 'of a desk, exactly the limit',
      scope: 'desk:index',
      files: figured('80000', 'desk:index'),
      limits,
      expect: 'pass',
    },
    { name: 'of a desk that has no figure', scope: 'desk:index', files: figured('80000'), limits, expect: 'refuse' },
    {
      name: 'beyond the limit, a sale of exactly all that is held',
      order: sale,
      files: figured('80000.01'),
      own: holding({ position: '50' }),
      limits,
      expect: 'pass',
    },
    {
      name: 'beyond the limit, a sale of one unit more than is held',
      order: sale,
      files: figured('80000.01'),
      own: holding({ position: '49' }),
      limits,
      expect: 'refuse',
    },
    {
      name: 'beyond the limit, while the position of the account is not known',
      order: sale,
      files: figured('80000.01'),
      own: { position: null },
      limits,
      expect: 'refuse',
    },
    { name: 'a figure exactly as old as permitted', limits: { ...limits, figureAgeMsMax: 1_800_000 }, expect: 'pass' },
    { name: 'a figure one millisecond too old', limits: { ...limits, figureAgeMsMax: 1_799_999 }, expect: 'refuse' },
    {
      name: 'a figure from the future, even for a sale that closes',
      order: sale,
      files: figured('1', 'firm', '2020-03-06T20:30:00.000000001Z'),
      own: holding({ position: '50' }),
      limits,
      expect: 'refuse',
    },
    { name: 'a figure that is no number', files: figured('calm'), limits, expect: 'refuse' },
    { name: 'a figure that nobody computed', files: { portfolio: { rows: [] } }, limits, expect: 'refuse' },
    { name: 'no file of portfolio figures', files: { portfolio: null }, limits, expect: 'refuse' },
  ],
});
