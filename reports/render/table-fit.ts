import { type ColumnMetrics, columnMetrics, faceOf, type PrintedCell, widthWish } from './column-metrics.ts';
import { columnWidths, squeezedWidths, type WidthWish } from './column-widths.ts';
import type { Cell, Column, ColumnKind, Section } from './document.ts';
import { isFigure } from './figure-text.ts';
import type { Measure, Strip } from './marks.ts';
import { drawable, printedCell } from './printed-text.ts';
import { headerStrip, PADDING_X, type PlacedColumn, rowStrip } from './table-strips.ts';

/**
 * What is tried in turn until everything fits that may not break: first with each instant on one line, then with its day
 * above its time, at last in the smallest type. Units: points.
 */
const TRIALS: readonly Trial[] = [
  ...[8, 7.5, 7].map((size) => ({ size, instantsWhole: true })),
  ...[8, 7.5, 7, 6.5, 6].map((size) => ({ size, instantsWhole: false })),
];
const LAST_TRIAL: Trial = { size: 5.5, instantsWhole: false };

interface Trial {
  readonly size: number;
  readonly instantsWhole: boolean;
}

/** A table cut into its header and its rows, ready to be placed. Units: points. */
export interface FittedTable {
  readonly width: number;
  readonly header: Strip;
  readonly rows: readonly Strip[];
}

/** Fits a table into a width, in the largest type in which no figure, day or instant breaks. Units: points. */
export function fitTable(section: Section, room: number, measure: Measure): FittedTable {
  const columns = section.columns.map((column) => ({ ...column, title: drawable(column.title, 'bold', measure) }));
  const rows = section.rows.map((row) => columns.map(({ kind }, index) => printed(row[index] ?? null, kind, measure)));
  const metrics = columns.map((column, index) => {
    return columnMetrics(
      column,
      rows.flatMap((row) => row[index] ?? []),
      measure,
    );
  });

  const { size, widths } = fittedWidths(columns, metrics, room);
  const setting = { columns: placed(columns, metrics, { size, widths }), size, measure };
  return {
    width: widths.reduce((sum, width) => sum + width, 0),
    header: headerStrip(setting),
    rows: rows.map((cells, index) => rowStrip(cells, setting, { banded: index % 2 === 1 })),
  };
}

function printed(cell: Cell, kind: ColumnKind, measure: Measure): PrintedCell {
  const figure = (kind === 'decimal' || kind === 'integer') && cell !== null && isFigure(cell);
  return { text: drawable(printedCell(cell, kind), faceOf(kind), measure), isFigure: figure };
}

interface Widths {
  readonly size: number;
  readonly widths: readonly number[];
}

function fittedWidths(columns: readonly Column[], metrics: readonly ColumnMetrics[], room: number): Widths {
  const wishesFor = ({ size, instantsWhole }: Trial): readonly WidthWish[] => {
    return metrics.map((metric, index) => {
      const column = columns[index];
      const need = instantsWhole && column?.kind === 'instant' ? metric.ideal : metric.need;
      return widthWish({ ...metric, need }, { size, padding: 2 * PADDING_X, share: column?.share });
    });
  };
  for (const trial of TRIALS) {
    const widths = columnWidths(wishesFor(trial), room);
    if (widths !== undefined) return { size: trial.size, widths };
  }
  const wishes = wishesFor(LAST_TRIAL);
  return { size: LAST_TRIAL.size, widths: columnWidths(wishes, room) ?? squeezedWidths(wishes, room) };
}

function placed(columns: readonly Column[], metrics: readonly ColumnMetrics[], { size, widths }: Widths) {
  let x = 0;
  return columns.map((column, index): PlacedColumn => {
    const left = x;
    const width = widths[index] ?? 0;
    x += width;
    return { column, x: left, width, fractionWidth: (metrics[index]?.fraction ?? 0) * size };
  });
}
