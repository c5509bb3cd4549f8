import type { ChartSection, ReportDocument, Section } from './document.ts';
import { printedFigure } from './figure-text.ts';
import { lineChart } from './line-chart.ts';
import { type Font, INK, type Mark, type Measure, moved, type Strip } from './marks.ts';
import { type Page, type PageFlow, pageFlow } from './page-flow.ts';
import { PAGE, pageFrame } from './page-frame.ts';
import { paragraphStrip } from './paragraph.ts';
import { fitTable } from './table-fit.ts';
import { titleBlock } from './title-block.ts';

const HEADING: Font = { face: 'bold', size: 12 };
const CONTINUED: Font = { face: 'bold', size: 9 };
const NOTE: Font = { face: 'regular', size: 8 };
const COUNT: Font = { face: 'regular', size: 8 };
const EMPTY: Font = { face: 'regular', size: 9 };
const WIDTH = PAGE.right - PAGE.left;
const SECTION_GAP = 20;
const HEADING_GAP = 4;
const COUNT_ROOM = 90;
const EMPTY_PADDING = 8;
const CHART_HEIGHT = 210;
/** A section starts on a new page rather than with fewer rows than this at the foot of one. */
const ROWS_KEPT = 3;

/**
 * A report cut into pages, each a list of what is drawn on it: no section starts at the foot of a page, and each page of a
 * table has the table's title and header.
 *
 * Units:  points.
 * Errors: `REPORT_UNPRINTABLE` for more pages than anybody reads.
 */
export function layOutPages(document: ReportDocument, measure: Measure): readonly Page[] {
  const flow = pageFlow();
  for (const strip of titleBlock(document, measure)) flow.place(strip);
  for (const section of document.sections) {
    flow.skip(SECTION_GAP);
    if (section.kind === 'chart') placeChart(flow, section, measure);
    else placeTable(flow, section, measure);
  }

  const pages = flow.pages();
  return pages.map(({ marks, bookmarks }, index) => {
    const frame = pageFrame(document, { page: index + 1, pageCount: pages.length }, measure);
    return { marks: [...frame, ...marks], bookmarks };
  });
}

function placeChart(flow: PageFlow, section: ChartSection, measure: Measure): void {
  const heading = headingStrips(section, measure);
  const marks = lineChart(section, { width: WIDTH, height: CHART_HEIGHT }, measure);
  const body = marks === undefined ? emptyStrip(section.emptyText, measure) : { height: CHART_HEIGHT, marks };
  begin(flow, section.title, [...heading, body]);
  for (const strip of [...heading, body]) flow.place(strip);
}

function placeTable(flow: PageFlow, section: Section, measure: Measure): void {
  const heading = headingStrips(section, measure);
  const { header, rows } = fitTable(section, WIDTH, measure);
  const body = rows.length === 0 ? [emptyStrip(section.emptyText, measure)] : [header];
  begin(flow, section.title, [...heading, ...body, ...rows.slice(0, ROWS_KEPT)]);
  for (const strip of [...heading, ...body]) flow.place(strip);

  const continued = titleStrip(`${section.title} (continued)`, CONTINUED, measure);
  for (const row of rows) {
    if (row.height > flow.room()) {
      flow.startPage();
      flow.place(continued);
      flow.place(header);
    }
    flow.place(row);
  }
}

/** Turns the page where there is no room for how a section starts, and marks the place. */
function begin(flow: PageFlow, title: string, start: readonly Strip[]): void {
  const height = start.reduce((sum, strip) => sum + strip.height, 0);
  if (height > flow.room()) flow.startPage();
  flow.bookmark(title);
}

function headingStrips(section: Section | ChartSection, measure: Measure): readonly Strip[] {
  const title = titleStrip(section.title, HEADING, measure);
  const heading = section.kind === 'chart' ? title : withCount(title, section.rows.length, measure);
  if (section.note === undefined) return [heading];
  const note = paragraphStrip({ text: section.note, font: NOTE, width: WIDTH, ink: INK.muted }, measure);
  return [heading, { ...note, height: note.height + HEADING_GAP }];
}

function titleStrip(text: string, font: Font, measure: Measure): Strip {
  const strip = paragraphStrip({ text, font, width: WIDTH - COUNT_ROOM, ink: INK.text }, measure);
  return { ...strip, height: strip.height + HEADING_GAP };
}

function withCount(title: Strip, rowCount: number, measure: Measure): Strip {
  const text = rowCount === 1 ? '1 row' : `${printedFigure(String(rowCount), { grouped: true })} rows`;
  const x = WIDTH - measure.width(text, COUNT);
  const count: Mark = { kind: 'text', x, y: HEADING.size, text, font: COUNT, ink: INK.muted };
  return { ...title, marks: [...title.marks, count] };
}

function emptyStrip(text: string, measure: Measure): Strip {
  const { height, marks } = paragraphStrip(
    { text, font: EMPTY, width: WIDTH - 2 * EMPTY_PADDING, ink: INK.muted },
    measure,
  );
  const box: Mark = { kind: 'box', x: 0, y: 0, width: WIDTH, height: height + 2 * EMPTY_PADDING, fill: INK.band };
  return {
    height: height + 2 * EMPTY_PADDING,
    marks: [box, ...marks.map((mark) => moved(mark, EMPTY_PADDING, EMPTY_PADDING))],
  };
}
