import type { Font, Measure, Strip } from './marks.ts';
import { drawable } from './printed-text.ts';
import { wrapped } from './text-fit.ts';

const LEADING = 1.35;
const LINES_MAX = 30;

/** A text and how it is set. Units: points. */
export interface Paragraph {
  readonly text: string;
  readonly font: Font;
  readonly width: number;
  readonly ink: string;
}

/** A text in lines, each starting at the left; longer than half a page it ends in an ellipsis. */
export function paragraphStrip({ text, font, width, ink }: Paragraph, measure: Measure): Strip {
  const room = { width, linesMax: LINES_MAX, measure: (words: string) => measure.width(words, font) };
  const lines = wrapped(drawable(text, font.face, measure), room);
  return {
    height: lines.length * font.size * LEADING,
    marks: lines.map((line, index) => ({
      kind: 'text',
      x: 0,
      y: (index * LEADING + 1) * font.size,
      text: line,
      font,
      ink,
    })),
  };
}
