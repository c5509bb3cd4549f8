import { type ColumnMetrics, columnMetrics, faceOf, type PrintedCell, widthWish } from './column-metrics.ts';
import { columnWidths, squeezedWidths, type WidthWish } from './column-widths.ts';
import type { Cell, Column, ColumnKind, Section } from './document.ts';
import { isFigure } from './figure-text.ts';
import type { Measure, Strip } from './marks.ts';
import { drawable, printedCell } from './printed-text.ts';
import { headerStrip, PADDING_X, type PlacedColumn, rowStrip } from './table-strips.ts';

/** What a column may give up: nothing, the one line of its instants, or also its whole words. */
type Concession = 'none' | 'instants' | 'words';

interface Trial {
  readonly size: number;
  readonly concession: Concession;
}

/** What is tried in turn until everything fits that may not break. Units: points. */
const TRIALS: readonly Trial[] = [
  ...[8, 7.5, 7].map((size) => ({ size, concession: 'none' as const })),
  ...[8, 7.5, 7, 6.5, 6].map((size) => ({ size, concession: 'instants' as const })),
  ...[6, 5.5, 5].map((size) => ({ size, concession: 'words' as const })),
];
const SMALLEST: Trial = { size: 5, concession: 'words' };

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
  const wishesFor = ({ size, concession }: Trial): readonly WidthWish[] => {
    return columns.map(({ kind, share }, index) => {
      const { need, least, ideal } = metrics[index] ?? NOTHING;
      const whole = kind === 'instant' ? ideal : need;
      const needs: Record<Concession, number> = { none: whole, instants: need, words: least };
      return widthWish({ need: needs[concession], ideal }, { size, padding: 2 * PADDING_X, share });
    });
  };
  for (const trial of TRIALS) {
    const widths = columnWidths(wishesFor(trial), room);
    if (widths !== undefined) return { size: trial.size, widths };
  }
  return { size: SMALLEST.size, widths: squeezedWidths(wishesFor(SMALLEST), room) };
}

const NOTHING: ColumnMetrics = { need: 0, least: 0, ideal: 0, fraction: 0 };

function placed(columns: readonly Column[], metrics: readonly ColumnMetrics[], { size, widths }: Widths) {
  let x = 0;
  return columns.map((column, index): PlacedColumn => {
    const left = x;
    const width = widths[index] ?? 0;
    x += width;
    return { column, x: left, width, fractionWidth: (metrics[index]?.fraction ?? 0) * size };
  });
}
