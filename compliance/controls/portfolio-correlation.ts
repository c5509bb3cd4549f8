import { cite, RTS_6 } from '@gatehouse/shared/law/acts.ts';
import { absolute, compare, type Decimal } from '@gatehouse/shared/values/decimal.ts';
import { z } from 'zod';
import { defineControl } from '../define-control.ts';
import { holding } from '../examples/holding.ts';
import { LimitDecimal, lowerIsTighter } from '../limit-fields.ts';
import { asNumber, figureLimits, figureWords, judgeFigure, portfolioScopes } from '../portfolio-control.ts';

const ONE: Decimal = { units: 1n, scale: 0 };
const limits = { correlationMax: '0.8', figureAgeMsMax: 3_600_000 };
const sale = { side: 'sell', shortSaleMark: 'long' } as const;
const AT = '2020-03-06T20:00:00.000000000Z';

/** A file with the figure of a scope. */
function figured(value: string, scope = 'firm', at = AT) {
  return { portfolio: { rows: [{ scope, figure: 'correlation' as const, value, at }] } };
}

const words = figureWords('correlation of the holdings');

/**
 * Refuses new risk while the holdings of a portfolio move too much alike.
 *
 * Shape:  the figure is the average correlation of the holdings; one below zero is always within the limit.
 *         A figure that is missing, too old, from the future or impossible refuses; beyond the limit an order passes that can
 *         only bring its account's position nearer to zero.
 * Units:  from -1 to 1; the age of the figure in market time. Exactly the limit passes.
 * Source: RTS 6 Art. 15(4).
 */
export const portfolioCorrelation = defineControl({
  id: 'portfolio-correlation',
  version: 1,
  title: 'Portfolio correlation',
  question: 'Do the holdings of the portfolio still move apart enough to make up for each other?',
  sources: [
    cite(
      RTS_6,
      'Art. 15(4)',
      'Orders are held to market risk limits that fit the capital and the risk tolerance of the firm.',
    ),
  ],
  limits: z.strictObject({
    correlationMax: LimitDecimal.describe('The largest average correlation of the holdings, from 0 to 1.').meta(
      lowerIsTighter,
    ),
    ...figureLimits,
  }),
  files: ['portfolio'],
  scopes: portfolioScopes,
  looksAt: 'moment',

  check(input, { correlationMax, figureAgeMsMax }, scope) {
    return judgeFigure(input, scope, {
      figure: 'correlation',
      words,
      figureAgeMsMax,
      judge: asNumber((value) => {
        if (compare(absolute(value), ONE) > 0) return 'impossible';
        return compare(value, correlationMax) <= 0 ? 'inside' : 'outside';
      }),
    });
  },

  examples: [
    { name: 'below the limit', limits, expect: 'pass' },
    { name: 'exactly the limit', files: figured('0.8'), limits, expect: 'pass' },
    { name: 'a hundredth beyond the limit', files: figured('0.81'), limits, expect: 'refuse' },
    {
      name: 'holdings that move against each other, exactly as far as can be',
      files: figured('-1'),
      limits,
      expect: 'pass',
    },
    { name: 'a correlation below minus one cannot be', files: figured('-1.01'), limits, expect: 'refuse' },
    {
      name: 'a correlation of exactly one within a limit of one',
      files: figured('1'),
      limits: { ...limits, correlationMax: '1' },
      expect: 'pass',
    },
    {
      name: 'a correlation above one cannot be, even for a sale that closes',
      order: sale,
      files: figured('1.01'),
      own: holding({ position: '50' }),
      limits: { ...limits, correlationMax: '2' },
      expect: 'refuse',
    },
    {
      name: 'of a desk, exactly the limit',
      scope: 'desk:index',
      files: figured('0.8', 'desk:index'),
      limits,
      expect: 'pass',
    },
    { name: 'of a desk that has no figure', scope: 'desk:index', files: figured('0.8'), limits, expect: 'refuse' },
    {
      name: 'beyond the limit, a sale of exactly all that is held',
      order: sale,
      files: figured('0.81'),
      own: holding({ position: '50' }),
      limits,
      expect: 'pass',
    },
    {
      name: 'beyond the limit, a sale of one unit more than is held',
      order: sale,
      files: figured('0.81'),
      own: holding({ position: '49' }),
      limits,
      expect: 'refuse',
    },
    {
      name: 'beyond the limit, while the position of the account is not known',
      order: sale,
      files: figured('0.81'),
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
