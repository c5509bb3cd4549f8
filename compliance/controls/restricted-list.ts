import { cite, MAR, SEC_15C3_5 } from '@gatehouse/shared/law/acts.ts';
import { z } from 'zod';
import { judgeAge } from '../data-age.ts';
import { defineControl } from '../define-control.ts';
import { DurationMs, lowerIsTighter } from '../limit-fields.ts';
import { countsOn } from '../validity-days.ts';
import { known, pass, refuse } from '../verdict.ts';

const limits = { listAgeMsMax: 86_400_000 };
const sale = { side: 'sell', shortSaleMark: 'long' } as const;
const row = { list: 'restricted', instrument: 'demo-index', sides: 'both', reason: 'A mandate.' } as const;

/**
 * Refuses an order in a name that nobody at the firm may deal in, and marks one in a name that compliance watches.
 *
 * Shape:  a row names an instrument or an issuer, and the side that it forbids; it counts on its days, both inside. A watched name
 *         passes, and its rows are counted as `watched`. The reason of a row is not shown: it can be inside information.
 * Units:  `listAgeMsMax` in milliseconds of wall time since the list was true.
 * Source: 17 CFR 240.15c3-5(c)(2)(ii); MAR Art. 14.
 */
export const restrictedList = defineControl({
  id: 'restricted-list',
  version: 1,
  title: 'Restricted list',
  question: 'May anybody at this firm deal in this name today, on this side?',
  sources: [
    cite(SEC_15C3_5, '(c)(2)(ii)', 'Orders in securities that may not be traded are stopped before they are sent.'),
    cite(MAR, 'Art. 14', 'Nobody deals on inside information, which the firm guards with a list.'),
  ],
  limits: z.strictObject({
    listAgeMsMax: DurationMs.describe('The oldest restricted list still trusted, in milliseconds.').meta(
      lowerIsTighter,
    ),
  }),
  files: ['restrictions', 'instruments'],
  scopes: ['firm', 'desk', 'trader', 'client', 'account', 'algorithm', 'instrument', 'venue'],
  looksAt: 'moment',

  check({ order, facts, files }, { listAgeMsMax }) {
    const { restrictions, instruments } = files;
    const listAge = judgeAge('restricted list', { at: restrictions.asOf, now: facts.wallAt, ageMsMax: listAgeMsMax });
    if (listAge.problem !== undefined) return refuse(listAge.problem, { listAgeMs: listAge.ageMs });

    const { issuer } = known(instruments.of(order.instrument), 'issuer of the instrument');
    let restricted = 0;
    let watched = 0;
    for (const row of restrictions.of({ instrument: order.instrument, issuer })) {
      if (!countsOn(row, facts.day)) continue;
      if (row.list === 'watch') watched += 1;
      else if (row.sides === 'both' || row.sides === order.side) restricted += 1;
    }
    const figures = { listAgeMs: listAge.ageMs, restricted, watched };
    if (restricted > 0) return refuse(`The name is restricted for a ${order.side} order.`, figures);
    return watched > 0
      ? pass('The name is not restricted, and compliance watches it.', figures)
      : pass('The name is not restricted.', figures);
  },

  examples: [
    { name: 'an empty list', limits, expect: 'pass' },
    { name: 'the instrument is restricted', files: { restrictions: { rows: [row] } }, limits, expect: 'refuse' },
    {
      name: 'the issuer is restricted',
      files: {
        restrictions: { rows: [{ list: 'restricted', issuer: 'example-issuer', sides: 'both', reason: 'A mandate.' }] },
      },
      limits,
      expect: 'refuse',
    },
    {
      name: 'another name is restricted',
      files: { restrictions: { rows: [{ ...row, instrument: 'other' }] } },
      limits,
      expect: 'pass',
    },
    {
      name: 'a purchase of a name that may not be sold',
      files: { restrictions: { rows: [{ ...row, sides: 'sell' }] } },
      limits,
      expect: 'pass',
    },
    {
      name: 'a sale of a name that may not be sold',
      order: sale,
      files: { restrictions: { rows: [{ ...row, sides: 'sell' }] } },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a name that compliance watches',
      files: { restrictions: { rows: [{ ...row, list: 'watch' }] } },
      limits,
      expect: 'pass',
    },
    {
      name: 'on exactly the first day of a restriction',
      files: { restrictions: { rows: [{ ...row, from: '2020-03-06' }] } },
      limits,
      expect: 'refuse',
    },
    {
      name: 'the day before a restriction',
      files: { restrictions: { rows: [{ ...row, from: '2020-03-07' }] } },
      limits,
      expect: 'pass',
    },
    {
      name: 'on exactly the last day of a restriction',
      files: { restrictions: { rows: [{ ...row, to: '2020-03-06' }] } },
      limits,
      expect: 'refuse',
    },
    {
      name: 'the day after a restriction',
      files: { restrictions: { rows: [{ ...row, to: '2020-03-05' }] } },
      limits,
      expect: 'pass',
    },
    { name: 'a list exactly as old as permitted', limits: { listAgeMsMax: 45_000_000 }, expect: 'pass' },
    { name: 'a list one millisecond too old', limits: { listAgeMsMax: 44_999_999 }, expect: 'refuse' },
    {
      name: 'a list from the future',
      files: { restrictions: { asOf: '2020-03-06T20:30:00.000000001Z' } },
      limits,
      expect: 'refuse',
    },
    { name: 'no list', files: { restrictions: null }, limits, expect: 'refuse' },
    { name: 'no file of instruments', files: { instruments: null }, limits, expect: 'refuse' },
    { name: 'an instrument whose issuer is not known', files: { instruments: { rows: [] } }, limits, expect: 'refuse' },
  ],
});
