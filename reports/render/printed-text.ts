import type { Cell, ColumnKind } from './document.ts';
import { isFigure, printedFigure } from './figure-text.ts';
import type { Face, Measure } from './marks.ts';

const INSTANT = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z$/;
/** What every face draws: ASCII, and the three signs that printed figures are made of. */
const PLAIN = /^[\x20-\x7e\n\u202f\u2212\u2013]*$/;
/** Characters that change how their neighbours look or show nothing: a printed page must not hide them. */
const INVISIBLE = /[\p{C}\p{Zl}\p{Zp}]/u;

/** What stands in a cell without a value. */
const ABSENT = '–';

/** The text of a cell as a page shows it: the same value, in the form that people read. */
export function printedCell(cell: Cell, kind: ColumnKind): string {
  if (cell === null) return ABSENT;
  if (kind === 'instant') return printedInstant(cell);
  if ((kind === 'decimal' || kind === 'integer') && isFigure(cell)) {
    return printedFigure(cell, { grouped: kind === 'decimal' });
  }
  return cell;
}

/** An instant with a space before its time and no digits of a second that say nothing; other text as it is. */
export function printedInstant(text: string): string {
  const [, day, time, fraction = ''] = INSTANT.exec(text) ?? [];
  if (day === undefined || time === undefined) return text;
  const digits = fraction.padEnd(9, '0').replace(/(?:000)+$/, '');
  return `${day} ${time}${digits === '' ? '' : `.${digits}`}Z`;
}

/**
 * The text as the face can draw it: a character without a picture, and one that would hide or turn its neighbours, is
 * spelled as its code point, because a gap in a printed record would be a silent change of it.
 */
export function drawable(text: string, face: Face, { draws }: Measure): string {
  if (PLAIN.test(text)) return text;
  let result = '';
  for (const character of text.normalize('NFC').replace(/\r\n?/g, '\n').replaceAll('\t', ' ')) {
    const codePoint = character.codePointAt(0) ?? 0;
    const shown = character === '\n' || (!INVISIBLE.test(character) && draws(codePoint, face));
    result += shown ? character : `‹U+${codePoint.toString(16).toUpperCase().padStart(4, '0')}›`;
  }
  return result;
}
