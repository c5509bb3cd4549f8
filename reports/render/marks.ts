/** The typefaces of a printed page: text, emphasis, and hashes. */
export type Face = 'regular' | 'bold' | 'mono';

/** How texts are measured, which only their typefaces know. Units: points. */
export interface Measure {
  readonly width: (text: string, font: Font) => number;
  /** Whether the face has a picture of the character. */
  readonly draws: (codePoint: number, face: Face) => boolean;
}

/** A face at a size. Units: points. */
export interface Font {
  readonly face: Face;
  readonly size: number;
}

/** The colours of a page, dark enough on white to read and to survive a black-and-white copy. */
export const INK = {
  text: '#14181d',
  muted: '#56606c',
  rule: '#9aa4af',
  hairline: '#d5dae0',
  band: '#f3f5f8',
  header: '#e4e9ef',
  alarm: '#a80d1c',
} as const;

/** A text whose first letter starts at `x` and stands on the line `y`. */
export interface TextMark {
  readonly kind: 'text';
  readonly x: number;
  readonly y: number;
  readonly text: string;
  readonly font: Font;
  readonly ink: string;
}

/** A filled or outlined rectangle. */
export interface BoxMark {
  readonly kind: 'box';
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly fill?: string;
  readonly stroke?: string;
}

/** A line through points. Shape: `points` holds x and y in turn. */
export interface LineMark {
  readonly kind: 'line';
  readonly points: readonly number[];
  readonly ink: string;
  readonly thickness: number;
  readonly dash?: readonly [number, number];
}

/** One thing drawn on a page. Units: points from the upper left corner of the page. */
export type Mark = TextMark | BoxMark | LineMark;

/** A piece of content that no page break divides, drawn from its upper left corner. Units: points. */
export interface Strip {
  readonly height: number;
  readonly marks: readonly Mark[];
}

/** The mark moved to the right and down. */
export function moved(mark: Mark, dx: number, dy: number): Mark {
  if (mark.kind !== 'line') return { ...mark, x: mark.x + dx, y: mark.y + dy };
  return { ...mark, points: mark.points.map((value, index) => value + (index % 2 === 0 ? dx : dy)) };
}
