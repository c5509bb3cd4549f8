import type { Face, Measure } from './marks.ts';

/** The faces come with the product: the standard ones of PDF know no minus sign, no Ł and no Greek. */
const SOURCES: Readonly<Record<Face, string>> = {
  regular: import.meta.resolve('dejavu-fonts-ttf/ttf/DejaVuSansCondensed.ttf'),
  bold: import.meta.resolve('dejavu-fonts-ttf/ttf/DejaVuSansCondensed-Bold.ttf'),
  mono: import.meta.resolve('dejavu-fonts-ttf/ttf/DejaVuSansMono.ttf'),
};

/** Words of plain signs with a digit among them: figures, times, codes. */
const PLAIN_CODE = /^(?=.*\d)[\x20-\x7e\u202f\u2212\u2026]*$/;

/** Signs that are all equally wide in the face for hashes. */
const EVEN = /^[\x20-\x7e\u2026]*$/;

/** The part of a pdfkit document that faces need. */
export interface FaceSource {
  registerFont(name: string, source: string): unknown;
  font(name: string): unknown;
  readonly _font: EmbeddedFace;
}

interface EmbeddedFace {
  /** How many units of a glyph make a thousandth of the type size. */
  readonly scale: number;
  readonly font: {
    hasGlyphForCodePoint(codePoint: number): boolean;
    glyphsForString(text: string): readonly { readonly advanceWidth: number }[];
  };
  layoutRun(text: string, features?: unknown): object;
  widthOfString(text: string, size: number): number;
}

/**
 * Opens the faces in a pdfkit document and measures with them.
 *
 * Shape: words with digits are set glyph by glyph, since rules of joining and kerning change nothing in them and cost nine
 *        tenths of the time of a long table; everything else is shaped as its script asks for.
 */
export function openFaces(pdf: FaceSource): Measure {
  const faces = {
    regular: openFace(pdf, 'regular'),
    bold: openFace(pdf, 'bold'),
    mono: openFace(pdf, 'mono'),
  };
  const widths = {
    regular: new Map<string, number>(),
    bold: new Map<string, number>(),
    mono: new Map<string, number>(),
  };
  const evenWidth = faces.mono.widthOfString('0', 1);
  return {
    width: (text, { face, size }) => {
      if (face === 'mono' && EVEN.test(text)) return text.length * evenWidth * size;
      const known = widths[face].get(text);
      if (known !== undefined) return known * size;
      const width = faces[face].widthOfString(text, 1);
      widths[face].set(text, width);
      return width * size;
    },
    draws: (codePoint, face) => faces[face].font.hasGlyphForCodePoint(codePoint),
  };
}

function openFace(pdf: FaceSource, name: Face): EmbeddedFace {
  pdf.registerFont(name, SOURCES[name]);
  pdf.font(name);
  const face = pdf._font;
  const shaped = face.layoutRun.bind(face);
  face.layoutRun = (text, features) => (PLAIN_CODE.test(text) ? plainRun(text, face) : shaped(text, features));
  return face;
}

function plainRun(text: string, { font, scale }: EmbeddedFace): object {
  const glyphs = font.glyphsForString(text);
  const positions = glyphs.map((glyph) => {
    const advanceWidth = glyph.advanceWidth * scale;
    return { xAdvance: advanceWidth, yAdvance: 0, xOffset: 0, yOffset: 0, advanceWidth };
  });
  return { glyphs, positions, advanceWidth: positions.reduce((sum, { advanceWidth }) => sum + advanceWidth, 0) };
}
