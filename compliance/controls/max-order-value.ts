import { cite, RTS_6, SEC_15C3_5 } from '@gatehouse/shared/law/acts.ts';
import { compare, multiply, signOf } from '@gatehouse/shared/values/decimal.ts';
import { z } from 'zod';
import { inFirmCurrency } from '../conversion.ts';
import { defineControl } from '../define-control.ts';
import { exampleInstrument } from '../examples/files.ts';
import { Bps, DurationMs, higherIsTighter, LimitDecimal, lowerIsTighter } from '../limit-fields.ts';
import { highestPrice } from '../reference-price.ts';
import { known, pass, refuse, refuseBeyond, withFigures } from '../verdict.ts';

const limits = { valueMax: '100000', marketOrderBps: 200, referenceAgeMsMax: 60_000, rateAgeMsMax: 3_600_000 };
const market = { type: 'market', limitPrice: null } as const;
const sale = { side: 'sell', shortSaleMark: 'long' } as const;
const fresh = '2020-03-06T20:29:59.000000000Z';

/** The base instrument with another multiplier. */
function multiplied(multiplier: string) {
  return { instruments: { rows: [{ ...exampleInstrument, multiplier }] } };
}

/** A rate from the euro that is a minute old. */
function rated(rate: string, at = '2020-03-06T20:29:00.000000000Z') {
  return { rates: { rows: [{ from: 'EUR', to: 'USD', rate, at }] } };
}

/**
 * Refuses an order that could trade for more money than one order may.
 *
 * Shape:  the value is quantity × multiplier × the highest price the order can be expected to trade at: a purchase with a
 *         limit trades at its limit at most; a sale with a limit at the higher of limit and reference price; a market order
 *         at the reference price raised by `marketOrderBps`. An order that waits for a price counts at its stop price where that
 *         is above the reference price, raised in the same way where it has no limit. A value in another currency is converted by a rate that is no
 *         older than permitted.
 * Units:  `valueMax` in the firm's currency; the reference price counts as in the order's currency.
 * Source: RTS 6 Art. 15(1)(b); 17 CFR 240.15c3-5(c)(1)(ii).
 */
export const maxOrderValue = defineControl({
  id: 'max-order-value',
  version: 2,
  title: 'Largest order value',
  question: 'Is this order worth no more than one order may be, at the highest price it can be expected to trade at?',
  sources: [
    cite(RTS_6, 'Art. 15(1)(b)', 'Orders above a maximum value are stopped before they are sent.'),
    cite(SEC_15C3_5, '(c)(1)(ii)', 'Orders outside price or size parameters are rejected, order by order.'),
  ],
  limits: z.strictObject({
    valueMax: LimitDecimal.describe('The most that one order may be worth, in the firm’s currency.').meta(
      lowerIsTighter,
    ),
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
  scopes: ['firm', 'desk', 'trader', 'client', 'account', 'algorithm', 'instrument', 'venue'],
  isOverridable: true,

  check({ order, facts, files, currency }, limitsOfScope) {
    const { multiplier } = known(files.instruments.of(order.instrument), 'instrument');
    if (signOf(multiplier) <= 0) return refuse('The contract multiplier is not above zero.', { multiplier });
    const worst = highestPrice(order, facts, limitsOfScope);
    if (worst.kind === 'unknown') return refuse(worst.reason, worst.figures);

    const own = multiply(multiply(order.quantity, worst.price), multiplier);
    const { rateAgeMsMax, valueMax } = limitsOfScope;
    const value = inFirmCurrency(own, order.currency, { files, facts, currency, rateAgeMsMax });
    if (value.kind === 'unknown') return refuse(value.reason, { ...worst.figures, ...value.figures });
    const figures = withFigures(worst.figures, value.figures, { worstPrice: worst.price, orderValue: value.amount });
    return compare(value.amount, valueMax) <= 0
      ? pass('The order is worth no more than one order may be.', figures)
      : refuseBeyond('The order is worth more than one order may be.', figures);
  },

  examples: [
    { name: 'a purchase worth half of the maximum', limits, expect: 'pass' },
    {
      name: 'a purchase worth exactly the maximum at its limit',
      order: { quantity: '100' },
      limits,
      expect: 'pass',
    },
    {
      name: 'the same purchase one cent per unit higher',
      order: { quantity: '100', limitPrice: '1000.01' },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a sale below the market is worth what the market pays: exactly the maximum',
      order: { ...sale, quantity: '100', limitPrice: '900.00' },
      limits,
      expect: 'pass',
    },
    {
      name: 'the same sale with the market one cent higher',
      order: { ...sale, quantity: '100', limitPrice: '900.00' },
      facts: { reference: { price: '1000.01', at: fresh, source: 'bars' } },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a sale above the market counts at its limit',
      order: { ...sale, quantity: '100', limitPrice: '1000.01' },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a market order worth exactly the maximum after the assumed two per cent',
      order: market,
      limits: { ...limits, valueMax: '51000' },
      expect: 'pass',
    },
    {
      name: 'a stop to buy at 1500 worth exactly the maximum after the assumed two per cent',
      order: { type: 'stop', limitPrice: null, stopPrice: '1500.00' },
      limits: { ...limits, valueMax: '76500' },
      expect: 'pass',
    },
    {
      name: 'the same stop against a maximum one cent lower',
      order: { type: 'stop', limitPrice: null, stopPrice: '1500.00' },
      limits: { ...limits, valueMax: '76499.99' },
      expect: 'refuse',
    },
    {
      name: 'a stop to sell below the market counts at the reference price',
      order: { ...sale, type: 'stop', limitPrice: null, stopPrice: '500.00' },
      limits: { ...limits, valueMax: '51000' },
      expect: 'pass',
    },
    {
      name: 'a take-profit to sell counts at its stop price: exactly the maximum',
      order: { ...sale, type: 'take-profit-limit', limitPrice: '1100.00', stopPrice: '1200.00' },
      limits: { ...limits, valueMax: '60000' },
      expect: 'pass',
    },
    {
      name: 'the same take-profit against a maximum one cent lower',
      order: { ...sale, type: 'take-profit-limit', limitPrice: '1100.00', stopPrice: '1200.00' },
      limits: { ...limits, valueMax: '59999.99' },
      expect: 'refuse',
    },
    {
      name: 'a trailing stop to buy counts at its stop price of now: exactly the maximum',
      order: { ...market, type: 'trailing-stop', trailing: { by: 'price', distance: '100.00' } },
      limits: { ...limits, valueMax: '56100' },
      expect: 'pass',
    },
    {
      name: 'the same trailing stop against a maximum one cent lower',
      order: { ...market, type: 'trailing-stop', trailing: { by: 'price', distance: '100.00' } },
      limits: { ...limits, valueMax: '56099.99' },
      expect: 'refuse',
    },
    {
      name: 'a stop-limit to buy counts at its limit: exactly the maximum',
      order: { type: 'stop-limit', stopPrice: '1500.00', limitPrice: '1510.00' },
      limits: { ...limits, valueMax: '75500' },
      expect: 'pass',
    },
    {
      name: 'the same stop-limit against a maximum one cent lower',
      order: { type: 'stop-limit', stopPrice: '1500.00', limitPrice: '1510.00' },
      limits: { ...limits, valueMax: '75499.99' },
      expect: 'refuse',
    },
    {
      name: 'an iceberg counts with all that it is for: exactly the maximum',
      order: { quantity: '100', displayQuantity: '1' },
      limits,
      expect: 'pass',
    },
    {
      name: 'an iceberg of one unit more',
      order: { quantity: '101', displayQuantity: '1' },
      limits,
      expect: 'refuse',
    },
    {
      name: 'the same market order against a maximum one cent lower',
      order: market,
      limits: { ...limits, valueMax: '50999.99' },
      expect: 'refuse',
    },
    {
      name: 'the multiplier counts: five per point brings twenty units to exactly the maximum',
      order: { quantity: '20' },
      files: multiplied('5'),
      limits,
      expect: 'pass',
    },
    {
      name: 'the multiplier counts: twenty-one units are beyond it',
      order: { quantity: '21' },
      files: multiplied('5'),
      limits,
      expect: 'refuse',
    },
    {
      name: 'another currency: exactly the maximum at its rate',
      order: { currency: 'EUR' },
      limits: { ...limits, valueMax: '55000' },
      expect: 'pass',
    },
    {
      name: 'another currency: one cent above the maximum at its rate',
      order: { currency: 'EUR' },
      limits: { ...limits, valueMax: '54999.99' },
      expect: 'refuse',
    },
    {
      name: 'a rate exactly as old as permitted',
      order: { currency: 'EUR' },
      limits: { ...limits, rateAgeMsMax: 60_000 },
      expect: 'pass',
    },
    {
      name: 'a rate one millisecond too old',
      order: { currency: 'EUR' },
      limits: { ...limits, rateAgeMsMax: 59_999 },
      expect: 'refuse',
    },
    { name: 'another currency without its rate', order: { currency: 'CHF' }, limits, expect: 'refuse' },
    {
      name: 'another currency without a file of rates',
      order: { currency: 'EUR' },
      files: { rates: null },
      limits,
      expect: 'refuse',
    },
    { name: 'the firm’s own currency needs no file of rates', files: { rates: null }, limits, expect: 'pass' },
    { name: 'a rate of zero', order: { currency: 'EUR' }, files: rated('0'), limits, expect: 'refuse' },
    {
      name: 'a rate from the future',
      order: { currency: 'EUR' },
      files: rated('1.10', '2020-03-06T20:30:00.000000001Z'),
      limits,
      expect: 'refuse',
    },
    {
      name: 'a market order without a reference price',
      order: market,
      facts: { reference: null },
      limits,
      expect: 'refuse',
    },
    { name: 'a sale without a reference price', order: sale, facts: { reference: null }, limits, expect: 'refuse' },
    { name: 'a purchase with a limit needs no reference price', facts: { reference: null }, limits, expect: 'pass' },
    {
      name: 'a market order on a reference price exactly as old as permitted',
      order: market,
      limits: { ...limits, referenceAgeMsMax: 1_000 },
      expect: 'pass',
    },
    {
      name: 'a market order on a reference price one millisecond too old',
      order: market,
      limits: { ...limits, referenceAgeMsMax: 999 },
      expect: 'refuse',
    },
    {
      name: 'a market order on a reference price below zero',
      order: market,
      facts: { reference: { price: '-0.01', at: fresh, source: 'bars' } },
      limits,
      expect: 'refuse',
    },
    { name: 'a limit price below zero', order: { limitPrice: '-1.00' }, limits, expect: 'refuse' },
    { name: 'a limit price of zero', order: { limitPrice: '0' }, limits, expect: 'refuse' },
    { name: 'a multiplier of zero', files: multiplied('0'), limits, expect: 'refuse' },
    { name: 'an instrument that is not in the file', order: { instrument: 'demo-bond' }, limits, expect: 'refuse' },
    { name: 'no file of instruments', files: { instruments: null }, limits, expect: 'refuse' },
  ],
});
