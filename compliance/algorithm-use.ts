import type { ScopeText } from '@gatehouse/shared/schema/decision.ts';
import { absolute, compare, type Decimal, maximum, multiply, signOf } from '@gatehouse/shared/values/decimal.ts';
import { inFirmCurrency } from './conversion.ts';
import type { CheckInput } from './define-control.ts';
import { isOpenSound, isReducing, worstCase } from './exposure.ts';
import { openInScope, replacedOrder } from './open-in-scope.ts';
import { highestPrice } from './reference-price.ts';
import { appliesTo } from './scopes.ts';
import { type Figures, known, pass, refuse, type Verdict } from './verdict.ts';

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

/** What one look at the order found: what it observed, and the limits that are broken, in words. */
interface Findings {
  readonly figures: Figures;
  readonly problems: readonly string[];
}

/**
 * Compares an order with everything that was set for its algorithm.
 *
 * Shape:  `scope` is that of the algorithm. A refusal names every limit that is broken.
 * Errors: throws `NotKnown`, which refuses, where a record or the instrument is missing.
 * Source: RTS 6 Art. 8.
 */
export function judgeAlgorithm(input: Input, limits: AlgorithmLimits, scope: ScopeText): Verdict {
  const findings = [
    places(input, limits, scope),
    counts(input, limits, scope),
    money(input, limits),
    holding(input, limits, scope),
  ];
  const figures: Figures = Object.assign({}, ...findings.map((found) => found.figures));
  const problems = findings.flatMap((found) => found.problems);
  return problems.length === 0
    ? pass('The order stays within what was set for its algorithm.', figures)
    : refuse(`For its algorithm, ${problems.join('; ')}.`, figures);
}

function places({ order, facts, own }: Input, limits: AlgorithmLimits, scope: ScopeText): Findings {
  const { instrument, venue } = order;
  const instruments = sizeWith(
    known(own.instruments(scope, facts.day), 'list of the algorithm’s instruments'),
    instrument,
  );
  const venues = sizeWith(known(own.venues(scope, facts.day), 'list of the algorithm’s venues'), venue);
  const problems: string[] = [];
  if (!limits.instruments.has(instrument)) problems.push(`instrument ${instrument} is not listed`);
  if (!limits.venues.has(venue)) problems.push(`venue ${venue} is not listed`);
  if (instruments > limits.instrumentsMax) problems.push('there are too many instruments');
  if (venues > limits.venuesMax) problems.push('there are too many venues');
  return { figures: { instrumentsUsed: instruments, venuesUsed: venues }, problems };
}

function counts(input: Input, limits: AlgorithmLimits, scope: ScopeText): Findings {
  const { facts, own } = input;
  const orders = known(own.ordersToday(scope, facts.day), 'number of the algorithm’s orders of the day') + 1;
  const replaced = replacedOrder(input);
  const isReplacing = replaced !== undefined && appliesTo(scope, replaced.order);
  const openOrders = known(own.openCount(scope), 'number of the algorithm’s open orders') + (isReplacing ? 0 : 1);
  const problems: string[] = [];
  if (orders > limits.ordersMax) problems.push('there are too many orders in the day');
  if (openOrders > limits.openOrdersMax) problems.push('there are too many open orders');
  return { figures: { orders, openOrders }, problems };
}

function money({ order, facts, files, currency }: Input, limits: AlgorithmLimits): Findings {
  const { multiplier } = known(files.instruments.of(order.instrument), 'instrument');
  if (signOf(multiplier) <= 0)
    return { figures: { multiplier }, problems: ['the contract multiplier is not above zero'] };
  const highest = highestPrice(order, facts, limits);
  if (highest.kind === 'unknown') return { figures: highest.figures, problems: [asPart(highest.reason)] };

  const amount = multiply(multiply(order.quantity, highest.price), multiplier);
  const value = inFirmCurrency(amount, order.currency, { files, facts, currency, rateAgeMsMax: limits.rateAgeMsMax });
  if (value.kind === 'unknown') return { figures: value.figures, problems: [asPart(value.reason)] };

  const orderPrice: Decimal = order.limitPrice ?? highest.price;
  const problems: string[] = [];
  if (compare(orderPrice, limits.priceMin) < 0) problems.push('the price is too low');
  if (compare(orderPrice, limits.priceMax) > 0) problems.push('the price is too high');
  if (compare(value.amount, limits.valueMax) > 0) problems.push('the order is worth too much');
  return { figures: { ...highest.figures, ...value.figures, orderPrice, orderValue: value.amount }, problems };
}

function holding(input: Input, { positionMax }: AlgorithmLimits, scope: ScopeText): Findings {
  const { order, own } = input;
  const cell = known(own.cell(scope, order.instrument), 'position of the algorithm');
  const standing = { position: cell.position, open: openInScope(cell, input, scope) };
  if (!isOpenSound(standing.open)) return { figures: {}, problems: ['a quantity of its open orders is below zero'] };

  const worst = worstCase(order, standing);
  const positionWorst = maximum<Decimal>(absolute(worst.long), absolute(worst.short));
  const isInside = compare(positionWorst, positionMax) <= 0 || isReducing(order, standing);
  return { figures: { positionWorst }, problems: isInside ? [] : ['the position could be too large'] };
}

function sizeWith(names: ReadonlySet<string>, name: string): number {
  return names.has(name) ? names.size : names.size + 1;
}

/** A sentence as a part of another. */
function asPart(sentence: string): string {
  return `${sentence.charAt(0).toLowerCase()}${sentence.slice(1, -1)}`;
}
