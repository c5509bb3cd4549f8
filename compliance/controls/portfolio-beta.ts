import { cite, RTS_6 } from '@gatehouse/shared/law/acts.ts';
import { absolute, compare } from '@gatehouse/shared/values/decimal.ts';
import { z } from 'zod';
import { defineControl } from '../define-control.ts';
import { holding } from '../examples/holding.ts';
import { LimitDecimal, lowerIsTighter } from '../limit-fields.ts';
import { asNumber, figureLimits, figureWords, judgeFigure, portfolioScopes } from '../portfolio-control.ts';

const limits = { betaMax: '1.2', figureAgeMsMax: 3_600_000 };
const sale = { side: 'sell', shortSaleMark: 'long' } as const;
const AT = '2020-03-06T20:00:00.000000000Z';

/** A file with the figure of a scope. */
function figured(value: string, scope = 'firm', at = AT) {
  return { portfolio: { rows: [{ scope, figure: 'beta' as const, value, at }] } };
}

const words = figureWords('beta of the portfolio');

/**
 * Refuses new risk while a portfolio moves too much with the market or against it.
 *
 * Shape:  the beta counts without its sign, so that a portfolio that bets against the market is held to the same limit.
 *         A figure that is missing, too old, from the future or impossible refuses; beyond the limit an order passes that can
 *         only bring its account's position nearer to zero.
 * Units:  without a unit; the age of the figure in market time. Exactly the limit passes.
 * Source: RTS 6 Art. 15(4).
 */
export const portfolioBeta = defineControl({
  id: 'portfolio-beta',
  version: 1,
  title: 'Portfolio beta',
  question: 'Does the portfolio move with the market, or against it, no more than it may?',
  sources: [
    cite(
      RTS_6,
      'Art. 15(4)',
      'Orders are held to market risk limits that fit the capital and the risk tolerance of the firm.',
    ),
  ],
  limits: z.strictObject({
    betaMax: LimitDecimal.describe('The largest beta without its sign: 1 moves as the market does.').meta(
      lowerIsTighter,
    ),
    ...figureLimits,
  }),
  files: ['portfolio'],
  scopes: portfolioScopes,
  looksAt: 'moment',

  check(input, { betaMax, figureAgeMsMax }, scope) {
    return judgeFigure(input, scope, {
      figure: 'beta',
      words,
      figureAgeMsMax,
      judge: asNumber((value) => {
        return compare(absolute(value), betaMax) <= 0 ? 'inside' : 'outside';
      }),
    });
  },

  examples: [
    { name: 'below the limit', limits, expect: 'pass' },
    { name: 'exactly the limit', files: figured('1.2'), limits, expect: 'pass' },
    { name: 'a hundredth beyond the limit', files: figured('1.21'), limits, expect: 'refuse' },
    { name: 'against the market, exactly the limit', files: figured('-1.2'), limits, expect: 'pass' },
    { name: 'against the market, a hundredth beyond', files: figured('-1.21'), limits, expect: 'refuse' },
    {
      name: 'of a desk, exactly the limit',
      scope: 'desk:index',
      files: figured('1.2', 'desk:index'),
      limits,
      expect: 'pass',
    },
    { name: 'of a desk that has no figure', scope: 'desk:index', files: figured('1.2'), limits, expect: 'refuse' },
    {
      name: 'beyond the limit, a sale of exactly all that is held',
      order: sale,
      files: figured('1.21'),
      own: holding({ position: '50' }),
      limits,
      expect: 'pass',
    },
    {
      name: 'beyond the limit, a sale of one unit more than is held',
      order: sale,
      files: figured('1.21'),
      own: holding({ position: '49' }),
      limits,
      expect: 'refuse',
    },
    {
      name: 'beyond the limit, while the position of the account is not known',
      order: sale,
      files: figured('1.21'),
      own: { position: null },
      limits,
      expect: 'refuse',
    },
    { name: 'a figure exactly as old as permitted', limits: { ...limits, figureAgeMsMax: 1_800_000 }, expect: 'pass' },
    { name: 'a figure one millisecond too old', limits: { ...limits, figureAgeMsMax: 1_799_999 }, expect: 'refuse' },
    {
      name: 'a figure from the future, even for a sale that closes',
      order: sale,
      files: figured('0', 'firm', '2020-03-06T20:30:00.000000001Z'),
      own: holding({ position: '50' }),
      limits,
      expect: 'refuse',
    },
    { name: 'a figure that is no number', files: figured('calm'), limits, expect: 'refuse' },
    { name: 'a figure that nobody computed', files: { portfolio: { rows: [] } }, limits, expect: 'refuse' },
    { name: 'no file of portfolio figures', files: { portfolio: null }, limits, expect: 'refuse' },
  ],
});
