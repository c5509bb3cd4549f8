import { cite, REG_SHO, SEC_15C3_5 } from '@gatehouse/shared/law/acts.ts';
import { Identifier } from '@gatehouse/shared/schema/fields.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import { compare, signOf, subtract } from '@gatehouse/shared/values/decimal.ts';
import { z } from 'zod';
import { defineControl } from '../define-control.ts';
import { waitsAtEdge } from '../edge-waiting.ts';
import { cellText } from '../examples/own.ts';
import { fewerIsTighter, noneIsTighter } from '../limit-fields.ts';
import { openInScope } from '../open-in-scope.ts';
import { liveOpen } from '../open-quantities.ts';
import { known, notApplicable, pass, refuse } from '../verdict.ts';

const EXEMPT_REASONS_MAX = 50;
const limits = { unit: 'account' as const, exemptReasons: ['201-d-1'] };
const long = { side: 'sell', shortSaleMark: 'long' } as const;
const short = { side: 'sell', shortSaleMark: 'short' } as const;
const exempt = { side: 'sell', shortSaleMark: 'short-exempt', shortExemptReason: '201-d-1' } as const;

/**
 * Refuses a sale whose mark is not what the positions say.
 *
 * Shape:  a sale is long where the net position of the unit, less its open sales, covers all of it, and short otherwise; an order that
 *         it replaces does not count as open, nor do sales that wait at the edge, which are marked and judged once more when they go
 *         out. Open purchases cover nothing. A short sale may be marked exempt where it gives a
 *         reason that the sheet permits; a long sale may not.
 * Units:  `unit` is what positions are added up over: the account, or the whole firm as this edge knows it.
 * Source: 17 CFR 242.200(c), (f), (g).
 */
export const shortSaleMarking = defineControl({
  id: 'short-sale-marking',
  version: 1,
  title: 'Marking of sales',
  question: 'Is this sale marked long, short or short exempt as the positions say?',
  sources: [
    cite(REG_SHO, '200(g)', 'Every sale is marked long, short or short exempt; long needs ownership of what is sold.'),
    cite(REG_SHO, '200(c), (f)', 'Ownership is that of the net position of one independent trading unit.'),
    cite(SEC_15C3_5, '(c)(2)(i)', 'What must be so before an order is entered is checked before it is entered.'),
  ],
  limits: z.strictObject({
    unit: z
      .enum(['account', 'firm'])
      .describe('What positions are added up over: account or firm.')
      .meta(noneIsTighter),
    exemptReasons: z
      .array(Identifier)
      .max(EXEMPT_REASONS_MAX)
      .describe('The reasons for which a sale may be marked short exempt.')
      .meta(fewerIsTighter),
  }),
  scopes: ['firm', 'desk', 'trader', 'client', 'account', 'algorithm', 'instrument', 'venue'],

  check(input, { unit, exemptReasons }) {
    const { order, own } = input;
    if (order.side === 'buy') return notApplicable('A purchase is not marked.');
    if (waitsAtEdge(order))
      return notApplicable('The sale waits at the edge, and what goes out of it is marked and judged then.');

    const scope = unit === 'firm' ? 'firm' : (`account:${order.account}` as const);
    const cell = known(own.cell(scope, order.instrument), 'position of the unit');
    const openSell = liveOpen(openInScope(cell, input, scope), 'sell');
    const figures = { position: cell.position, openSell, mark: order.shortSaleMark };
    if (signOf(openSell) < 0) return refuse('The quantity of the open sales is below zero.', figures);

    const isCovered = compare(order.quantity, subtract(cell.position, openSell)) <= 0;
    const problem = isCovered ? problemOfLong(order) : problemOfShort(order, exemptReasons);
    return problem === undefined ? pass('The sale is marked as the positions say.', figures) : refuse(problem, figures);
  },

  examples: [
    { name: 'a purchase', limits, expect: 'not-applicable' },
    {
      name: 'a sale of exactly the position, marked long',
      order: long,
      own: { cell: cellText({ position: '50' }) },
      limits,
      expect: 'pass',
    },
    {
      name: 'a sale of one unit more than the position, marked long',
      order: { ...long, quantity: '51' },
      own: { cell: cellText({ position: '50' }) },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a sale of one unit more than the position, marked short',
      order: { ...short, quantity: '51' },
      own: { cell: cellText({ position: '50' }) },
      limits,
      expect: 'pass',
    },
    {
      name: 'a sale of exactly the position, marked short',
      order: short,
      own: { cell: cellText({ position: '50' }) },
      limits,
      expect: 'refuse',
    },
    {
      name: 'open sales take from the position: exactly what they leave, marked long',
      order: long,
      own: { cell: cellText({ position: '80', openSell: '30' }) },
      limits,
      expect: 'pass',
    },
    {
      name: 'open sales leave one unit too few, marked long',
      order: long,
      own: { cell: cellText({ position: '80', openSell: '31' }) },
      limits,
      expect: 'refuse',
    },
    {
      name: 'open purchases cover nothing',
      order: long,
      own: { cell: cellText({ position: '0', openBuy: '50' }) },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a sale from a short position, marked short',
      order: short,
      own: { cell: cellText({ position: '-10' }) },
      limits,
      expect: 'pass',
    },
    {
      name: 'a sale that waits at the edge',
      order: { ...long, type: 'stop', limitPrice: null, stopPrice: '900.00', emulates: ['trigger'] },
      limits,
      expect: 'not-applicable',
    },
    {
      name: 'the stop-loss of a position whose take-profit waits at the edge, marked long',
      order: long,
      own: { cell: cellText({ position: '50', openSell: '50', held: { buy: '0', sell: '50' } }) },
      limits,
      expect: 'pass',
    },
    {
      name: 'one unit of the open sales is at the venue, and the position does not cover it',
      order: long,
      own: { cell: cellText({ position: '50', openSell: '50', held: { buy: '0', sell: '49' } }) },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a sale that replaces an open one: what it replaces is free again',
      order: { ...long, replaces: 'O-0' },
      own: {
        cell: cellText({ position: '50', openSell: '40' }),
        orders: [{ order: { ...long, id: 'O-0', quantity: '60' }, filled: '20' }],
      },
      limits,
      expect: 'pass',
    },
    {
      name: 'a sale that replaces one of another account takes nothing from the open sales of this account',
      order: { ...long, replaces: 'O-0' },
      own: {
        cell: cellText({ position: '50', openSell: '40' }),
        orders: [{ order: { ...long, id: 'O-0', account: 'other', quantity: '40' } }],
      },
      limits,
      expect: 'refuse',
    },
    {
      name: 'the same order counts where the unit is the firm',
      order: { ...long, replaces: 'O-0' },
      own: {
        cell: cellText({ position: '50', openSell: '40' }),
        orders: [{ order: { ...long, id: 'O-0', account: 'other', quantity: '40' } }],
      },
      limits: { ...limits, unit: 'firm' },
      expect: 'pass',
    },
    { name: 'short exempt with a permitted reason', order: exempt, limits, expect: 'pass' },
    { name: 'short exempt without a reason', order: { ...exempt, shortExemptReason: null }, limits, expect: 'refuse' },
    {
      name: 'a sale that is not covered, marked long, with a permitted reason of the exempt',
      order: { ...long, shortExemptReason: '201-d-1' },
      limits,
      expect: 'refuse',
    },
    {
      name: 'short exempt for a reason that the sheet does not permit',
      order: { ...exempt, shortExemptReason: '201-d-6' },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a long sale marked short exempt',
      order: exempt,
      own: { cell: cellText({ position: '50' }) },
      limits,
      expect: 'refuse',
    },
    {
      name: 'open sales below zero, which cannot be right',
      order: long,
      own: { cell: cellText({ position: '50', openSell: '-1' }) },
      limits,
      expect: 'refuse',
    },
    { name: 'an unknown position', order: long, own: { cell: null }, limits, expect: 'refuse' },
  ],
});

function problemOfLong({ shortSaleMark }: Order): string | undefined {
  return shortSaleMark === 'long' ? undefined : `The position covers this sale, and it is marked ${shortSaleMark}.`;
}

function problemOfShort(
  { shortSaleMark, shortExemptReason }: Order,
  exemptReasons: readonly string[],
): string | undefined {
  if (shortSaleMark === 'long') return 'The position does not cover this sale, and it is marked long.';
  if (shortSaleMark === 'short') return undefined;
  if (shortExemptReason === undefined) return 'The sale is marked short exempt and gives no reason.';
  return exemptReasons.includes(shortExemptReason)
    ? undefined
    : `The sheet permits no short exempt sale for reason ${shortExemptReason}.`;
}
