import PDFDocument from 'pdfkit';
import { assertWellFormed, type ReportDocument } from './document.ts';
import type { BoxMark, LineMark, Mark, TextMark } from './marks.ts';
import type { Page } from './page-flow.ts';
import { PAGE } from './page-frame.ts';
import { layOutPages } from './page-layout.ts';
import { type FaceSource, openFaces } from './pdf-faces.ts';
import { type MetadataSource, pdfInformation, writeMetadata } from './pdf-metadata.ts';
import { concatenated, packStreams, type StreamSource } from './pdf-streams.ts';

/** A pdfkit document with the inner parts that its type leaves out. */
type Pdf = PDFKit.PDFDocument &
  StreamSource &
  FaceSource &
  MetadataSource & {
    readonly outline: { addItem(title: string, place: { readonly top: number; readonly left: number }): unknown };
  };

/** Texts come measured and placed: the two figures of them keep the library from measuring once more. */
const PLACED = { lineBreak: false, baseline: 'alphabetic', textWidth: 0, wordCount: 0 } as const;

/**
 * A report as a PDF for print and for the archive: A4 across, faces embedded, whose and from which records on each page.
 *
 * Shape:  written in the profile of PDF/A-2b; the same document gives the same bytes on every machine.
 * Errors: `REPORT_UNPRINTABLE` for more pages than anybody reads.
 */
export async function renderPdf(document: ReportDocument): Promise<Uint8Array> {
  assertWellFormed(document);
  const pdf = openPdf(document);
  for (const page of layOutPages(document, openFaces(pdf))) drawPage(pdf, page);
  pdf.end();

  const chunks: Uint8Array[] = [];
  for await (const chunk of pdf) chunks.push(chunk);
  return concatenated(chunks);
}

function openPdf(document: ReportDocument): Pdf {
  const information = pdfInformation(document);
  const pdf = new PDFDocument({
    autoFirstPage: false,
    compress: false,
    font: '',
    pdfVersion: '1.7',
    subset: 'PDF/A-2b',
    lang: 'en',
    displayTitle: true,
    info: { ...information },
  }) as unknown as Pdf;
  packStreams(pdf);
  writeMetadata(pdf, information, document.createdAt);
  return pdf;
}

function drawPage(pdf: Pdf, { marks, bookmarks }: Page): void {
  pdf.addPage({ size: [PAGE.width, PAGE.height], margin: 0 });
  // The library counts the place of a bookmark from the right edge.
  for (const { title, y } of bookmarks) pdf.outline.addItem(title, { top: y, left: PAGE.width });
  for (const mark of marks) drawMark(pdf, mark);
}

function drawMark(pdf: Pdf, mark: Mark): void {
  if (mark.kind === 'text') drawText(pdf, mark);
  else if (mark.kind === 'box') drawBox(pdf, mark);
  else drawLine(pdf, mark);
}

function drawText(pdf: Pdf, { text, x, y, font, ink }: TextMark): void {
  pdf.font(font.face).fontSize(font.size).fillColor(ink);
  pdf.text(text, x, y, PLACED);
}

function drawBox(pdf: Pdf, { x, y, width, height, fill, stroke }: BoxMark): void {
  if (fill !== undefined) pdf.rect(x, y, width, height).fill(fill);
  if (stroke !== undefined) pdf.lineWidth(1).rect(x, y, width, height).stroke(stroke);
}

function drawLine(pdf: Pdf, { points, ink, thickness, dash }: LineMark): void {
  const [x = 0, y = 0, ...others] = points;
  pdf.save().lineWidth(thickness).lineJoin('round');
  if (dash !== undefined) pdf.dash(dash[0], { space: dash[1] });
  pdf.moveTo(x, y);
  for (let index = 0; index < others.length; index += 2) pdf.lineTo(others[index] ?? 0, others[index + 1] ?? 0);
  pdf.stroke(ink).restore();
}
