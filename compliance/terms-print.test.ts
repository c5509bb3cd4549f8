import { price, quantity } from '@gatehouse/shared/values/amounts.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { termsPrint } from './terms-print.ts';

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
