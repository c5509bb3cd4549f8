import { cite, SEC_15C3_5 } from '@gatehouse/shared/law/acts.ts';
import { AssetClass } from '@gatehouse/shared/schema/facts/reference-data.ts';
import { z } from 'zod';
import { defineControl } from '../define-control.ts';
import { exampleInstrument } from '../examples/files.ts';
import { fewerIsTighter } from '../limit-fields.ts';
import { countsOn } from '../validity-days.ts';
import { known, pass, reducingOnly, refuse } from '../verdict.ts';

const limits = { assetClasses: ['equity', 'etf', 'index'] } satisfies { assetClasses: AssetClass[] };
const sale = { side: 'sell', shortSaleMark: 'long' } as const;

/** The base instrument with something changed. */
function instrument(changes: Partial<typeof exampleInstrument>) {
  return { instruments: { rows: [{ ...exampleInstrument, ...changes }] } };
}

/**
 * Refuses an order in an instrument that the firm does not know, that cannot be traded now, or that it does not deal in.
 *
 * Shape:  the instrument must be in the file of instruments, valid on the trading day, listed at the order's venue, in the
 *         order's currency and of a permitted class. Where only closing is permitted, an order passes that can only bring the
 *         position nearer to zero.
 * Source: 17 CFR 240.15c3-5(c)(2)(i).
 */
export const knownInstrument = defineControl({
  id: 'known-instrument',
  version: 1,
  title: 'Known instrument',
  question: 'Is this an instrument that the firm knows and may trade today at this venue and in this currency?',
  sources: [
    cite(SEC_15C3_5, '(c)(2)(i)', 'What must hold before an order is entered is checked before it is entered.'),
  ],
  limits: z.strictObject({
    assetClasses: z
      .array(AssetClass)
      .max(AssetClass.options.length)
      .describe('The classes of instruments that may be traded; an empty list permits none.')
      .meta(fewerIsTighter),
  }),
  files: ['instruments'],
  scopes: ['firm', 'desk', 'trader', 'client', 'account', 'algorithm', 'instrument', 'venue'],
  looksAt: 'profile',

  check({ order, facts, files }, { assetClasses }) {
    const row = known(files.instruments.of(order.instrument), 'instrument');
    const figures = { instrumentState: row.state, assetClass: row.assetClass };
    if (!countsOn(row, facts.day)) return refuse(`The instrument is not valid on ${facts.day}.`, figures);
    if (!row.venues.includes(order.venue)) {
      return refuse(`The instrument is not listed at the venue ${order.venue}.`, figures);
    }
    if (order.currency !== row.currency) {
      return refuse('The order is not in the currency of the instrument.', { ...figures, currency: row.currency });
    }
    if (!assetClasses.includes(row.assetClass)) {
      return refuse(`Instruments of the class ${row.assetClass} may not be traded.`, figures);
    }
    if (row.state === 'tradable') return pass('The instrument is known and may be traded.', figures);
    return row.state === 'close-only'
      ? reducingOnly('Positions in the instrument may only be closed', figures)
      : refuse(`The instrument is ${row.state}.`, figures);
  },

  examples: [
    { name: 'a fund that is tradable at its venue', limits, expect: 'pass' },
    {
      name: 'an instrument that is not in the file',
      order: { instrument: 'demo-bond' },
      limits,
      expect: 'refuse',
    },
    { name: 'no file of instruments', files: { instruments: null }, limits, expect: 'refuse' },
    { name: 'a suspended instrument', files: instrument({ state: 'suspended' }), limits, expect: 'refuse' },
    { name: 'a delisted instrument', files: instrument({ state: 'delisted' }), limits, expect: 'refuse' },
    {
      name: 'a delisted instrument, also where the sale would close the position',
      order: { ...sale, quantity: '50' },
      files: instrument({ state: 'delisted' }),
      own: { position: '50' },
      limits,
      expect: 'refuse',
    },
    {
      name: 'only closing is permitted: a sale of exactly the position',
      order: { ...sale, quantity: '50' },
      files: instrument({ state: 'close-only' }),
      own: { position: '50' },
      limits,
      expect: 'pass',
    },
    {
      name: 'only closing is permitted: a sale of one unit more than the position',
      order: { ...sale, quantity: '51' },
      files: instrument({ state: 'close-only' }),
      own: { position: '50' },
      limits,
      expect: 'refuse',
    },
    {
      name: 'only closing is permitted: open sales count, to exactly the position',
      order: { ...sale, quantity: '30' },
      files: instrument({ state: 'close-only' }),
      own: { position: '50', open: { buy: '0', sell: '20' } },
      limits,
      expect: 'pass',
    },
    {
      name: 'only closing is permitted: with open sales, one unit more than the position',
      order: { ...sale, quantity: '31' },
      files: instrument({ state: 'close-only' }),
      own: { position: '50', open: { buy: '0', sell: '20' } },
      limits,
      expect: 'refuse',
    },
    {
      name: 'only closing is permitted: a purchase from flat',
      files: instrument({ state: 'close-only' }),
      limits,
      expect: 'refuse',
    },
    {
      name: 'only closing is permitted, and the position is not known',
      order: { ...sale, quantity: '1' },
      files: instrument({ state: 'close-only' }),
      own: { position: null },
      limits,
      expect: 'refuse',
    },
    {
      name: 'only closing is permitted, and the open quantities are not known',
      order: { ...sale, quantity: '1' },
      files: instrument({ state: 'close-only' }),
      own: { position: '50', open: null },
      limits,
      expect: 'refuse',
    },
    {
      name: 'an instrument that is listed elsewhere',
      files: instrument({ venues: ['elsewhere'] }),
      limits,
      expect: 'refuse',
    },
    {
      name: 'an instrument that is listed at two venues, one of them this',
      files: instrument({ venues: ['elsewhere', 'paper'] }),
      limits,
      expect: 'pass',
    },
    { name: 'an order in another currency', order: { currency: 'EUR' }, limits, expect: 'refuse' },
    { name: 'a class that may not be traded', limits: { assetClasses: ['equity'] }, expect: 'refuse' },
    { name: 'no class may be traded', limits: { assetClasses: [] }, expect: 'refuse' },
    {
      name: 'exactly on the first day of the instrument',
      files: instrument({ from: '2020-03-06' }),
      limits,
      expect: 'pass',
    },
    {
      name: 'one day before the first day of the instrument',
      files: instrument({ from: '2020-03-07' }),
      limits,
      expect: 'refuse',
    },
    {
      name: 'exactly on the last day of the instrument',
      files: instrument({ to: '2020-03-06' }),
      limits,
      expect: 'pass',
    },
    {
      name: 'one day after the last day of the instrument',
      files: instrument({ to: '2020-03-05' }),
      limits,
      expect: 'refuse',
    },
  ],
});
