import { add, compare, type Decimal, divide, isZero, multiply, ZERO } from '@gatehouse/shared/values/decimal.ts';
import { type Account, balanceOf } from './accounts.ts';
import type { Market } from './market.ts';
import { isTriggered, type OrderRequest } from './order-request.ts';
import type { BinanceOrder } from './orders.ts';
import { REFUSALS } from './refusal.ts';
import type { SymbolRules } from './symbols.ts';

/** What the filters look at beside the order itself. */
export interface FilterFacts {
  readonly market: Market;
  readonly account: Account;
  /** What was paid on average of late; undefined where nothing was ever traded. */
  readonly average: Decimal | undefined;
  readonly open: readonly BinanceOrder[];
}

/**
 * Judges a new order by the rules of its symbol, in the order in which the exchange lists them.
 *
 * Errors: refuses with -1013 and the name of the first filter that it fails.
 * Source: Binance spot API documentation, "Filters".
 */
export function checkFilters(request: OrderRequest, { market, account, average, open }: FilterFacts): void {
  const { rules } = market;
  for (const price of [request.price, request.stopPrice]) if (price !== undefined) checkPrice(price, rules);
  if (request.price !== undefined && average !== undefined) checkPercent(request, average, rules);
  if (request.quantity !== undefined) checkQuantity(request.quantity, request, rules);
  if (request.icebergQty !== undefined) checkIceberg(request, rules);
  checkNotional(request, rules, average);
  const own = open.filter((order) => order.account === account && order.market === market);
  if (own.length >= rules.ordersMax) throw REFUSALS.filter('MAX_NUM_ORDERS');
  const algos = own.filter(({ type }) => isTriggered(type));
  if (isTriggered(request.type) && algos.length >= rules.algoOrdersMax) throw REFUSALS.filter('MAX_NUM_ALGO_ORDERS');
  const icebergs = own.filter(({ icebergQty }) => icebergQty !== undefined);
  if (request.icebergQty !== undefined && icebergs.length >= rules.icebergOrdersMax) {
    throw REFUSALS.filter('MAX_NUM_ICEBERG_ORDERS');
  }
  checkPosition(request, { market, account, open: own });
}

function checkPrice(price: Decimal, { priceMin, priceMax, tick }: SymbolRules): void {
  const isInside = compare(price, priceMin) >= 0 && compare(price, priceMax) <= 0;
  if (!isInside || !isMultiple(price, tick)) throw REFUSALS.filter('PRICE_FILTER');
}

function checkPercent({ price = ZERO, side }: OrderRequest, average: Decimal, rules: SymbolRules): void {
  const [up, down] = side === 'BUY' ? rules.bidMultipliers : rules.askMultipliers;
  if (compare(price, multiply(average, up)) > 0 || compare(price, multiply(average, down)) < 0) {
    throw REFUSALS.filter('PERCENT_PRICE_BY_SIDE');
  }
}

function checkQuantity(quantity: Decimal, { type }: OrderRequest, rules: SymbolRules): void {
  const { quantityMin, quantityMax, marketQuantityMax, step } = rules;
  const isInside = compare(quantity, quantityMin) >= 0 && compare(quantity, quantityMax) <= 0;
  if (!isInside || !isMultiple(quantity, step)) throw REFUSALS.filter('LOT_SIZE');
  if (type === 'MARKET' && compare(quantity, marketQuantityMax) > 0) throw REFUSALS.filter('MARKET_LOT_SIZE');
}

function checkIceberg({ icebergQty = ZERO, quantity = ZERO }: OrderRequest, rules: SymbolRules): void {
  if (compare(icebergQty, quantity) > 0) throw REFUSALS.rejected('IcebergQty exceeds QTY.');
  if (!isMultiple(icebergQty, rules.step)) throw REFUSALS.filter('LOT_SIZE');
  const parts = divide(quantity, icebergQty, { scale: 0, rounding: 'ceiling' });
  if (parts.units > BigInt(rules.icebergPartsMax)) throw REFUSALS.filter('ICEBERG_PARTS');
}

function checkNotional(
  { type, price, stopPrice, quantity, quoteOrderQty }: OrderRequest,
  { notionalMin, notionalMax }: SymbolRules,
  average: Decimal | undefined,
): void {
  const isMarket = type === 'MARKET';
  const at = price ?? stopPrice ?? average;
  const notional = quoteOrderQty ?? (at === undefined ? undefined : multiply(at, quantity ?? ZERO));
  if (notional === undefined) return;
  const isTooMuch = !isMarket && compare(notional, notionalMax) > 0;
  if (isTooMuch || compare(notional, notionalMin) < 0) throw REFUSALS.filter('NOTIONAL');
}

function checkPosition(
  { side, quantity = ZERO }: OrderRequest,
  { market, account, open }: Omit<FilterFacts, 'average'>,
): void {
  const { positionMax, base } = market.rules;
  if (side !== 'BUY' || positionMax === undefined) return;
  const { free, locked } = balanceOf(account, base);
  const buying = open.filter((order) => order.side === 'BUY').map((order) => order.quantity);
  const position = [free, locked, quantity, ...buying].reduce(add, ZERO);
  if (compare(position, positionMax) > 0) throw REFUSALS.filter('MAX_POSITION');
}

/** Whether a value lies on a step; a step of zero binds nothing. */
export function isMultiple(value: Decimal, step: Decimal): boolean {
  if (isZero(step)) return true;
  const scale = Math.max(value.scale, step.scale);
  const units = (one: Decimal): bigint => one.units * 10n ** BigInt(scale - one.scale);
  return units(value) % units(step) === 0n;
}
