import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cutAtEnd, cutInMiddle, type Room, wrapped } from './text-fit.ts';

const room = (width: number, linesMax = 100): Room => ({ width, linesMax, measure: (text) => Array.from(text).length });

test('text breaks at spaces', () => {
  expect(wrapped('one two three', room(7))).toEqual(['one two', 'three']);
  expect(wrapped('one two', room(7))).toEqual(['one two']);
  expect(wrapped('one\ntwo', room(7))).toEqual(['one', 'two']);
});

test('a word longer than a line breaks behind a sign where one is near its end, else anywhere', () => {
  expect(wrapped('a/long-path', room(8))).toEqual(['a/long-', 'path']);
  expect(wrapped('a/longestpath', room(8))).toEqual(['a/longes', 'tpath']);
  expect(wrapped('go abcdefghij', room(4))).toEqual(['go', 'abcd', 'efgh', 'ij']);
});

test('a room narrower than a character still gets one on each line', () => {
  expect(wrapped('abc', room(0.5))).toEqual(['a', 'b', 'c']);
  expect(wrapped('😀b', room(0.5))).toEqual(['😀', 'b']);
  expect(wrapped('😀', room(0.5))).toEqual(['😀']);
});

test('text beyond the last line ends in an ellipsis, text that just fits does not', () => {
  expect(wrapped('aa bb cc', room(2, 3))).toEqual(['aa', 'bb', 'cc']);
  expect(wrapped('aa bb cc', room(2, 2))).toEqual(['aa', 'b…']);
  expect(wrapped('aa bb cc', room(3, 2))).toEqual(['aa', 'bb…']);
});

test('no character is lost or added by wrapping but the spaces and line ends at the breaks', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '-', '\n', '😀'), maxLength: 60 });
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 12 }), (words, width) => {
      const lines = wrapped(words, room(width, 1_000));
      expect(lines.join('').replace(/[ \n]/g, '')).toBe(words.replace(/[ \n]/g, ''));
      for (const line of lines) expect(Array.from(line).length).toBeLessThanOrEqual(width);
    }),
  );
});

test('cutting keeps what fits and never half a character', () => {
  expect(cutAtEnd('abcdef', room(6))).toBe('abcdef');
  expect(cutAtEnd('abcdef', room(5))).toBe('abcd…');
  expect(cutAtEnd('ab  cd', room(5))).toBe('ab…');
  expect(cutAtEnd('😀😀😀', room(2))).toBe('😀…');
  expect(cutAtEnd('abc', room(0))).toBe('…');
  expect(cutInMiddle('0123456789', room(10))).toBe('0123456789');
  expect(cutInMiddle('0123456789', room(9))).toBe('0123…6789');
  expect(cutInMiddle('0123456789', room(6))).toBe('012…89');
});

test('a text of a hundred thousand characters is cut without measuring all of it', () => {
  let measured = 0;
  const counting: Room = {
    width: 50,
    linesMax: 4,
    measure: (text) => {
      measured += text.length;
      return text.length;
    },
  };
  expect(wrapped('x'.repeat(100_000), counting)).toHaveLength(4);
  expect(cutAtEnd('x'.repeat(100_000), counting)).toHaveLength(50);
  expect(cutInMiddle('x'.repeat(100_000), counting)).toHaveLength(50);
  expect(measured).toBeLessThan(100_000);
});
