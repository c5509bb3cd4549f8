import type { Child } from 'hono/jsx';
import { mayDo } from '../../people/permissions.ts';
import type { FilterValues } from '../../store/pages/paging.ts';
import type { ConsoleContext, Parts } from '../console-deps.ts';
import { Figure, Hash, Time, Words } from '../parts/marks.tsx';
import { Heading, renderPage } from '../parts/page.tsx';
import type { Route } from '../route.ts';
import { exportRoutes } from './export-routes.ts';
import {
  type FilterField,
  onPage,
  PAGE_ROWS,
  readFilter,
  type TableColumn,
  type TableDefinition,
} from './table-definition.ts';

const NO_CHOICES: Readonly<Record<string, readonly string[]>> = {};

/** The page of a table and its exports. */
export function tableRoutes<Row>(definition: TableDefinition<Row>): readonly Route[] {
  const page: Route = {
    method: 'GET',
    path: `/${definition.id}`,
    needs: definition.needs,
    handle: (c, parts) => showTable(c, parts, definition),
  };
  return [page, ...exportRoutes(definition)];
}

async function showTable<Row>(c: ConsoleContext, parts: Parts, definition: TableDefinition<Row>) {
  const query = c.req.query();
  const { values, problems } = readFilter(definition.filters, query);
  const { before, after } = query;
  const isPaged = definition.cursor !== undefined;
  const cursor = after === undefined ? (before === undefined ? {} : { before }) : { after };
  const [rows, choices, above] = await Promise.all([
    definition.read(parts, values, { ...(isPaged ? cursor : {}), limit: PAGE_ROWS + 1 }),
    definition.choices?.(parts) ?? NO_CHOICES,
    definition.above?.(c, parts),
  ]);
  const shown = pageOf(rows, after !== undefined && isPaged);
  const fields = definition.filters.map((field) => ({ ...field, choices: choices[field.name] ?? [] }));
  const viewer = c.get('viewer');
  const mayExport = viewer !== undefined && mayDo(viewer.role, 'records.export');
  return renderPage(c, parts, {
    title: definition.title,
    place: `/${definition.id}`,
    body: (
      <>
        <Heading title={definition.title} note={definition.note}>
          {mayExport ? <ExportLinks id={definition.id} values={values} /> : null}
        </Heading>
        {above}
        {fields.length > 0 ? <FilterForm id={definition.id} fields={fields} values={values} /> : null}
        {problems.map((problem) => (
          <p class="problem" role="alert">
            {problem}
          </p>
        ))}
        {shown.length === 0 ? (
          <p class="empty">{emptyText(definition.emptyText, values)}</p>
        ) : (
          <TableRows
            columns={onPage(definition.columns)}
            rows={shown}
            href={definition.href}
            caption={definition.title}
          />
        )}
        {isPaged ? (
          <Pager
            definition={definition}
            rows={shown}
            values={values}
            query={{ ...query, more: `${rows.length > PAGE_ROWS}` }}
          />
        ) : null}
      </>
    ),
  });
}

/** One row more than a page is read, to know whether there is more; it is not shown. */
function pageOf<Row>(rows: readonly Row[], isBackwards: boolean): readonly Row[] {
  if (rows.length <= PAGE_ROWS) return rows;
  return isBackwards ? rows.slice(1) : rows.slice(0, PAGE_ROWS);
}

function emptyText(text: string, values: FilterValues): string {
  return Object.keys(values).length === 0 ? text : 'Nothing matches these filters. Clear them to see all rows.';
}

/** The table itself, with each row a stop for the keyboard. */
export function TableRows<Row>({
  columns,
  rows,
  href,
  caption,
}: {
  readonly columns: readonly TableColumn<Row>[];
  readonly rows: readonly Row[];
  readonly href?: ((row: Row) => string) | undefined;
  readonly caption: string;
}) {
  return (
    <section class="scroll" tabindex={0} aria-label={caption}>
      <table class="rows">
        <caption class="unseen">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th scope="col" class={classOf(column)}>
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr data-href={href?.(row)}>
              {columns.map((column) => (
                <td class={`${classOf(column)}${isLong(column, row) ? ' long' : ''}`}>{showCell(column, row)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function classOf<Row>({ kind, isMinor }: TableColumn<Row>): string {
  const aligned = kind === 'decimal' || kind === 'integer' ? 'number' : kind;
  return isMinor === true ? `${aligned} minor` : aligned;
}

/** So long a text gets room enough not to become a tower of single words. Units: characters. */
const LONG_FROM = 50;

function isLong<Row>({ kind, cell }: TableColumn<Row>, row: Row): boolean {
  return kind === 'text' && (cell(row)?.length ?? 0) >= LONG_FROM;
}

function showCell<Row>(column: TableColumn<Row>, row: Row): Child {
  if (column.show !== undefined) return column.show(row);
  const text = column.cell(row);
  if (column.kind === 'decimal' || column.kind === 'integer') return <Figure text={text} />;
  if (column.kind === 'instant') return <Time at={text} />;
  if (column.kind === 'hash' && text !== null) return <Hash hash={text} />;
  return text === null ? <span class="none">–</span> : <Words text={text} />;
}

/** A table's files, with the filters of the page. */
export function ExportLinks({ id, values }: { readonly id: string; readonly values: FilterValues }) {
  const query = queryText(values);
  return (
    <>
      <a class="button" href={`/export/${id}.csv${query}`} download>
        CSV
      </a>
      <a class="button" href={`/export/${id}.xlsx${query}`} download>
        XLSX
      </a>
    </>
  );
}

/** The fields that narrow a table. */
export function FilterForm({
  id,
  fields,
  values,
}: {
  id: string;
  fields: readonly FilterField[];
  values: FilterValues;
}) {
  return (
    <form method="get" action={`/${id}`} class="filters" aria-label="Filters">
      {fields.map((field, index) => (
        <label for={`filter-${field.name}`}>
          <span>{field.label}</span>
          <FilterInput field={field} value={values[field.name] ?? ''} isFirst={index === 0} />
        </label>
      ))}
      <div class="buttons">
        <button type="submit">Filter</button>
        {Object.keys(values).length > 0 ? (
          <a class="button quiet" href={`/${id}`}>
            Clear
          </a>
        ) : null}
      </div>
    </form>
  );
}

function FilterInput({ field, value, isFirst }: { field: FilterField; value: string; isFirst: boolean }) {
  const { name, kind, choices = [], show = (choice) => choice } = field;
  const id = `filter-${name}`;
  if (kind === 'day') return <input id={id} type="date" name={name} value={value} />;
  if (kind === 'text') {
    const mark = isFirst ? '' : undefined;
    return (
      <input id={id} type="search" name={name} value={value} data-search={mark} autocomplete="off" spellcheck={false} />
    );
  }
  const all = value === '' || choices.includes(value) ? choices : [value, ...choices];
  return (
    <select id={id} name={name}>
      <option value="">any</option>
      {all.map((choice) => (
        <option value={choice} selected={choice === value}>
          {show(choice)}
        </option>
      ))}
    </select>
  );
}

interface PagerProps<Row> {
  readonly definition: TableDefinition<Row>;
  readonly rows: readonly Row[];
  readonly values: FilterValues;
  readonly query: FilterValues;
}

function Pager<Row>({ definition, rows, values, query }: PagerProps<Row>) {
  const cursor = (row: Row | undefined) => (row === undefined ? '' : (definition.cursor?.(row) ?? ''));
  const isMore = query['more'] === 'true';
  const isBackwards = query['after'] !== undefined;
  const hasNewer = isBackwards ? isMore : query['before'] !== undefined;
  const hasOlder = isBackwards ? rows.length > 0 : isMore;
  if (!hasNewer && !hasOlder) return <p class="pager">{rows.length === 0 ? '' : `${rows.length} in all`}</p>;
  const link = (extra: FilterValues) => `/${definition.id}${queryText({ ...values, ...extra })}`;
  return (
    <nav class="pager" aria-label="Pages of this table">
      <a class="button" href={link({})} aria-disabled={hasNewer ? undefined : 'true'}>
        Newest
      </a>
      {hasNewer ? (
        <a class="button" rel="prev" href={link({ after: cursor(rows[0]) })}>
          Newer
        </a>
      ) : null}
      {hasOlder ? (
        <a class="button" rel="next" href={link({ before: cursor(rows.at(-1)) })}>
          Older
        </a>
      ) : null}
    </nav>
  );
}

/** Values as the end of an address. */
export function queryText(values: FilterValues): string {
  const text = new URLSearchParams(values).toString();
  return text === '' ? '' : `?${text}`;
}
