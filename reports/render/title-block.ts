import { instantText } from '@gatehouse/shared/values/instant.ts';
import type { ReportDocument } from './document.ts';
import { type Font, INK, type Mark, type Measure, moved, type Strip } from './marks.ts';
import { PAGE } from './page-frame.ts';
import { paragraphStrip } from './paragraph.ts';
import { printedInstant } from './printed-text.ts';

const TITLE: Font = { face: 'bold', size: 18 };
const SUBTITLE: Font = { face: 'regular', size: 11 };
const LABEL: Font = { face: 'regular', size: 8 };
const VALUE: Font = { face: 'regular', size: 8.5 };
const HASH: Font = { face: 'mono', size: 6.6 };
const WIDTH = PAGE.right - PAGE.left;
const GUTTER = 24;
const HALF = (WIDTH - GUTTER) / 2;
const LABEL_WIDTH = 112;
const LABEL_GAP = 8;
const PADDING_Y = 3;

interface Statement {
  readonly label: string;
  readonly value: string;
  readonly font: Font;
}

/** What opens a report: its title, its facts, and from which records and by which code it was made. */
export function titleBlock(document: ReportDocument, measure: Measure): readonly Strip[] {
  const statements = statementsOf(document);
  const rows: Strip[] = [];
  for (let index = 0; index < statements.length; index += 2) {
    rows.push(statementRow(statements.slice(index, index + 2), measure));
  }
  return [
    paragraphStrip({ text: document.title, font: TITLE, width: WIDTH, ink: INK.text }, measure),
    paragraphStrip({ text: document.subtitle, font: SUBTITLE, width: WIDTH, ink: INK.muted }, measure),
    { height: 10, marks: [] },
    ...rows,
  ];
}

function statementsOf({ entity, createdAt, facts, provenance }: ReportDocument): readonly Statement[] {
  return [
    { label: 'Entity', value: entity, font: VALUE },
    { label: 'Created', value: printedInstant(instantText(createdAt)), font: VALUE },
    ...facts.map(({ label, value }) => ({ label, value, font: VALUE })),
    { label: 'Records', value: provenance.recordRange, font: VALUE },
    { label: 'Data hash', value: provenance.dataHash, font: HASH },
    { label: 'Made by version', value: provenance.codeVersion, font: VALUE },
    { label: 'Report', value: provenance.reportId, font: VALUE },
  ];
}

function statementRow(statements: readonly Statement[], measure: Measure): Strip {
  const strips = statements.map((statement) => statementStrip(statement, measure));
  return {
    height: Math.max(...strips.map(({ height }) => height)),
    marks: strips.flatMap(({ marks }, index) => marks.map((mark) => moved(mark, index * (HALF + GUTTER), 0))),
  };
}

function statementStrip({ label, value, font }: Statement, measure: Measure): Strip {
  const name = paragraphStrip({ text: label, font: LABEL, width: LABEL_WIDTH - LABEL_GAP, ink: INK.muted }, measure);
  const text = paragraphStrip({ text: value, font, width: HALF - LABEL_WIDTH, ink: INK.text }, measure);
  const line: Mark = { kind: 'line', points: [0, 0, HALF, 0], ink: INK.hairline, thickness: 0.5 };
  return {
    height: Math.max(name.height, text.height) + 2 * PADDING_Y,
    marks: [
      line,
      ...name.marks.map((mark) => moved(mark, 0, PADDING_Y)),
      ...text.marks.map((mark) => moved(mark, LABEL_WIDTH, PADDING_Y)),
    ],
  };
}
