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

const limits = { grossMaxBySector: ['broad-market 100000', 'energy 10000'], ...exampleValuation };
const sale = { side: 'sell', shortSaleMark: 'short' } as const;
const others = (amount: string) => ({ elsewhere: { long: amount, short: amount, gross: amount, net: amount } });
const inSector = (sector: string) => ({ instruments: { rows: [{ ...exampleInstrument, sector }] } });
const words = exposureWords(
  'The exposure in the sector stays within its limit',
  'The exposure in the sector could go beyond its limit',
);

/**
 * Refuses an order that could bring the gross exposure of a scope in one sector beyond that sector's limit.
 *
 * Shape:  counted are the instruments of the order's sector, as the file of instruments has it, with all open orders and this one.
 *         A sector that the sheet does not list has a limit of zero. Beyond the limit an order passes that can only bring the
 *         scope's position in the instrument nearer to zero.
 * Units:  amounts in the firm's currency; exactly the limit passes.
 * Source: 17 CFR 240.15c3-5(c)(1)(i); RTS 6 Art. 15(4).
 */
export const sectorLimit = defineControl({
  id: 'sector-limit',
  version: 1,
  title: 'Sector limit',
  question: 'Would the exposure in the sector of this instrument stay within the limit of that sector?',
  sources: [
    cite(
      SEC_15C3_5,
      '(c)(1)(i)',
      'Credit and capital thresholds are set more finely by sector where that is appropriate.',
    ),
    cite(
      RTS_6,
      'Art. 15(4)',
      'Orders are held to market risk limits that fit the capital and the strategy of the firm.',
    ),
  ],
  limits: z.strictObject({
    grossMaxBySector: AmountsByName.describe(
      'For each sector its name and the most that everything held, owed and entered in it may be worth, in the firm’s currency.',
    ).meta(noneIsTighter),
    ...valuationLimits,
  }),
  files: ['instruments'],
  scopes: ['firm', 'desk', 'trader', 'client', 'account', 'algorithm'],
  isOverridable: true,

  check(input, valuation, scope) {
    const { grossMaxBySector } = valuation;
    const { sector, sectorGroup } = known(input.files.instruments.of(input.order.instrument), 'instrument');
    const limit = grossMaxBySector.get(sector) ?? ZERO;
    return judgeExposure(input, scope, {
      valuation,
      group: sectorGroup,
      words,
      judge: ({ all }) => ({
        isInside: compare(all.gross, limit) <= 0,
        figures: { sector, sectorGross: all.gross, sectorLimit: limit },
      }),
    });
  },

  examples: [
    { name: 'half of the limit', limits, expect: 'pass' },
    { name: 'exactly the limit', order: { quantity: '100' }, limits, expect: 'pass' },
    { name: 'one unit more', order: { quantity: '101' }, limits, expect: 'refuse' },
    { name: 'with others of the sector exactly the limit', own: holding(others('50000')), limits, expect: 'pass' },
    { name: 'with others of the sector one cent more', own: holding(others('50000.01')), limits, expect: 'refuse' },
    {
      name: 'another sector, exactly its limit',
      order: { quantity: '10' },
      files: inSector('energy'),
      limits,
      expect: 'pass',
    },
    {
      name: 'another sector, one unit more',
      order: { quantity: '11' },
      files: inSector('energy'),
      limits,
      expect: 'refuse',
    },
    {
      name: 'a sector that is not listed',
      order: { quantity: '1' },
      files: inSector('shipping'),
      limits,
      expect: 'refuse',
    },
    {
      name: 'a sector that is not listed, and a purchase of exactly all that is owed',
      order: { quantity: '5' },
      files: inSector('shipping'),
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
    { name: 'records that do not know the sector', own: { totals: null }, limits, expect: 'refuse' },
  ],
});
