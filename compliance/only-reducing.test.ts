import fc from 'fast-check';
import { expect, test } from 'vitest';
import { exampleOrder } from './examples/base.ts';
import { exampleOwn } from './examples/own.ts';
import { onlyReducing, reduces } from './only-reducing.ts';
import { NotKnown } from './verdict.ts';

const sale = (quantity: string) => exampleOrder({ side: 'sell', shortSaleMark: 'long', quantity });

test('a sale of the whole position reduces, and one unit more does not', () => {
  const own = exampleOwn({ position: '50' });
  expect(reduces({ order: sale('50'), own })).toBe(true);
  expect(reduces({ order: sale('51'), own })).toBe(false);
});

test('the verdict says why new risk is kept out, and with which figures', () => {
  const own = exampleOwn({ position: '50' });
  const passed = onlyReducing({ order: sale('50'), own }, 'The lease is over', { contactAgeMs: 5 });
  expect(passed).toMatchObject({ kind: 'pass', figures: { contactAgeMs: 5 } });
  expect(passed.reason).toMatch(/^The lease is over; this order can only .*\.$/);
  expect(Object.keys(passed.figures)).toEqual(['contactAgeMs', 'position', 'openBuy', 'openSell']);
  expect(onlyReducing({ order: sale('51'), own }, 'The lease is over', {})).toMatchObject({ kind: 'refuse' });
});

test('a position or open orders that are not known refuse', () => {
  expect(() => reduces({ order: sale('1'), own: exampleOwn({ position: null }) })).toThrow(NotKnown);
  expect(() => reduces({ order: sale('1'), own: exampleOwn({ open: null }) })).toThrow(NotKnown);
});

test('a smaller order reduces wherever a larger one does', () => {
  const size = fc.integer({ min: 1, max: 200 });
  fc.assert(
    fc.property(size, size, fc.integer({ min: -200, max: 200 }), (a, b, position) => {
      const [small, large] = a < b ? [a, b] : [b, a];
      const own = exampleOwn({ position: String(position) });
      const isReduced = (quantity: number) => reduces({ order: sale(String(quantity)), own });
      expect(isReduced(small) || !isReduced(large)).toBe(true);
    }),
  );
});
