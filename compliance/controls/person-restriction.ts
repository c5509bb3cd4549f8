import { cite, MAR, SEC_15C3_5 } from '@gatehouse/shared/law/acts.ts';
import { z } from 'zod';
import { judgeAge } from '../data-age.ts';
import { defineControl } from '../define-control.ts';
import { DurationMs, lowerIsTighter } from '../limit-fields.ts';
import { countsOn } from '../validity-days.ts';
import { known, pass, refuse } from '../verdict.ts';

const limits = { listAgeMsMax: 86_400_000 };
const row = { person: 'p-7f3a', instrument: 'demo-index', reason: 'An insider.' } as const;

/**
 * Refuses an order in a name that its trader, its decision maker or its executing person may not deal in.
 *
 * Shape:  a row names a person and an instrument or an issuer; it counts on its days, both inside. The reason of a row is not shown.
 * Units:  `listAgeMsMax` in milliseconds of wall time since the list was true.
 * Source: 17 CFR 240.15c3-5(c)(2)(ii); MAR Art. 14.
 */
export const personRestriction = defineControl({
  id: 'person-restriction',
  version: 1,
  title: 'People restricted in a name',
  question: 'May the people behind this order deal in this name today?',
  sources: [
    cite(
      SEC_15C3_5,
      '(c)(2)(ii)',
      'Orders of a person who is restricted in a security are stopped before they are sent.',
    ),
    cite(MAR, 'Art. 14', 'A person who has inside information about a name does not deal in it.'),
  ],
  limits: z.strictObject({
    listAgeMsMax: DurationMs.describe('The oldest list of restricted people still trusted, in milliseconds.').meta(
      lowerIsTighter,
    ),
  }),
  files: ['personRestrictions', 'instruments'],
  scopes: ['firm', 'desk', 'trader', 'client', 'account', 'algorithm', 'instrument', 'venue'],
  looksAt: 'moment',

  check({ order, facts, files }, { listAgeMsMax }) {
    const { personRestrictions, instruments } = files;
    const dating = { at: personRestrictions.asOf, now: facts.wallAt, ageMsMax: listAgeMsMax };
    const listAge = judgeAge('list of people restricted in a name', dating);
    const figures = { listAgeMs: listAge.ageMs };
    if (listAge.problem !== undefined) return refuse(listAge.problem, figures);

    const { instrument, trader, decisionMaker, executingPerson } = order;
    const { issuer } = known(instruments.of(instrument), 'issuer of the instrument');
    const name = { instrument, issuer };
    for (const person of [trader, decisionMaker, executingPerson]) {
      const rows = personRestrictions.of(person, name);
      if (rows.length > 0 && rows.some((one) => countsOn(one, facts.day))) {
        return refuse(`Person ${person} may not deal in this name.`, { ...figures, person });
      }
    }
    return pass('Nobody behind this order is restricted in this name.', figures);
  },

  examples: [
    { name: 'an empty list', limits, expect: 'pass' },
    { name: 'the trader is restricted', files: { 'person-restrictions': { rows: [row] } }, limits, expect: 'refuse' },
    {
      name: 'the decision maker is restricted',
      order: { decisionMaker: 'p-90' },
      files: { 'person-restrictions': { rows: [{ ...row, person: 'p-90' }] } },
      limits,
      expect: 'refuse',
    },
    {
      name: 'the executing person is restricted',
      order: { executingPerson: 'p-91' },
      files: { 'person-restrictions': { rows: [{ ...row, person: 'p-91' }] } },
      limits,
      expect: 'refuse',
    },
    {
      name: 'the trader is restricted in all that the issuer has issued',
      files: {
        'person-restrictions': { rows: [{ person: 'p-7f3a', issuer: 'example-issuer', reason: 'A director.' }] },
      },
      limits,
      expect: 'refuse',
    },
    {
      name: 'somebody else is restricted',
      files: { 'person-restrictions': { rows: [{ ...row, person: 'p-99' }] } },
      limits,
      expect: 'pass',
    },
    {
      name: 'the trader is restricted in another name',
      files: { 'person-restrictions': { rows: [{ ...row, instrument: 'other' }] } },
      limits,
      expect: 'pass',
    },
    {
      name: 'on exactly the last day of a restriction',
      files: { 'person-restrictions': { rows: [{ ...row, to: '2020-03-06' }] } },
      limits,
      expect: 'refuse',
    },
    {
      name: 'the day after a restriction',
      files: { 'person-restrictions': { rows: [{ ...row, to: '2020-03-05' }] } },
      limits,
      expect: 'pass',
    },
    { name: 'a list exactly as old as permitted', limits: { listAgeMsMax: 45_000_000 }, expect: 'pass' },
    { name: 'a list one millisecond too old', limits: { listAgeMsMax: 44_999_999 }, expect: 'refuse' },
    {
      name: 'a list from the future',
      files: { 'person-restrictions': { asOf: '2020-03-06T20:30:00.000000001Z' } },
      limits,
      expect: 'refuse',
    },
    { name: 'no list', files: { 'person-restrictions': null }, limits, expect: 'refuse' },
    { name: 'no file of instruments', files: { instruments: null }, limits, expect: 'refuse' },
    { name: 'an instrument whose issuer is not known', files: { instruments: { rows: [] } }, limits, expect: 'refuse' },
  ],
});
