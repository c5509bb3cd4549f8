import { cite, RTS_6, SEC_15C3_5 } from '@gatehouse/shared/law/acts.ts';
import { compare, ZERO } from '@gatehouse/shared/values/decimal.ts';
import { z } from 'zod';
import { AmountsByName } from '../amounts-by-name.ts';
import { defineControl } from '../define-control.ts';
import { exampleInstrument } from '../examples/files.ts';
import { exampleValuation, holding } from '../examples/holding.ts';
import { exposureWords, judgeExposure } from '../judge-exposure.ts';
import { noneIsTighter } from '../limit-fields.ts';
import { valuationLimits } from '../valuation.ts';
import { known } from '../verdict.ts';

const limits = { grossMaxByClass: ['etf 100000', 'equity 60000'], ...exampleValuation };
const sale = { side: 'sell', shortSaleMark: 'short' } as const;
const others = (amount: string) => ({ elsewhere: { long: amount, short: amount, gross: amount, net: amount } });
const ofClass = (assetClass: 'equity' | 'future') => ({
  instruments: { rows: [{ ...exampleInstrument, assetClass }] },
});
const words = exposureWords(
  'The exposure in the class stays within its limit',
  'The exposure in the class could go beyond its limit',
);

/**
 * Refuses an order that could bring the gross exposure of a scope in one class of assets beyond that class's limit.
 *
 * Shape:  counted are the instruments of the order's class, as the file of instruments has it, with all open orders and this one.
 *         A class that the sheet does not list has a limit of zero. Beyond the limit an order passes that can only bring the
 *         scope's position in the instrument nearer to zero.
 * Units:  amounts in the firm's currency; exactly the limit passes.
 * Source: RTS 6 Art. 15(4); 17 CFR 240.15c3-5(c)(1)(i).
 */
export const assetClassLimit = defineControl({
  id: 'asset-class-limit',
  version: 1,
  title: 'Asset class limit',
  question: 'Would the exposure in the asset class of this instrument stay within the limit of that class?',
  sources: [
    cite(
      RTS_6,
      'Art. 15(4)',
      'Orders are held to market risk limits that fit the capital and the strategy of the firm.',
    ),
    cite(SEC_15C3_5, '(c)(1)(i)', 'Credit and capital thresholds are set more finely where that is appropriate.'),
  ],
  limits: z.strictObject({
    grossMaxByClass: AmountsByName.describe(
      'For each class its name and the most that everything held, owed and entered in it may be worth, in the firm’s currency.',
    ).meta(noneIsTighter),
    ...valuationLimits,
  }),
  files: ['instruments'],
  scopes: ['firm', 'desk', 'trader', 'client', 'account', 'algorithm'],
  isOverridable: true,

  check(input, valuation, scope) {
    const { grossMaxByClass } = valuation;
    const { assetClass, classGroup } = known(input.files.instruments.of(input.order.instrument), 'instrument');
    const limit = grossMaxByClass.get(assetClass) ?? ZERO;
    return judgeExposure(input, scope, {
      valuation,
      group: classGroup,
      words,
      judge: ({ all }) => ({
        isInside: compare(all.gross, limit) <= 0,
        figures: { assetClass, classGross: all.gross, classLimit: limit },
      }),
    });
  },

  examples: [
    { name: 'half of the limit', limits, expect: 'pass' },
    { name: 'exactly the limit', order: { quantity: '100' }, limits, expect: 'pass' },
    { name: 'one unit more', order: { quantity: '101' }, limits, expect: 'refuse' },
    { name: 'with others of the class exactly the limit', own: holding(others('50000')), limits, expect: 'pass' },
    { name: 'with others of the class one cent more', own: holding(others('50000.01')), limits, expect: 'refuse' },
    {
      name: 'another class, exactly its limit',
      order: { quantity: '60' },
      files: ofClass('equity'),
      limits,
      expect: 'pass',
    },
    {
      name: 'another class, one unit more',
      order: { quantity: '61' },
      files: ofClass('equity'),
      limits,
      expect: 'refuse',
    },
    {
      name: 'a class that is not listed',
      order: { quantity: '1' },
      files: ofClass('future'),
      limits,
      expect: 'refuse',
    },
    {
      name: 'a class that is not listed, and a purchase of exactly all that is owed',
      order: { quantity: '5' },
      files: ofClass('future'),
      own: holding({ position: '-5' }),
      limits,
      expect: 'pass',
    },
    {
      name: 'beyond the limit, a purchase of one unit more than is owed',
      order: { quantity: '121' },
      own: holding({ position: '-120' }),
      limits,
      expect: 'refuse',
    },
    {
      name: 'a short sale without a reference price',
      order: sale,
      facts: { reference: null },
      limits,
      expect: 'refuse',
    },
    { name: 'an instrument that is not on file', files: { instruments: { rows: [] } }, limits, expect: 'refuse' },
    { name: 'no file of instruments', files: { instruments: null }, limits, expect: 'refuse' },
    { name: 'records that do not know the class', own: { totals: null }, limits, expect: 'refuse' },
  ],
});
