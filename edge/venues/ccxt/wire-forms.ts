import { decode } from '@gatehouse/shared/schema/decode.ts';
import { DecimalText } from '@gatehouse/shared/schema/fields.ts';
import type { Decimal } from '@gatehouse/shared/values/decimal.ts';
import { z } from 'zod';

/** An id as text: ccxt reads long ones as text and short ones as numbers. */
const Id = z.union([z.int(), z.string().min(1)]).transform(String);
const Millis = z.union([z.int(), z.string().regex(/^\d{1,15}$/)]).transform(Number);

/**
 * An amount as the exchange wrote it.
 *
 * Shape: text only; a number would have been through a float on its way.
 */
const Amount = DecimalText;
const Side = z.enum(['BUY', 'SELL']).transform((side) => (side === 'BUY' ? 'buy' : 'sell'));

const OrderAnswer = z.object({
  symbol: z.string(),
  orderId: Id,
  clientOrderId: z.string(),
  price: Amount,
  origQty: Amount,
  executedQty: Amount,
  status: z.string(),
  side: Side,
  type: z.string(),
  updateTime: Millis.optional(),
});
/** An order as the exchange answers a question about it. */
export type OrderAnswer = z.output<typeof OrderAnswer>;

const TradeAnswer = z.object({
  symbol: z.string(),
  id: z.union([z.int(), z.string().regex(/^\d+$/)]).transform(BigInt),
  orderId: Id,
  price: Amount,
  qty: Amount,
  commission: Amount,
  commissionAsset: z.string(),
  time: Millis,
  isBuyer: z.boolean(),
  isMaker: z.boolean(),
});
/** An execution as the exchange answers a question about it. */
export type TradeAnswer = z.output<typeof TradeAnswer>;

const PlacedAnswer = z.object({ orderId: Id, clientOrderId: z.string(), transactTime: Millis });

const AccountAnswer = z.object({
  canTrade: z.boolean().optional(),
  balances: z.array(z.object({ asset: z.string(), free: Amount, locked: Amount })),
});

const TimeAnswer = z.object({ serverTime: Millis });

const PermissionsAnswer = z.object({
  enableWithdrawals: z.boolean(),
  enableSpotAndMarginTrading: z.boolean(),
  enableReading: z.boolean().optional(),
});
/** What a key may do, of that which matters here. */
export type PermissionsAnswer = z.output<typeof PermissionsAnswer>;

const RateLimit = z.object({ rateLimitType: z.string(), interval: z.string(), intervalNum: z.int(), limit: z.int() });
const SymbolFilter = z.looseObject({ filterType: z.string() });
const ExchangeAnswer = z.object({
  rateLimits: z.array(RateLimit),
  symbols: z.array(
    z.looseObject({
      symbol: z.string(),
      status: z.string(),
      baseAsset: z.string(),
      quoteAsset: z.string(),
      baseAssetPrecision: z.int(),
      quoteAssetPrecision: z.int().optional(),
      orderTypes: z.array(z.string()),
      icebergAllowed: z.boolean().optional(),
      filters: z.array(SymbolFilter),
    }),
  ),
});
/** The exchange's description of its symbols and limits. */
export type ExchangeAnswer = z.output<typeof ExchangeAnswer>;

/** A number of a state or of a trade, as the exchange counts them on. */
const Serial = z.union([z.int().min(0), z.string().regex(/^\d{1,15}$/)]).transform(Number);
const Level = z.tuple([Amount, Amount], z.unknown());
const Levels = z.array(Level).max(5_000);

const DepthAnswer = z.object({ lastUpdateId: Serial, bids: Levels, asks: Levels });
/** A book as the exchange shows it at one moment. Shape: best prices first. */
export type DepthAnswer = z.output<typeof DepthAnswer>;

const AggregateTrade = z.object({ a: Serial, p: Amount, q: Amount, T: Millis, m: z.boolean() });
/** What one order took at one price, with the exchange's names of its fields; `m` says that the buyer stood. */
export type AggregateTrade = z.output<typeof AggregateTrade>;

const Kline = z.tuple([Millis, Amount, Amount, Amount, Amount, Amount, Millis], z.unknown());

/** Answers of the REST service, each read once, at the door. */
export const answers = {
  order: OrderAnswer,
  orders: z.array(OrderAnswer),
  trades: z.array(TradeAnswer),
  placed: PlacedAnswer,
  account: AccountAnswer,
  time: TimeAnswer,
  permissions: PermissionsAnswer,
  exchange: ExchangeAnswer,
  klines: z.array(Kline),
  depth: DepthAnswer,
  aggregates: z.array(AggregateTrade),
  anything: z.unknown(),
} as const;

const ExecutionReport = z.object({
  e: z.literal('executionReport'),
  E: Millis,
  s: z.string(),
  c: z.string(),
  C: z.string().nullish(),
  S: Side,
  o: z.string(),
  q: Amount,
  x: z.string(),
  X: z.string(),
  r: z.string().nullish(),
  i: Id,
  l: Amount,
  z: Amount,
  L: Amount,
  n: Amount.nullish(),
  N: z.string().nullish(),
  T: Millis,
  t: z.union([z.int(), z.string().regex(/^-?\d+$/)]).transform(BigInt),
  m: z.boolean().optional(),
});
/** A report of the user's own stream, with the exchange's names of its fields. */
export type ExecutionReport = z.output<typeof ExecutionReport>;

/** Reads a report. Errors: `MESSAGE_MALFORMED`, also where an amount came as a number. */
export function readExecutionReport(message: unknown): ExecutionReport {
  return decode(ExecutionReport, message, 'an execution report');
}

const KlineMessage = z.object({
  s: z.string(),
  k: z.object({
    t: Millis,
    T: Millis,
    i: z.string(),
    o: Amount,
    h: Amount,
    l: Amount,
    c: Amount,
    x: z.boolean(),
  }),
});
/** A bar of the market stream, which may still be growing. */
export type KlineMessage = z.output<typeof KlineMessage>;

/** Reads a bar of the market stream. Errors: as `readExecutionReport`. */
export function readKlineMessage(message: unknown): KlineMessage {
  return decode(KlineMessage, message, 'a bar of the market stream');
}

const DepthMessage = z.object({ E: Millis, s: z.string(), U: Serial, u: Serial, b: Levels, a: Levels });
/** A change of the book, with the numbers of the first and the last state that it leads to. */
export type DepthMessage = z.output<typeof DepthMessage>;

/** Reads a change of the book. Errors: as `readExecutionReport`. */
export function readDepthMessage(message: unknown): DepthMessage {
  return decode(DepthMessage, message, 'a change of the book');
}

const TradeMessage = AggregateTrade.extend({ E: Millis, s: z.string() });
/** A trade of the market stream. */
export type TradeMessage = z.output<typeof TradeMessage>;

/** Reads a trade of the market stream. Errors: as `readExecutionReport`. */
export function readTradeMessage(message: unknown): TradeMessage {
  return decode(TradeMessage, message, 'a trade of the market stream');
}

/** An amount of a filter. */
export function filterAmount(filter: Readonly<Record<string, unknown>>, name: string): Decimal | undefined {
  const read = z.safeDecode(DecimalText, filter[name] as string);
  return read.success ? read.data : undefined;
}
