import type { Child } from 'hono/jsx';
import { Figure, Hash, Time, Words } from './marks.tsx';
import type { TableColumn } from './table-column.ts';

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
