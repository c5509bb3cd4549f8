import { cite, REG_SHO, SEC_15C3_5 } from '@gatehouse/shared/law/acts.ts';
import { inForce } from '@gatehouse/shared/law/in-force.ts';
import { LOCATES } from '@gatehouse/shared/law/us-equity-figures.ts';
import { add, compare, type Decimal, maximum, subtract, ZERO } from '@gatehouse/shared/values/decimal.ts';
import { dayOf } from '@gatehouse/shared/values/instant.ts';
import { z } from 'zod';
import { judgeAge } from '../data-age.ts';
import { type CheckInput, defineControl } from '../define-control.ts';
import { isWaitingExit } from '../edge-waiting.ts';
import { exampleInstrument } from '../examples/files.ts';
import { replacedOrder } from '../open-in-scope.ts';
import { known, notApplicable, pass, refuse, type Verdict } from '../verdict.ts';

const limits = {};
const short = { side: 'sell', shortSaleMark: 'short' } as const;
const stop = { type: 'stop', limitPrice: null, stopPrice: '900.00' } as const;
const located = { ...short, locate: 'L-1' } as const;
const row = {
  id: 'L-1',
  account: 'main',
  instrument: 'demo-index',
  quantity: '100',
  lender: 'Example lender',
  from: '2020-03-06T12:00:00.000000000Z',
  to: '2020-03-07T00:00:00.000000000Z',
} as const;
const exit = { ...short, group: { id: 'G-1', kind: 'bracket', role: 'stop-loss' } } as const;
const easy = { easyToBorrow: ['demo-index'], rows: [] };

/**
 * Refuses a short sale for which nobody is known to lend.
 *
 * Shape:  a short sale, exempt from the price test or not, draws on a locate of its account and instrument, in its term and with
 *         enough left; what is left of an order that this one replaces is free again. Without a locate the instrument must be
 *         on a list of what is easy to borrow that is no older than the law permits. No exception is known. An instrument that
 *         is not to be sold short is refused in any market; locates are asked for US shares. A sale that waits at the edge needs its
 *         locate when it is entered, since a locate may be gone when it goes out; the exit of a bracket that waits there sells what its
 *         entry will have bought, and is marked and judged when it goes out. An iceberg takes of the locate all that it is for, and so
 *         does each of two orders that cancel each other.
 * Units:  quantities in units of the instrument, terms and ages in wall time.
 * Source: 17 CFR 242.203(b)(1).
 */
export const locate = defineControl({
  id: 'locate',
  version: 1,
  title: 'Locate',
  question: 'Is it on record, before this short sale, that somebody will lend what it sells?',
  sources: [
    cite(
      REG_SHO,
      '203(b)(1)',
      'A short sale needs a loan, or documented grounds to believe in one, before it is accepted.',
    ),
    cite(SEC_15C3_5, '(c)(2)(i)', 'What must be so before an order is entered is checked before it is entered.'),
  ],
  limits: z.strictObject({}),
  files: ['instruments', 'locates'],
  scopes: ['firm'],

  check(input) {
    const { order, files } = input;
    if (order.shortSaleMark === 'not-a-sale') return notApplicable('A purchase needs no locate.');
    if (order.shortSaleMark === 'long') return notApplicable('A long sale needs no locate.');
    if (isWaitingExit(order)) {
      return notApplicable('The exit waits at the edge for its entry, and is marked and judged when it goes out.');
    }
    const instrument = known(files.instruments.of(order.instrument), 'instrument');
    if (!instrument.isShortable) return refuse('The instrument may not be sold short.');
    if (!instrument.isUsEquity) return notApplicable('Locates are asked for US shares.');
    return order.locate === undefined ? judgeEasyToBorrow(input) : judgeLocate(input, order.locate);
  },

  examples: [
    { name: 'a purchase', limits, expect: 'not-applicable' },
    { name: 'a long sale', order: { side: 'sell', shortSaleMark: 'long' }, limits, expect: 'not-applicable' },
    {
      name: 'a short sale of exactly what the locate holds',
      order: { ...located, quantity: '100' },
      limits,
      expect: 'pass',
    },
    { name: 'a short sale of one unit more', order: { ...located, quantity: '101' }, limits, expect: 'refuse' },
    {
      name: 'a stop that waits at the edge, of exactly what the locate holds',
      order: { ...located, ...stop, emulates: ['trigger'], quantity: '100' },
      limits,
      expect: 'pass',
    },
    {
      name: 'a stop that waits at the edge, of one unit more',
      order: { ...located, ...stop, emulates: ['trigger'], quantity: '101' },
      limits,
      expect: 'refuse',
    },
    {
      name: 'an iceberg that shows one unit and is for one unit more than the locate holds',
      order: { ...located, displayQuantity: '1', quantity: '101' },
      limits,
      expect: 'refuse',
    },
    {
      name: 'the exit of a bracket that waits at the edge and names no locate',
      order: { ...exit, emulates: ['group'] },
      limits,
      expect: 'not-applicable',
    },
    { name: 'the same exit at the venue', order: exit, limits, expect: 'refuse' },
    {
      name: 'what takes the place of such an exit and is short, without a locate',
      order: { ...exit, emulates: ['group'], replaces: 'O-0', parent: 'O-0' },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a short sale of exactly what is left of the locate',
      order: located,
      own: { locateUsed: '50' },
      limits,
      expect: 'pass',
    },
    {
      name: 'a locate with one unit too few left',
      order: located,
      own: { locateUsed: '51' },
      limits,
      expect: 'refuse',
    },
    {
      name: 'an order in the place of another: exactly what that one leaves',
      order: { ...located, replaces: 'O-0' },
      own: { locateUsed: '80', orders: [{ order: { ...located, id: 'O-0', quantity: '40' }, filled: '10' }] },
      limits,
      expect: 'pass',
    },
    {
      name: 'an order in the place of another that leaves one unit too few',
      order: { ...located, replaces: 'O-0' },
      own: { locateUsed: '81', orders: [{ order: { ...located, id: 'O-0', quantity: '40' }, filled: '10' }] },
      limits,
      expect: 'refuse',
    },
    {
      name: 'an order in the place of a long sale that names the locate frees nothing',
      order: { ...located, replaces: 'O-0' },
      own: {
        locateUsed: '80',
        orders: [{ order: { ...located, id: 'O-0', shortSaleMark: 'long', quantity: '40' } }],
      },
      limits,
      expect: 'refuse',
    },
    {
      name: 'an order in the place of one with another locate frees nothing',
      order: { ...located, replaces: 'O-0' },
      own: { locateUsed: '80', orders: [{ order: { ...located, id: 'O-0', locate: 'L-2', quantity: '40' } }] },
      limits,
      expect: 'refuse',
    },
    { name: 'a short sale with neither a locate nor a list entry', order: short, limits, expect: 'refuse' },
    {
      name: 'a sale marked short exempt needs a locate as well',
      order: { ...short, shortSaleMark: 'short-exempt', shortExemptReason: '201-d-1' },
      limits,
      expect: 'refuse',
    },
    { name: 'a locate that is not on file', order: { ...short, locate: 'L-2' }, limits, expect: 'refuse' },
    {
      name: 'a locate of another account',
      order: located,
      files: { locates: { rows: [{ ...row, account: 'other' }] } },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a locate of another instrument',
      order: located,
      files: { locates: { rows: [{ ...row, instrument: 'other' }] } },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a locate from exactly this moment',
      order: located,
      files: { locates: { rows: [{ ...row, from: '2020-03-06T20:30:00.000000000Z' }] } },
      limits,
      expect: 'pass',
    },
    {
      name: 'a locate that begins a nanosecond later',
      order: located,
      files: { locates: { rows: [{ ...row, from: '2020-03-06T20:30:00.000000001Z' }] } },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a locate that ends at exactly this moment',
      order: located,
      files: { locates: { rows: [{ ...row, to: '2020-03-06T20:30:00.000000000Z' }] } },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a locate that ends a nanosecond later',
      order: located,
      files: { locates: { rows: [{ ...row, to: '2020-03-06T20:30:00.000000001Z' }] } },
      limits,
      expect: 'pass',
    },
    {
      name: 'easy to borrow by a list of exactly a day ago',
      order: short,
      files: { locates: { ...easy, asOf: '2020-03-05T20:30:00.000000000Z' } },
      limits,
      expect: 'pass',
    },
    {
      name: 'easy to borrow by a list a nanosecond older than a day',
      order: short,
      files: { locates: { ...easy, asOf: '2020-03-05T20:29:59.999999999Z' } },
      limits,
      expect: 'refuse',
    },
    {
      name: 'easy to borrow by a list from the future',
      order: short,
      files: { locates: { ...easy, asOf: '2020-03-06T20:30:00.000000001Z' } },
      limits,
      expect: 'refuse',
    },
    {
      name: 'an instrument that may not be sold short',
      order: located,
      files: { instruments: { rows: [{ ...exampleInstrument, isShortable: false }] } },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a short sale of no US share',
      order: short,
      files: { instruments: { rows: [{ ...exampleInstrument, isUsEquity: false }] } },
      limits,
      expect: 'not-applicable',
    },
    {
      name: 'what the locate has left is not known',
      order: located,
      own: { locateUsed: null },
      limits,
      expect: 'refuse',
    },
    { name: 'no file of locates', order: located, files: { locates: null }, limits, expect: 'refuse' },
    { name: 'no file of instruments', order: located, files: { instruments: null }, limits, expect: 'refuse' },
    { name: 'an unknown instrument', order: located, files: { instruments: { rows: [] } }, limits, expect: 'refuse' },
  ],
});

type Input = CheckInput<never, 'instruments' | 'locates'>;

function judgeLocate(input: Input, id: string): Verdict {
  const { order, facts, files, own } = input;
  const row = known(files.locates.of(id), 'locate of this order');
  if (row.account !== order.account || row.instrument !== order.instrument) {
    return refuse(`Locate ${id} is for another account or instrument.`, { locate: id });
  }
  if (facts.wallAt < row.from || facts.wallAt >= row.to)
    return refuse(`Locate ${id} is not in its term.`, { locate: id });

  const used = subtract(known(own.locateUsed(id), 'quantity that the locate has left'), freed(input, id));
  const figures = { locate: id, located: row.quantity, used };
  return compare(add(used, order.quantity), row.quantity) <= 0
    ? pass('The locate covers this short sale.', figures)
    : refuse(`Locate ${id} does not have so much left.`, figures);
}

/** What the order that is replaced holds of the locate and will not use. */
function freed(input: Input, locateId: string): Decimal {
  const replaced = replacedOrder(input);
  // Only a short sale takes of a locate, whatever else names one.
  if (replaced?.order.locate !== locateId || replaced.order.shortSaleMark === 'long') return ZERO;
  return maximum(subtract(replaced.order.quantity, replaced.filled), ZERO);
}

function judgeEasyToBorrow({ order, facts, files }: Input): Verdict {
  if (!files.locates.isEasyToBorrow(order.instrument)) {
    return refuse('The short sale names no locate, and the instrument is not on the list of what is easy to borrow.');
  }
  const { easyToBorrowAgeMsMax } = inForce(LOCATES, dayOf(facts.wallAt));
  const dating = { at: files.locates.asOf, now: facts.wallAt, ageMsMax: easyToBorrowAgeMsMax };
  const listAge = judgeAge('list of what is easy to borrow', dating);
  const figures = { listAgeMs: listAge.ageMs, listAgeMsMax: easyToBorrowAgeMsMax };
  return listAge.problem === undefined
    ? pass('The instrument is on a list of what is easy to borrow.', figures)
    : refuse(listAge.problem, figures);
}
