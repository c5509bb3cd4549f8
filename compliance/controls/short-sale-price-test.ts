import { cite, REG_SHO, SEC_15C3_5 } from '@gatehouse/shared/law/acts.ts';
import { inForce } from '@gatehouse/shared/law/in-force.ts';
import { PRICE_TEST, PRICE_TEST_BEGINS } from '@gatehouse/shared/law/us-equity-figures.ts';
import { compare, type Decimal, maximum } from '@gatehouse/shared/values/decimal.ts';
import { z } from 'zod';
import { judgeAge } from '../data-age.ts';
import { type CheckInput, defineControl } from '../define-control.ts';
import { waitsAtEdge } from '../edge-waiting.ts';
import { exampleInstrument } from '../examples/files.ts';
import { DurationMs, lowerIsTighter } from '../limit-fields.ts';
import { countsOn } from '../validity-days.ts';
import { type Figures, known, notApplicable, pass, refuse, type Verdict } from '../verdict.ts';

const limits = { stateAgeMsMax: 86_400_000, quoteAgeMsMax: 1_000 };
const short = { side: 'sell', shortSaleMark: 'short' } as const;
const above = { ...short, limitPrice: '999.91' } as const;
const triggered = (from: string, to: string) => ({
  'short-sale': { rows: [{ instrument: 'demo-index', isThreshold: false, preBorrowed: [], priceTest: { from, to } }] },
});
const today = triggered('2020-03-06', '2020-03-09');

/**
 * Refuses a short sale at or below the best bid while the price test of its share is on.
 *
 * Shape:  whoever knows the calendar and the prior close says from which day to which the test is on, both inside. A sale marked short
 *         exempt is not tested here; that its mark is right is another control's question. A market order could trade at the bid
 *         and is refused. A sale that waits at the edge is neither shown nor executed, and is tested when it goes out. One that waits at
 *         the venue is not seen by us again, and may find the bid at its stop price then: it has to be priced above that as well. That
 *         the best bid is the national one is for the source of quotes to see to.
 * Units:  `stateAgeMsMax` in milliseconds of wall time since the file was true, `quoteAgeMsMax` in those of market time.
 * Source: 17 CFR 242.201(b)(1).
 */
export const shortSalePriceTest = defineControl({
  id: 'short-sale-price-test',
  version: 1,
  title: 'Price test of short sales',
  question: 'While the price test of this share is on, is the short sale priced above the best bid?',
  sources: [
    cite(
      REG_SHO,
      '201(b)(1)',
      'After a steep fall a share is sold short above the best bid only, that day and the next.',
    ),
    cite(SEC_15C3_5, '(c)(2)(i)', 'What must be so before an order is entered is checked before it is entered.'),
  ],
  limits: z.strictObject({
    stateAgeMsMax: DurationMs.describe('The oldest file of short-sale states still trusted, in milliseconds.').meta(
      lowerIsTighter,
    ),
    quoteAgeMsMax: DurationMs.describe('The oldest quote whose bid is still trusted, in milliseconds.').meta(
      lowerIsTighter,
    ),
  }),
  files: ['instruments', 'shortSale'],
  scopes: ['firm', 'desk', 'trader', 'client', 'account', 'algorithm', 'instrument', 'venue'],

  check(input, { stateAgeMsMax, quoteAgeMsMax }) {
    const { order, facts, files } = input;
    if (order.shortSaleMark !== 'short') return notApplicable('The order is no short sale, or one that is exempt.');
    if (waitsAtEdge(order)) return notApplicable('The sale waits at the edge and is tested when it goes out.');
    const { isUsEquity } = known(files.instruments.of(order.instrument), 'instrument');
    if (!isUsEquity) return notApplicable('The price test is one of US shares.');

    const dating = { at: files.shortSale.asOf, now: facts.wallAt, ageMsMax: stateAgeMsMax };
    const stateAge = judgeAge('file of short-sale states', dating);
    if (stateAge.problem !== undefined) return refuse(stateAge.problem, { stateAgeMs: stateAge.ageMs });

    const { priceTest } = known(files.shortSale.of(order.instrument), 'short-sale state of the instrument');
    const figures = { stateAgeMs: stateAge.ageMs };
    if (priceTest === undefined || !countsOn(priceTest, facts.day)) return pass('No price test is on today.', figures);
    if (facts.day < PRICE_TEST_BEGINS)
      return refuse('A price test is said to be on before there was such a rule.', figures);
    return judgePrice(input, quoteAgeMsMax, {
      ...figures,
      testTo: priceTest.to,
      fall: inForce(PRICE_TEST, facts.day).fall,
    });
  },

  examples: [
    { name: 'a purchase', limits, expect: 'not-applicable' },
    {
      name: 'a long sale',
      order: { side: 'sell', shortSaleMark: 'long' },
      files: today,
      limits,
      expect: 'not-applicable',
    },
    {
      name: 'no price test: a short sale far below the bid',
      order: { ...short, limitPrice: '900.00' },
      limits,
      expect: 'pass',
    },
    { name: 'a short sale one cent above the bid', order: above, files: today, limits, expect: 'pass' },
    {
      name: 'a short sale at exactly the bid',
      order: { ...short, limitPrice: '999.90' },
      files: today,
      limits,
      expect: 'refuse',
    },
    {
      name: 'a short sale one cent below the bid',
      order: { ...short, limitPrice: '999.89' },
      files: today,
      limits,
      expect: 'refuse',
    },
    {
      name: 'a market order',
      order: { ...short, type: 'market', limitPrice: null },
      files: today,
      limits,
      expect: 'refuse',
    },
    {
      name: 'a stop that waits at the edge',
      order: { ...short, type: 'stop', limitPrice: null, stopPrice: '900.00', emulates: ['trigger'] },
      files: today,
      limits,
      expect: 'not-applicable',
    },
    {
      name: 'the market order that takes its place',
      order: { ...short, type: 'market', limitPrice: null, replaces: 'O-0', parent: 'O-0' },
      files: today,
      limits,
      expect: 'refuse',
    },
    {
      name: 'a stop at the venue, which could trade at the bid of that time',
      order: { ...short, type: 'stop', limitPrice: null, stopPrice: '900.00' },
      files: today,
      limits,
      expect: 'refuse',
    },
    {
      name: 'a stop-limit at the venue, priced below the bid of now',
      order: { ...short, type: 'stop-limit', limitPrice: '900.00', stopPrice: '890.00' },
      files: today,
      limits,
      expect: 'refuse',
    },
    {
      name: 'a take-profit at the venue, priced at exactly its stop price',
      order: { ...short, type: 'take-profit-limit', limitPrice: '1100.00', stopPrice: '1100.00' },
      files: today,
      limits,
      expect: 'refuse',
    },
    {
      name: 'a take-profit at the venue, priced one cent above its stop price',
      order: { ...short, type: 'take-profit-limit', limitPrice: '1100.01', stopPrice: '1100.00' },
      files: today,
      limits,
      expect: 'pass',
    },
    {
      name: 'an iceberg one cent above the bid, which shows a part of itself',
      order: { ...above, displayQuantity: '1' },
      files: today,
      limits,
      expect: 'pass',
    },
    {
      name: 'an iceberg at exactly the bid',
      order: { ...short, limitPrice: '999.90', displayQuantity: '1' },
      files: today,
      limits,
      expect: 'refuse',
    },
    {
      name: 'a short exempt sale at the bid',
      order: { ...short, shortSaleMark: 'short-exempt', shortExemptReason: '201-d-1', limitPrice: '999.90' },
      files: today,
      limits,
      expect: 'not-applicable',
    },
    {
      name: 'at the bid on exactly the last day of the test',
      order: { ...short, limitPrice: '999.90' },
      files: triggered('2020-03-05', '2020-03-06'),
      limits,
      expect: 'refuse',
    },
    {
      name: 'at the bid on the day after the test',
      order: { ...short, limitPrice: '999.90' },
      files: triggered('2020-03-04', '2020-03-05'),
      limits,
      expect: 'pass',
    },
    {
      name: 'a bid exactly as old as permitted',
      order: above,
      files: today,
      limits: { ...limits, quoteAgeMsMax: 1_000 },
      expect: 'pass',
    },
    {
      name: 'a bid one millisecond too old',
      order: above,
      files: today,
      limits: { ...limits, quoteAgeMsMax: 999 },
      expect: 'refuse',
    },
    { name: 'no quote', order: above, files: today, facts: { quote: null }, limits, expect: 'refuse' },
    {
      name: 'a quote without a bid',
      order: above,
      files: today,
      facts: { quote: { ask: '1000.10', at: '2020-03-06T20:29:59.000000000Z', source: 'quotes' } },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a price test on exactly the first day of the rule',
      order: above,
      facts: { day: '2011-02-28' },
      files: triggered('2011-02-28', '2011-03-01'),
      limits,
      expect: 'pass',
    },
    {
      name: 'a price test on the day before the rule',
      order: above,
      facts: { day: '2011-02-27' },
      files: triggered('2011-02-27', '2011-02-28'),
      limits,
      expect: 'refuse',
    },
    {
      name: 'a state exactly as old as permitted',
      order: above,
      limits: { ...limits, stateAgeMsMax: 45_000_000 },
      expect: 'pass',
    },
    {
      name: 'a state one millisecond too old',
      order: above,
      limits: { ...limits, stateAgeMsMax: 44_999_999 },
      expect: 'refuse',
    },
    {
      name: 'a share whose state is not known',
      order: above,
      files: { 'short-sale': { rows: [] } },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a short sale of no US share',
      order: short,
      files: { ...today, instruments: { rows: [{ ...exampleInstrument, isUsEquity: false }] } },
      limits,
      expect: 'not-applicable',
    },
    { name: 'no file of short-sale states', order: above, files: { 'short-sale': null }, limits, expect: 'refuse' },
    { name: 'no file of instruments', order: above, files: { instruments: null }, limits, expect: 'refuse' },
    { name: 'an unknown instrument', order: above, files: { instruments: { rows: [] } }, limits, expect: 'refuse' },
  ],
});

function judgePrice(
  { order, facts }: Pick<CheckInput, 'order' | 'facts'>,
  ageMsMax: number,
  figures: Figures,
): Verdict {
  const { limitPrice, stopPrice } = order;
  if (limitPrice === undefined)
    return refuse('A price test is on, and a market order could trade at the bid.', figures);
  const { bid, at } = known(facts.quote, 'best bid');
  const quoteAge = judgeAge('quote', { at, now: facts.now, ageMsMax });
  if (quoteAge.problem !== undefined) return refuse(quoteAge.problem, { ...figures, quoteAgeMs: quoteAge.ageMs });

  const all = { ...figures, quoteAgeMs: quoteAge.ageMs, bid: known(bid, 'best bid'), limitPrice };
  if (stopPrice !== undefined && compare(limitPrice, maximum<Decimal>(stopPrice, all.bid)) <= 0) {
    const reason =
      'A price test is on, and the short sale could meet a bid at its stop price that it is not priced above.';
    return refuse(reason, { ...all, stopPrice });
  }
  return compare(limitPrice, all.bid) > 0
    ? pass('A price test is on, and the short sale is priced above the best bid.', all)
    : refuse('A price test is on, and the short sale is not priced above the best bid.', all);
}
