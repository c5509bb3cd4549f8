import { cite, RTS_6 } from '@gatehouse/shared/law/acts.ts';
import { absolute, multiply, signOf, subtract } from '@gatehouse/shared/values/decimal.ts';
import { z } from 'zod';
import { breakerAge, ThresholdBps, UnknownMsMax } from '../breaker-fields.ts';
import { judgeAge } from '../data-age.ts';
import { calm, defineBreaker, judgeMeasured, unknown } from '../define-breaker.ts';
import { lowerIsTighter } from '../limit-fields.ts';

const limits = { divergenceBps: 50, ageMsMax: 5_000, unknownMsMax: 60_000 };
const at = '2020-03-06T20:29:59.000000000Z';

/**
 * Trips when two sources of one price differ by a share of the price.
 *
 * Shape:  the kill is for the one instrument; both prices must be known and young enough.
 * Units:  times are the market's.
 * Source: RTS 6 Art. 15(1)(a), Art. 17.
 */
export const feedDivergence = defineBreaker({
  id: 'feed-divergence',
  version: 1,
  title: 'Feed divergence',
  question: 'Do two sources disagree so far about a price that trading in the instrument is stopped?',
  sources: [cite(RTS_6, 'Art. 15(1)(a)', 'Orders are kept within price parameters, which a wrong price would move.')],
  occasion: 'market',
  scopes: ['firm', 'instrument'],
  limits: z.strictObject({
    divergenceBps: ThresholdBps.describe(
      'The difference at which trading is stopped, in basis points of the first price.',
    ).meta(lowerIsTighter),
    ageMsMax: breakerAge('The oldest price still trusted, of either source, in milliseconds of market time.'),
    unknownMsMax: UnknownMsMax,
  }),

  check({ market, facts }, { divergenceBps, ageMsMax }) {
    if (market === undefined) return calm('No price has come.');
    const { reference, second, instrument } = market;
    if (reference === undefined) return unknown('The reference price is not known.', { instrument });
    if (second === undefined) return unknown('The price of the second source is not known.', { instrument });
    if (reference.source === second.source) return unknown('Both prices are of one source.', { instrument });
    const figures = { instrument, first: reference.price, second: second.price };
    const ages = [
      judgeAge('reference price', { at: reference.at, now: facts.now, ageMsMax }),
      judgeAge('price of the second source', { at: second.at, now: facts.now, ageMsMax }),
    ];
    const problem = ages.find((age) => age.problem !== undefined)?.problem;
    if (problem !== undefined) return unknown(problem, figures);
    if (signOf(reference.price) === 0) return unknown('A share of a price of zero is not known.', figures);
    const threshold = multiply(absolute(reference.price), divergenceBps);
    const measured = absolute(subtract(reference.price, second.price));
    const about = `instrument:${instrument}`;
    return judgeMeasured({ words: 'difference between the sources', measured, threshold, figures, about });
  },

  examples: [
    { name: 'ten cents apart at a thousand', limits, expect: 'calm' },
    {
      name: 'exactly half a per cent above',
      facts: { second: { price: '1005.00', at, source: 'other bars' } },
      limits,
      expect: 'trip',
      times: 1,
    },
    {
      name: 'exactly half a per cent below',
      facts: { second: { price: '995.00', at, source: 'other bars' } },
      limits,
      expect: 'trip',
    },
    {
      name: 'a cent nearer',
      facts: { second: { price: '1004.99', at, source: 'other bars' } },
      limits,
      expect: 'calm',
    },
    {
      name: 'a second price of exactly the oldest age',
      facts: { second: { price: '1005.00', at: '2020-03-06T20:29:55.000000000Z', source: 'other bars' } },
      limits,
      expect: 'trip',
    },
    {
      name: 'a second price older than that',
      facts: { second: { price: '1000.00', at: '2020-03-06T20:29:54.999000000Z', source: 'other bars' } },
      limits,
      expect: 'unknown',
    },
    {
      name: 'a reference price from the future',
      facts: { reference: { price: '1000.00', at: '2020-03-06T20:30:00.001000000Z', source: 'bars' } },
      limits,
      expect: 'unknown',
    },
    {
      name: 'a reference price of zero',
      facts: { reference: { price: '0.00', at, source: 'bars' } },
      limits,
      expect: 'unknown',
    },
    {
      name: 'the same source twice',
      facts: { second: { price: '1005.00', at, source: 'bars' } },
      limits,
      expect: 'unknown',
    },
    { name: 'no second source', facts: { second: null }, limits, expect: 'unknown' },
    { name: 'no reference price', facts: { reference: null }, limits, expect: 'unknown' },
  ],
});
