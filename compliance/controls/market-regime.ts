import { cite, RTS_6 } from '@gatehouse/shared/law/acts.ts';
import { Identifier } from '@gatehouse/shared/schema/fields.ts';
import { z } from 'zod';
import { defineControl } from '../define-control.ts';
import { holding } from '../examples/holding.ts';
import { fewerIsTighter } from '../limit-fields.ts';
import { NameSet } from '../name-set.ts';
import { figureLimits, figureWords, judgeFigure, portfolioScopes } from '../portfolio-control.ts';

const limits = { regimes: ['calm', 'trending'], figureAgeMsMax: 3_600_000 };
const sale = { side: 'sell', shortSaleMark: 'long' } as const;
const AT = '2020-03-06T20:00:00.000000000Z';

/** A file with the regime of a scope. */
function named(value: string, scope = 'firm', at = AT) {
  return { portfolio: { rows: [{ scope, figure: 'regime' as const, value, at }] } };
}

const words = figureWords('regime of the market');

/**
 * Refuses new risk while the market is in a regime that the sheet does not name.
 *
 * Shape:  the regime is a name that somebody else's model gives the market, dated. A name that is missing, too old, from the
 *         future or no name refuses; in a regime that is not on the list an order passes that can only bring its account's
 *         position nearer to zero.
 * Units:  the age of the name in market time.
 * Source: RTS 6 Art. 15(4).
 */
export const marketRegime = defineControl({
  id: 'market-regime',
  version: 1,
  title: 'Market regime',
  question: 'Is the market, as it was last classified, in a state in which the scope may take risk?',
  sources: [
    cite(RTS_6, 'Art. 15(4)', 'Risk limits are fitted to the state of the market and to the strategy of the firm.'),
  ],
  limits: z.strictObject({
    regimes: NameSet.describe('The names of the regimes in which new risk may be taken.').meta(fewerIsTighter),
    ...figureLimits,
  }),
  files: ['portfolio'],
  scopes: portfolioScopes,
  looksAt: 'moment',

  check(input, { regimes, figureAgeMsMax }, scope) {
    return judgeFigure(input, scope, {
      figure: 'regime',
      words,
      figureAgeMsMax,
      judge: ({ value: name }) => {
        if (regimes.has(name)) return 'inside';
        return Identifier.safeParse(name).success ? 'outside' : 'impossible';
      },
    });
  },

  examples: [
    { name: 'a regime that is on the list', limits, expect: 'pass' },
    { name: 'the other regime on the list', files: named('trending'), limits, expect: 'pass' },
    { name: 'a regime that is not on the list', files: named('crisis'), limits, expect: 'refuse' },
    { name: 'an empty list', limits: { ...limits, regimes: [] }, expect: 'refuse' },
    { name: 'of a desk, on the list', scope: 'desk:index', files: named('calm', 'desk:index'), limits, expect: 'pass' },
    { name: 'of a desk that has no regime', scope: 'desk:index', files: named('calm'), limits, expect: 'refuse' },
    {
      name: 'not on the list, and a sale of exactly all that is held',
      order: sale,
      files: named('crisis'),
      own: holding({ position: '50' }),
      limits,
      expect: 'pass',
    },
    {
      name: 'not on the list, and a sale of one unit more than is held',
      order: sale,
      files: named('crisis'),
      own: holding({ position: '49' }),
      limits,
      expect: 'refuse',
    },
    {
      name: 'not on the list, while the position of the account is not known',
      order: sale,
      files: named('crisis'),
      own: { position: null },
      limits,
      expect: 'refuse',
    },
    { name: 'a name exactly as old as permitted', limits: { ...limits, figureAgeMsMax: 1_800_000 }, expect: 'pass' },
    { name: 'a name one millisecond too old', limits: { ...limits, figureAgeMsMax: 1_799_999 }, expect: 'refuse' },
    {
      name: 'a name from the future',
      files: named('calm', 'firm', '2020-03-06T20:30:00.000000001Z'),
      limits,
      expect: 'refuse',
    },
    {
      name: 'a text that is no name, even for a sale that closes',
      order: sale,
      files: named('calm or not'),
      own: holding({ position: '50' }),
      limits,
      expect: 'refuse',
    },
    { name: 'a regime that nobody named', files: { portfolio: { rows: [] } }, limits, expect: 'refuse' },
    { name: 'no file of portfolio figures', files: { portfolio: null }, limits, expect: 'refuse' },
  ],
});
