import { expect, test } from 'vitest';
import type { ReportDocument, Section } from './document.ts';
import { exampleDocument, exampleSection, FIXED_MEASURE } from './example-document.ts';
import type { Mark, TextMark } from './marks.ts';
import type { Page } from './page-flow.ts';
import { PAGE } from './page-frame.ts';
import { layOutPages } from './page-layout.ts';
import { printedInstant } from './printed-text.ts';

const layOut = (document: ReportDocument): readonly Page[] => layOutPages(document, FIXED_MEASURE);
const isText = (mark: Mark): mark is TextMark => mark.kind === 'text';
const marksOf = ({ marks }: Page): readonly TextMark[] => marks.filter(isText);
const textsOf = (page: Page): readonly string[] => marksOf(page).map(({ text }) => text);
const withSections = (...sections: readonly Section[]): ReportDocument => ({ ...exampleDocument(0), sections });
const oneColumn = (rows: readonly string[], title = 'T'): Section => ({
  id: 's',
  title,
  columns: [{ title: 'Only', kind: 'text' }],
  rows: rows.map((text) => [text]),
  emptyText: 'Nothing.',
});

test('each page tells whose report it is, how real, from which records, and which page of how many', () => {
  const pages = layOut(exampleDocument(200));
  expect(pages.length).toBeGreaterThan(4);
  pages.forEach((page, index) => {
    const texts = textsOf(page);
    expect(texts).toContain('Łódź & Söhne Trading · Daily positions');
    expect(texts).toContain('PAPER — DEMO');
    expect(texts).toContain('Records ledger 1 to 48211');
    expect(texts).toContain('ab12'.repeat(16));
    expect(texts).toContain(`Page ${index + 1} of ${pages.length}`);
    expect(texts).toContain('Report R-1 · version 0.1.0 · 2026-01-05');
  });
});

test('each page of a table has its title and its header, and each row is printed once and in order', () => {
  const pages = layOut(withSections(exampleSection(200)));
  for (const page of pages) expect(textsOf(page)).toContain('Instrument');
  for (const page of pages.slice(1)) expect(textsOf(page)).toContain('Positions (continued)');
  expect(textsOf(pages[0] ?? { marks: [], bookmarks: [] })).toContain('Positions');

  const times = pages.flatMap(textsOf).filter((text) => text.startsWith('2026-01-05 09:00:00'));
  expect(times).toEqual(exampleSection(200).rows.map((row) => printedInstant(row[3] ?? '')));
});

test('nothing is drawn outside the page or over the footer', () => {
  for (const page of layOut(exampleDocument(200))) {
    for (const { x, y, text, font } of marksOf(page)) {
      expect(x).toBeGreaterThanOrEqual(PAGE.left - 0.1);
      expect(x + FIXED_MEASURE.width(text, font)).toBeLessThanOrEqual(PAGE.right + 0.1);
      const isFoot = /^(Records|Data hash|(ab12){16}|Page \d|Report R-1)/.test(text);
      if (!isFoot) expect(y).toBeLessThanOrEqual(PAGE.bottom);
    }
  }
});

test('a section starts with at least three rows, or on the next page', () => {
  for (let before = 1; before < 40; before += 1) {
    const pages = layOut(
      withSections(oneColumn(Array(before).fill('before')), oneColumn(['r1', 'r2', 'r3', 'r4'], 'Next')),
    );
    const start = pages.find((page) => page.bookmarks.some(({ title }) => title === 'Next'));
    const texts = start === undefined ? [] : textsOf(start);
    expect(texts).toEqual(expect.arrayContaining(['Next', 'Only', 'r1', 'r2', 'r3']));
  }
});

test('figures of a column stand with their points in one line, whatever their scale', () => {
  const figures = ['1.5', '-1234.123456', '20', '0.05'];
  const section: Section = {
    ...oneColumn([]),
    columns: [{ title: 'F', kind: 'decimal' }],
    rows: figures.map((f) => [f]),
  };
  const marks = layOut(withSections(section)).flatMap(marksOf);
  const points = ['1.5', '−1\u202f234.123456', '20', '0.05'].map((text) => {
    const mark = marks.find((candidate) => candidate.text === text);
    const whole = text.split('.')[0] ?? '';
    return mark === undefined ? Number.NaN : mark.x + FIXED_MEASURE.width(whole, mark.font);
  });
  for (const point of points) expect(point).toBeCloseTo(points[0] ?? 0, 6);
});

test('a figure is never cut, not even where no type is small enough', () => {
  const figure = '-12345678901234567890.123456789012345678';
  const columns = Array.from({ length: 20 }, () => ({ title: 'Figure', kind: 'decimal' as const }));
  const section: Section = { id: 's', title: 'S', columns, rows: [Array(20).fill(figure)], emptyText: '' };
  const texts = layOut(withSections(section)).flatMap(textsOf);
  const digits = texts
    .filter((text) => /^[−\d\u202f.]+$/.test(text))
    .join('')
    .replaceAll('\u202f', '');
  expect(digits).not.toContain('…');
  expect(digits.match(/\d/g)?.length).toBeGreaterThanOrEqual(20 * 38);
});

test('instants stay on one line where there is room and have the day above the time where not', () => {
  const at = '2026-01-05T09:00:01.123456789Z';
  const section = (count: number): Section => ({
    id: 's',
    title: 'S',
    columns: Array.from({ length: count }, () => ({ title: 'At', kind: 'instant' as const })),
    rows: [Array(count).fill(at)],
    emptyText: '',
  });
  expect(layOut(withSections(section(2))).flatMap(textsOf)).toContain('2026-01-05 09:00:01.123456789Z');
  const narrow = layOut(withSections(section(8))).flatMap(textsOf);
  expect(narrow.filter((text) => text === '09:00:01.123456789Z')).toHaveLength(8);
});

test('a hash is cut in its middle, a text by its column, and both keep to one line', () => {
  const section: Section = {
    id: 's',
    title: 'S',
    columns: [
      { title: 'Hash', kind: 'hash' },
      { title: 'Whole', kind: 'hash', overflow: 'wrap' },
      { title: 'Cut', kind: 'text', overflow: 'cut' },
      { title: 'Wrapped', kind: 'text' },
    ],
    rows: [['ab'.repeat(100), 'cd'.repeat(100), `start\n${'word '.repeat(100)}`, `begin ${'word '.repeat(100)}`]],
    emptyText: '',
  };
  const texts = layOut(withSections(section)).flatMap(textsOf);
  expect(texts.filter((text) => /^(ab)+a?…b?(ab)+$/.test(text))).toHaveLength(1);
  expect(texts.filter((text) => /^[cd]+$/.test(text)).join('')).toBe('cd'.repeat(100));
  expect(texts.filter((text) => /^start word.*…$/.test(text))).toHaveLength(1);
  expect(texts.filter((text) => /^(begin )?word/.test(text)).length).toBeGreaterThan(1);
});

test('an empty section states that it is empty', () => {
  const texts = layOut(exampleDocument(0)).flatMap(textsOf);
  expect(texts).toEqual(expect.arrayContaining(['No positions.', 'No breaks.', '0 rows']));
  expect(texts).not.toContain('Break');
});

test('a chart without points states that it is empty', () => {
  const chart = { kind: 'chart', id: 'c', title: 'C', valueTitle: 'EUR', series: [], emptyText: 'No equity.' } as const;
  const texts = layOut({ ...exampleDocument(0), sections: [chart] }).flatMap(textsOf);
  expect(texts).toContain('No equity.');
});

test('one row is counted as one, and a note stands under the title', () => {
  const texts = layOut(withSections({ ...oneColumn(['a']), note: 'At closing prices.' })).flatMap(textsOf);
  expect(texts).toEqual(expect.arrayContaining(['1 row', 'At closing prices.']));
});

test('a live report has no mark', () => {
  const { environmentMark: _, ...live } = exampleDocument(1);
  const marks = layOut(live).flatMap(({ marks }) => marks);
  expect(marks.filter((mark) => mark.kind === 'box' && mark.stroke !== undefined)).toEqual([]);
});

test('facts that do not fit one page go on to the next', () => {
  const facts = Array.from({ length: 100 }, (_, index) => ({ label: `Fact ${index}`, value: `Value ${index}` }));
  const pages = layOut({ ...exampleDocument(0), facts });
  expect(textsOf(pages[0] ?? { marks: [], bookmarks: [] })).toContain('Value 0');
  expect(pages.flatMap(textsOf).filter((text) => text.startsWith('Value '))).toHaveLength(100);
  for (const { y, text } of pages.flatMap(marksOf)) if (text.startsWith('Value ')) expect(y).toBeLessThan(PAGE.bottom);
});

test('more pages than anybody reads are refused with a way out', () => {
  expect(() => layOut(withSections(oneColumn(Array(70_000).fill('x'))))).toThrow('more than 2000 pages');
});
