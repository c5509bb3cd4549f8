import {
  add,
  type Decimal,
  decimal,
  maximum,
  multiply,
  negate,
  subtract,
  toText,
} from '@gatehouse/shared/values/decimal.ts';
import { cellText, type OwnOverrides, totalsText } from './own.ts';

/** What an example holds and has open in the base instrument, and what its totals are beyond that. */
export interface HoldingText {
  readonly position?: string;
  readonly openBuy?: string;
  readonly openSell?: string;
  /** Per unit; 1000.00 where none is given. */
  readonly mark?: string;
  readonly multiplier?: string;
  readonly currency?: string;
  readonly elsewhere?: { readonly long: string; readonly short: string; readonly gross: string; readonly net: string };
}

/** The oldest mark of an example that holds something: one second before its moment. */
export const HELD_MARK_AT = '2020-03-06T20:29:59.000000000Z';

/** The figures that value the orders of examples: a market order two per cent above, prices of a minute, rates of a day. */
export const exampleValuation = { marketOrderBps: 200, markAgeMsMax: 60_000, rateAgeMsMax: 86_400_000 };

/**
 * Records in which one instrument is held, its cell and the totals of its scope agreeing.
 *
 * Shape: every scope and every group has the same totals; `elsewhere` is added to what the instrument stands for.
 */
export function holding({ elsewhere = nothing, ...held }: HoldingText): OwnOverrides {
  const { position = '0', openBuy = '0', openSell = '0', mark = '1000.00', multiplier = '1', currency = 'USD' } = held;
  const value = (quantity: Decimal): Decimal => multiply(multiply(quantity, decimal(mark)), decimal(multiplier));
  const long = value(add(decimal(position), decimal(openBuy)));
  const short = value(subtract(decimal(position), decimal(openSell)));
  const gross = maximum(long, negate(short));
  const sums = { long, short, gross, net: value(decimal(position)) };
  const total = (name: keyof typeof sums): string => toText(add(sums[name], decimal(elsewhere[name])));
  return {
    position,
    open: { buy: openBuy, sell: openSell },
    cell: cellText({ position, openBuy, openSell, mark, multiplier, currency }),
    totals: [
      totalsText({ currency, long: total('long'), short: total('short'), gross: total('gross'), net: total('net') }),
    ],
    instruments: ['demo-index'],
    oldestMarkAt: HELD_MARK_AT,
  };
}

const nothing = { long: '0', short: '0', gross: '0', net: '0' } as const;
