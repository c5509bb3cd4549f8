import { cite, RTS_6 } from '@gatehouse/shared/law/acts.ts';
import { compare, maximum, multiply, negate, ZERO } from '@gatehouse/shared/values/decimal.ts';
import { z } from 'zod';
import { AmountsByName } from '../amounts-by-name.ts';
import { judgeAge } from '../data-age.ts';
import { defineControl } from '../define-control.ts';
import type { OrderOverrides } from '../examples/base.ts';
import { exampleValuation, holding } from '../examples/holding.ts';
import { worstCase } from '../exposure.ts';
import { exposureAfter, reducesScope } from '../exposure-after.ts';
import { Bps, DurationMs, lowerIsTighter, noneIsTighter } from '../limit-fields.ts';
import { valuationLimits } from '../valuation.ts';
import { known, pass, refuse, refuseBeyond } from '../verdict.ts';

const limits = {
  orderShareMaxBps: 10,
  positionShareMaxBps: 50,
  grossMaxByTier: ['liquid 500000', 'thin 20000'],
  volumeAgeMsMax: 86_400_000,
  ...exampleValuation,
};
const sale = { side: 'sell', shortSaleMark: 'long' } as const;
const waiting = {
  type: 'stop',
  limitPrice: null,
  stopPrice: '1100.00',
  emulates: ['trigger'],
} satisfies OrderOverrides;
const others = (amount: string) => ({ elsewhere: { long: amount, short: amount, gross: amount, net: amount } });
const AT = '2020-03-06T08:00:00.000000000Z';
const volume = (averageDailyVolume: string, tier = 'liquid') => ({
  liquidity: { rows: [{ instrument: 'demo-index', averageDailyVolume, tier, at: AT }] },
});

/**
 * Refuses an order that is too large for the market, or could make a position that is too large to be sold in time.
 *
 * Shape:  the order, and the scope's position with all open orders and this one, are compared with what the instrument trades on
 *         an average day; and the gross exposure in the instrument's tier of liquidity with that tier's limit. A tier that the
 *         sheet does not list has a limit of zero. The share of the order holds for every order, since a large sale to close moves
 *         the market too and can be sent in parts; beyond the other two an order passes that can only bring the scope's
 *         position nearer to zero.
 * Units:  shares in basis points of the average daily volume, in units of the instrument; amounts in the firm's currency; the
 *         age of the volume in market time. Exactly the limit passes.
 * Source: RTS 6 Art. 15(4).
 */
export const liquidityLimit = defineControl({
  id: 'liquidity-limit',
  version: 1,
  title: 'Liquidity limit',
  question:
    'Are this order and the position that it can lead to small enough for what this instrument trades in a day?',
  sources: [
    cite(RTS_6, 'Art. 15(4)', 'Limits are fitted to the liquidity of the instruments and reviewed as it changes.'),
  ],
  limits: z.strictObject({
    orderShareMaxBps: Bps.describe(
      'The largest part of an average day’s volume that one order may be, in basis points.',
    ).meta(lowerIsTighter),
    positionShareMaxBps: Bps.describe(
      'The largest part of an average day’s volume that the position may come to, in basis points.',
    ).meta(lowerIsTighter),
    grossMaxByTier: AmountsByName.describe(
      'For each tier of liquidity its name and the most that everything held, owed and entered in it may be worth, in the firm’s currency.',
    ).meta(noneIsTighter),
    volumeAgeMsMax: DurationMs.describe(
      'How old the figure of the volume may be, in milliseconds of market time.',
    ).meta(lowerIsTighter),
    ...valuationLimits,
  }),
  files: ['liquidity'],
  scopes: ['firm', 'desk', 'trader', 'client', 'account', 'algorithm'],
  isOverridable: true,

  check(input, valuation, scope) {
    const { orderShareMaxBps, positionShareMaxBps, grossMaxByTier, volumeAgeMsMax } = valuation;
    const { order, files, facts } = input;
    const { averageDailyVolume, tier, tierGroup, at } = known(
      files.liquidity.of(order.instrument),
      'volume of the instrument',
    );
    const age = judgeAge('volume of the instrument', { at, now: facts.now, ageMsMax: volumeAgeMsMax });
    if (age.problem !== undefined) return refuse(age.problem, { volumeAgeMs: age.ageMs });
    const after = exposureAfter(input, scope, { valuation, group: tierGroup });
    if (after.kind === 'unknown') return refuse(after.reason, after.figures);

    const { exposure } = after;
    const worst = worstCase(order, exposure.standing);
    const worstPosition = maximum(worst.long, negate(worst.short));
    const tierLimit = grossMaxByTier.get(tier) ?? ZERO;
    const figures = { averageDailyVolume, worstPosition, tier, tierGross: exposure.all.gross, tierLimit };
    if (compare(order.quantity, multiply(averageDailyVolume, orderShareMaxBps)) > 0) {
      return refuseBeyond('The order is too large for what the instrument trades in a day.', figures);
    }
    const isSmall =
      compare(worstPosition, multiply(averageDailyVolume, positionShareMaxBps)) <= 0 &&
      compare(exposure.all.gross, tierLimit) <= 0;
    if (isSmall) return pass('Order and position are small enough for the market.', figures);
    return reducesScope(input, exposure)
      ? pass('The position is too large for the market, and this order can only make it smaller.', figures)
      : refuseBeyond(
          'The position, or the exposure in its tier of liquidity, could become too large for the market.',
          figures,
        );
  },

  examples: [
    { name: 'half of what one order may be', limits, expect: 'pass' },
    { name: 'exactly what one order may be', order: { quantity: '100' }, limits, expect: 'pass' },
    { name: 'one unit more than one order may be', order: { quantity: '101' }, limits, expect: 'refuse' },
    { name: 'to exactly the largest position', own: holding({ position: '450' }), limits, expect: 'pass' },
    {
      name: 'to one unit more than the largest position',
      own: holding({ position: '451' }),
      limits: { ...limits, grossMaxByTier: ['liquid 900000'] },
      expect: 'refuse',
    },
    {
      name: 'open sales alone reach exactly the largest position',
      own: holding({ openSell: '500' }),
      limits,
      expect: 'pass',
    },
    {
      name: 'open sales alone reach one unit beyond',
      own: holding({ openSell: '501' }),
      limits: { ...limits, grossMaxByTier: ['liquid 900000'] },
      expect: 'refuse',
    },
    { name: 'with others of the tier exactly its limit', own: holding(others('450000')), limits, expect: 'pass' },
    { name: 'with others of the tier one cent more', own: holding(others('450000.01')), limits, expect: 'refuse' },
    {
      name: 'a thin instrument, exactly the limit of its tier',
      order: { quantity: '20' },
      files: volume('100000', 'thin'),
      limits,
      expect: 'pass',
    },
    {
      name: 'a thin instrument, one unit more',
      order: { quantity: '21' },
      files: volume('100000', 'thin'),
      limits,
      expect: 'refuse',
    },
    {
      name: 'a tier that is not listed',
      order: { quantity: '1' },
      files: volume('100000', 'frozen'),
      limits,
      expect: 'refuse',
    },
    {
      name: 'too large a position, and a sale of exactly all that is held',
      order: { ...sale, quantity: '50' },
      files: volume('50000', 'frozen'),
      own: holding({ position: '50' }),
      limits,
      expect: 'pass',
    },
    {
      name: 'too large a position, and a sale of one unit more than is held',
      order: { ...sale, quantity: '50' },
      files: volume('50000', 'frozen'),
      own: holding({ position: '49' }),
      limits,
      expect: 'refuse',
    },
    {
      name: 'too large a position, and a sale that is too large for the market',
      order: { ...sale, quantity: '101' },
      own: holding({ position: '900' }),
      limits,
      expect: 'refuse',
    },
    {
      name: 'an iceberg of exactly what one order may be',
      order: { quantity: '100', displayQuantity: '1' },
      limits,
      expect: 'pass',
    },
    {
      name: 'an iceberg of one unit more, however little it shows',
      order: { quantity: '101', displayQuantity: '1' },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a stop that waits at the edge can lead to exactly the largest position',
      order: waiting,
      own: holding({ position: '450' }),
      limits: { ...limits, grossMaxByTier: ['liquid 900000'] },
      expect: 'pass',
    },
    {
      name: 'a stop that waits at the edge can lead to one unit more',
      order: waiting,
      own: holding({ position: '451' }),
      limits: { ...limits, grossMaxByTier: ['liquid 900000'] },
      expect: 'refuse',
    },
    {
      name: 'a stop to buy that can lead to exactly the limit of its tier at its stop price',
      order: waiting,
      limits: { ...limits, grossMaxByTier: ['liquid 56100'] },
      expect: 'pass',
    },
    {
      name: 'a stop to buy that can lead to one cent more',
      order: waiting,
      limits: { ...limits, grossMaxByTier: ['liquid 56099.99'] },
      expect: 'refuse',
    },
    {
      name: 'the exit of a bracket that waits at the edge adds nothing to open sales of exactly the largest position',
      order: { ...sale, group: { id: 'G-1', kind: 'bracket', role: 'take-profit' }, emulates: ['group'] },
      own: holding({ openSell: '500' }),
      limits,
      expect: 'pass',
    },
    {
      name: 'a volume exactly as old as permitted',
      limits: { ...limits, volumeAgeMsMax: 45_000_000 },
      expect: 'pass',
    },
    {
      name: 'a volume one millisecond too old',
      limits: { ...limits, volumeAgeMsMax: 44_999_999 },
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
    { name: 'an instrument whose volume is not known', files: { liquidity: { rows: [] } }, limits, expect: 'refuse' },
    { name: 'no file of liquidity', files: { liquidity: null }, limits, expect: 'refuse' },
    { name: 'records that do not know what is held', own: { totals: null }, limits, expect: 'refuse' },
  ],
});
