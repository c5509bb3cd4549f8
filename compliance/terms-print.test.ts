import { price, quantity } from '@gatehouse/shared/values/amounts.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { exampleOrder, type OrderOverrides } from './examples/base.ts';
import { furtherTerms, termsPrint } from './terms-print.ts';

test('equal terms of other scales have one print, and other terms mostly another', () => {
  const print = termsPrint({ quantity: quantity('50'), limitPrice: price('10.2') });
  expect(termsPrint({ quantity: quantity('50.00'), limitPrice: price('10.20') })).toBe(print);
  expect(termsPrint({ quantity: quantity('51'), limitPrice: price('10.2') })).not.toBe(print);
  expect(termsPrint({ quantity: quantity('50'), limitPrice: price('10.21') })).not.toBe(print);
  expect(termsPrint({ quantity: quantity('50') })).not.toBe(print);
});

test('zeros at the end never change a print, and it is a small number', () => {
  const units = fc.bigInt({ min: 0n, max: 10n ** 30n });
  const zeros = fc.integer({ min: 0, max: 8 });
  fc.assert(
    fc.property(units, fc.integer({ min: 0, max: 10 }), zeros, (value, scale, more) => {
      const narrow = { units: value, scale };
      const wide = { units: value * 10n ** BigInt(more), scale: scale + more };
      const print = termsPrint({ quantity: narrow });
      expect(termsPrint({ quantity: wide })).toBe(print);
      expect(print).toBe(Math.trunc(print));
      expect(print >= 0 && print < 2 ** 30).toBe(true);
    }),
  );
});

const sale = { side: 'sell', shortSaleMark: 'long' } as const;

test.each<[OrderOverrides, string]>([
  [{}, 'limit day'],
  [{ type: 'market', limitPrice: null, timeInForce: 'ioc' }, 'market ioc'],
  [{ type: 'stop-limit', stopPrice: '1100.50' }, 'stop-limit day stop 1100.5'],
  [
    { type: 'trailing-stop', limitPrice: null, trailing: { by: 'price', distance: '2.50' } },
    'trailing-stop day behind 2.5 price',
  ],
  [{ timeInForce: 'gtd', expiresAt: '2020-03-07T00:00:00Z' }, 'limit gtd until 2020-03-07T00:00:00.000000000Z'],
  [{ auction: 'close' }, 'limit day on-close'],
  [{ displayQuantity: '10' }, 'limit day shows 10'],
  [{ timeInForce: 'gtc', postOnly: true, reduceOnly: true }, 'limit gtc post-only reduce-only'],
  [{ ...sale, group: { id: 'G-1', kind: 'oco', role: 'stop-loss' } }, 'limit day oco stop-loss'],
])('the further terms of %o are %s', (order, text) => {
  expect(furtherTerms(exampleOrder(order))).toBe(text);
});

test('what an order says of itself to others, or only the edge knows, is no further term', () => {
  const changes: OrderOverrides = { id: 'O-2', account: 'other', quantity: '7', limitPrice: '1', emulates: ['expiry'] };
  expect(furtherTerms(exampleOrder(changes))).toBe(furtherTerms(exampleOrder()));
});
