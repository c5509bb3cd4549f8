import { cite, RTS_6, SEC_15C3_5 } from '@gatehouse/shared/law/acts.ts';
import { compare, negate } from '@gatehouse/shared/values/decimal.ts';
import { z } from 'zod';
import { defineControl } from '../../define-control.ts';
import { isOpenSound, isReducing, worstCase } from '../../exposure.ts';
import { LimitDecimal, lowerIsTighter } from '../../limit-fields.ts';
import { known, pass, refuse, refuseBeyond } from '../../verdict.ts';

const limits = { longMax: '150', shortMax: '100' };
const sale = { side: 'sell', shortSaleMark: 'short' } as const;

/**
 * Refuses an order that could bring the position beyond the long or the short limit.
 *
 * Shape:  what counts is orders entered: the position, plus the open purchases (or minus the open sales), plus this order.
 *         Both directions are compared, also the one that the order does not touch. An order that can only bring the
 *         position nearer to zero passes even where the position is beyond a limit: refusing it would keep the risk.
 *         The position is that of the order's account in its instrument; a scope selects orders and adds nothing up.
 * Units:  `longMax` and `shortMax` in units of the instrument, both zero or above; a worst case of exactly that passes.
 * Source: RTS 6 Art. 8(c), 15(4); 17 CFR 240.15c3-5(c)(1)(i).
 */
export const positionLimit1 = defineControl({
  id: 'position-limit',
  version: 1,
  title: 'Position limit',
  question: 'Would the position stay within its limits if this order and all open orders on its side were filled?',
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
    longMax: LimitDecimal.describe('The most units that the account may be able to hold.').meta(lowerIsTighter),
    shortMax: LimitDecimal.describe('The most units that the account may be able to owe.').meta(lowerIsTighter),
  }),
  scopes: ['account', 'instrument'],

  check({ order, own }, { longMax, shortMax }) {
    const position = known(own.position(order), 'position of the account');
    const open = known(own.open(order), 'quantity of the open orders of the account');
    const standing = { position, open };
    const worst = worstCase(order, standing);
    const figures = {
      position,
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
      order: { quantity: '50' },
      own: { position: '60', open: { buy: '40', sell: '0' } },
      limits,
      expect: 'pass',
    },
    {
      name: 'one open unit more',
      order: { quantity: '50' },
      own: { position: '60', open: { buy: '41', sell: '0' } },
      limits,
      expect: 'refuse',
    },
    {
      name: 'an open sale does not make room for a purchase',
      order: { quantity: '50' },
      own: { position: '110', open: { buy: '0', sell: '60' } },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a sale that turns a long position into a short one of exactly the limit',
      order: { ...sale, quantity: '200' },
      own: { position: '100' },
      limits,
      expect: 'pass',
    },
    {
      name: 'beyond the long limit, a sale to exactly zero',
      order: { ...sale, quantity: '200' },
      own: { position: '200' },
      limits,
      expect: 'pass',
    },
    {
      name: 'beyond the long limit, a sale to one unit below zero',
      order: { ...sale, quantity: '201' },
      own: { position: '200' },
      limits,
      expect: 'refuse',
    },
    {
      name: 'beyond the long limit, open sales and this one together to exactly zero',
      order: { ...sale, quantity: '150' },
      own: { position: '200', open: { buy: '0', sell: '50' } },
      limits,
      expect: 'pass',
    },
    {
      name: 'beyond the long limit, open sales and this one together to one unit below zero',
      order: { ...sale, quantity: '150' },
      own: { position: '200', open: { buy: '0', sell: '51' } },
      limits,
      expect: 'refuse',
    },
    {
      name: 'beyond the short limit, a purchase to exactly zero',
      order: { quantity: '120' },
      own: { position: '-120' },
      limits,
      expect: 'pass',
    },
    {
      name: 'beyond the short limit, a purchase to one unit above zero',
      order: { quantity: '121' },
      own: { position: '-120' },
      limits,
      expect: 'refuse',
    },
    {
      name: 'beyond the long limit, a purchase of one unit',
      order: { quantity: '1' },
      own: { position: '200' },
      limits,
      expect: 'refuse',
    },
    {
      name: 'open sales below zero cannot be right',
      order: { quantity: '1' },
      own: { open: { buy: '0', sell: '-1' } },
      limits,
      expect: 'refuse',
    },
    {
      name: 'open purchases below zero cannot be right',
      order: { quantity: '1' },
      own: { open: { buy: '-1', sell: '0' } },
      limits,
      expect: 'refuse',
    },
    { name: 'an unknown position', own: { position: null }, limits, expect: 'refuse' },
    { name: 'unknown open orders', own: { open: null }, limits, expect: 'refuse' },
  ],
});
