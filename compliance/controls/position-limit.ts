import { cite, RTS_6, SEC_15C3_5 } from '@gatehouse/shared/law/acts.ts';
import { compare, negate } from '@gatehouse/shared/values/decimal.ts';
import { z } from 'zod';
import { defineControl } from '../define-control.ts';
import { cellText } from '../examples/own.ts';
import { isOpenSound, isReducing, worstCase } from '../exposure.ts';
import { cellInScope } from '../exposure-after.ts';
import { LimitDecimal, lowerIsTighter } from '../limit-fields.ts';
import { openInScope } from '../open-in-scope.ts';
import { known, pass, refuse, refuseBeyond } from '../verdict.ts';

const limits = { longMax: '150', shortMax: '100' };
const sale = { side: 'sell', shortSaleMark: 'short' } as const;

/** A position and open orders of the scope in the base instrument. */
function held(position: string, openBuy = '0', openSell = '0') {
  return { cell: cellText({ position, openBuy, openSell }) };
}

/**
 * Refuses an order that could bring a scope's position in the instrument beyond the long or the short limit.
 *
 * Shape:  what counts is orders entered: the position, plus the open purchases (or minus the open sales), plus this order, and
 *         without the order that it replaces. Everything that lies in the scope is added up, over accounts too. Both directions
 *         are compared, also the one that the order does not touch. An order that can only bring the scope's position nearer to
 *         zero passes even where it is beyond a limit: refusing it would keep the risk.
 * Units:  `longMax` and `shortMax` in units of the instrument, both zero or above; a worst case of exactly that passes.
 * Source: RTS 6 Art. 8(c), 15(4); 17 CFR 240.15c3-5(c)(1)(i).
 */
export const positionLimit = defineControl({
  id: 'position-limit',
  version: 2,
  title: 'Position limit',
  question:
    'Would the position in this instrument stay within its limits if this order and all open orders on its side were filled?',
  sources: [
    cite(RTS_6, 'Art. 8(c)', 'The positions of a strategy are limited before it is put to work.'),
    cite(
      RTS_6,
      'Art. 15(4)',
      'Orders are held to market risk limits that fit the capital and the strategy of the firm.',
    ),
    cite(
      SEC_15C3_5,
      '(c)(1)(i)',
      'Thresholds set in advance are compared with what was entered, not only with what was executed.',
    ),
  ],
  limits: z.strictObject({
    longMax: LimitDecimal.describe('The most units of one instrument that the scope may be able to hold.').meta(
      lowerIsTighter,
    ),
    shortMax: LimitDecimal.describe('The most units of one instrument that the scope may be able to owe.').meta(
      lowerIsTighter,
    ),
  }),
  scopes: ['account', 'firm', 'desk', 'trader', 'client', 'algorithm', 'instrument', 'venue'],
  isOverridable: true,

  check(input, { longMax, shortMax }, scope) {
    const { order, own } = input;
    const cell = cellInScope(input, scope);
    if (order.replaces !== undefined) known(own.openOrder(order.replaces), 'order that this one replaces');
    const open = openInScope(cell, input, scope);
    const standing = { position: cell.position, open };
    const worst = worstCase(order, standing);
    const figures = {
      position: cell.position,
      openBuy: open.buy,
      openSell: open.sell,
      worstLong: worst.long,
      worstShort: worst.short,
    };
    if (!isOpenSound(open)) return refuse('A quantity of the open orders is below zero.', figures);

    const isInside = compare(worst.long, longMax) <= 0 && compare(negate(worst.short), shortMax) <= 0;
    if (isInside) return pass('The position stays within its limits in the worst case.', figures);
    return isReducing(order, standing)
      ? pass('The position can be beyond a limit, and this order can only bring it nearer to zero.', figures)
      : refuseBeyond('The position could go beyond a limit.', figures);
  },

  examples: [
    { name: 'a purchase from flat', limits, expect: 'pass' },
    { name: 'a purchase from flat to exactly the long limit', order: { quantity: '150' }, limits, expect: 'pass' },
    { name: 'a purchase from flat to one unit more', order: { quantity: '151' }, limits, expect: 'refuse' },
    {
      name: 'a sale from flat to exactly the short limit',
      order: { ...sale, quantity: '100' },
      limits,
      expect: 'pass',
    },
    { name: 'a sale from flat to one unit more', order: { ...sale, quantity: '101' }, limits, expect: 'refuse' },
    {
      name: 'position and open purchases count: exactly the long limit',
      own: held('60', '40'),
      limits,
      expect: 'pass',
    },
    { name: 'one open unit more', own: held('60', '41'), limits, expect: 'refuse' },
    {
      name: 'an open sale does not make room for a purchase',
      own: held('110', '0', '60'),
      limits,
      expect: 'refuse',
    },
    {
      name: 'all accounts of a desk together: exactly the long limit',
      scope: 'desk:index',
      own: held('100'),
      limits,
      expect: 'pass',
    },
    {
      name: 'all accounts of a desk together: one unit more',
      scope: 'desk:index',
      own: held('101'),
      limits,
      expect: 'refuse',
    },
    {
      name: 'the order that it replaces is taken out: exactly the long limit',
      order: { replaces: 'O-0' },
      own: { ...held('60', '80'), orders: [{ order: { id: 'O-0', quantity: '60' }, filled: '20' }] },
      limits,
      expect: 'pass',
    },
    {
      name: 'only what is left of the replaced order is taken out: one unit more',
      order: { replaces: 'O-0' },
      own: { ...held('60', '80'), orders: [{ order: { id: 'O-0', quantity: '60' }, filled: '21' }] },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a replaced order of another desk stays in',
      order: { replaces: 'O-0' },
      scope: 'desk:index',
      own: { ...held('60', '80'), orders: [{ order: { id: 'O-0', quantity: '60', desk: 'rates' } }] },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a replaced order that is not known',
      order: { replaces: 'O-0' },
      own: held('0'),
      limits,
      expect: 'refuse',
    },
    {
      name: 'a sale that turns a long position into a short one of exactly the limit',
      order: { ...sale, quantity: '200' },
      own: held('100'),
      limits,
      expect: 'pass',
    },
    {
      name: 'beyond the long limit, a sale to exactly zero',
      order: { ...sale, quantity: '200' },
      own: held('200'),
      limits,
      expect: 'pass',
    },
    {
      name: 'beyond the long limit, a sale to one unit below zero',
      order: { ...sale, quantity: '201' },
      own: held('200'),
      limits,
      expect: 'refuse',
    },
    {
      name: 'beyond the long limit, open sales and this one together to exactly zero',
      order: { ...sale, quantity: '150' },
      own: held('200', '0', '50'),
      limits,
      expect: 'pass',
    },
    {
      name: 'beyond the long limit, open sales and this one together to one unit below zero',
      order: { ...sale, quantity: '150' },
      own: held('200', '0', '51'),
      limits,
      expect: 'refuse',
    },
    {
      name: 'beyond the short limit, a purchase to exactly zero',
      order: { quantity: '120' },
      own: held('-120'),
      limits,
      expect: 'pass',
    },
    {
      name: 'beyond the short limit, a purchase to one unit above zero',
      order: { quantity: '121' },
      own: held('-120'),
      limits,
      expect: 'refuse',
    },
    {
      name: 'beyond the long limit, a purchase of one unit',
      order: { quantity: '1' },
      own: held('200'),
      limits,
      expect: 'refuse',
    },
    {
      name: 'open sales below zero cannot be right',
      order: { quantity: '1' },
      own: held('0', '0', '-1'),
      limits,
      expect: 'refuse',
    },
    {
      name: 'open purchases below zero cannot be right',
      order: { quantity: '1' },
      own: held('0', '-1', '0'),
      limits,
      expect: 'refuse',
    },
    { name: 'an unknown position', own: { cell: null }, limits, expect: 'refuse' },
  ],
});
