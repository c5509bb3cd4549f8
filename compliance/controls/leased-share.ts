import { cite, RTS_6, SEC_15C3_5 } from '@gatehouse/shared/law/acts.ts';
import { compare, minimum } from '@gatehouse/shared/values/decimal.ts';
import { z } from 'zod';
import { defineControl } from '../define-control.ts';
import { exampleValuation, holding } from '../examples/holding.ts';
import { exposureWords, judgeExposure } from '../judge-exposure.ts';
import { DurationMs, LimitDecimal, lowerIsTighter, noneIsTighter, tightestFirst } from '../limit-fields.ts';
import { valuationLimits } from '../valuation.ts';
import { known, reducingOnly, refuse } from '../verdict.ts';

const limits = {
  firmMax: '1000000',
  edgeMax: '200000',
  stepAmount: '50000',
  termMs: 3_600_000,
  standAlone: 'yes' as const,
  ...exampleValuation,
};
const bound = { ...limits, standAlone: 'no' as const };
const sale = { side: 'sell', shortSaleMark: 'long' } as const;
const recent = '2020-03-06T20:29:00.000000000Z';
const later = '2020-03-06T21:30:00.000000000Z';
const leased = (amount: string | null, leaseTo: string | null = later) => ({
  contact: {
    kind: 'hub' as const,
    lastAt: recent,
    ...(leaseTo === null ? {} : { leaseTo }),
    ...(amount === null ? {} : { lease: { threshold: 'gross-exposure', version: 3, amount } }),
  },
});
const words = exposureWords(
  'The leased share of the firm’s threshold is not used up',
  'The leased share of the firm’s threshold would be used up',
);

/**
 * Refuses an order beyond the part of a firm-wide threshold that the hub has leased to this edge.
 *
 * Shape:  what counts is everything held or owed and every order entered, as in the credit limit. The lease, the cap of this edge and
 *         what the firm may have at all each hold. Once the lease is over, and beyond the share, an order passes that can only bring a
 *         position nearer to zero.
 * Units:  amounts in the firm's currency; exactly the share passes. `termMs` in milliseconds, `leaseTo` in wall time.
 * Source: 17 CFR 240.15c3-5(c)(1)(i); RTS 6 Art. 15(4).
 */
export const leasedShare = defineControl({
  id: 'leased-share',
  version: 1,
  title: 'Leased share',
  question: 'Does this edge still have room in its share of what the whole firm may have?',
  sources: [
    cite(
      SEC_15C3_5,
      '(c)(1)(i)',
      'Orders beyond a threshold set in advance are stopped, in aggregate for the firm, not for each computer.',
    ),
    cite(RTS_6, 'Art. 15(4)', 'Limits fit the capital of the firm as a whole.'),
  ],
  limits: z.strictObject({
    firmMax: LimitDecimal.describe(
      'The most that all edges together may hold and have entered, in the firm’s currency; the hub splits it into leases.',
    ).meta(lowerIsTighter),
    edgeMax: LimitDecimal.describe('The most that may ever be leased to this edge, in the firm’s currency.').meta(
      lowerIsTighter,
    ),
    stepAmount: LimitDecimal.describe('How much this edge asks for at a time, in the firm’s currency.').meta(
      noneIsTighter,
    ),
    termMs: DurationMs.describe('How long a lease runs from when it was asked for, in milliseconds.').meta(
      noneIsTighter,
    ),
    standAlone: z
      .enum(['no', 'yes'])
      .describe('Whether an edge without any hub may use its cap: yes or no.')
      .meta(tightestFirst(['no', 'yes'])),
    ...valuationLimits,
  }),
  needs: ['contact'],
  scopes: ['firm'],

  check(input, limitsOfScope, scope) {
    const { facts } = input;
    const { edgeMax, firmMax, standAlone } = limitsOfScope;
    const cap = minimum(edgeMax, firmMax);
    const { contact, wallAt } = facts;
    if (contact.kind === 'stand-alone') {
      if (standAlone === 'no') return refuse('This edge has no hub that could lease it a share.');
      return judgeExposure(input, scope, {
        valuation: limitsOfScope,
        words,
        judge: ({ all }) => ({ isInside: compare(all.gross, cap) <= 0, figures: { entered: all.gross } }),
      });
    }
    const lease = known(contact.lease, 'leased share of the firm’s threshold');
    const leaseTo = known(contact.leaseTo, 'end of the lease');
    const share = minimum(lease.amount, cap);
    if (wallAt >= leaseTo) return reducingOnly('The lease is over', { share, leaseVersion: lease.version });
    return judgeExposure(input, scope, {
      valuation: limitsOfScope,
      words,
      judge: ({ all }) => ({
        isInside: compare(all.gross, share) <= 0,
        figures: { entered: all.gross, share, leaseVersion: lease.version },
      }),
    });
  },

  examples: [
    { name: 'an edge without a hub that may stand alone', limits, expect: 'pass' },
    { name: 'a lease of twice as much', facts: leased('100000'), limits, expect: 'pass' },
    { name: 'exactly the leased amount', facts: leased('50000'), limits, expect: 'pass' },
    { name: 'a cent less was leased', facts: leased('49999.99'), limits, expect: 'refuse' },
    {
      name: 'exactly the cap of the edge, of a lease above it',
      facts: leased('200000'),
      limits: { ...limits, edgeMax: '50000' },
      expect: 'pass',
    },
    {
      name: 'a cent above the cap of the edge, of a lease above it',
      facts: leased('200000'),
      limits: { ...limits, edgeMax: '49999.99' },
      expect: 'refuse',
    },
    {
      name: 'exactly what the firm may have, of a lease above it',
      facts: leased('200000'),
      limits: { ...limits, firmMax: '50000' },
      expect: 'pass',
    },
    {
      name: 'a cent above what the firm may have',
      facts: leased('200000'),
      limits: { ...limits, firmMax: '49999.99' },
      expect: 'refuse',
    },
    {
      name: 'what is held and open counts: exactly the leased amount',
      facts: leased('100000'),
      own: holding({ position: '30', openBuy: '20' }),
      limits,
      expect: 'pass',
    },
    {
      name: 'one open unit more',
      facts: leased('100000'),
      own: holding({ position: '30', openBuy: '21' }),
      limits,
      expect: 'refuse',
    },
    {
      name: 'beyond the share, a sale of exactly all that is held',
      order: { ...sale, quantity: '120' },
      facts: leased('50000'),
      own: holding({ position: '120' }),
      limits,
      expect: 'pass',
    },
    {
      name: 'beyond the share, a sale of one unit more than is held',
      order: { ...sale, quantity: '121' },
      facts: leased('50000'),
      own: holding({ position: '120' }),
      limits,
      expect: 'refuse',
    },
    {
      name: 'a lease that ends a nanosecond later',
      facts: leased('50000', '2020-03-06T20:30:00.000000001Z'),
      limits,
      expect: 'pass',
    },
    {
      name: 'a lease that ends at exactly this moment',
      facts: leased('50000', '2020-03-06T20:30:00.000000000Z'),
      limits,
      expect: 'refuse',
    },
    {
      name: 'the lease is over, and a sale of exactly the whole position',
      order: { ...sale, quantity: '50' },
      facts: leased('50000', recent),
      own: { ...holding({ position: '50' }), position: '50' },
      limits,
      expect: 'pass',
    },
    {
      name: 'a lease of nothing lets nothing be added',
      facts: leased('0'),
      limits,
      expect: 'refuse',
    },
    { name: 'a hub that leased nothing yet', facts: leased(null), limits, expect: 'refuse' },
    { name: 'a lease without an end', facts: leased('50000', null), limits, expect: 'refuse' },
    { name: 'an edge without a hub, which the sheet does not permit', limits: bound, expect: 'refuse' },
    {
      name: 'an edge without a hub that may use exactly its cap',
      limits: { ...limits, edgeMax: '50000' },
      expect: 'pass',
    },
    {
      name: 'an edge without a hub, a cent above its cap',
      limits: { ...limits, edgeMax: '49999.99' },
      expect: 'refuse',
    },
    { name: 'nothing is known of the contact', facts: { contact: null }, limits, expect: 'refuse' },
    {
      name: 'records that do not know what is held',
      facts: leased('100000'),
      own: { totals: null },
      limits,
      expect: 'refuse',
    },
  ],
});
