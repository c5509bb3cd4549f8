import { KitError } from '../../errors.ts';
import { type Decimal, decimal, isDecimalText, signOf, ZERO } from '../../values/decimal.ts';
import { type Instant, isInstantText, parseInstant } from '../../values/instant.ts';
import { type CsvRow, csvRows } from './csv-rows.ts';
import type { AccountRecords, FillRecord, HeldRecord, OrderRecord, ReconciledPlace } from './records.ts';

/** What a broker, custodian or exchange says of an account, in the form of `docs/statements.md`. */
export interface Statement extends ReconciledPlace {
  readonly records: AccountRecords;
}

/** A list of more problems helps nobody. */
export const STATEMENT_PROBLEMS_MAX = 50;
/** The longest statement that is read. Units: UTF-16 code units. */
export const STATEMENT_LENGTH_MAX = 400_000;

const FIRST_LINE = ['gatehouse-statement', '1'];
const HEAD = ['venue', 'account', 'from', 'to'] as const;
/** Names that others give, such as those of their executions. */
const NAME = /^[\x21-\x7e]{1,64}$/;
const IDENTIFIER = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
/** The columns of each section; those behind the bar may be left out, and their cells may be empty. */
const SECTIONS = {
  orders: { needed: ['order', 'instrument', 'side', 'quantity', 'filled'], optional: [] },
  fills: {
    needed: ['fill', 'instrument', 'side', 'quantity', 'price', 'time'],
    optional: ['order', 'currency', 'fee', 'fee currency'],
  },
  positions: { needed: ['instrument', 'quantity'], optional: [] },
  balances: { needed: ['currency', 'amount'], optional: [] },
} as const;
type Section = keyof typeof SECTIONS;

/** A row of a section, asked by the names of its columns. */
interface Cells {
  text(column: string): string;
  optional(column: string): string | undefined;
  figure(column: string, sign: 'any' | 'above-zero' | 'not-below-zero'): Decimal;
  side(): 'buy' | 'sell';
  time(column: string): Instant;
}

/**
 * Reads a statement whole or not at all.
 *
 * Shape:  a section that is there speaks of everything, so that what it leaves out is nothing; one that is absent says nothing.
 * Errors: `FILE_MALFORMED` listing every problem with line and column, up to `STATEMENT_PROBLEMS_MAX`.
 */
export function parseStatement(text: string): Statement {
  if (text.length > STATEMENT_LENGTH_MAX) throw malformed([`more than ${STATEMENT_LENGTH_MAX} characters`]);
  const reading = new StatementReading();
  const { rows, problems } = csvRows(text);
  reading.problems.push(...problems);
  for (const row of rows) reading.take(row);
  return reading.statement();
}

class StatementReading {
  readonly problems: string[] = [];
  readonly #head = new Map<string, string>();
  readonly #orders: OrderRecord[] = [];
  readonly #fills: FillRecord[] = [];
  readonly #positions: HeldRecord[] = [];
  readonly #balances: HeldRecord[] = [];
  readonly #seen = new Set<Section>();
  readonly #keys = new Set<string>();
  #isFirst = true;
  #section: Section | undefined;
  #columns: ReadonlyMap<string, number> | undefined;
  #isSkipping = false;

  take(row: CsvRow): void {
    const [first = ''] = row.cells;
    if (this.#isFirst) {
      this.#isFirst = false;
      const isOurs = row.cells.length === 2 && row.cells.every((cell, index) => cell === FIRST_LINE[index]);
      if (!isOurs) this.#fault(row, 1, `the first line is not "${FIRST_LINE.join(',')}"`);
    } else if (first.startsWith('[')) this.#open(row, first);
    else if (this.#section === undefined) this.#takeHead(row);
    else if (this.#columns === undefined) this.#takeColumns(row, this.#section);
    else if (!this.#isSkipping) this.#takeRow(row, this.#section, this.#columns);
  }

  statement(): Statement {
    const head = this.#headValues();
    if (this.#section !== undefined && this.#columns === undefined) {
      this.problems.push(`section [${this.#section}]: its columns are not named`);
    }
    if (this.problems.length > 0 || head === undefined) throw malformed(this.problems);
    const { venue, account, from, to } = head;
    for (const { fill, at } of this.#fills) {
      if (at < from || at > to) this.problems.push(`fill ${fill}: its time lies outside from and to`);
    }
    if (this.problems.length > 0) throw malformed(this.problems);
    const has = (section: Section) => this.#seen.has(section);
    return {
      venue,
      account,
      records: {
        source: 'statement',
        at: to,
        ...(has('orders') ? { orders: this.#orders } : {}),
        ...(has('fills') ? { fills: { since: from, list: this.#fills } } : {}),
        ...(has('positions') ? { positions: this.#positions } : {}),
        ...(has('balances') ? { balances: this.#balances } : {}),
      },
    };
  }

  #headValues() {
    const found = HEAD.map((name) => {
      const value = this.#head.get(name);
      if (value === undefined) this.problems.push(`line 2: the line "${name},…" is missing before the first section`);
      return value ?? '';
    });
    const [venue = '', account = '', from = '', to = ''] = found;
    if (!isInstantText(from) || !isInstantText(to)) return undefined;
    const term = { from: parseInstant(from), to: parseInstant(to) };
    if (term.from > term.to) this.problems.push('line 2: from lies after to');
    return { venue, account, ...term };
  }

  #takeHead(row: CsvRow): void {
    const [name = '', value = '', ...more] = row.cells;
    const isKnown = HEAD.some((known) => known === name);
    if (!isKnown) this.#fault(row, 1, `${quoted(name)} is none of ${HEAD.join(', ')} and no section`);
    else if (this.#head.has(name)) this.#fault(row, 1, `${name} is said twice`);
    else if (more.length > 0) this.#fault(row, 3, 'a line of the head has two cells');
    else {
      this.#head.set(name, value);
      const isTime = name === 'from' || name === 'to';
      if (isTime && !isInstantText(value))
        this.#fault(row, 2, `${quoted(value)} is no UTC time like 2026-01-05T23:59:59Z`);
      if (!isTime && !IDENTIFIER.test(value)) this.#fault(row, 2, `${quoted(value)} is no identifier`);
    }
  }

  #open(row: CsvRow, first: string): void {
    const name = first.slice(1, -1);
    this.#columns = undefined;
    this.#isSkipping = false;
    if (!first.endsWith(']') || !Object.hasOwn(SECTIONS, name) || row.cells.length > 1) {
      this.#fault(
        row,
        1,
        `${quoted(first)} is none of ${Object.keys(SECTIONS)
          .map((one) => `[${one}]`)
          .join(', ')}`,
      );
      this.#columns = new Map();
      this.#isSkipping = true;
      this.#section ??= 'orders';
      return;
    }
    this.#section = name as Section;
    if (this.#seen.has(this.#section)) this.#fault(row, 1, `${first} is there twice`);
    this.#seen.add(this.#section);
  }

  #takeColumns(row: CsvRow, section: Section): void {
    const { needed, optional } = SECTIONS[section];
    const columns = new Map<string, number>();
    for (const [index, name] of row.cells.entries()) {
      const isKnown = [...needed, ...optional].some((known) => known === name);
      if (!isKnown) this.#fault(row, index + 1, `${quoted(name)} is no column of [${section}]`);
      else if (columns.has(name)) this.#fault(row, index + 1, `${name} is there twice`);
      columns.set(name, index);
    }
    const missing = needed.filter((name) => !columns.has(name));
    for (const name of missing) this.#fault(row, 1, `[${section}] has no column ${name}`);
    this.#columns = columns;
    this.#isSkipping = missing.length > 0;
  }

  #takeRow(row: CsvRow, section: Section, columns: ReadonlyMap<string, number>): void {
    if (row.cells.length !== columns.size) {
      this.#fault(row, 1, `${row.cells.length} cells under ${columns.size} columns`);
      return;
    }
    const cells = this.#cellsOf(row, columns);
    if (section === 'orders') this.#orders.push(orderOf(cells));
    else if (section === 'fills') this.#fills.push(fillOf(cells));
    else if (section === 'positions') {
      this.#positions.push({ key: cells.text('instrument'), quantity: cells.figure('quantity', 'any') });
    } else this.#balances.push({ key: cells.text('currency'), quantity: cells.figure('amount', 'any') });
    const key = `${section} ${row.cells[columns.get(SECTIONS[section].needed[0]) ?? 0]}`;
    if (this.#keys.has(key)) this.#fault(row, 1, `${key} is there twice`);
    this.#keys.add(key);
  }

  #cellsOf(row: CsvRow, columns: ReadonlyMap<string, number>): Cells {
    const read = (column: string): string => row.cells[columns.get(column) ?? -1] ?? '';
    const fault = (column: string, problem: string): void => this.#fault(row, (columns.get(column) ?? 0) + 1, problem);
    const text = (column: string): string => {
      const value = read(column);
      if (!NAME.test(value)) fault(column, `${quoted(value)} is no name of 1 to 64 characters without spaces`);
      return value;
    };
    return {
      text,
      optional: (column) => (read(column) === '' ? undefined : text(column)),
      figure: (column, sign) => {
        const value = read(column);
        if (!isDecimalText(value)) {
          fault(column, `${quoted(value)} is no exact decimal number`);
          return ZERO;
        }
        const figure = decimal(value);
        const isFit = sign === 'any' || signOf(figure) > 0 || (sign === 'not-below-zero' && signOf(figure) === 0);
        if (!isFit) fault(column, `${value} is ${sign === 'above-zero' ? 'not above' : 'below'} zero`);
        return figure;
      },
      side: () => {
        const value = read('side');
        if (value !== 'buy' && value !== 'sell') fault('side', `${quoted(value)} is neither buy nor sell`);
        return value === 'sell' ? 'sell' : 'buy';
      },
      time: (column) => {
        const value = read(column);
        if (isInstantText(value)) return parseInstant(value);
        fault(column, `${quoted(value)} is no UTC time like 2026-01-05T14:30:00.123Z`);
        return parseInstant('1970-01-01T00:00:00Z');
      },
    };
  }

  #fault({ line }: CsvRow, column: number, problem: string): void {
    this.problems.push(`line ${line}, column ${column}: ${problem}`);
  }
}

function orderOf(cells: Cells): OrderRecord {
  return {
    key: cells.text('order'),
    isOurs: true,
    isCertain: true,
    instrument: cells.text('instrument'),
    side: cells.side(),
    quantity: cells.figure('quantity', 'above-zero'),
    filled: cells.figure('filled', 'not-below-zero'),
  };
}

function fillOf(cells: Cells): FillRecord {
  const fee = cells.optional('fee');
  return {
    fill: cells.text('fill'),
    order: cells.optional('order'),
    instrument: cells.text('instrument'),
    side: cells.side(),
    quantity: cells.figure('quantity', 'above-zero'),
    price: cells.figure('price', 'any'),
    fee: fee === undefined ? undefined : cells.figure('fee', 'any'),
    feeCurrency: cells.optional('fee currency'),
    currency: cells.optional('currency'),
    asset: undefined,
    at: cells.time('time'),
    isBusted: false,
  };
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 40));
}

function malformed(problems: readonly string[]): KitError {
  const more = problems.length - STATEMENT_PROBLEMS_MAX;
  const shown = more > 0 ? [...problems.slice(0, STATEMENT_PROBLEMS_MAX), `and ${more} more`] : problems;
  return new KitError('FILE_MALFORMED', `the statement cannot be read: ${shown.join('; ')}`, {
    hint: 'Correct the file by the page on statements; nothing of it was compared.',
    problems: shown,
  });
}
