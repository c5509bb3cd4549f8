import { assert, KitError } from '../errors.ts';
import type { Price } from '../values/amounts.ts';
import { type Decimal, rescale } from '../values/decimal.ts';
import type { Instant } from '../values/instant.ts';
import type { Bar } from './bar.ts';

/** A bar before it has a place in a series. */
export interface BarRow {
  readonly openAt: Instant;
  readonly closeAt: Instant;
  readonly day: string;
  readonly open: Decimal;
  readonly high: Decimal;
  readonly low: Decimal;
  readonly close: Decimal;
}

/** The four prices of a series, one column each. */
interface PriceColumns<Column> {
  readonly open: Column;
  readonly high: Column;
  readonly low: Column;
  readonly close: Column;
}

/**
 * Bars of one instrument in the order of time, kept as columns.
 *
 * Shape: `bar(index)` is exact; `numbers` are the same prices as floats, for statistics that may only propose.
 */
export interface BarSeries {
  readonly instrument: string;
  readonly length: number;
  readonly numbers: PriceColumns<Float64Array>;
  bar(index: number): Bar;
}

/** What a series is made of. Units: prices in units of `10^-scale`, times in nanoseconds UTC. */
export interface BarColumns {
  readonly instrument: string;
  readonly scale: number;
  readonly days: readonly string[];
  readonly openAt: BigInt64Array;
  readonly closeAt: BigInt64Array;
  readonly units: PriceColumns<BigInt64Array>;
}

const INT64_LIMIT = 2n ** 63n;

/** A series over columns that are in the order of time. */
export function seriesOfColumns(columns: BarColumns): BarSeries {
  const { instrument, scale, units } = columns;
  const numbers = {
    open: asFloats(units.open, scale),
    high: asFloats(units.high, scale),
    low: asFloats(units.low, scale),
    close: asFloats(units.close, scale),
  };
  const { length } = columns.days;
  return {
    instrument,
    length,
    numbers,
    bar: (index) => {
      assert(index >= 0 && index < length, `bar ${index} of a series of ${length}`);
      return new SeriesBar(columns, index);
    },
  };
}

/** A series of rows, at the largest scale that one of their prices has. Errors: `VALUE_MALFORMED` beyond 64 bits. */
export function seriesOfRows(instrument: string, rows: readonly BarRow[]): BarSeries {
  const scale = rows.reduce(
    (most, row) => Math.max(most, row.open.scale, row.high.scale, row.low.scale, row.close.scale),
    0,
  );
  const column = (pick: (row: BarRow) => Decimal): BigInt64Array =>
    BigInt64Array.from(rows, (row) => unitsAt(pick(row), scale));
  return seriesOfColumns({
    instrument,
    scale,
    days: rows.map((row) => row.day),
    openAt: BigInt64Array.from(rows, (row) => row.openAt),
    closeAt: BigInt64Array.from(rows, (row) => row.closeAt),
    units: {
      open: column((row) => row.open),
      high: column((row) => row.high),
      low: column((row) => row.low),
      close: column((row) => row.close),
    },
  });
}

/** Whether a series can hold a price at a scale that is not below the price's own: its units have 64 bits. */
export function fitsSeries(price: Decimal, scale: number): boolean {
  const { units } = rescale(price, { scale, rounding: 'exact' });
  return units < INT64_LIMIT && units >= -INT64_LIMIT;
}

/** Reads from its columns only what is asked for: most bars of a long run are never looked at exactly. */
class SeriesBar implements Bar {
  readonly index: number;
  readonly #columns: BarColumns;

  constructor(columns: BarColumns, index: number) {
    this.#columns = columns;
    this.index = index;
  }

  get instrument(): string {
    return this.#columns.instrument;
  }

  get openAt(): Instant {
    return (this.#columns.openAt[this.index] ?? 0n) as Instant;
  }

  get closeAt(): Instant {
    return (this.#columns.closeAt[this.index] ?? 0n) as Instant;
  }

  get day(): string {
    return this.#columns.days[this.index] ?? '';
  }

  get endsDay(): boolean {
    return this.#columns.days[this.index + 1] !== this.#columns.days[this.index];
  }

  get open(): Price {
    return this.#price('open');
  }

  get high(): Price {
    return this.#price('high');
  }

  get low(): Price {
    return this.#price('low');
  }

  get close(): Price {
    return this.#price('close');
  }

  #price(column: keyof PriceColumns<unknown>): Price {
    return { units: this.#columns.units[column][this.index] ?? 0n, scale: this.#columns.scale } as Price;
  }
}

function unitsAt(value: Decimal, scale: number): bigint {
  const { units } = rescale(value, { scale, rounding: 'exact' });
  if (fitsSeries(value, scale)) return units;
  throw new KitError('VALUE_MALFORMED', `a price of ${units} units at a scale of ${scale}, beyond 64 bits`, {
    hint: 'Give prices with fewer digits behind the point.',
  });
}

function asFloats(units: BigInt64Array, scale: number): Float64Array {
  const divisor = 10 ** scale;
  return Float64Array.from(units, (value) => Number(value) / divisor);
}
