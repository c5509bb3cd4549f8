import { csvLine, csvLines } from '@gatehouse/reports/render/csv.ts';
import type { Cell, ReportDocument, Section } from '@gatehouse/reports/render/document.ts';
import { KitError } from '@gatehouse/shared/errors.ts';
import { sha256 } from '@gatehouse/shared/journal/canonical.ts';
import { instantText } from '@gatehouse/shared/values/instant.ts';
import { inTransaction } from '../../store/database.ts';
import type { FilterValues, Page } from '../../store/pages/paging.ts';
import type { ConsoleContext, Parts } from '../console-deps.ts';
import { addressOf, type Route, viewerOf } from '../route.ts';
import { filterText, readFilter, type TableDefinition } from './table-definition.ts';

/** The most rows in one file; a narrower filter gives the rest. */
export const EXPORT_ROWS_MAX = 100_000;

const CHUNK_ROWS = 2_000;
const XLSX_TYPE = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
const CUT_NOTE = `Cut at ${EXPORT_ROWS_MAX} rows, there are more: narrow the filters and export again`;

type Format = 'csv' | 'xlsx';

/** The two files that a table can be taken away in; each taking is an act on record. */
export function exportRoutes<Row>(definition: TableDefinition<Row>): readonly Route[] {
  const route = (format: Format, make: typeof exportCsv<Row>): Route => ({
    method: 'GET',
    path: `/export/${definition.id}.${format}`,
    needs: 'records.export',
    isStream: true,
    handle: async (c, parts) => {
      const release = parts.exports.take();
      if (release === undefined) {
        throw new KitError('QUEUE_FULL', 'too many exports run at this moment', { hint: 'Try again in a minute.' });
      }
      const { values } = readFilter(definition.filters, c.req.query());
      const job = { definition, values, release, heading: headingOf(parts, definition, values) };
      try {
        await recordExport(c, parts, { id: definition.id, format, filters: filterText(definition.filters, values) });
        c.header('Content-Disposition', `attachment; filename="gatehouse-${definition.id}.${format}"`);
        c.header('Cache-Control', 'no-store');
        return await make(c, parts, job);
      } catch (error) {
        release();
        throw error;
      }
    },
  });
  return [route('csv', exportCsv), route('xlsx', exportXlsx)];
}

interface ExportJob<Row> {
  readonly definition: TableDefinition<Row>;
  readonly values: FilterValues;
  readonly heading: readonly string[];
  readonly release: () => void;
}

function headingOf<Row>(parts: Parts, definition: TableDefinition<Row>, values: FilterValues): readonly string[] {
  return [
    `Gatehouse: ${definition.title}, hub ${parts.hub.id}, ${parts.hub.mark}`,
    `Filters: ${filterText(definition.filters, values)}`,
    'Time zone: UTC',
    `Made at: ${instantText(parts.clock.now())}`,
    `Rows: newest first, at most ${EXPORT_ROWS_MAX}; the last line says where there are more`,
  ];
}

async function exportCsv<Row>(c: ConsoleContext, parts: Parts, job: ExportJob<Row>): Promise<Response> {
  const { definition, heading, release } = job;
  const chunks = rowChunks(parts, job);
  const encoder = new TextEncoder();
  const head = csvLines({ columns: definition.columns, rows: [] }, { headerLines: heading });
  const stream = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(encoder.encode([...head].join(''))),
    async pull(controller) {
      const next = await chunks.next().catch((error: unknown) => {
        release();
        throw error;
      });
      if (next.done !== true) {
        const lines = next.value.map((row) => csvLine(definition.columns, cellsOf(definition, row)));
        controller.enqueue(encoder.encode(lines.join('')));
        return;
      }
      if (next.value) controller.enqueue(encoder.encode(`${CUT_NOTE}\r\n`));
      release();
      controller.close();
    },
    cancel: release,
  });
  return c.body(stream, 200, { 'Content-Type': 'text/csv; charset=utf-8' });
}

async function exportXlsx<Row>(c: ConsoleContext, parts: Parts, job: ExportJob<Row>): Promise<Response> {
  const { definition, release } = job;
  const rows: (readonly Cell[])[] = [];
  const chunks = rowChunks(parts, job);
  let next = await chunks.next();
  for (; next.done !== true; next = await chunks.next())
    rows.push(...next.value.map((row) => cellsOf(definition, row)));
  const bytes = await parts.renderXlsx(documentOf(parts, job, { rows, isCut: next.value }));
  release();
  return c.body(Uint8Array.from(bytes).buffer, 200, { 'Content-Type': XLSX_TYPE });
}

function documentOf<Row>(
  parts: Parts,
  { definition, values }: ExportJob<Row>,
  found: { readonly rows: readonly (readonly Cell[])[]; readonly isCut: boolean },
): ReportDocument {
  const section: Section = {
    id: definition.id,
    title: definition.title,
    columns: definition.columns.map(({ title, kind }) => ({ title, kind })),
    rows: found.rows,
    emptyText: 'No rows match the filters.',
  };
  return {
    title: definition.title,
    subtitle: `Export from the console of hub ${parts.hub.id}`,
    entity: `Hub ${parts.hub.id}`,
    environmentMark: parts.hub.mark,
    createdAt: parts.clock.now(),
    facts: [
      { label: 'Filters', value: filterText(definition.filters, values) },
      { label: 'Time zone', value: 'UTC' },
      { label: 'Rows', value: found.isCut ? `${found.rows.length}. ${CUT_NOTE}` : `${found.rows.length}, complete` },
    ],
    sections: [section],
    provenance: {
      recordRange: `${found.rows.length} rows`,
      dataHash: sha256(JSON.stringify(found.rows)).toString('hex'),
      codeVersion: parts.hub.release,
      reportId: `export-${definition.id}`,
    },
  };
}

/** The rows in chunks, newest first; at the end, whether rows were left out. */
async function* rowChunks<Row>(
  parts: Parts,
  { definition, values }: ExportJob<Row>,
): AsyncGenerator<readonly Row[], boolean> {
  const { cursor, read } = definition;
  if (cursor === undefined) {
    const rows = await read(parts, values, { limit: EXPORT_ROWS_MAX + 1 });
    yield rows.slice(0, EXPORT_ROWS_MAX);
    return rows.length > EXPORT_ROWS_MAX;
  }
  let page: Page = { limit: CHUNK_ROWS };
  for (let count = 0; count < EXPORT_ROWS_MAX; ) {
    const rows = await read(parts, values, page);
    const last = rows.at(-1);
    if (last === undefined) return false;
    count += rows.length;
    yield rows;
    if (rows.length < CHUNK_ROWS) return false;
    page = { limit: CHUNK_ROWS, before: cursor(last) };
  }
  return (await read(parts, values, { ...page, limit: 1 })).length > 0;
}

function cellsOf<Row>(definition: TableDefinition<Row>, row: Row): readonly Cell[] {
  return definition.columns.map(({ cell }) => cell(row));
}

async function recordExport(
  c: ConsoleContext,
  parts: Parts,
  taken: { readonly id: string; readonly format: Format; readonly filters: string },
): Promise<void> {
  const { personId: by } = viewerOf(c);
  const after = { format: taken.format, filters: taken.filters };
  await inTransaction(parts.database, (tx) =>
    parts.appendAct(tx, { action: 'records.exported', by, from: addressOf(c), target: taken.id, after }),
  );
}
