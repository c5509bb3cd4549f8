import { createHash } from 'node:crypto';
import { inflateSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { deflate } from './deflate.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const inflated = (bytes: Uint8Array): Uint8Array => new Uint8Array(inflateSync(deflate(bytes)));

test('what is deflated inflates to the same bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2_000 }), (bytes) => {
      expect(inflated(bytes)).toEqual(bytes);
    }),
  );
});

test('text that repeats itself inflates to the same bytes and is smaller', () => {
  const words = fc.array(fc.constantFrom('<00120034>', ' 0 Td ', 'BT', '\n', 'é'), {
    minLength: 200,
    maxLength: 4_000,
  });
  fc.assert(
    fc.property(words, (parts) => {
      const bytes = bytesOf(parts.join(''));
      expect(inflated(bytes)).toEqual(bytes);
      expect(deflate(bytes).length).toBeLessThan(bytes.length);
    }),
    { numRuns: 50 },
  );
});

test('matches of every length and from the far end of the window are found', () => {
  const noise = Uint8Array.from({ length: 32_768 }, (_, index) => Math.imul(index ^ (index >> 3), 0x9e37_79b1) >>> 21);
  for (const length of [3, 4, 10, 11, 257, 258, 259, 600]) {
    const bytes = new Uint8Array([...noise, ...noise.subarray(0, length)]);
    expect(inflated(bytes)).toEqual(bytes);
  }
});

test('one byte and no byte at all are streams too', () => {
  expect(inflated(new Uint8Array())).toEqual(new Uint8Array());
  expect(inflated(Uint8Array.of(7))).toEqual(Uint8Array.of(7));
});

test('the bytes are the known ones, on every machine', () => {
  const text = Array.from({ length: 500 }, (_, index) => `<${(index * 7_919).toString(16)}> ${index % 13} Tj\n`).join(
    '',
  );
  const digest = createHash('sha256')
    .update(deflate(bytesOf(text)))
    .digest('hex');
  expect(digest).toBe('c400729d4903c3c2cae5c83de77f9c1e3ef4a5c29a452ebee1ef4f816cccc540');
});
