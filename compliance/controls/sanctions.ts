import { cite, OFAC_SANCTIONS, SEC_15C3_5 } from '@gatehouse/shared/law/acts.ts';
import { z } from 'zod';
import { judgeAge } from '../data-age.ts';
import { defineControl } from '../define-control.ts';
import { DurationMs, lowerIsTighter } from '../limit-fields.ts';
import { known, pass, refuse } from '../verdict.ts';

const limits = { listAgeMsMax: 86_400_000 };
const hit = { list: 'example', entry: 'E-1' } as const;

/**
 * Refuses an order that deals in what a sanctioned party issued, with one, or for one.
 *
 * Shape:  asks the list that screening compiled for the issuer, the client, and the counterparty where the order names one. A
 *         counterparty that is known only after the deal is screened there. It matches ids of parties, not names.
 * Units:  `listAgeMsMax` in milliseconds of wall time since the list was compiled.
 * Source: 31 CFR Chapter V; 17 CFR 240.15c3-5(c)(2)(ii).
 */
export const sanctions = defineControl({
  id: 'sanctions',
  version: 1,
  title: 'Sanctions',
  question: 'Are issuer, client and counterparty free of sanctions, by a list compiled lately?',
  sources: [
    cite(OFAC_SANCTIONS, 'Part 501', 'Dealings with blocked parties and in their securities are prohibited.'),
    cite(SEC_15C3_5, '(c)(2)(ii)', 'Orders in securities that may not be traded are stopped before they are sent.'),
  ],
  limits: z.strictObject({
    listAgeMsMax: DurationMs.describe('The oldest compiled sanctions list still trusted, in milliseconds.').meta(
      lowerIsTighter,
    ),
  }),
  files: ['sanctions', 'instruments'],
  scopes: ['firm', 'desk', 'trader', 'client', 'account', 'algorithm', 'instrument', 'venue'],
  looksAt: 'moment',

  check({ order, facts, files }, { listAgeMsMax }) {
    const dating = { at: files.sanctions.asOf, now: facts.wallAt, ageMsMax: listAgeMsMax };
    const listAge = judgeAge('compiled sanctions list', dating);
    const figures = { listAgeMs: listAge.ageMs };
    if (listAge.problem !== undefined) return refuse(listAge.problem, figures);

    const { issuer } = known(files.instruments.of(order.instrument), 'issuer of the instrument');
    const { client, counterparty } = order;
    const listed = ({ of }: typeof files.sanctions, name: string | undefined) =>
      name === undefined ? undefined : of(name)[0];
    const row =
      listed(files.sanctions, issuer) ?? listed(files.sanctions, client) ?? listed(files.sanctions, counterparty);
    if (row === undefined) return pass('No party of this order is on a sanctions list.', figures);
    const { party, list, entry } = row;
    return refuse(`Party ${party} is on sanctions list ${list}, entry ${entry}.`, { ...figures, party, list });
  },

  examples: [
    { name: 'nobody is on the list', limits, expect: 'pass' },
    {
      name: 'the issuer is on the list',
      files: { sanctions: { rows: [{ ...hit, party: 'example-issuer' }] } },
      limits,
      expect: 'refuse',
    },
    {
      name: 'the counterparty is on the list',
      order: { counterparty: 'cp-1' },
      files: { sanctions: { rows: [{ ...hit, party: 'cp-1' }] } },
      limits,
      expect: 'refuse',
    },
    {
      name: 'the client is on the list',
      files: { sanctions: { rows: [{ ...hit, party: 'house' }] } },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a counterparty that is not on the list',
      order: { counterparty: 'cp-2' },
      files: { sanctions: { rows: [{ ...hit, party: 'cp-1' }] } },
      limits,
      expect: 'pass',
    },
    {
      name: 'another party is on the list',
      files: { sanctions: { rows: [{ ...hit, party: 'other-issuer' }] } },
      limits,
      expect: 'pass',
    },
    { name: 'a list exactly as old as permitted', limits: { listAgeMsMax: 45_000_000 }, expect: 'pass' },
    { name: 'a list one millisecond too old', limits: { listAgeMsMax: 44_999_999 }, expect: 'refuse' },
    {
      name: 'a list compiled at exactly this moment',
      files: { sanctions: { asOf: '2020-03-06T20:30:00.000000000Z' } },
      limits: { listAgeMsMax: 0 },
      expect: 'pass',
    },
    {
      name: 'a list from the future',
      files: { sanctions: { asOf: '2020-03-06T20:30:00.000000001Z' } },
      limits,
      expect: 'refuse',
    },
    { name: 'no list', files: { sanctions: null }, limits, expect: 'refuse' },
    { name: 'no file of instruments', files: { instruments: null }, limits, expect: 'refuse' },
    { name: 'an instrument whose issuer is not known', files: { instruments: { rows: [] } }, limits, expect: 'refuse' },
  ],
});
