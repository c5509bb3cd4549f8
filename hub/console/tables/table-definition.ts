import type { Child } from 'hono/jsx';
import type { Permission } from '../../people/permissions.ts';
import type { FilterValues, Page } from '../../store/pages/paging.ts';
import type { ConsoleContext, Parts } from '../console-deps.ts';
import type { TableColumn } from '../parts/table-column.ts';

/** One field of the filter. Shape: a `choice` offers its values, a `day` is `YYYY-MM-DD` in UTC. */
export interface FilterField {
  readonly name: string;
  readonly label: string;
  readonly kind: 'choice' | 'text' | 'day';
  readonly choices?: readonly string[];
  /** What people read in place of a value that is to be chosen. */
  readonly show?: (choice: string) => string;
}

/** A table as data: the page, its filters and its exports are made from it. */
export interface TableDefinition<Row> {
  readonly id: string;
  readonly title: string;
  readonly note: string;
  readonly needs: Permission;
  readonly columns: readonly TableColumn<Row>[];
  readonly filters: readonly Omit<FilterField, 'choices'>[];
  /** What the choice filters offer, by name. */
  readonly choices?: (parts: Parts) => Promise<Readonly<Record<string, readonly string[]>>>;
  readonly read: (parts: Parts, filter: FilterValues, page: Page) => Promise<readonly Row[]>;
  /** The row's cursor; a table without one has a single page. */
  readonly cursor?: (row: Row) => string;
  readonly href?: (row: Row) => string;
  readonly emptyText: string;
  /** What stands above the table. */
  readonly above?: (c: ConsoleContext, parts: Parts) => Promise<Child>;
}

/** Rows on one page of a table. */
export const PAGE_ROWS = 50;

const VALUE_LENGTH_MAX = 100;
const DAY = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;

/** What the address line says of a table's filters, and what of it could not be used. */
export interface ReadFilter {
  readonly values: FilterValues;
  readonly problems: readonly string[];
}

/** Reads the filters of a table; what has not its form is left out and named. */
export function readFilter(fields: readonly Omit<FilterField, 'choices'>[], query: FilterValues): ReadFilter {
  const values: Record<string, string> = {};
  const problems: string[] = [];
  for (const { name, label, kind } of fields) {
    const value = (query[name] ?? '').trim();
    if (value === '') continue;
    const isFit = kind === 'day' ? DAY.test(value) : value.length <= VALUE_LENGTH_MAX && /^[\x20-\x7e]+$/.test(value);
    if (isFit) values[name] = value;
    else
      problems.push(
        `${label} was left out: ${kind === 'day' ? 'it is no day like 2020-03-06' : 'it holds what no record holds'}.`,
      );
  }
  return { values, problems };
}

/** The filters as one line for a file. */
export function filterText(fields: readonly Omit<FilterField, 'choices'>[], values: FilterValues): string {
  const parts = fields.flatMap(({ name, label }) => (values[name] === undefined ? [] : [`${label} = ${values[name]}`]));
  return parts.length === 0 ? 'none' : parts.join('; ');
}
