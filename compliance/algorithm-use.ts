import type { ScopeText } from '@gatehouse/shared/schema/decision.ts';
import { absolute, compare, type Decimal, multiply, signOf } from '@gatehouse/shared/values/decimal.ts';
import { inFirmCurrency } from './conversion.ts';
import type { CheckInput } from './define-control.ts';
import { type Exposure, isOpenSound, isReducing, worstCase } from './exposure.ts';
import { openInScope, replacedOrder } from './open-in-scope.ts';
import { highestPrice } from './reference-price.ts';
import { appliesTo } from './scopes.ts';
import { type Figures, known, NO_FIGURES, pass, refuse, type Verdict, withFigures } from './verdict.ts';

/** What was set for an algorithm before it was put to work. Units: as the limits of the control `algorithm-sheet` say. */
export interface AlgorithmLimits {
  readonly instruments: ReadonlySet<string>;
  readonly venues: ReadonlySet<string>;
  readonly instrumentsMax: number;
  readonly venuesMax: number;
  readonly priceMin: Decimal;
  readonly priceMax: Decimal;
  readonly valueMax: Decimal;
  readonly ordersMax: number;
  readonly openOrdersMax: number;
  readonly positionMax: Decimal;
  readonly marketOrderBps: Decimal;
  readonly referenceAgeMsMax: number;
  readonly rateAgeMsMax: number;
}

type Input = CheckInput<never, 'instruments'>;

/** What is looked at, and the limits found broken so far, in words. */
interface Question {
  readonly input: Input;
  readonly limits: AlgorithmLimits;
  readonly scope: ScopeText;
  readonly problems: string[];
}

interface PlacesUsed {
  readonly instrumentsUsed: number;
  readonly venuesUsed: number;
}

interface OrdersCounted {
  readonly orders: number;
  readonly openOrders: number;
}

/**
 * Compares an order with everything that was set for its algorithm.
 *
 * Shape:  `scope` is that of the algorithm. A refusal names every limit that is broken.
 * Errors: throws `NotKnown`, which refuses, where a record or the instrument is missing.
 * Source: RTS 6 Art. 8.
 */
export function judgeAlgorithm(input: Input, limits: AlgorithmLimits, scope: ScopeText): Verdict {
  const problems: string[] = [];
  const question = { input, limits, scope, problems };
  const { instrumentsUsed, venuesUsed } = places(question);
  const { orders, openOrders } = counts(question);
  const paid = money(question);
  const worst = holding(question);
  // Written out where it can be, which is nearly always, because putting objects together takes as long as the rest.
  const figures =
    paid.kind === 'plain' && worst !== undefined
      ? {
          instrumentsUsed,
          venuesUsed,
          orders,
          openOrders,
          orderPrice: paid.orderPrice,
          orderValue: paid.orderValue,
          worstLong: worst.long,
          worstShort: worst.short,
        }
      : { instrumentsUsed, venuesUsed, orders, openOrders, ...figuresOf(paid), ...worstFigures(worst) };
  return problems.length === 0
    ? pass('The order stays within what was set for its algorithm.', figures)
    : refuse(`For its algorithm, ${problems.join('; ')}.`, figures);
}

function places({ input: { order, facts, own }, limits, scope, problems }: Question): PlacesUsed {
  const { instrument, venue } = order;
  const instruments = known(own.instruments(scope, facts.day), 'list of the algorithm’s instruments');
  const venues = known(own.venues(scope, facts.day), 'list of the algorithm’s venues');
  const figures = { instrumentsUsed: sizeWith(instruments, instrument), venuesUsed: sizeWith(venues, venue) };
  if (!limits.instruments.has(instrument)) problems.push(`instrument ${instrument} is not listed`);
  if (!limits.venues.has(venue)) problems.push(`venue ${venue} is not listed`);
  if (figures.instrumentsUsed > limits.instrumentsMax) problems.push('there are too many instruments');
  if (figures.venuesUsed > limits.venuesMax) problems.push('there are too many venues');
  return figures;
}

function counts({ input, limits, scope, problems }: Question): OrdersCounted {
  const { facts, own } = input;
  const orders = known(own.ordersToday(scope, facts.day), 'number of the algorithm’s orders of the day') + 1;
  const replaced = replacedOrder(input);
  const isReplacing = replaced !== undefined && appliesTo(scope, replaced.order);
  const openOrders = known(own.openCount(scope), 'number of the algorithm’s open orders') + (isReplacing ? 0 : 1);
  if (orders > limits.ordersMax) problems.push('there are too many orders in the day');
  if (openOrders > limits.openOrdersMax) problems.push('there are too many open orders');
  return { orders, openOrders };
}

/** What the order costs. Shape: `plain` where nothing but its own price was asked for. */
type Paid =
  | { readonly kind: 'plain'; readonly orderPrice: Decimal; readonly orderValue: Decimal }
  | { readonly kind: 'other'; readonly figures: Figures };

function figuresOf(paid: Paid): Figures {
  return paid.kind === 'plain' ? { orderPrice: paid.orderPrice, orderValue: paid.orderValue } : paid.figures;
}

function worstFigures(worst: Exposure | undefined): Figures {
  return worst === undefined ? NO_FIGURES : { worstLong: worst.long, worstShort: worst.short };
}

function money({ input: { order, facts, files, currency }, limits, problems }: Question): Paid {
  const { multiplier } = known(files.instruments.of(order.instrument), 'instrument');
  if (signOf(multiplier) <= 0) {
    problems.push('the contract multiplier is not above zero');
    return { kind: 'other', figures: { multiplier } };
  }
  const highest = highestPrice(order, facts, limits);
  if (highest.kind === 'unknown') {
    problems.push(asPart(highest.reason));
    return { kind: 'other', figures: highest.figures };
  }
  const amount = multiply(multiply(order.quantity, highest.price), multiplier);
  const value = inFirmCurrency(amount, order.currency, { files, facts, currency, rateAgeMsMax: limits.rateAgeMsMax });
  if (value.kind === 'unknown') {
    problems.push(asPart(value.reason));
    return { kind: 'other', figures: value.figures };
  }
  const priceHigh: Decimal = order.limitPrice ?? highest.price;
  // A market order is not raised above the lowest price by what is assumed against it.
  const priceLow: Decimal = order.limitPrice ?? known(facts.reference, 'reference price').price;
  if (compare(priceLow, limits.priceMin) < 0) problems.push('the price is too low');
  if (compare(priceHigh, limits.priceMax) > 0) problems.push('the price is too high');
  if (compare(value.amount, limits.valueMax) > 0) problems.push('the order is worth too much');
  const own = { orderPrice: priceHigh, orderValue: value.amount };
  const figures = withFigures(highest.figures, value.figures, own);
  return figures === own
    ? { kind: 'plain', orderPrice: priceHigh, orderValue: value.amount }
    : { kind: 'other', figures };
}

function holding({ input, limits: { positionMax }, scope, problems }: Question): Exposure | undefined {
  const { order, own } = input;
  const cell = known(own.cell(scope, order.instrument), 'position of the algorithm');
  const standing = { position: cell.position, open: openInScope(cell, input, scope) };
  if (!isOpenSound(standing.open)) {
    problems.push('a quantity of its open orders is below zero');
    return undefined;
  }
  const worst = worstCase(order, standing);
  const isInside = isWithin(worst.long, positionMax) && isWithin(worst.short, positionMax);
  if (!isInside && !isReducing(order, standing)) problems.push('the position could be too large');
  return worst;
}

function isWithin(position: Decimal, positionMax: Decimal): boolean {
  return compare(absolute(position), positionMax) <= 0;
}

function sizeWith(names: ReadonlySet<string>, name: string): number {
  return names.has(name) ? names.size : names.size + 1;
}

/** A sentence as a part of another. */
function asPart(sentence: string): string {
  return `${sentence.charAt(0).toLowerCase()}${sentence.slice(1, -1)}`;
}
