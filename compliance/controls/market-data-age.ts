import { cite, RTS_6, SEC_15C3_5 } from '@gatehouse/shared/law/acts.ts';
import { z } from 'zod';
import { judgeAge } from '../data-age.ts';
import { defineControl } from '../define-control.ts';
import { DurationMs, lowerIsTighter, tightestFirst } from '../limit-fields.ts';
import { pass, refuse } from '../verdict.ts';

const limits = { referenceAgeMsMax: 60_000, quote: 'not-required' as const, quoteAgeMsMax: 5_000 };
const quoted = { ...limits, quote: 'required' as const };
const at = (time: string) => ({ price: '1000.00', at: time, source: 'bars' });

/**
 * Refuses every order while the prices that it would be judged by are too old.
 *
 * Shape: the reference price must be young enough, and, where the sheet asks for one, the quote as well.
 * Units: ages in milliseconds of market time.
 * Source: 17 CFR 240.15c3-5(c)(1)(ii); RTS 6 Art. 15(1)(a).
 */
export const marketDataAge = defineControl({
  id: 'market-data-age',
  version: 1,
  title: 'Age of market data',
  question: 'Are the prices that this order is judged by young enough?',
  sources: [
    cite(SEC_15C3_5, '(c)(1)(ii)', 'Price parameters find errors only where they rest on a price of now.'),
    cite(RTS_6, 'Art. 15(1)(a)', 'Price collars hold only while the price that they are drawn around is known.'),
  ],
  limits: z.strictObject({
    referenceAgeMsMax: DurationMs.describe(
      'The oldest reference price with which orders may pass, in milliseconds.',
    ).meta(lowerIsTighter),
    quote: z
      .enum(['required', 'not-required'])
      .describe('Whether a quote must be known as well: required or not-required.')
      .meta(tightestFirst(['required', 'not-required'])),
    quoteAgeMsMax: DurationMs.describe(
      'The oldest quote with which orders may pass where one is required, in milliseconds.',
    ).meta(lowerIsTighter),
  }),
  needs: ['reference'],
  scopes: ['firm', 'desk', 'trader', 'client', 'account', 'algorithm', 'instrument', 'venue'],
  looksAt: 'moment',

  check({ facts }, { referenceAgeMsMax, quote, quoteAgeMsMax }) {
    const { now, reference } = facts;
    const referenceAge = judgeAge('reference price', { at: reference.at, now, ageMsMax: referenceAgeMsMax });
    const figures = { referenceAgeMs: referenceAge.ageMs };
    if (referenceAge.problem !== undefined) return refuse(referenceAge.problem, figures);
    if (quote === 'not-required') return pass('The reference price is young enough.', figures);

    if (facts.quote === undefined) return refuse('The quote is not known.', figures);
    const quoteAge = judgeAge('quote', { at: facts.quote.at, now, ageMsMax: quoteAgeMsMax });
    const all = { ...figures, quoteAgeMs: quoteAge.ageMs };
    return quoteAge.problem === undefined
      ? pass('Reference price and quote are young enough.', all)
      : refuse(quoteAge.problem, all);
  },

  examples: [
    { name: 'a price of a second ago', limits, expect: 'pass' },
    {
      name: 'a reference price exactly as old as permitted',
      limits: { ...limits, referenceAgeMsMax: 1_000 },
      expect: 'pass',
    },
    {
      name: 'a reference price one millisecond too old',
      limits: { ...limits, referenceAgeMsMax: 999 },
      expect: 'refuse',
    },
    {
      name: 'a reference price of exactly this moment',
      facts: { reference: at('2020-03-06T20:30:00.000000000Z') },
      limits: { ...limits, referenceAgeMsMax: 0 },
      expect: 'pass',
    },
    {
      name: 'a reference price from the future',
      facts: { reference: at('2020-03-06T20:30:00.000000001Z') },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a required quote exactly as old as permitted',
      limits: { ...quoted, quoteAgeMsMax: 1_000 },
      expect: 'pass',
    },
    { name: 'a required quote one millisecond too old', limits: { ...quoted, quoteAgeMsMax: 999 }, expect: 'refuse' },
    { name: 'an old quote that is not required', limits: { ...limits, quoteAgeMsMax: 0 }, expect: 'pass' },
    { name: 'no quote where one is required', facts: { quote: null }, limits: quoted, expect: 'refuse' },
    { name: 'no quote where none is required', facts: { quote: null }, limits, expect: 'pass' },
    { name: 'no reference price', facts: { reference: null }, limits, expect: 'refuse' },
  ],
});
