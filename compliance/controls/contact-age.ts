import { cite, SEC_15C3_5 } from '@gatehouse/shared/law/acts.ts';
import { z } from 'zod';
import { judgeAge } from '../data-age.ts';
import { defineControl } from '../define-control.ts';
import { DurationMs, lowerIsTighter, tightestFirst } from '../limit-fields.ts';
import { known, pass, reducingOnly, refuse } from '../verdict.ts';

const limits = { contactAgeMsMax: 3_600_000, standAlone: 'yes' as const };
const sale = { side: 'sell', shortSaleMark: 'long' } as const;
const later = '2020-03-06T21:30:00.000000000Z';
const hub = (lastAt: string | null, leaseTo: string | null = later) => ({
  contact: {
    kind: 'hub' as const,
    ...(lastAt === null ? {} : { lastAt }),
    ...(leaseTo === null ? {} : { leaseTo }),
  },
});
const recent = '2020-03-06T20:29:00.000000000Z';
const over = hub(recent, '2020-03-06T20:30:00.000000000Z');

/**
 * Refuses orders of an edge that has been out of reach of its hub for too long.
 *
 * Shape:  after too long without contact nothing passes; with contact but after the end of the lease, only what reduces the position.
 *         An edge that has no hub at all passes where its sheet says that it may stand alone.
 * Units:  `contactAgeMsMax` in milliseconds of wall time since the hub was last heard; a lease holds until its end, not at it.
 * Source: 17 CFR 240.15c3-5(d).
 */
export const contactAge = defineControl({
  id: 'contact-age',
  version: 1,
  title: 'Contact with the hub',
  question: 'Has this edge heard from its hub lately, and does its lease still run?',
  sources: [cite(SEC_15C3_5, '(d)', 'The firm keeps direct control: an edge that it cannot reach stops adding risk.')],
  limits: z.strictObject({
    contactAgeMsMax: DurationMs.describe(
      'The longest time without contact after which orders may still pass, in milliseconds.',
    ).meta(lowerIsTighter),
    standAlone: z
      .enum(['no', 'yes'])
      .describe('Whether the edge may trade without any hub: yes or no.')
      .meta(tightestFirst(['no', 'yes'])),
  }),
  needs: ['contact'],
  scopes: ['firm', 'desk', 'trader', 'client', 'account', 'algorithm', 'instrument', 'venue'],
  looksAt: 'moment',

  check({ facts: { contact, wallAt } }, { contactAgeMsMax, standAlone }) {
    if (contact.kind === 'stand-alone') {
      return standAlone === 'yes'
        ? pass('This edge has no hub, which the sheet permits.')
        : refuse('This edge has no hub, which the sheet does not permit.');
    }
    const lastAt = known(contact.lastAt, 'time of the last contact with the hub');
    const contactAt = judgeAge('last contact with the hub', { at: lastAt, now: wallAt, ageMsMax: contactAgeMsMax });
    const figures = { contactAgeMs: contactAt.ageMs };
    if (contactAt.problem !== undefined) return refuse(contactAt.problem, figures);

    const leaseTo = known(contact.leaseTo, 'end of the lease');
    return wallAt < leaseTo
      ? pass('The hub was heard lately, and the lease runs.', figures)
      : reducingOnly('The lease is over', figures);
  },

  examples: [
    { name: 'an edge without a hub that may stand alone', limits, expect: 'pass' },
    { name: 'an edge without a hub that may not', limits: { ...limits, standAlone: 'no' }, expect: 'refuse' },
    { name: 'contact a minute ago', facts: hub(recent), limits: { ...limits, standAlone: 'no' }, expect: 'pass' },
    {
      name: 'contact exactly as long ago as permitted',
      facts: hub('2020-03-06T19:30:00.000000000Z'),
      limits,
      expect: 'pass',
    },
    { name: 'contact a nanosecond longer ago', facts: hub('2020-03-06T19:29:59.999999999Z'), limits, expect: 'refuse' },
    {
      name: 'contact too long ago, and a sale that only reduces',
      order: sale,
      facts: hub('2020-03-06T19:29:59.999999999Z'),
      own: { position: '50' },
      limits,
      expect: 'refuse',
    },
    { name: 'contact in the future', facts: hub('2020-03-06T20:30:00.000000001Z'), limits, expect: 'refuse' },
    {
      name: 'a lease that ends a nanosecond later',
      facts: hub(recent, '2020-03-06T20:30:00.000000001Z'),
      limits,
      expect: 'pass',
    },
    { name: 'a lease that ends at exactly this moment', facts: over, limits, expect: 'refuse' },
    {
      name: 'the lease is over, and a sale of exactly the whole position',
      order: sale,
      facts: over,
      own: { position: '50' },
      limits,
      expect: 'pass',
    },
    {
      name: 'the lease is over, and a sale of one unit more',
      order: { ...sale, quantity: '51' },
      facts: over,
      own: { position: '50' },
      limits,
      expect: 'refuse',
    },
    {
      name: 'the lease is over, and the position is not known',
      order: sale,
      facts: over,
      own: { position: null },
      limits,
      expect: 'refuse',
    },
    { name: 'a hub that was never heard', facts: hub(null), limits, expect: 'refuse' },
    { name: 'a hub that gave no lease', facts: hub(recent, null), limits, expect: 'refuse' },
    { name: 'nothing is known of the contact', facts: { contact: null }, limits, expect: 'refuse' },
  ],
});
