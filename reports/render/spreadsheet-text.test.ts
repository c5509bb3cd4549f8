import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sheetNames, spreadsheetText } from './spreadsheet-text.ts';

/** Reads a text as ISO/IEC 29500 says, apart from the code under test. */
const read = (text: string): string => {
  return text.replace(/_x([\dA-Fa-f]{4})_/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
};

test('any text comes back as it was and holds nothing that XML cannot carry', () => {
  const unit = fc.constantFrom(
    'a',
    '_',
    'x',
    '0',
    '41',
    '_x0041_',
    '\0',
    '\r',
    '\n',
    '\t',
    '\x7f',
    '\ud800',
    '\udc00',
    '😀',
    '\uffff',
  );
  fc.assert(
    fc.property(fc.string({ unit }), (text) => {
      const written = spreadsheetText(text);
      expect(read(written)).toBe(text);
      expect(written).not.toMatch(/(?![\t\n])\p{Cc}|\uffff/u);
      expect(written.isWellFormed()).toBe(true);
    }),
  );
});

test('ordinary text is not touched', () => {
  expect(spreadsheetText('=Łódź − €5_x00_\n')).toBe('=Łódź − €5_x00_\n');
});

test('a text is cut only beyond what a cell holds, and says so', () => {
  expect(spreadsheetText('x'.repeat(32_767))).toBe('x'.repeat(32_767));
  const cut = spreadsheetText('x'.repeat(32_768));
  expect(cut).toHaveLength(32_767);
  expect(cut).toMatch(/x… \[cut here:.*CSV.*\]$/);
  expect(spreadsheetText('😀'.repeat(20_000)).isWellFormed()).toBe(true);
  expect(spreadsheetText(`x${'😀'.repeat(20_000)}`).isWellFormed()).toBe(true);
});

test('sheet names are short, allowed and unique without regard to case', () => {
  const names = sheetNames(
    ['Cover', 'Positions', 'POSITIONS', 'a/b:c*d', "'q'", ' ', 'x'.repeat(40), 'x'.repeat(41)],
    ['Cover'],
  );
  expect(names).toEqual([
    'Cover (2)',
    'Positions',
    'POSITIONS (2)',
    'a b c d',
    'q',
    'Sheet',
    'x'.repeat(31),
    `${'x'.repeat(27)} (2)`,
  ]);
});

const unit = fc.constantFrom('a', 'B', "'", ' ', '/', '😀', '\ud800', 'é');

test('every set of titles gives as many different names as a spreadsheet takes', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit, maxLength: 40 }), { maxLength: 12 }), (titles) => {
      const names = sheetNames(titles, ['Cover', 'History']);
      expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(titles.length);
      expect(names.every((name) => name.isWellFormed())).toBe(true);
      for (const name of names) expect(name).toMatch(/^(?!')[^*?:/\\[\]]{1,31}(?<!')$/);
    }),
  );
});
