import type { WidthWish } from './column-widths.ts';
import type { Column, ColumnKind } from './document.ts';
import type { Face, Measure } from './marks.ts';

/** Text and hashes are not squeezed below this while a smaller type helps, and then not below the least. */
const TEXT_NEED_EM = 7;
const TEXT_LEAST_EM = 4;
/** A title wraps rather than make its column wider than this, and text rather than this. Units: times the type size. */
const TITLE_IDEAL_EM = 12;
const TEXT_IDEAL_EM = 60;

/** A printed text, and whether it is a figure that must not break. */
export interface PrintedCell {
  readonly text: string;
  readonly isFigure: boolean;
}

/** How wide what a column holds is. Units: times the type size. */
export interface ColumnMetrics {
  readonly need: number;
  /** The need where words may break, though no figure, day or instant does. */
  readonly least: number;
  readonly ideal: number;
  /** The widest part of a figure behind its point, the point included. */
  readonly fraction: number;
}

/** The face that the cells of a column are set in. */
export function faceOf(kind: ColumnKind): Face {
  return kind === 'hash' ? 'mono' : 'regular';
}

/** The part of a figure from its point on; nothing where it has none. */
export function fractionOf(figure: string): string {
  const point = figure.indexOf('.');
  return point === -1 ? '' : figure.slice(point);
}

/** Measures one column over all its rows. */
export function columnMetrics(column: Column, cells: readonly PrintedCell[], { width }: Measure): ColumnMetrics {
  const em = (text: string): number => width(text, { face: faceOf(column.kind), size: 1 });
  const title = (text: string): number => width(text, { face: 'bold', size: 1 });
  let whole = 0;
  let fraction = 0;
  let longest = 0;
  let unbreakable = 0;
  for (const { text, isFigure } of cells) {
    if (isFigure) {
      const behindPoint = em(fractionOf(text));
      fraction = Math.max(fraction, behindPoint);
      whole = Math.max(whole, em(text) - behindPoint);
      continue;
    }
    const length = text.length > TEXT_IDEAL_EM * 4 ? TEXT_IDEAL_EM : em(text);
    longest = Math.max(longest, Math.min(length, TEXT_IDEAL_EM));
    if (length > unbreakable) unbreakable = Math.max(unbreakable, needOf(column.kind, text, { length, em }));
  }
  const words = column.title.split(/\s+/).map(title);
  const longestWord = Math.min(Math.max(...words), TITLE_IDEAL_EM);
  const figure = whole + fraction;
  return {
    need: Math.max(longestWord, figure, unbreakable),
    least: Math.max(figure, isText(column.kind) ? Math.min(unbreakable, TEXT_LEAST_EM) : unbreakable),
    ideal: Math.max(longestWord, Math.min(title(column.title), TITLE_IDEAL_EM), figure, longest),
    fraction,
  };
}

/** What a column is set in. Units: points; `padding` is that of both sides. */
export interface ColumnSetting {
  readonly size: number;
  readonly padding: number;
  readonly share: number | undefined;
}

/** The width that a column asks for at a type size. Units: points. */
export function widthWish(
  { need, ideal }: Pick<ColumnMetrics, 'need' | 'ideal'>,
  { size, padding, share = 1 }: ColumnSetting,
): WidthWish {
  return { need: need * size + padding, ideal: Math.max(need, ideal) * size + padding, share };
}

interface Measured {
  readonly length: number;
  readonly em: (text: string) => number;
}

function needOf(kind: ColumnKind, text: string, { length, em }: Measured): number {
  if (kind === 'day') return length;
  if (kind === 'instant') return Math.max(...text.split(' ').map(em));
  return Math.min(length, TEXT_NEED_EM);
}

function isText(kind: ColumnKind): boolean {
  return kind !== 'day' && kind !== 'instant';
}
