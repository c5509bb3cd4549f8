import { cite, RTS_6, SEC_15C3_5 } from '@gatehouse/shared/law/acts.ts';
import { compare } from '@gatehouse/shared/values/decimal.ts';
import { z } from 'zod';
import { defineControl } from '../define-control.ts';
import { exampleValuation, HELD_MARK_AT, holding } from '../examples/holding.ts';
import { totalsText } from '../examples/own.ts';
import { exposureWords, judgeExposure } from '../judge-exposure.ts';
import { LimitDecimal, lowerIsTighter } from '../limit-fields.ts';
import { valuationLimits } from '../valuation.ts';

const limits = { creditMax: '100000', ...exampleValuation };
const sale = { side: 'sell', shortSaleMark: 'long' } as const;
const market = { type: 'market', limitPrice: null } as const;
const words = exposureWords('The credit is not used up', 'The credit would be used up');

/**
 * Refuses an order that would use more credit than a client, an account or the firm has.
 *
 * Shape:  credit is used by everything held or owed and by every order entered, per instrument the worse of all purchases and all
 *         sales being filled, this order at the highest price it can be expected to trade at. Nothing that is only hoped for
 *         makes room: an open sale frees no credit. Beyond the limit an order passes that can only bring the scope's
 *         position in the instrument nearer to zero.
 * Units:  `creditMax` in the firm's currency; exactly that much passes.
 * Source: 17 CFR 240.15c3-5(c)(1)(i); RTS 6 Art. 15(4).
 */
export const creditLimit = defineControl({
  id: 'credit-limit',
  version: 1,
  title: 'Credit limit',
  question: 'Is there credit for all that is held, for all open orders and for this one?',
  sources: [
    cite(
      SEC_15C3_5,
      '(c)(1)(i)',
      'Orders beyond a credit threshold set in advance are stopped, in aggregate for each customer and for the firm.',
    ),
    cite(
      RTS_6,
      'Art. 15(4)',
      'Orders are held to credit risk limits that fit the capital of the firm and its clients.',
    ),
  ],
  limits: z.strictObject({
    creditMax: LimitDecimal.describe(
      'The most that everything held and entered may be worth, in the firm’s currency.',
    ).meta(lowerIsTighter),
    ...valuationLimits,
  }),
  scopes: ['client', 'account', 'firm', 'desk', 'trader'],
  isOverridable: true,

  check(input, valuation, scope) {
    const { creditMax } = valuation;
    return judgeExposure(input, scope, {
      valuation,
      words,
      judge: ({ all }) => ({ isInside: compare(all.gross, creditMax) <= 0, figures: { creditUsed: all.gross } }),
    });
  },

  examples: [
    { name: 'half of the credit', limits, expect: 'pass' },
    { name: 'exactly all of the credit', order: { quantity: '100' }, limits, expect: 'pass' },
    { name: 'one unit more', order: { quantity: '101' }, limits, expect: 'refuse' },
    {
      name: 'what is held and what is open counts: exactly all of the credit',
      own: holding({ position: '30', openBuy: '20' }),
      limits,
      expect: 'pass',
    },
    { name: 'one open unit more', own: holding({ position: '30', openBuy: '21' }), limits, expect: 'refuse' },
    {
      name: 'what is held in other instruments counts: exactly all of the credit',
      own: holding({ elsewhere: { long: '50000', short: '50000', gross: '50000', net: '50000' } }),
      limits,
      expect: 'pass',
    },
    {
      name: 'one cent more is held in other instruments',
      own: holding({ elsewhere: { long: '50000.01', short: '50000.01', gross: '50000.01', net: '50000.01' } }),
      limits,
      expect: 'refuse',
    },
    {
      name: 'an open sale frees no credit',
      own: holding({ position: '60', openSell: '60' }),
      limits,
      expect: 'refuse',
    },
    {
      name: 'an order that replaces another takes its place: exactly all of the credit',
      order: { replaces: 'O-0', quantity: '100' },
      own: { ...holding({ openBuy: '80' }), orders: [{ order: { id: 'O-0', quantity: '80' } }] },
      limits,
      expect: 'pass',
    },
    {
      name: 'an order that replaces one that is not known',
      order: { replaces: 'O-0' },
      own: holding({ openBuy: '10' }),
      limits,
      expect: 'refuse',
    },
    {
      name: 'a limit above the mark counts: exactly all of the credit',
      order: { limitPrice: '2000.00' },
      limits,
      expect: 'pass',
    },
    { name: 'a limit one cent higher', order: { limitPrice: '2000.01' }, limits, expect: 'refuse' },
    {
      name: 'a limit below the mark counts at the mark, as the open order will',
      order: { quantity: '101', limitPrice: '900.00' },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a market order two per cent above the reference price: exactly all of the credit',
      order: { ...market, quantity: '100' },
      limits: { ...limits, creditMax: '102000' },
      expect: 'pass',
    },
    {
      name: 'the same market order with one cent of credit less',
      order: { ...market, quantity: '100' },
      limits: { ...limits, creditMax: '101999.99' },
      expect: 'refuse',
    },
    {
      name: 'beyond the limit, a sale of exactly all that is held',
      order: { ...sale, quantity: '120' },
      own: holding({ position: '120' }),
      limits,
      expect: 'pass',
    },
    {
      name: 'beyond the limit, a sale of one unit more than is held',
      order: { ...sale, quantity: '121' },
      own: holding({ position: '120' }),
      limits,
      expect: 'refuse',
    },
    {
      name: 'a second currency at its rate: exactly all of the credit',
      own: {
        ...holding({}),
        totals: [totalsText({ currency: 'EUR', long: '40000', short: '40000', gross: '40000', net: '40000' })],
        oldestMarkAt: HELD_MARK_AT,
      },
      limits: { ...limits, creditMax: '94000' },
      expect: 'pass',
    },
    {
      name: 'a second currency at its rate, one cent of credit less',
      own: {
        ...holding({}),
        totals: [totalsText({ currency: 'EUR', long: '40000', short: '40000', gross: '40000', net: '40000' })],
        oldestMarkAt: HELD_MARK_AT,
      },
      limits: { ...limits, creditMax: '93999.99' },
      expect: 'refuse',
    },
    {
      name: 'a second currency whose rate is not known',
      files: { rates: null },
      own: { totals: [totalsText({ currency: 'EUR', long: '1', short: '1', gross: '1', net: '1' })] },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a second currency with a rate exactly as old as permitted',
      own: { totals: [totalsText({ currency: 'EUR', long: '1', short: '1', gross: '1', net: '1' })] },
      limits: { ...limits, rateAgeMsMax: 60_000 },
      expect: 'pass',
    },
    {
      name: 'a second currency with a rate one millisecond too old',
      own: { totals: [totalsText({ currency: 'EUR', long: '1', short: '1', gross: '1', net: '1' })] },
      limits: { ...limits, rateAgeMsMax: 59_999 },
      expect: 'refuse',
    },
    {
      name: 'a price of something held that is exactly as old as permitted',
      own: holding({ position: '10' }),
      limits: { ...limits, markAgeMsMax: 1_000 },
      expect: 'pass',
    },
    {
      name: 'a price of something held that is one millisecond too old',
      own: holding({ position: '10' }),
      limits: { ...limits, markAgeMsMax: 999 },
      expect: 'refuse',
    },
    {
      name: 'a market order without a reference price',
      order: market,
      facts: { reference: null },
      limits,
      expect: 'refuse',
    },
    {
      name: 'something is held whose price is not known',
      own: { totals: [totalsText({ isValued: false })] },
      limits,
      expect: 'refuse',
    },
    { name: 'records that do not know what is held', own: { totals: null }, limits, expect: 'refuse' },
    { name: 'records that do not know the instrument', own: { cell: null }, limits, expect: 'refuse' },
    { name: 'records that do not know how old prices are', own: { oldestMarkAt: null }, limits, expect: 'refuse' },
  ],
});
