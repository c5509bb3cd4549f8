import { faceOf, fractionOf, type PrintedCell } from './column-metrics.ts';
import type { Column } from './document.ts';
import { type Face, INK, type Mark, type Measure, type Strip } from './marks.ts';
import { cutAtEnd, cutInMiddle, type Room, wrapped } from './text-fit.ts';

/** The room on either side of a cell's text. Units: points. */
export const PADDING_X = 4.5;
const PADDING_Y = 2.5;
/** Units: times the type size. */
const LEADING = 1.3;
const ASCENT = 0.95;
/** No text makes a row taller than this; what is longer ends in an ellipsis, and the other formats have it whole. */
const CELL_LINES_MAX = 8;
const TITLE_LINES_MAX = 4;
/** A figure is never cut: where even the smallest type has no room for it, it breaks into lines. */
const FIGURE_LINES_MAX = 100;

/** A column with its place. Units: points; the points of its figures stand in one line. */
export interface PlacedColumn {
  readonly column: Column;
  readonly x: number;
  readonly width: number;
  readonly fractionWidth: number;
}

/** How a table is set. Units: points. */
export interface TableSetting {
  readonly columns: readonly PlacedColumn[];
  readonly size: number;
  readonly measure: Measure;
}

/** The titles of a table, as they stand at the top of each of its pages. */
export function headerStrip(setting: TableSetting): Strip {
  const cells = setting.columns.map((placed): SetCell => {
    const lines = wrapped(placed.column.title, roomOf(placed, setting, { face: 'bold', linesMax: TITLE_LINES_MAX }));
    return { placed, lines, face: 'bold', onPoint: false };
  });
  const width = widthOf(setting);
  const height = heightOf(cells, setting) + 1;
  return {
    height,
    marks: [
      { kind: 'box', x: 0, y: 0, width, height, fill: INK.header },
      { kind: 'line', points: [0, height, width, height], ink: INK.rule, thickness: 0.75 },
      ...cells.flatMap((cell) => cellMarks(cell, setting)),
    ],
  };
}

/** One row of a table. */
export function rowStrip(
  row: readonly PrintedCell[],
  setting: TableSetting,
  { banded }: { readonly banded: boolean },
): Strip {
  const cells = row.flatMap((cell, index) => {
    const column = setting.columns[index];
    return column === undefined ? [] : [setCell(cell, column, setting)];
  });
  const height = heightOf(cells, setting);
  const band: Mark = { kind: 'box', x: 0, y: 0, width: widthOf(setting), height, fill: INK.band };
  return { height, marks: [...(banded ? [band] : []), ...cells.flatMap((cell) => cellMarks(cell, setting))] };
}

interface SetCell {
  readonly placed: PlacedColumn;
  readonly lines: readonly string[];
  readonly face: Face;
  /** Whether the text is a figure whose point stands under the other points. */
  readonly onPoint: boolean;
}

function setCell({ text, isFigure }: PrintedCell, placed: PlacedColumn, setting: TableSetting): SetCell {
  const { kind, overflow = kind === 'hash' ? 'cut' : 'wrap' } = placed.column;
  const face = faceOf(kind);
  const room = roomOf(placed, setting, { face, linesMax: isFigure ? FIGURE_LINES_MAX : CELL_LINES_MAX });
  if (isFigure || overflow === 'wrap') {
    const lines = wrapped(text, room);
    return { placed, lines, face, onPoint: isFigure && lines.length === 1 };
  }
  const line = text.replaceAll('\n', ' ');
  return { placed, lines: [kind === 'hash' ? cutInMiddle(line, room) : cutAtEnd(line, room)], face, onPoint: false };
}

interface Lines {
  readonly face: Face;
  readonly linesMax: number;
}

function roomOf({ width }: PlacedColumn, { size, measure }: TableSetting, { face, linesMax }: Lines): Room {
  // A hair of tolerance, or a width that was computed from this very text would break it.
  return { width: width - 2 * PADDING_X + 0.01, linesMax, measure: (text) => measure.width(text, { face, size }) };
}

function heightOf(cells: readonly SetCell[], { size }: TableSetting): number {
  const lineCount = Math.max(1, ...cells.map(({ lines }) => lines.length));
  return 2 * PADDING_Y + lineCount * size * LEADING;
}

function widthOf({ columns }: TableSetting): number {
  return columns.reduce((sum, { width }) => sum + width, 0);
}

function cellMarks({ placed, lines, face, onPoint }: SetCell, { size, measure }: TableSetting): readonly Mark[] {
  const font = { face, size };
  const right = placed.x + placed.width - PADDING_X;
  const alignsRight = placed.column.kind === 'decimal' || placed.column.kind === 'integer';
  return lines.map((text, index) => {
    const behindPoint = onPoint ? placed.fractionWidth - measure.width(fractionOf(text), font) : 0;
    const x = alignsRight ? right - measure.width(text, font) - behindPoint : placed.x + PADDING_X;
    return { kind: 'text', x, y: PADDING_Y + (index * LEADING + ASCENT) * size, text, font, ink: INK.text };
  });
}
