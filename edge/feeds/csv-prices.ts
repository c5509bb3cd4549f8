import type { BarRow } from '@gatehouse/shared/market/bar-series.ts';
import { compare, type Decimal, decimal, isDecimalText, signOf } from '@gatehouse/shared/values/decimal.ts';

/** Where the columns lie that are read. */
export interface CsvColumns {
  readonly time: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly count: number;
}

type Prices = Pick<BarRow, 'open' | 'high' | 'low' | 'close'>;

/** The prices of one line, or what is wrong with them and where. */
export interface PriceCells {
  readonly row?: Prices;
  readonly problems: readonly string[];
}

const NAMES = ['open', 'high', 'low', 'close'] as const;

/** Reads the four prices of a line exactly as they are written. */
export function parsePrices(cells: readonly string[], columns: CsvColumns): PriceCells {
  const problems: string[] = [];
  const read = (name: keyof Prices): Decimal | undefined => {
    const text = cells[columns[name]] ?? '';
    if (!isDecimalText(text)) problems.push(`column ${name}: ${JSON.stringify(text)} is not a decimal number`);
    else if (signOf(decimal(text)) > 0) return decimal(text);
    else problems.push(`column ${name}: ${text} is not above zero`);
    return undefined;
  };
  const [open, high, low, close] = NAMES.map(read);
  if (open === undefined || high === undefined || low === undefined || close === undefined) return { problems };
  const row = { open, high, low, close };
  const faults = rangeFaults(row);
  return faults.length === 0 ? { row, problems } : { problems: faults };
}

function rangeFaults({ open, high, low, close }: Prices): readonly string[] {
  if (compare(high, low) < 0) return ['column high: the high is below the low'];
  const isOutside = (price: Decimal): boolean => compare(price, low) < 0 || compare(price, high) > 0;
  return [
    ...(isOutside(open) ? ['column open: the open lies outside low and high'] : []),
    ...(isOutside(close) ? ['column close: the close lies outside low and high'] : []),
  ];
}
