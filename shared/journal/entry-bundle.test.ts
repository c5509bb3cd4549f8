import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeBundle, encodeBundle } from './entry-bundle.ts';

const asText = (entries: readonly Uint8Array[]) => entries.map((entry) => Buffer.from(entry).toString('hex'));

test('an entry stands behind its length in two bytes', () => {
  expect(Buffer.from(encodeBundle([Buffer.from('ab'), Buffer.from('')])).toString('hex')).toBe('000261620000');
});

test('entries come back from their bundle', () => {
  const entries = fc.array(fc.uint8Array({ maxLength: 600 }), { maxLength: 256 });
  fc.assert(
    fc.property(entries, (some) => {
      expect(asText(decodeBundle(encodeBundle(some)))).toEqual(asText(some));
    }),
  );
});

test('the longest entry fits, a longer one does not', () => {
  expect(decodeBundle(encodeBundle([Buffer.alloc(65_535, 7)]))[0]?.length).toBe(65_535);
  expect(() => encodeBundle([Buffer.alloc(65_536)])).toThrow('entry 0 of a bundle has 65536 bytes');
  expect(() => encodeBundle(Array.from({ length: 257 }, () => Buffer.alloc(1)))).toThrow('a bundle of 257 entries');
});

test('a bundle that ends too early or holds too much is refused', () => {
  const bundle = encodeBundle([Buffer.from('first'), Buffer.from('second')]);
  for (const length of [1, 3, 8, bundle.length - 1]) {
    expect(() => decodeBundle(bundle.subarray(0, length))).toThrow('is cut off');
  }
  expect(decodeBundle(bundle.subarray(0, 7))).toHaveLength(1);
  expect(() => decodeBundle(Buffer.alloc(2 * 257))).toThrow('more than 256 entries');
});
