import fc from 'fast-check';
import { expect, test } from 'vitest';
import { packetWatch } from './packet-limit.ts';

/** A packet of one type byte, its length as MQTT writes it, and its body. */
function packet(length: number): Buffer {
  const bytes: number[] = [];
  let rest = length;
  do {
    bytes.push((rest % 128) + (rest >= 128 ? 128 : 0));
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  return Buffer.concat([Buffer.from([0x30, ...bytes]), Buffer.alloc(length, 0xff)]);
}

test('a packet of the limit passes and one byte more is refused', () => {
  expect(packetWatch(300)(packet(300))).toBe(false);
  expect(packetWatch(300)(packet(301))).toBe(true);
});

test('a length of five bytes is refused', () => {
  expect(packetWatch(300)(Buffer.from([0x30, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01]))).toBe(true);
});

test('the answer does not depend on how the bytes are cut', () => {
  const lengths = fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(lengths, fc.integer({ min: 1, max: 50 }), (sizes, step) => {
      const bytes = Buffer.concat(sizes.map(packet));
      const watch = packetWatch(300);
      let isRefused = false;
      for (let from = 0; from < bytes.length && !isRefused; from += step)
        isRefused = watch(bytes.subarray(from, from + step));
      expect(isRefused).toBe(sizes.some((size) => size > 300));
    }),
  );
});
