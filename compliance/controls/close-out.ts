import { cite, REG_SHO, SEC_15C3_5 } from '@gatehouse/shared/law/acts.ts';
import { z } from 'zod';
import { judgeAge } from '../data-age.ts';
import { defineControl } from '../define-control.ts';
import { exampleInstrument } from '../examples/files.ts';
import { DurationMs, lowerIsTighter, tightestFirst } from '../limit-fields.ts';
import { countsOn } from '../validity-days.ts';
import { known, notApplicable, pass, refuse } from '../verdict.ts';

const limits = { stateAgeMsMax: 86_400_000, thresholdSales: 'permitted' as const };
const short = { side: 'sell', shortSaleMark: 'short' } as const;
const located = { ...short, locate: 'L-1' } as const;
const row = { instrument: 'demo-index', isThreshold: false, preBorrowed: ['L-1'] };
const failing = { 'short-sale': { rows: [{ ...row, closeOut: { from: '2020-03-05' } }] } };
const threshold = { 'short-sale': { rows: [{ ...row, isThreshold: true }] } };

/**
 * Refuses a short sale of a share whose failed delivery is not closed out, unless what it sells is borrowed already.
 *
 * Shape:  a close-out counts on its days, both inside, and for good where it has no end. The sale names a locate, and the file says which
 *         locates are borrowed. Short sales of a share on a threshold list pass or not as the sheet says. Sales that are
 *         exempt from the price test are not exempt from this.
 * Units:  `stateAgeMsMax` in milliseconds of wall time since the file was true.
 * Source: 17 CFR 242.203(b)(3), 204(b).
 */
export const closeOut = defineControl({
  id: 'close-out',
  version: 1,
  title: 'Close-outs and threshold lists',
  question: 'May this share be sold short, as far as failed deliveries are concerned?',
  sources: [
    cite(REG_SHO, '204(b)', 'A share with an open fail is sold short only after it was borrowed.'),
    cite(
      REG_SHO,
      '203(b)(3)',
      'While a fail in a threshold security is not closed out, short sales of it are borrowed for first.',
    ),
    cite(SEC_15C3_5, '(c)(2)(i)', 'What must be so before an order is entered is checked before it is entered.'),
  ],
  limits: z.strictObject({
    stateAgeMsMax: DurationMs.describe('The oldest file of short-sale states still trusted, in milliseconds.').meta(
      lowerIsTighter,
    ),
    thresholdSales: z
      .enum(['refused', 'permitted'])
      .describe('Whether shares on a threshold list may be sold short: refused or permitted.')
      .meta(tightestFirst(['refused', 'permitted'])),
  }),
  files: ['instruments', 'shortSale'],
  scopes: ['firm', 'desk', 'trader', 'client', 'account', 'algorithm', 'instrument', 'venue'],

  check({ order, facts, files }, { stateAgeMsMax, thresholdSales }) {
    const { shortSaleMark, locate, instrument } = order;
    if (shortSaleMark === 'not-a-sale' || shortSaleMark === 'long') return notApplicable('The order is no short sale.');
    const { isUsEquity } = known(files.instruments.of(instrument), 'instrument');
    if (!isUsEquity) return notApplicable('Close-outs are those of US shares.');

    const dating = { at: files.shortSale.asOf, now: facts.wallAt, ageMsMax: stateAgeMsMax };
    const stateAge = judgeAge('file of short-sale states', dating);
    const figures = { stateAgeMs: stateAge.ageMs };
    if (stateAge.problem !== undefined) return refuse(stateAge.problem, figures);

    const state = known(files.shortSale.of(instrument), 'short-sale state of the instrument');
    if (state.isThreshold && thresholdSales === 'refused') {
      return refuse('The share is on a threshold list, and the sheet permits no short sale of it.', figures);
    }
    if (state.closeOut === undefined || !countsOn(state.closeOut, facts.day)) {
      return pass('No fail of this share waits for its close-out.', figures);
    }
    return locate !== undefined && state.preBorrowed.includes(locate)
      ? pass('A fail waits for its close-out, and what this order sells is borrowed.', { ...figures, locate })
      : refuse('A fail waits for its close-out, and what this order sells is not borrowed.', figures);
  },

  examples: [
    { name: 'a purchase', limits, expect: 'not-applicable' },
    {
      name: 'a long sale',
      order: { side: 'sell', shortSaleMark: 'long' },
      files: failing,
      limits,
      expect: 'not-applicable',
    },
    { name: 'a short sale without any fail', order: short, limits, expect: 'pass' },
    { name: 'a fail waits, and nothing is borrowed', order: short, files: failing, limits, expect: 'refuse' },
    { name: 'a fail waits, and the locate is borrowed', order: located, files: failing, limits, expect: 'pass' },
    {
      name: 'a fail waits, and another locate is borrowed',
      order: { ...short, locate: 'L-2' },
      files: failing,
      limits,
      expect: 'refuse',
    },
    {
      name: 'a short exempt sale while a fail waits',
      order: { ...short, shortSaleMark: 'short-exempt', shortExemptReason: '201-d-1' },
      files: failing,
      limits,
      expect: 'refuse',
    },
    {
      name: 'on exactly the first day of a close-out',
      order: short,
      files: { 'short-sale': { rows: [{ ...row, closeOut: { from: '2020-03-06' } }] } },
      limits,
      expect: 'refuse',
    },
    {
      name: 'on exactly the last day of a close-out',
      order: short,
      files: { 'short-sale': { rows: [{ ...row, closeOut: { from: '2020-03-02', to: '2020-03-06' } }] } },
      limits,
      expect: 'refuse',
    },
    {
      name: 'the day after a close-out',
      order: short,
      files: { 'short-sale': { rows: [{ ...row, closeOut: { from: '2020-03-02', to: '2020-03-05' } }] } },
      limits,
      expect: 'pass',
    },
    { name: 'a threshold security where the sheet permits it', order: short, files: threshold, limits, expect: 'pass' },
    {
      name: 'a threshold security where the sheet refuses it',
      order: located,
      files: threshold,
      limits: { ...limits, thresholdSales: 'refused' },
      expect: 'refuse',
    },
    {
      name: 'no threshold security where the sheet refuses those',
      order: short,
      limits: { ...limits, thresholdSales: 'refused' },
      expect: 'pass',
    },
    {
      name: 'a state exactly as old as permitted',
      order: short,
      limits: { ...limits, stateAgeMsMax: 45_000_000 },
      expect: 'pass',
    },
    {
      name: 'a state one millisecond too old',
      order: short,
      limits: { ...limits, stateAgeMsMax: 44_999_999 },
      expect: 'refuse',
    },
    {
      name: 'a short sale of no US share',
      order: short,
      files: { ...failing, instruments: { rows: [{ ...exampleInstrument, isUsEquity: false }] } },
      limits,
      expect: 'not-applicable',
    },
    {
      name: 'a share whose state is not known',
      order: short,
      files: { 'short-sale': { rows: [] } },
      limits,
      expect: 'refuse',
    },
    { name: 'no file of short-sale states', order: short, files: { 'short-sale': null }, limits, expect: 'refuse' },
    { name: 'no file of instruments', order: short, files: { instruments: null }, limits, expect: 'refuse' },
    { name: 'an unknown instrument', order: short, files: { instruments: { rows: [] } }, limits, expect: 'refuse' },
  ],
});
