import { type Decimal, ZERO } from '@gatehouse/shared/values/decimal.ts';
import { readAmount } from './amounts.ts';
import { REFUSALS, Refusal } from './refusal.ts';

/** The order types of Binance spot. */
export type BinanceType =
  | 'LIMIT'
  | 'MARKET'
  | 'LIMIT_MAKER'
  | 'STOP_LOSS'
  | 'STOP_LOSS_LIMIT'
  | 'TAKE_PROFIT'
  | 'TAKE_PROFIT_LIMIT';

/** How long an order of Binance spot stands. */
export type BinanceTif = 'GTC' | 'IOC' | 'FOK';

/** A new order as a client asks for it, before any rule of the symbol has looked at it. */
export interface OrderRequest {
  readonly symbol: string;
  readonly side: 'BUY' | 'SELL';
  readonly type: BinanceType;
  readonly timeInForce: BinanceTif;
  readonly quantity: Decimal | undefined;
  readonly quoteOrderQty: Decimal | undefined;
  readonly price: Decimal | undefined;
  readonly stopPrice: Decimal | undefined;
  readonly trailingDelta: number | undefined;
  readonly icebergQty: Decimal | undefined;
  readonly clientOrderId: string | undefined;
  readonly responseType: 'ACK' | 'RESULT' | 'FULL';
}

/** The parameters of a request by name. */
export type Parameters = ReadonlyMap<string, string>;

/** What a client order id may look like. */
const CLIENT_ID = /^[.A-Z:/a-z0-9_-]{1,36}$/;
const CLIENT_ID_TEXT = '^[\\.A-Z\\:/a-z0-9_-]{1,36}$';

const TYPES: Readonly<Record<BinanceType, readonly string[]>> = {
  LIMIT: ['timeInForce', 'quantity', 'price'],
  MARKET: [],
  LIMIT_MAKER: ['quantity', 'price'],
  STOP_LOSS: ['quantity'],
  STOP_LOSS_LIMIT: ['timeInForce', 'quantity', 'price'],
  TAKE_PROFIT: ['quantity'],
  TAKE_PROFIT_LIMIT: ['timeInForce', 'quantity', 'price'],
};

/** Reads a new order. Errors: refuses with the codes -11xx of the first parameter that is missing or wrong. */
export function readOrderRequest(parameters: Parameters): OrderRequest {
  const symbol = readSymbol(parameters);
  const side = readSide(need(parameters, 'side'));
  const type = readType(need(parameters, 'type'));
  for (const name of TYPES[type]) need(parameters, name);
  refuseNeedless(parameters, type);
  const amount = (name: string): Decimal | undefined => {
    const text = parameters.get(name);
    return text === undefined ? undefined : readAmount(name, text);
  };
  const quantity = amount('quantity');
  const quoteOrderQty = amount('quoteOrderQty');
  if (type === 'MARKET' && (quantity === undefined) === (quoteOrderQty === undefined)) {
    throw REFUSALS.eitherOf('quantity', 'quoteOrderQty');
  }
  const stopPrice = amount('stopPrice');
  const trailingDelta = readTrailing(parameters.get('trailingDelta'));
  if (isTriggered(type) && stopPrice === undefined && trailingDelta === undefined) {
    throw REFUSALS.eitherOf('stopPrice', 'trailingDelta');
  }
  const timeInForce = readTif(parameters.get('timeInForce') ?? 'GTC');
  const icebergQty = amount('icebergQty');
  if (icebergQty !== undefined && icebergQty.units > 0n && timeInForce !== 'GTC') {
    throw new Refusal(-1014, 'Unsupported order combination.');
  }
  return {
    symbol,
    side,
    type,
    timeInForce,
    quantity,
    quoteOrderQty,
    price: amount('price'),
    stopPrice,
    trailingDelta,
    icebergQty: icebergQty === undefined || icebergQty.units === ZERO.units ? undefined : icebergQty,
    clientOrderId: readClientId(parameters, 'newClientOrderId'),
    responseType: readResponseType(parameters.get('newOrderRespType'), type),
  };
}

/** A parameter that must be there. Errors: -1102. */
export function need(parameters: Parameters, name: string): string {
  const text = parameters.get(name);
  if (text === undefined || text === '') throw REFUSALS.missing(name);
  return text;
}

/** The symbol of a request. Errors: -1102, and -1100 for what can be none. */
export function readSymbol(parameters: Parameters): string {
  const symbol = need(parameters, 'symbol');
  if (/^[A-Z0-9-_.]{1,20}$/.test(symbol)) return symbol;
  throw new Refusal(-1100, "Illegal characters found in parameter 'symbol'; legal range is '^[A-Z0-9-_.]{1,20}$'.");
}

/** A client order id, where one was sent. Errors: -1100, and -1105 for an empty one. */
export function readClientId(parameters: Parameters, name: string): string | undefined {
  const id = parameters.get(name);
  if (id === undefined) return undefined;
  if (id === '') throw new Refusal(-1105, `Parameter '${name}' was empty.`);
  if (CLIENT_ID.test(id)) return id;
  throw new Refusal(-1100, `Illegal characters found in parameter '${name}'; legal range is '${CLIENT_ID_TEXT}'.`);
}

/** A whole number, where one was sent. Errors: -1100. */
export function readWhole(parameters: Parameters, name: string): number | undefined {
  const text = parameters.get(name);
  if (text === undefined) return undefined;
  if (/^\d{1,19}$/.test(text)) return Number(text);
  throw new Refusal(-1100, `Illegal characters found in parameter '${name}'; legal range is '^[0-9]{1,20}$'.`);
}

/** Whether the type waits for a price before it acts. */
export function isTriggered(type: BinanceType): boolean {
  return type.startsWith('STOP_LOSS') || type.startsWith('TAKE_PROFIT');
}

/** Whether the type carries a limit. */
export function isLimit(type: BinanceType): boolean {
  return type.includes('LIMIT');
}

function readSide(side: string): 'BUY' | 'SELL' {
  if (side === 'BUY' || side === 'SELL') return side;
  throw new Refusal(-1117, 'Invalid side.');
}

function readType(type: string): BinanceType {
  if (Object.hasOwn(TYPES, type)) return type as BinanceType;
  throw new Refusal(-1116, 'Invalid orderType.');
}

function readTif(tif: string): BinanceTif {
  if (tif === 'GTC' || tif === 'IOC' || tif === 'FOK') return tif;
  throw new Refusal(-1115, 'Invalid timeInForce.');
}

function readTrailing(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const delta = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (delta < 10 || delta > 2000) throw REFUSALS.filter('TRAILING_DELTA');
  return delta;
}

function readResponseType(text: string | undefined, type: BinanceType): OrderRequest['responseType'] {
  if (text === undefined) return type === 'MARKET' || type === 'LIMIT' ? 'FULL' : 'ACK';
  if (text === 'ACK' || text === 'RESULT' || text === 'FULL') return text;
  throw new Refusal(-1136, 'Invalid newOrderRespType.');
}

/** Parameters that an order type does not read are refused, not passed over. */
function refuseNeedless(parameters: Parameters, type: BinanceType): void {
  const needless = [
    ...(isLimit(type) ? [] : ['price', 'icebergQty']),
    ...(isLimit(type) && type !== 'LIMIT_MAKER' ? [] : ['timeInForce']),
    ...(isTriggered(type) ? [] : ['stopPrice', 'trailingDelta']),
    ...(type === 'MARKET' ? [] : ['quoteOrderQty']),
  ];
  for (const name of needless) {
    if (parameters.has(name)) throw new Refusal(-1106, `Parameter '${name}' sent when not required.`);
  }
}
