import { cite, RTS_6 } from '@gatehouse/shared/law/acts.ts';
import { z } from 'zod';
import { judgeAlgorithm } from '../algorithm-use.ts';
import { defineControl } from '../define-control.ts';
import { exampleInstrument } from '../examples/files.ts';
import { cellText } from '../examples/own.ts';
import { Bps, DurationMs, fewerIsTighter, higherIsTighter, LimitDecimal, lowerIsTighter } from '../limit-fields.ts';
import { NameSet } from '../name-set.ts';

const limits = {
  instruments: ['demo-index'],
  venues: ['paper'],
  instrumentsMax: 1,
  venuesMax: 1,
  priceMin: '900.00',
  priceMax: '1100.00',
  valueMax: '50000',
  ordersMax: 100,
  openOrdersMax: 5,
  positionMax: '100',
  marketOrderBps: 0,
  referenceAgeMsMax: 60_000,
  rateAgeMsMax: 3_600_000,
};
const wide = { ...limits, valueMax: '1000000' };
const market = { type: 'market', limitPrice: null } as const;
const sale = { side: 'sell', shortSaleMark: 'long' } as const;
const other = { instruments: { rows: [exampleInstrument, { ...exampleInstrument, id: 'other' }] } };
const CountMax = z.int().min(0).max(10_000_000);

/**
 * Refuses an order that goes beyond what was set for its algorithm before it was put to work.
 *
 * Shape:  every limit is compared, and the reason names all that are broken. Instruments and venues are those that the algorithm
 *         holds, has open or used on the trading day, this order counted. A market order is held to
 *         the highest price as its value is, and to the lowest at the reference price. The position is that of the algorithm in
 *         the instrument in the worst case; an order that can only bring it nearer to zero passes that limit. An order takes
 *         the place of the one that it replaces. Figures exactly at a limit are inside it.
 * Units:  prices in the order's currency, `valueMax` in the firm's, `positionMax` in units, either way.
 * Source: RTS 6 Art. 8.
 */
export const algorithmSheet = defineControl({
  id: 'algorithm-sheet',
  version: 1,
  title: 'Limits of the algorithm',
  question: 'Does this order stay within all that was set for its algorithm before it was put to work?',
  sources: [
    cite(RTS_6, 'Art. 8(a)', 'The number of instruments that an algorithm trades is limited beforehand.'),
    cite(RTS_6, 'Art. 8(b)', 'The price, value and number of its orders are limited beforehand.'),
    cite(RTS_6, 'Art. 8(c)', 'The positions of its strategy are limited beforehand.'),
    cite(RTS_6, 'Art. 8(d)', 'The number of venues that it sends orders to is limited beforehand.'),
  ],
  limits: z.strictObject({
    instruments: NameSet.describe('The instruments that the algorithm may trade.').meta(fewerIsTighter),
    venues: NameSet.describe('The venues that it may send orders to.').meta(fewerIsTighter),
    instrumentsMax: CountMax.describe('The most instruments that it may be in on one day.').meta(lowerIsTighter),
    venuesMax: CountMax.describe('The most venues that it may be on in one day.').meta(lowerIsTighter),
    priceMin: LimitDecimal.describe('The lowest price of its orders, in their currency.').meta(higherIsTighter),
    priceMax: LimitDecimal.describe('The highest price of its orders, in their currency.').meta(lowerIsTighter),
    valueMax: LimitDecimal.describe('The most that one of its orders may be worth, in the firm’s currency.').meta(
      lowerIsTighter,
    ),
    ordersMax: CountMax.describe('The most orders that it may enter in a trading day.').meta(lowerIsTighter),
    openOrdersMax: CountMax.describe('The most orders that it may have open at one time.').meta(lowerIsTighter),
    positionMax: LimitDecimal.describe('The most units of an instrument that it may hold or owe.').meta(lowerIsTighter),
    marketOrderBps: Bps.describe(
      'How far above the reference price a market order is assumed to trade, in basis points.',
    ).meta(higherIsTighter),
    referenceAgeMsMax: DurationMs.describe('The oldest reference price still trusted, in milliseconds.').meta(
      lowerIsTighter,
    ),
    rateAgeMsMax: DurationMs.describe('The oldest rate of exchange still trusted, in milliseconds.').meta(
      lowerIsTighter,
    ),
  }),
  files: ['instruments'],
  scopes: ['algorithm'],

  check: judgeAlgorithm,

  examples: [
    { name: 'inside all limits', limits, expect: 'pass' },
    {
      name: 'an instrument that is not listed',
      order: { instrument: 'other' },
      files: other,
      limits,
      expect: 'refuse',
    },
    { name: 'a venue that is not listed', order: { venue: 'other' }, limits, expect: 'refuse' },
    {
      name: 'the same instrument again: exactly one in all',
      own: { instruments: ['demo-index'] },
      limits,
      expect: 'pass',
    },
    { name: 'a second instrument, one too many', own: { instruments: ['other'] }, limits, expect: 'refuse' },
    {
      name: 'a second instrument where exactly two are permitted',
      own: { instruments: ['other'] },
      limits: { ...limits, instrumentsMax: 2 },
      expect: 'pass',
    },
    { name: 'the same venue again: exactly one in all', own: { venues: ['paper'] }, limits, expect: 'pass' },
    { name: 'a second venue, one too many', own: { venues: ['other'] }, limits, expect: 'refuse' },
    { name: 'exactly the highest price', order: { limitPrice: '1100.00', quantity: '1' }, limits, expect: 'pass' },
    {
      name: 'one cent above the highest price',
      order: { limitPrice: '1100.01', quantity: '1' },
      limits,
      expect: 'refuse',
    },
    { name: 'exactly the lowest price', order: { limitPrice: '900.00' }, limits, expect: 'pass' },
    { name: 'one cent below the lowest price', order: { limitPrice: '899.99' }, limits, expect: 'refuse' },
    {
      name: 'a value of one cent per unit beyond the largest',
      order: { limitPrice: '1000.01' },
      limits,
      expect: 'refuse',
    },
    { name: 'a market order of exactly the largest value', order: market, limits, expect: 'pass' },
    {
      name: 'a market order of a basis point beyond it',
      order: market,
      limits: { ...limits, marketOrderBps: 1 },
      expect: 'refuse',
    },
    {
      name: 'a market order with the reference price at exactly the lowest price',
      order: market,
      limits: { ...wide, marketOrderBps: 100, priceMin: '1000.00' },
      expect: 'pass',
    },
    {
      name: 'a market order with the reference price one cent below it',
      order: market,
      limits: { ...wide, marketOrderBps: 100, priceMin: '1000.01' },
      expect: 'refuse',
    },
    {
      name: 'a market order without a reference price',
      order: market,
      facts: { reference: null },
      limits,
      expect: 'refuse',
    },
    { name: 'exactly the last order of the day', own: { ordersToday: 99 }, limits, expect: 'pass' },
    { name: 'one order too many in a day', own: { ordersToday: 100 }, limits, expect: 'refuse' },
    { name: 'exactly as many open orders as permitted', own: { openCount: 4 }, limits, expect: 'pass' },
    { name: 'one open order too many', own: { openCount: 5 }, limits, expect: 'refuse' },
    {
      name: 'an order that replaces an open one of this algorithm: exactly as many as before',
      order: { replaces: 'O-0' },
      own: { openCount: 5, orders: [{ order: { id: 'O-0', quantity: '10' } }], cell: cellText({ openBuy: '10' }) },
      limits,
      expect: 'pass',
    },
    {
      name: 'an order that replaces one of another algorithm is one more',
      order: { replaces: 'O-0' },
      own: { openCount: 5, orders: [{ order: { id: 'O-0', algorithm: { id: 'other', version: '1.0.0' } } }] },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a purchase to exactly the largest position',
      order: { quantity: '50' },
      own: { cell: cellText({ position: '40', openBuy: '10' }) },
      limits,
      expect: 'pass',
    },
    {
      name: 'a purchase to one unit more',
      order: { quantity: '50' },
      own: { cell: cellText({ position: '40', openBuy: '11' }) },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a sale to exactly the largest short position',
      order: { ...sale, quantity: '100' },
      limits: wide,
      expect: 'pass',
    },
    { name: 'a sale to one unit more', order: { ...sale, quantity: '101' }, limits: wide, expect: 'refuse' },
    {
      name: 'beyond the largest position, a sale that only reduces',
      order: sale,
      own: { cell: cellText({ position: '150' }) },
      limits,
      expect: 'pass',
    },
    {
      name: 'open sales below zero, which cannot be right',
      own: { cell: cellText({ openSell: '-1' }) },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a multiplier of zero',
      files: { instruments: { rows: [{ ...exampleInstrument, multiplier: '0' }] } },
      limits,
      expect: 'refuse',
    },
    {
      name: 'an order in another currency by a rate exactly as old as permitted',
      order: { currency: 'EUR' },
      limits: { ...wide, rateAgeMsMax: 60_000 },
      expect: 'pass',
    },
    {
      name: 'by a rate one millisecond too old',
      order: { currency: 'EUR' },
      limits: { ...wide, rateAgeMsMax: 59_999 },
      expect: 'refuse',
    },
    {
      name: 'an order in another currency without rates',
      order: { currency: 'EUR' },
      files: { rates: null },
      limits,
      expect: 'refuse',
    },
    { name: 'the instruments of the algorithm are not known', own: { instruments: null }, limits, expect: 'refuse' },
    { name: 'its venues are not known', own: { venues: null }, limits, expect: 'refuse' },
    { name: 'its orders of the day are not known', own: { ordersToday: null }, limits, expect: 'refuse' },
    { name: 'its open orders are not known', own: { openCount: null }, limits, expect: 'refuse' },
    { name: 'its position is not known', own: { cell: null }, limits, expect: 'refuse' },
    { name: 'no file of instruments', files: { instruments: null }, limits, expect: 'refuse' },
    { name: 'an unknown instrument', files: { instruments: { rows: [] } }, limits, expect: 'refuse' },
  ],
});
