import { mayDo } from '../../people/permissions.ts';
import type { FilterValues } from '../../store/pages/paging.ts';
import type { ConsoleContext, Parts } from '../console-deps.ts';
import { ExportLinks, queryText } from '../parts/export-links.tsx';
import { Heading, renderPage } from '../parts/page.tsx';
import { onPage } from '../parts/table-column.ts';
import { TableRows } from '../parts/table-rows.tsx';
import type { Route } from '../route.ts';
import { exportRoutes } from './export-routes.ts';
import { type FilterField, PAGE_ROWS, readFilter, type TableDefinition } from './table-definition.ts';

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
