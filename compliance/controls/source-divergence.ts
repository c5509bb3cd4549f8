import { cite, RTS_6, SEC_15C3_5 } from '@gatehouse/shared/law/acts.ts';
import { absolute, compare, multiply, signOf, subtract } from '@gatehouse/shared/values/decimal.ts';
import { z } from 'zod';
import { judgeAge } from '../data-age.ts';
import { defineControl } from '../define-control.ts';
import { Bps, DurationMs, lowerIsTighter } from '../limit-fields.ts';
import { pass, refuse } from '../verdict.ts';

const limits = { divergenceBps: 10, sourceAgeMsMax: 60_000 };
const fresh = '2020-03-06T20:29:59.000000000Z';
const future = '2020-03-06T20:30:00.000000001Z';
const second = (price: string, at = fresh) => ({ second: { price, at, source: 'other bars' } });
const first = (price: string, at = fresh) => ({ reference: { price, at, source: 'bars' } });

/**
 * Refuses every order while two sources of prices do not agree.
 *
 * Shape: each source must be young enough and above zero; with one source alone nothing can be compared, and the order is refused. One
 *        source that is given twice is one source.
 * Units: `divergenceBps` in basis points of the reference price, both ways; ages in milliseconds of market time.
 * Source: 17 CFR 240.15c3-5(c)(1)(ii); RTS 6 Art. 15(1)(a).
 */
export const sourceDivergence = defineControl({
  id: 'source-divergence',
  version: 1,
  title: 'Agreement of price sources',
  question: 'Do two sources agree about the price of this instrument?',
  sources: [
    cite(SEC_15C3_5, '(c)(1)(ii)', 'Price parameters find errors only where the price that they rest on is right.'),
    cite(RTS_6, 'Art. 15(1)(a)', 'A price collar around a wrong price blocks the wrong orders.'),
  ],
  limits: z.strictObject({
    divergenceBps: Bps.describe('The widest permitted distance between the sources, in basis points.').meta(
      lowerIsTighter,
    ),
    sourceAgeMsMax: DurationMs.describe('The oldest price of a source still trusted, in milliseconds.').meta(
      lowerIsTighter,
    ),
  }),
  needs: ['reference', 'second'],
  scopes: ['firm', 'desk', 'trader', 'client', 'account', 'algorithm', 'instrument', 'venue'],
  looksAt: 'moment',

  check({ facts: { now, reference, second: other } }, { divergenceBps, sourceAgeMsMax }) {
    if (reference.source === other.source) return refuse('Both prices are of one source.');
    const referenceAge = judgeAge('reference price', { at: reference.at, now, ageMsMax: sourceAgeMsMax });
    const secondAge = judgeAge('price of the second source', { at: other.at, now, ageMsMax: sourceAgeMsMax });
    const { ageMs: referenceAgeMs } = referenceAge;
    const { ageMs: secondAgeMs } = secondAge;
    const problem = referenceAge.problem ?? secondAge.problem;
    if (problem !== undefined) return refuse(problem, { referenceAgeMs, secondAgeMs });

    const distance = absolute(subtract(reference.price, other.price));
    const { price: referencePrice } = reference;
    const figures = { referenceAgeMs, secondAgeMs, referencePrice, secondPrice: other.price, distance };
    if (signOf(reference.price) <= 0 || signOf(other.price) <= 0) {
      return refuse('The price of a source is not above zero.', figures);
    }
    return compare(distance, multiply(reference.price, divergenceBps)) <= 0
      ? pass('The sources agree about the price.', figures)
      : refuse('The sources do not agree about the price.', figures);
  },

  examples: [
    { name: 'ten cents apart', limits, expect: 'pass' },
    { name: 'exactly as far above as permitted', facts: second('1001.00'), limits, expect: 'pass' },
    { name: 'one cent farther above', facts: second('1001.01'), limits, expect: 'refuse' },
    { name: 'exactly as far below as permitted', facts: second('999.00'), limits, expect: 'pass' },
    { name: 'one cent farther below', facts: second('998.99'), limits, expect: 'refuse' },
    { name: 'sources exactly as old as permitted', limits: { ...limits, sourceAgeMsMax: 1_000 }, expect: 'pass' },
    { name: 'sources one millisecond too old', limits: { ...limits, sourceAgeMsMax: 999 }, expect: 'refuse' },
    {
      name: 'only the second source is too old',
      facts: second('1000.00', '2020-03-06T20:28:59.999999999Z'),
      limits,
      expect: 'refuse',
    },
    { name: 'a reference price from the future', facts: first('1000.00', future), limits, expect: 'refuse' },
    { name: 'a second price from the future', facts: second('1000.00', future), limits, expect: 'refuse' },
    {
      name: 'a second price of zero',
      facts: second('0'),
      limits: { ...limits, divergenceBps: 1_000_000 },
      expect: 'refuse',
    },
    { name: 'a reference price of zero', facts: { ...first('0'), ...second('0') }, limits, expect: 'refuse' },
    {
      name: 'the same source twice',
      facts: { second: { price: '1000.00', at: fresh, source: 'bars' } },
      limits,
      expect: 'refuse',
    },
    { name: 'no second source', facts: { second: null }, limits, expect: 'refuse' },
    { name: 'no reference price', facts: { reference: null }, limits, expect: 'refuse' },
  ],
});
