import { type Decimal, decimal, toText } from '@gatehouse/shared/values/decimal.ts';
import { fixed } from './amounts.ts';

/** A spot symbol with its trading rules. Units: of the base asset for quantities, of the quote asset for prices and notionals. */
export interface SymbolRules {
  readonly symbol: string;
  readonly base: string;
  readonly quote: string;
  readonly tick: Decimal;
  readonly priceMin: Decimal;
  readonly priceMax: Decimal;
  readonly step: Decimal;
  readonly quantityMin: Decimal;
  readonly quantityMax: Decimal;
  readonly marketQuantityMax: Decimal;
  readonly notionalMin: Decimal;
  readonly notionalMax: Decimal;
  /** How far from the average price an order may lie, as factors, for purchases and for sales. */
  readonly bidMultipliers: readonly [up: Decimal, down: Decimal];
  readonly askMultipliers: readonly [up: Decimal, down: Decimal];
  readonly ordersMax: number;
  readonly algoOrdersMax: number;
  readonly icebergPartsMax: number;
  readonly icebergOrdersMax: number;
  readonly amendsMax: number;
  readonly positionMax?: Decimal;
}

/** Rules like those of a large pair; a test overrides what it is about. */
export function symbolRules(base: string, quote: string, over: Partial<SymbolRules> = {}): SymbolRules {
  return {
    symbol: `${base}${quote}`,
    base,
    quote,
    tick: decimal('0.01'),
    priceMin: decimal('0.01'),
    priceMax: decimal('1000000'),
    step: decimal('0.00001'),
    quantityMin: decimal('0.00001'),
    quantityMax: decimal('9000'),
    marketQuantityMax: decimal('120'),
    notionalMin: decimal('5'),
    notionalMax: decimal('9000000'),
    bidMultipliers: [decimal('5'), decimal('0.2')],
    askMultipliers: [decimal('5'), decimal('0.2')],
    ordersMax: 200,
    algoOrdersMax: 5,
    icebergPartsMax: 100,
    icebergOrdersMax: 10,
    amendsMax: 10,
    ...over,
  };
}

/** The symbols of an emulator that is told nothing else. */
export const DEFAULT_SYMBOLS: readonly SymbolRules[] = [
  symbolRules('BTC', 'USDT'),
  symbolRules('ETH', 'USDT', { step: decimal('0.0001'), quantityMin: decimal('0.0001') }),
  symbolRules('BNB', 'USDT', { step: decimal('0.001'), quantityMin: decimal('0.001') }),
];

/** One symbol as `exchangeInfo` lists it. */
export function describeSymbol(rules: SymbolRules, status: string): object {
  return {
    symbol: rules.symbol,
    status,
    baseAsset: rules.base,
    baseAssetPrecision: 8,
    quoteAsset: rules.quote,
    quotePrecision: 8,
    quoteAssetPrecision: 8,
    baseCommissionPrecision: 8,
    quoteCommissionPrecision: 8,
    orderTypes: ['LIMIT', 'LIMIT_MAKER', 'MARKET', 'STOP_LOSS', 'STOP_LOSS_LIMIT', 'TAKE_PROFIT', 'TAKE_PROFIT_LIMIT'],
    icebergAllowed: true,
    ocoAllowed: true,
    otoAllowed: false,
    quoteOrderQtyMarketAllowed: true,
    allowTrailingStop: true,
    cancelReplaceAllowed: true,
    amendAllowed: true,
    isSpotTradingAllowed: true,
    isMarginTradingAllowed: false,
    filters: describeFilters(rules),
    permissions: [],
    permissionSets: [['SPOT']],
    defaultSelfTradePreventionMode: 'NONE',
    allowedSelfTradePreventionModes: ['NONE'],
  };
}

function describeFilters(rules: SymbolRules): readonly object[] {
  const [bidUp, bidDown] = rules.bidMultipliers;
  const [askUp, askDown] = rules.askMultipliers;
  return [
    filter('PRICE_FILTER', {
      minPrice: fixed(rules.priceMin),
      maxPrice: fixed(rules.priceMax),
      tickSize: fixed(rules.tick),
    }),
    filter('LOT_SIZE', {
      minQty: fixed(rules.quantityMin),
      maxQty: fixed(rules.quantityMax),
      stepSize: fixed(rules.step),
    }),
    filter('ICEBERG_PARTS', { limit: rules.icebergPartsMax }),
    filter('MARKET_LOT_SIZE', { minQty: fixed(), maxQty: fixed(rules.marketQuantityMax), stepSize: fixed() }),
    filter('TRAILING_DELTA', {
      minTrailingAboveDelta: 10,
      maxTrailingAboveDelta: 2000,
      minTrailingBelowDelta: 10,
      maxTrailingBelowDelta: 2000,
    }),
    filter('PERCENT_PRICE_BY_SIDE', {
      bidMultiplierUp: toText(bidUp),
      bidMultiplierDown: toText(bidDown),
      askMultiplierUp: toText(askUp),
      askMultiplierDown: toText(askDown),
      avgPriceMins: 5,
    }),
    filter('NOTIONAL', {
      minNotional: fixed(rules.notionalMin),
      applyMinToMarket: true,
      maxNotional: fixed(rules.notionalMax),
      applyMaxToMarket: false,
      avgPriceMins: 5,
    }),
    filter('MAX_NUM_ORDERS', { maxNumOrders: rules.ordersMax }),
    filter('MAX_NUM_ALGO_ORDERS', { maxNumAlgoOrders: rules.algoOrdersMax }),
    filter('MAX_NUM_ICEBERG_ORDERS', { maxNumIcebergOrders: rules.icebergOrdersMax }),
    filter('MAX_NUM_ORDER_AMENDS', { maxNumOrderAmends: rules.amendsMax }),
    ...(rules.positionMax === undefined ? [] : [filter('MAX_POSITION', { maxPosition: fixed(rules.positionMax) })]),
  ];
}

function filter(filterType: string, rest: object): object {
  return { filterType, ...rest };
}
