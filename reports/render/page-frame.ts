import { instantText } from '@gatehouse/shared/values/instant.ts';
import type { ReportDocument } from './document.ts';
import { type Font, INK, type Mark, type Measure } from './marks.ts';
import { drawable } from './printed-text.ts';
import { cutAtEnd, cutInMiddle } from './text-fit.ts';

/** A4 across, which gives ten columns room. Units: points. */
export const PAGE = { width: 841.89, height: 595.28, left: 40, right: 801.89, top: 62, bottom: 543 } as const;

const RUNNING: Font = { face: 'regular', size: 7.5 };
const MARK: Font = { face: 'bold', size: 9 };
const FOOT: Font = { face: 'regular', size: 6.75 };
const FOOT_HASH: Font = { face: 'mono', size: 6.25 };
const GAP = 16;

/** Which page of how many. */
export interface PageNumber {
  readonly page: number;
  readonly pageCount: number;
}

/** What stands on each page above and below its content: whose report, how real, from which records, which page. */
export function pageFrame(document: ReportDocument, number: PageNumber, measure: Measure): readonly Mark[] {
  return [...head(document, measure), ...foot(document, number, measure)];
}

function head({ entity, title, environmentMark }: ReportDocument, measure: Measure): readonly Mark[] {
  const mark = environmentMark === undefined ? [] : markBox(environmentMark, measure);
  const box = mark[0];
  const end = box?.kind === 'box' ? box.x - GAP : PAGE.right;
  const text = fitted(`${entity} · ${title}`, { font: RUNNING, width: end - PAGE.left }, measure);
  return [
    ...mark,
    { kind: 'text', x: PAGE.left, y: 36, text, font: RUNNING, ink: INK.muted },
    { kind: 'line', points: [PAGE.left, 46, PAGE.right, 46], ink: INK.rule, thickness: 0.5 },
  ];
}

function markBox(environmentMark: string, measure: Measure): readonly Mark[] {
  const text = fitted(environmentMark, { font: MARK, width: 320 }, measure);
  const width = measure.width(text, MARK) + 14;
  const x = PAGE.right - width;
  return [
    { kind: 'box', x, y: 24, width, height: 17, stroke: INK.alarm },
    { kind: 'text', x: x + 7, y: 35.8, text, font: MARK, ink: INK.alarm },
  ];
}

function foot({ provenance, createdAt }: ReportDocument, number: PageNumber, measure: Measure): readonly Mark[] {
  const { recordRange, dataHash, codeVersion, reportId } = provenance;
  const right = (y: number, words: string): Mark => {
    const text = fitted(words, { font: FOOT, width: 300 }, measure);
    return { kind: 'text', x: PAGE.right - measure.width(text, FOOT), y, text, font: FOOT, ink: INK.muted };
  };
  const left = (y: number, text: string): Mark => ({ kind: 'text', x: PAGE.left, y, text, font: FOOT, ink: INK.muted });
  const width = PAGE.right - PAGE.left - 300 - GAP;
  const hashLabel = 'Data hash ';
  const hashX = PAGE.left + measure.width(hashLabel, FOOT);
  const hashRoom = {
    width: width - (hashX - PAGE.left),
    linesMax: 1,
    measure: (text: string) => measure.width(text, FOOT_HASH),
  };
  const hash = cutInMiddle(drawable(dataHash, 'mono', measure), hashRoom);
  return [
    { kind: 'line', points: [PAGE.left, 553, PAGE.right, 553], ink: INK.rule, thickness: 0.5 },
    left(563, fitted(`Records ${recordRange}`, { font: FOOT, width }, measure)),
    left(573, hashLabel),
    { kind: 'text', x: hashX, y: 573, text: hash, font: FOOT_HASH, ink: INK.muted },
    right(563, `Page ${number.page} of ${number.pageCount}`),
    right(573, `Report ${reportId} · version ${codeVersion} · ${instantText(createdAt).slice(0, 10)}`),
  ];
}

interface Line {
  readonly font: Font;
  readonly width: number;
}

function fitted(text: string, { font, width }: Line, measure: Measure): string {
  const room = { width, linesMax: 1, measure: (words: string) => measure.width(words, font) };
  return cutAtEnd(drawable(text, font.face, measure).replaceAll('\n', ' '), room);
}
