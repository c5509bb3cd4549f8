import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { describeError, KitError } from '@gatehouse/shared/errors.ts';
import { sha256 } from '@gatehouse/shared/journal/canonical.ts';
import { type BarRow, fitsSeries, seriesOfRows } from '@gatehouse/shared/market/bar-series.ts';
import type { Instrument } from '@gatehouse/shared/market/instrument.ts';
import { toText } from '@gatehouse/shared/values/decimal.ts';
import { createBarTimes } from './bar-times.ts';
import { type CsvColumns, parsePrices } from './csv-prices.ts';
import type { LoadedBars } from './loaded-bars.ts';

/** The largest file that is read. Units: bytes. */
const CSV_BYTES_MAX = 512 * 1024 * 1024;

/** After so many problems a list of them helps nobody. */
export const CSV_PROBLEMS_MAX = 20;

const TIME_NAMES: readonly string[] = ['date', 'time', 'timestamp'];
const PRICE_NAMES = ['open', 'high', 'low', 'close'] as const;

/** What was found in a file. Units: `scale` is the most digits behind the point that one of its prices has. */
export interface FoundBars {
  readonly name: string;
  readonly sha256: string;
  readonly scale: number;
}

/** A file of bars, and what it holds bars of. Shape: `zone` is where its days are days. */
export interface CsvFile {
  readonly path: string;
  readonly zone: string;
  readonly instrumentOf: (found: FoundBars) => Instrument;
}

/**
 * Reads a whole file of bars.
 *
 * Shape:  a header line names the columns: `date`, `time` or `timestamp`, and `open`, `high`, `low`, `close`; others are
 *         ignored.
 * Errors: `NOT_FOUND`, `FILE_MALFORMED` listing up to `CSV_PROBLEMS_MAX` problems with line and column.
 */
export async function loadCsvBars(file: CsvFile): Promise<LoadedBars> {
  return parseCsvBars(await readBounded(file.path), file);
}

/** The bars in the bytes of a file. Errors: as `loadCsvBars`. */
export function parseCsvBars(bytes: Uint8Array, { path, zone, instrumentOf }: CsvFile): LoadedBars {
  const name = basename(path);
  const lines = Buffer.from(bytes)
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/);
  while (lines.at(-1) === '') lines.pop();
  const [header, ...rest] = lines;
  if (header === undefined) throw malformed(name, ['the file is empty']);
  const columns = findColumns(header, name);
  if (rest.length === 0) throw malformed(name, ['line 2: there is no bar below the header']);

  const { rows, notes } = readRows(rest, { name, columns, zone });
  const [first, last] = [rows[0], rows.at(-1)];
  if (first === undefined || last === undefined) throw malformed(name, ['no bar could be read']);
  const scale = largestScale(rows);
  const tooLarge = oversized(rows, scale);
  if (tooLarge.length > 0) throw malformed(name, tooLarge);
  const digest = sha256(bytes).toString('hex');
  const instrument = instrumentOf({ name, sha256: digest, scale });
  return {
    instrument,
    bars: seriesOfRows(instrument.id, rows),
    source: {
      name,
      sha256: digest,
      rows: rows.length,
      from: first.openAt,
      to: last.closeAt,
      notes,
    },
  };
}

interface Reading {
  readonly name: string;
  readonly columns: CsvColumns;
  readonly zone: string;
}

function readRows(
  lines: readonly string[],
  reading: Reading,
): { readonly rows: readonly BarRow[]; readonly notes: readonly string[] } {
  const { name, columns } = reading;
  const problems: string[] = [];
  const times = createBarTimes(reading.zone);
  const rows: BarRow[] = [];
  for (const [index, line] of lines.entries()) {
    const at = `line ${index + 2}`;
    const cells = line.split(',').map((cell) => cell.trim());
    if (cells.length !== columns.count) {
      problems.push(`${at}: ${cells.length} cells under ${columns.count} columns`);
    } else {
      const time = times.read(cells[columns.time] ?? '');
      if (typeof time === 'string') problems.push(`${at}, column ${columns.time + 1}: ${time}`);
      const prices = parsePrices(cells, columns);
      problems.push(...prices.problems.map((problem) => `${at}, ${problem}`));
      if (typeof time !== 'string' && prices.row !== undefined) rows.push({ ...time, ...prices.row });
    }
    if (problems.length >= CSV_PROBLEMS_MAX)
      throw malformed(name, [...problems.slice(0, CSV_PROBLEMS_MAX), 'and perhaps more']);
  }
  if (problems.length > 0) throw malformed(name, problems);
  return { rows, notes: times.notes() };
}

function largestScale(rows: readonly BarRow[]): number {
  return rows.reduce((most, row) => Math.max(most, ...PRICE_NAMES.map((price) => row[price].scale)), 0);
}

/** Prices are kept as 64-bit units at one scale; the bar that does not fit is named. */
function oversized(rows: readonly BarRow[], scale: number): readonly string[] {
  return rows
    .flatMap((row, index) =>
      PRICE_NAMES.filter((price) => !fitsSeries(row[price], scale)).map(
        (price) =>
          `line ${index + 2}, column ${price}: ${toText(row[price])} is too large beside prices with ${scale} digits behind the point`,
      ),
    )
    .slice(0, CSV_PROBLEMS_MAX);
}

function findColumns(header: string, name: string): CsvColumns {
  const names = header.split(',').map((cell) => cell.trim().toLowerCase());
  const problems: string[] = [];
  const placeOf = (wanted: readonly string[]): number => {
    const places = names.flatMap((found, index) => (wanted.includes(found) ? [index] : []));
    if (places.length !== 1) {
      const count = places.length === 0 ? 'no column' : `${places.length} columns`;
      problems.push(`line 1: ${count} named ${wanted.join(' or ')}`);
    }
    return places[0] ?? -1;
  };
  const time = placeOf(TIME_NAMES);
  const [open = -1, high = -1, low = -1, close = -1] = PRICE_NAMES.map((price) => placeOf([price]));
  if (problems.length > 0) throw malformed(name, problems);
  return { time, open, high, low, close, count: names.length };
}

async function readBounded(path: string): Promise<Uint8Array> {
  try {
    const { size } = await stat(path);
    if (size > CSV_BYTES_MAX) throw malformed(basename(path), [`${size} bytes, more than ${CSV_BYTES_MAX}`]);
    return await readFile(path);
  } catch (cause) {
    if (cause instanceof KitError) throw cause;
    throw new KitError('NOT_FOUND', `the bars file ${path} cannot be read: ${describeError(cause)}`, {
      hint: 'Check the path and the rights of the file.',
      cause,
    });
  }
}

function malformed(name: string, problems: readonly string[]): KitError {
  return new KitError('FILE_MALFORMED', `${name}: ${problems.join('; ')}`, {
    hint: 'Correct the file; no bar of it was used.',
  });
}
