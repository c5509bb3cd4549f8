import { cite, REG_NMS, RTS_11, SEC_15C3_5 } from '@gatehouse/shared/law/acts.ts';
import type { InstrumentRow } from '@gatehouse/shared/schema/facts/reference-data.ts';
import { compare, type Decimal, signOf } from '@gatehouse/shared/values/decimal.ts';
import { z } from 'zod';
import { defineControl } from '../define-control.ts';
import { exampleInstrument } from '../examples/files.ts';
import { isMultiple } from '../increments.ts';
import { type Figures, known, notApplicable, pass, refuse, type Verdict } from '../verdict.ts';

const limits = {};
const market = { type: 'market', limitPrice: null } as const;
const sale = { side: 'sell', shortSaleMark: 'long' } as const;

type Step = InstrumentRow['ticks'][number];

/** The base instrument with other price steps. */
function ticks(...steps: readonly { readonly from: string; readonly tick: string }[]) {
  return { instruments: { rows: [{ ...exampleInstrument, ticks: [...steps] }] } };
}

/**
 * Refuses a limit price or a stop price that is not a whole number of the steps that hold at its level.
 *
 * Shape:  the step is that of the highest band that begins at or below the price; a price below every band is refused. A
 *         market order has no price. A stop price lies on the steps too. How far a trailing stop stays behind is a distance and no
 *         price; it goes out as a market order.
 * Units:  prices in the instrument's currency per unit, above zero.
 * Source: 17 CFR 242.612; RTS 11 Art. 2; 17 CFR 240.15c3-5(c)(2)(i).
 */
export const priceIncrement = defineControl({
  id: 'price-increment',
  version: 1,
  title: 'Price increment',
  question: 'Is the limit price a whole number of the price steps that hold for the instrument at that level?',
  sources: [
    cite(REG_NMS, '242.612', 'Orders in US shares are not priced in smaller steps than the rule permits.'),
    cite(RTS_11, 'Art. 2', 'Orders in shares are priced in the steps that fit their price and liquidity.'),
    cite(SEC_15C3_5, '(c)(2)(i)', 'What must hold before an order is entered is checked before it is entered.'),
  ],
  limits: z.strictObject({}),
  files: ['instruments'],
  scopes: ['firm'],

  check({ order, files }) {
    const { limitPrice, stopPrice, trailing } = order;
    const [price, words] = limitPrice === undefined ? [stopPrice, 'stop' as const] : [limitPrice, 'limit' as const];
    if (price === undefined) {
      return notApplicable(
        trailing === undefined ? 'A market order carries no price.' : 'A trailing stop carries no price.',
      );
    }
    if (signOf(price) <= 0) return notAbove(price, words);
    const row = known(files.instruments.of(order.instrument), 'instrument');
    if (limitPrice !== undefined && stopPrice !== undefined) {
      const ofStop = judgeStep(stopPrice, row.ticks, 'stop');
      if (ofStop.kind === 'refuse') return ofStop;
    }
    return judgeStep(price, row.ticks, words);
  },

  examples: [
    { name: 'a price exactly on a step of one cent', limits, expect: 'pass' },
    { name: 'a price a tenth of a cent beside the step', order: { limitPrice: '1000.001' }, limits, expect: 'refuse' },
    {
      name: 'a price exactly on the step, written with more digits',
      order: { limitPrice: '1000.0100' },
      limits,
      expect: 'pass',
    },
    {
      name: 'a sale priced beside the step',
      order: { ...sale, limitPrice: '999.995' },
      limits,
      expect: 'refuse',
    },
    { name: 'exactly where the band of one cent begins', order: { limitPrice: '1.00' }, limits, expect: 'pass' },
    {
      name: 'just above the beginning of that band, in the step of the band below',
      order: { limitPrice: '1.0001' },
      limits,
      expect: 'refuse',
    },
    {
      name: 'just below the beginning of that band, exactly on the smaller step',
      order: { limitPrice: '0.9999' },
      limits,
      expect: 'pass',
    },
    { name: 'beside the smaller step', order: { limitPrice: '0.99995' }, limits, expect: 'refuse' },
    {
      name: 'a step that is no power of ten: exactly on a quarter',
      order: { limitPrice: '1000.25' },
      files: ticks({ from: '0', tick: '0.25' }),
      limits,
      expect: 'pass',
    },
    {
      name: 'a step that is no power of ten: one cent beside the quarter',
      order: { limitPrice: '1000.26' },
      files: ticks({ from: '0', tick: '0.25' }),
      limits,
      expect: 'refuse',
    },
    {
      name: 'bands in any order: the highest that begins below the price holds',
      order: { limitPrice: '1000.01' },
      files: ticks({ from: '500', tick: '0.05' }, { from: '0', tick: '0.01' }),
      limits,
      expect: 'refuse',
    },
    {
      name: 'a price exactly at the lowest band',
      order: { limitPrice: '2000.00' },
      files: ticks({ from: '2000', tick: '0.01' }),
      limits,
      expect: 'pass',
    },
    {
      name: 'a price one step below the lowest band',
      order: { limitPrice: '1999.99' },
      files: ticks({ from: '2000', tick: '0.01' }),
      limits,
      expect: 'refuse',
    },
    { name: 'a step of zero', files: ticks({ from: '0', tick: '0' }), limits, expect: 'refuse' },
    { name: 'a price of exactly the smallest step', order: { limitPrice: '0.0001' }, limits, expect: 'pass' },
    { name: 'a price of zero', order: { limitPrice: '0' }, limits, expect: 'refuse' },
    { name: 'a price below zero', order: { limitPrice: '-1.00' }, limits, expect: 'refuse' },
    {
      name: 'a stop price exactly on a step',
      order: { type: 'stop', limitPrice: null, stopPrice: '1100.01' },
      limits,
      expect: 'pass',
    },
    {
      name: 'a stop price a tenth of a cent beside the step',
      order: { type: 'stop', limitPrice: null, stopPrice: '1100.001' },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a limit on the step with a stop price beside it',
      order: { type: 'stop-limit', limitPrice: '1100.01', stopPrice: '1100.001' },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a stop price on the step with a limit beside it',
      order: { type: 'stop-limit', limitPrice: '1100.001', stopPrice: '1100.01' },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a stop price of zero',
      order: { type: 'stop', limitPrice: null, stopPrice: '0' },
      limits,
      expect: 'refuse',
    },
    { name: 'a market order', order: market, limits, expect: 'not-applicable' },
    {
      name: 'a take-profit exactly on a step with a limit on it',
      order: { ...sale, type: 'take-profit-limit', limitPrice: '1100.01', stopPrice: '1100.02' },
      limits,
      expect: 'pass',
    },
    {
      name: 'a take-profit whose stop price is half a cent beside the step',
      order: { ...sale, type: 'take-profit-limit', limitPrice: '1100.01', stopPrice: '1100.015' },
      limits,
      expect: 'refuse',
    },
    {
      name: 'a trailing stop',
      order: { ...market, type: 'trailing-stop', trailing: { by: 'price', distance: '2.505' } },
      limits,
      expect: 'not-applicable',
    },
    { name: 'an instrument that is not in the file', order: { instrument: 'demo-bond' }, limits, expect: 'refuse' },
    { name: 'no file of instruments', files: { instruments: null }, limits, expect: 'refuse' },
  ],
});

/** Whether one of the two prices is a whole number of the steps at its level. */
function judgeStep(price: Decimal, steps: readonly Step[], words: 'limit' | 'stop'): Verdict {
  if (signOf(price) <= 0) return notAbove(price, words);
  const { tick } = known(stepAt(price, steps), `price step at the level of the ${words} price`);
  const figures = words === 'limit' ? { limitPrice: price, tick } : { stopPrice: price, tick };
  return isMultiple(price, tick)
    ? pass(`The ${words} price is a whole number of price steps.`, figures)
    : refuse(`The ${words} price is not a whole number of price steps.`, figures);
}

function notAbove(price: Decimal, words: 'limit' | 'stop'): Verdict {
  return refuse(`The ${words} price is not above zero.`, named(price, words));
}

function named(price: Decimal, words: 'limit' | 'stop'): Figures {
  return words === 'limit' ? { limitPrice: price } : { stopPrice: price };
}

function stepAt(price: Decimal, steps: readonly Step[]): Step | undefined {
  let found: Step | undefined;
  for (const step of steps) {
    if (compare(step.from, price) > 0) continue;
    if (found === undefined || compare(step.from, found.from) > 0) found = step;
  }
  return found;
}
