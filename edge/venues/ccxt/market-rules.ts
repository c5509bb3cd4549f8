import { KitError } from '@gatehouse/shared/errors.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import { compare, type Decimal, isZero, rescale, signOf, toText, trim } from '@gatehouse/shared/values/decimal.ts';
import type { StatedLimit } from './request-budget.ts';
import { type ExchangeAnswer, filterAmount } from './wire-forms.ts';

/** A range with steps, as the exchange's filters state it. Shape: a figure that is absent or zero is not looked at. */
interface Steps {
  readonly min: Decimal | undefined;
  readonly max: Decimal | undefined;
  readonly step: Decimal | undefined;
}

/** What the exchange takes on one symbol. */
export interface MarketRules {
  readonly symbolId: string;
  readonly base: string;
  readonly quote: string;
  readonly isTrading: boolean;
  readonly orderTypes: ReadonlySet<string>;
  readonly showsPart: boolean;
  readonly price: Steps;
  readonly quantity: Steps;
  readonly marketQuantity: Steps;
  readonly decimalsMax: number;
}

const INTERVAL_MS: Readonly<Record<string, number>> = {
  SECOND: 1_000,
  MINUTE: 60_000,
  HOUR: 3_600_000,
  DAY: 86_400_000,
};
const COUNTS: Readonly<Record<string, StatedLimit['counts']>> = {
  REQUEST_WEIGHT: 'weight',
  ORDERS: 'orders',
  RAW_REQUESTS: 'requests',
};

/** The rules of one symbol. Errors: `CONFIG_INVALID` for a symbol that the exchange does not list. */
export function marketRules({ symbols }: ExchangeAnswer, symbol: string): MarketRules {
  const found = symbols.find(({ baseAsset, quoteAsset }) => `${baseAsset}/${quoteAsset}` === symbol);
  if (found === undefined) {
    throw new KitError('CONFIG_INVALID', `the exchange does not list ${symbol}`, {
      hint: 'Name the symbol as base and quote with a slash between them.',
    });
  }
  const filter = (name: string): Readonly<Record<string, unknown>> =>
    found.filters.find(({ filterType }) => filterType === name) ?? {};
  const steps = (name: string, what: 'Price' | 'Qty', step: string): Steps => ({
    min: positive(filterAmount(filter(name), `min${what}`)),
    max: positive(filterAmount(filter(name), `max${what}`)),
    step: positive(filterAmount(filter(name), step)),
  });
  return {
    symbolId: found.symbol,
    base: found.baseAsset,
    quote: found.quoteAsset,
    isTrading: found.status === 'TRADING',
    orderTypes: new Set(found.orderTypes),
    showsPart: found.icebergAllowed ?? false,
    price: steps('PRICE_FILTER', 'Price', 'tickSize'),
    quantity: steps('LOT_SIZE', 'Qty', 'stepSize'),
    marketQuantity: steps('MARKET_LOT_SIZE', 'Qty', 'stepSize'),
    decimalsMax: Math.max(found.baseAssetPrecision, found.quoteAssetPrecision ?? 0),
  };
}

/** The limits on requests that the exchange states of itself. */
export function statedLimits({ rateLimits }: ExchangeAnswer): readonly StatedLimit[] {
  return rateLimits.flatMap(({ rateLimitType, interval, intervalNum, limit }) => {
    const counts = COUNTS[rateLimitType];
    const unitMs = INTERVAL_MS[interval];
    if (counts === undefined || unitMs === undefined) return [];
    const header = `${intervalNum}${interval[0]?.toLowerCase() ?? ''}`;
    return [{ counts, header, intervalMs: unitMs * intervalNum, max: limit }];
  });
}

/** Why the exchange would not take an amount as it is; nothing where it would. */
export function stepFault(value: Decimal, { min, max, step }: Steps, what: string): string | undefined {
  if (min !== undefined && compare(value, min) < 0) return `the ${what} ${toText(value)} is below ${toText(trim(min))}`;
  if (max !== undefined && compare(value, max) > 0) return `the ${what} ${toText(value)} is above ${toText(trim(max))}`;
  if (step === undefined || isWhole(value, step)) return undefined;
  return `the ${what} ${toText(value)} does not lie on steps of ${toText(trim(step))}`;
}

/** The text that goes over the wire: the exact value, without zeros at its end. */
export function wireAmount(value: Decimal): string {
  return toText(trim(value));
}

/** What the exchange would refuse of an order, or change; empty where it can take it as it is. */
export function orderFaults(order: Order, sent: { readonly type: string }, rules: MarketRules): readonly string[] {
  const { quantity, limitPrice, stopPrice, displayQuantity } = order;
  const isMarket = limitPrice === undefined;
  const faults = [
    rules.isTrading ? undefined : `${rules.symbolId} is not trading`,
    rules.orderTypes.has(sent.type) ? undefined : `${rules.symbolId} takes no ${sent.type} orders`,
    stepFault(quantity, rules.quantity, 'quantity'),
    isMarket ? stepFault(quantity, rules.marketQuantity, 'quantity') : undefined,
    limitPrice === undefined ? undefined : stepFault(limitPrice, rules.price, 'limit'),
    stopPrice === undefined ? undefined : stepFault(stopPrice, rules.price, 'stop price'),
    displayQuantity === undefined ? undefined : stepFault(displayQuantity, rules.quantity, 'shown quantity'),
    displayQuantity === undefined || rules.showsPart ? undefined : `${rules.symbolId} shows orders whole`,
    [quantity, limitPrice, stopPrice].every((value) => value === undefined || trim(value).scale <= rules.decimalsMax)
      ? undefined
      : `an amount has more than ${rules.decimalsMax} digits behind the point`,
  ];
  return faults.flatMap((fault) => (fault === undefined ? [] : [fault]));
}

function isWhole(value: Decimal, step: Decimal): boolean {
  const scale = Math.max(value.scale, step.scale);
  const at = (one: Decimal): bigint => rescale(one, { scale, rounding: 'exact' }).units;
  return at(value) % at(step) === 0n;
}

function positive(value: Decimal | undefined): Decimal | undefined {
  return value === undefined || isZero(value) || signOf(value) < 0 ? undefined : value;
}
