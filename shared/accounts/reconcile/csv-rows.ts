/** One line of a file of comma-separated values. Shape: `line` counts from one, blank lines included. */
export interface CsvRow {
  readonly line: number;
  readonly cells: readonly string[];
}

/** The rows of a file, and what is wrong with it. */
export interface CsvText {
  readonly rows: readonly CsvRow[];
  readonly problems: readonly string[];
}

/** A cell, quoted or not, up to the comma behind it or the end of the line. */
const CELL = /(?:\s*"((?:[^"]|"")*)"\s*|([^",]*))(,|$)/y;

/**
 * Takes a text of comma-separated values apart.
 *
 * Shape:  cells are trimmed, a quoted one keeps what is in its quotation marks, blank lines are left out. A cell has no line break.
 * Source: RFC 4180, without line breaks in cells.
 */
export function csvRows(text: string): CsvText {
  const rows: CsvRow[] = [];
  const problems: string[] = [];
  for (const [index, line] of text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    if (line.trim() === '') continue;
    const cells = cellsOf(line);
    if (typeof cells === 'number')
      problems.push(`line ${index + 1}, column ${cells}: a quotation mark stands where none can`);
    else rows.push({ line: index + 1, cells });
  }
  return { rows, problems };
}

/** The cells of a line, or the number of the first that cannot be read. */
function cellsOf(line: string): readonly string[] | number {
  const cells: string[] = [];
  let place = 0;
  for (;;) {
    CELL.lastIndex = place;
    const match = CELL.exec(line);
    if (match === null) return cells.length + 1;
    const [whole, quoted, plain = '', end] = match;
    cells.push(quoted === undefined ? plain.trim() : quoted.replaceAll('""', '"'));
    if (end === '') return cells;
    place += whole.length;
  }
}
