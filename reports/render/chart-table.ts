import { type Instant, instantText } from '@gatehouse/shared/values/instant.ts';
import type { Cell, ChartSection, ChartSeries, Section } from './document.ts';

/** The section as a table: a chart becomes one row per moment and one column per series. */
export function tableOf(section: Section | ChartSection): Section {
  if (section.kind !== 'chart') return section;

  return {
    id: section.id,
    title: section.title,
    ...(section.note === undefined ? {} : { note: section.note }),
    columns: [
      { title: 'Time', kind: 'instant' },
      ...section.series.map(({ name }) => ({ title: columnTitle(name, section.valueTitle), kind: 'decimal' as const })),
    ],
    rows: rowsOf(section.series),
    emptyText: section.emptyText,
  };
}

function columnTitle(name: string, valueTitle: string): string {
  return name === valueTitle ? name : `${name} (${valueTitle})`;
}

function rowsOf(series: readonly ChartSeries[]): readonly (readonly Cell[])[] {
  const rows = new Map<Instant, Cell[]>();
  series.forEach(({ points }, index) => {
    for (const { at, value } of points) {
      const row = rows.get(at) ?? new Array<Cell>(series.length).fill(null);
      row[index] = value;
      rows.set(at, row);
    }
  });
  return [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([at, values]) => [instantText(at), ...values]);
}
