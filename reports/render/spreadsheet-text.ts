/** The most characters that a cell of a spreadsheet holds. */
const CELL_LENGTH_MAX = 32_767;
const CUT_MARK = '… [cut here: a spreadsheet cell holds no more; the CSV has the whole text]';

/** The most characters of a sheet's name. */
const SHEET_NAME_LENGTH_MAX = 31;

/** Control characters but tab and line feed, halves of characters, and the sign that starts a spelled character. */
const UNWRITABLE = /(?![\t\n])\p{Cc}|[\ufffe\uffff\p{Cs}]|_(?=x[\dA-Fa-f]{4}_)/gu;

/**
 * A text as a cell of a spreadsheet can carry it without loss, or visibly cut where it is too long for any cell.
 *
 * Shape:  characters that XML cannot hold are spelled `_x0007_`, and a text that already looks so is protected.
 * Source: ISO/IEC 29500-1, 22.9.2.19 (ST_Xstring).
 */
export function spreadsheetText(text: string): string {
  return cut(text).replace(UNWRITABLE, (unit) => {
    return `_x${unit.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}_`;
  });
}

/** The names of sheets for these titles: short enough, without the signs that names may not hold, each of them once. */
export function sheetNames(titles: readonly string[], reserved: readonly string[]): readonly string[] {
  const taken = new Set(reserved.map((name) => name.toLowerCase()));
  return titles.map((title) => {
    const wanted = allowedName(title);
    let name = startOfName(wanted, SHEET_NAME_LENGTH_MAX);
    for (let copy = 2; taken.has(name.toLowerCase()); copy += 1) {
      const mark = ` (${copy})`;
      name = `${startOfName(wanted, SHEET_NAME_LENGTH_MAX - mark.length)}${mark}`;
    }
    taken.add(name.toLowerCase());
    return name;
  });
}

/** The start of a text, never with half a character at its end. */
export function startOf(text: string, lengthMax: number): string {
  return text.slice(0, lengthMax).replace(/[\ud800-\udbff]$/, '');
}

function cut(text: string): string {
  return text.length <= CELL_LENGTH_MAX ? text : startOf(text, CELL_LENGTH_MAX - CUT_MARK.length) + CUT_MARK;
}

function startOfName(name: string, lengthMax: number): string {
  return startOf(name, lengthMax).replace(/[' ]+$/, '');
}

function allowedName(title: string): string {
  const name = title
    .replace(/[*?:/\\[\]\p{C}]/gu, ' ')
    .replace(/\s+/g, ' ')
    .replace(/^[' ]+|[' ]+$/g, '');
  return name === '' ? 'Sheet' : name;
}
