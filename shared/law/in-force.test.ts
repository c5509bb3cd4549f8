import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KitError } from '../errors.ts';
import { inForce } from './in-force.ts';

const entries = [
  { from: '2013-04-08', share: '0.10' },
  { from: '2020-02-24', share: '0.05' },
];

test('an entry counts from its very day until the day before the next', () => {
  expect(inForce(entries, '2013-04-08').share).toBe('0.10');
  expect(inForce(entries, '2020-02-23').share).toBe('0.10');
  expect(inForce(entries, '2020-02-24').share).toBe('0.05');
  expect(inForce(entries, '2099-12-31').share).toBe('0.05');
});

test('a day before the first entry has no law on file', () => {
  const ask = () => inForce(entries, '2013-04-07');
  expect(ask).toThrow(KitError);
  expect(ask).toThrow(/2013-04-07/);
  expect(() => inForce([], '2020-01-01')).toThrow(KitError);
});

test('entries out of order, or two for one day, are a fault of ours', () => {
  expect(() => inForce(entries.toReversed(), '2021-01-01')).toThrow(/order of their days/);
  expect(() => inForce([...entries, { from: '2020-02-24', share: '1' }], '2021-01-01')).toThrow(/order of their days/);
});

test('a new entry changes no day before it', () => {
  const day = fc.date({ min: new Date('2013-04-08'), max: new Date('2030-01-01'), noInvalidDate: true });
  fc.assert(
    fc.property(day, day, (asked, added) => {
      const [judged = '', from = ''] = [asked, added].map((date) => date.toISOString().slice(0, 10));
      fc.pre(from > '2020-02-24' && judged < from);
      expect(inForce([...entries, { from, share: '0.01' }], judged)).toBe(inForce(entries, judged));
    }),
  );
});
