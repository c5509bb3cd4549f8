import type { ScopeText } from '@gatehouse/shared/schema/decision.ts';
import type { Currency } from '@gatehouse/shared/values/currency.ts';
import {
  add,
  compare,
  type Decimal,
  isZero,
  maximum,
  multiply,
  negate,
  signOf,
  subtract,
  withChange,
  ZERO,
} from '@gatehouse/shared/values/decimal.ts';
import { inFirmCurrency } from './conversion.ts';
import { judgeAge } from './data-age.ts';
import type { CheckInput } from './define-control.ts';
import { countedQuantity } from './edge-waiting.ts';
import { isOpenSound, isReducing } from './exposure.ts';
import { openInScope } from './open-in-scope.ts';
import type { CurrencyTotals, InstrumentCell, InstrumentGroup, OpenQuantities } from './own-facts.ts';
import { highestPrice } from './reference-price.ts';
import type {
  ExposureSums,
  InstrumentShare,
  JudgedExposure,
  ScopeExposure,
  Valuation,
  ValuedOrder,
  WorkedExposure,
  WorkedExposures,
} from './valuation.ts';
import { type Figures, known, NO_FIGURES } from './verdict.ts';

/** Answers kept for one decision: eight scopes, each with its sector, class and tier, twice over. */
const KEPT_MAX = 64;

/** What is asked of a scope. Shape: with a group, only the instruments of that group are counted. */
export interface ExposureQuestion {
  readonly valuation: Valuation;
  readonly group?: InstrumentGroup;
}

type Unknown = Extract<JudgedExposure, { readonly kind: 'unknown' }>;

/** Sums of money, or why there are none. */
type JudgedSums = { readonly kind: 'known'; readonly sums: ExposureSums } | Unknown;

/** Nothing held, nothing entered. */
export const NO_EXPOSURE: ExposureSums = Object.freeze({ long: ZERO, short: ZERO, gross: ZERO, net: ZERO });

/**
 * What a scope stands for once the order is entered, exact and in the firm's currency.
 *
 * Shape:  what is held and open counts at its mark; this order at the highest of its limit, the mark and, where it is a sale or
 *         has no limit, the reference price (a market order raised by `marketOrderBps`). So an order never counts for less
 *         while it is judged than afterwards in the records, at the same marks. The order that it replaces is taken out where
 *         it lies in the scope. A price, rate or record that is missing, too old or does not add up gives no exposure.
 *         The answer is kept with the input, because several controls of one decision ask for the same.
 * Errors: throws `NotKnown`, which refuses, where the records have no answer.
 * Source: 17 CFR 240.15c3-5(c)(1)(i): exposure is measured on orders entered, not on executions.
 */
export function exposureAfter(input: CheckInput, scope: ScopeText, question: ExposureQuestion): JudgedExposure {
  const { valuation, group } = question;
  const worked = workedWith(input.exposures ?? [], valuation);
  for (const one of worked.answers) if (one.scope === scope && one.group === group) return one.answer;
  const answer = work(input, worked, { scope, group });
  if (worked.answers.length < KEPT_MAX) worked.answers.push({ scope, group, answer });
  return answer;
}

/**
 * What a scope has in the order's instrument; taken from what this decision has worked out, where it has.
 *
 * Errors: throws `NotKnown`, which refuses, where the records do not know.
 */
export function cellInScope({ order, own, exposures = [] }: CheckInput, scope: ScopeText): InstrumentCell {
  for (const { shares } of exposures) {
    for (const share of shares) if (share.scope === scope) return share.cell;
  }
  return known(own.cell(scope, order.instrument), 'exposure in the instrument');
}

/** Whether the order can only bring the scope's own position in the instrument nearer to zero. */
export function reducesScope({ order }: Pick<CheckInput, 'order'>, { standing }: ScopeExposure): boolean {
  return isReducing(order, standing);
}

/**
 * What a scope has in one instrument, at its mark, in the instrument's currency.
 *
 * Shape: undefined where something is held or open and nothing says what it is worth.
 */
export function valueOfCell(cell: InstrumentCell): ExposureSums | undefined {
  const { position, openBuy, openSell, mark } = cell;
  if (isZero(position) && isZero(openBuy) && isZero(openSell)) return NO_EXPOSURE;
  if (mark === undefined || signOf(mark) <= 0 || signOf(cell.multiplier) <= 0) return undefined;
  return sumsOf(position, { buy: openBuy, sell: openSell }, times(mark, cell.multiplier));
}

/** Sums of several currencies as one in the firm's. Errors: as a sentence, where a rate is missing or nothing says what something is worth. */
export function sumInFirmCurrency(
  rows: readonly (ExposureSums & { readonly currency: Currency })[],
  input: CheckInput,
  rateAgeMsMax: number,
): JudgedSums {
  let sums = NO_EXPOSURE;
  for (const row of rows) {
    const converted = convert(row, row.currency, { input, rateAgeMsMax });
    if (converted.kind === 'unknown') return converted;
    sums = isEmpty(sums) ? converted.sums : sumOf(sums, converted.sums);
  }
  return { kind: 'known', sums };
}

function isSame(a: Valuation, b: Valuation): boolean {
  if (a === b) return true;
  return (
    a.markAgeMsMax === b.markAgeMsMax &&
    a.rateAgeMsMax === b.rateAgeMsMax &&
    compare(a.marketOrderBps, b.marketOrderBps) === 0
  );
}

function workedWith(kept: WorkedExposures[], valuation: Valuation): WorkedExposures {
  for (const one of kept) if (isSame(one.valuation, valuation)) return one;
  const made = { valuation, shares: [], answers: [] };
  if (kept.length < KEPT_MAX) kept.push(made);
  return made;
}

type Asked = Pick<WorkedExposure, 'scope' | 'group'>;

function work(input: CheckInput, worked: WorkedExposures, { scope, group }: Asked): JudgedExposure {
  const totals = known(input.own.totals(scope, input.facts.day, group), 'exposure of the scope');
  const share = shareIn(input, worked, scope);
  return share.kind === 'unknown' ? share : together(input, share, { totals, valuation: worked.valuation });
}

function shareIn(input: CheckInput, worked: WorkedExposures, scope: ScopeText): InstrumentShare | Unknown {
  for (const share of worked.shares) if (share.scope === scope) return share;
  const share = shareOf(input, worked, scope);
  if (share.kind === 'share' && worked.shares.length < KEPT_MAX) worked.shares.push(share);
  return share;
}

function shareOf(
  input: CheckInput,
  { valuation, shares }: WorkedExposures,
  scope: ScopeText,
): InstrumentShare | Unknown {
  const { order, own } = input;
  const cell = cellInScope(input, scope);
  const { mark, multiplier, position } = cell;
  const tooOld = oldMark(input, scope, valuation);
  if (tooOld !== undefined) return tooOld;
  const alike = shareLike(input, shares, cell);
  if (alike !== undefined) {
    const { before, after, standing, valued } = alike;
    return { kind: 'share', scope, cell, before, after, standing, valued };
  }
  if (order.currency !== cell.currency) {
    return unknown('The order is not in the currency of its instrument.', { orderCurrency: order.currency });
  }
  if (signOf(multiplier) <= 0) return unknown('The contract multiplier is not above zero.', { multiplier });
  const before = valueOfCell(cell);
  if (before === undefined) return unknown('The price of what is held is not known.');

  if (order.replaces !== undefined) known(own.openOrder(order.replaces), 'order that this one replaces');
  const open = openInScope(cell, input, scope);
  if (!isOpenSound(open)) {
    return unknown('A quantity of the open orders is below zero.', { openBuy: open.buy, openSell: open.sell });
  }
  const [any] = shares;
  const valued = any !== undefined && isAlike(any.cell, cell) ? any.valued : valuedOrder(input, cell, valuation);
  if (valued.kind === 'unknown') return valued;
  const isUntouched = mark === undefined || (order.replaces === undefined && own.room(order).length === 0);
  const rest = isUntouched ? before : sumsOf(position, open, times(mark, multiplier));
  const long = order.side === 'buy' ? add(rest.long, valued.orderValue) : rest.long;
  const short = order.side === 'buy' ? rest.short : subtract(rest.short, valued.orderValue);
  const after = { long, short, gross: larger(long, short), net: rest.net };
  return { kind: 'share', scope, cell, before, after, standing: { position, open }, valued };
}

/** The share of another scope that has the very same in the instrument, as firm, client and account often do. */
function shareLike(
  { order, own }: CheckInput,
  shares: readonly InstrumentShare[],
  cell: InstrumentCell,
): InstrumentShare | undefined {
  // What is taken out of a scope for the order depends on the scope.
  if (shares.length === 0 || order.replaces !== undefined || own.room(order).length > 0) return undefined;
  for (const share of shares) if (isSameCell(share.cell, cell)) return share;
  return undefined;
}

function isSameCell(a: InstrumentCell, b: InstrumentCell): boolean {
  return (
    isAlike(a, b) &&
    a.currency === b.currency &&
    a.held === b.held &&
    isSameFigure(a.position, b.position) &&
    isSameFigure(a.openBuy, b.openBuy) &&
    isSameFigure(a.openSell, b.openSell)
  );
}

/** Whether two figures are equal and written alike. */
function isSameFigure(a: Decimal, b: Decimal): boolean {
  return a === b || (a.scale === b.scale && a.units === b.units);
}

function isAlike(a: InstrumentCell, b: InstrumentCell): boolean {
  return a.mark === b.mark && a.multiplier === b.multiplier;
}

function valuedOrder(
  { order, facts }: CheckInput,
  { mark, multiplier }: InstrumentCell,
  valuation: Valuation,
): ValuedOrder | Unknown {
  const { marketOrderBps, markAgeMsMax } = valuation;
  const worst = highestPrice(order, facts, { marketOrderBps, referenceAgeMsMax: markAgeMsMax });
  if (worst.kind === 'unknown') return unknown(worst.reason, worst.figures);
  const price = mark === undefined ? worst.price : maximum(worst.price, mark);
  return { kind: 'known', orderValue: times(multiply(countedQuantity(order), price), multiplier) };
}

function oldMark({ own, facts }: CheckInput, scope: ScopeText, { markAgeMsMax }: Valuation): Unknown | undefined {
  const oldest = known(own.oldestMarkAt(scope), 'age of the prices of what is held');
  if (oldest === 'nothing-held') return undefined;
  const age = judgeAge('oldest price of what is held', { at: oldest, now: facts.now, ageMsMax: markAgeMsMax });
  return age.problem === undefined ? undefined : unknown(age.problem, { markAgeMs: age.ageMs });
}

interface Whole {
  readonly totals: readonly CurrencyTotals[];
  readonly valuation: Valuation;
}

function together(input: CheckInput, share: InstrumentShare, { totals, valuation }: Whole): JudgedExposure {
  const { cell, before, after, standing } = share;
  const { currency } = cell;
  let local: ExposureSums = NO_EXPOSURE;
  let isLocal = currency === input.currency;
  for (const row of totals) {
    if (!row.isValued) return unknown('The price of something that is held is not known.', { currency: row.currency });
    if (row.currency === currency) local = row;
    else isLocal = false;
  }
  if (compare(local.gross, before.gross) < 0) {
    return unknown('The records of the scope do not add up.', { gross: local.gross, instrumentGross: before.gross });
  }
  const changed = {
    long: moved(local.long, before.long, after.long),
    short: moved(local.short, before.short, after.short),
    gross: moved(local.gross, before.gross, after.gross),
    net: local.net,
  };
  if (isLocal) return { kind: 'known', exposure: { all: changed, instrument: after, local: changed, standing } };
  const { rateAgeMsMax } = valuation;
  const instrument = convert(after, currency, { input, rateAgeMsMax });
  if (instrument.kind === 'unknown') return instrument;
  const others = totals.filter((row) => row.currency !== currency);
  const all = sumInFirmCurrency([{ ...changed, currency }, ...others], input, rateAgeMsMax);
  if (all.kind === 'unknown') return all;
  return { kind: 'known', exposure: { all: all.sums, instrument: instrument.sums, local: changed, standing } };
}

/** A sum once a part of it has changed. */
function moved(total: Decimal, before: Decimal, after: Decimal): Decimal {
  return before === after ? total : withChange(total, before, after);
}

/** Most multipliers are one, and the product is on the path of every order. */
function times(value: Decimal, multiplier: Decimal): Decimal {
  return multiplier.units === 1n && multiplier.scale === 0 ? value : multiply(value, multiplier);
}

function convert(
  sums: ExposureSums,
  from: Currency,
  { input, rateAgeMsMax }: { readonly input: CheckInput; readonly rateAgeMsMax: number },
): JudgedSums {
  // A currency that the scope once dealt in and has nothing in any more needs no rate.
  if (from === input.currency || isEmpty(sums)) return { kind: 'known', sums };
  const { files, facts, currency } = input;
  const one = inFirmCurrency({ units: 1n, scale: 0 }, from, { files, facts, currency, rateAgeMsMax });
  if (one.kind === 'unknown') return one;
  const { long, short, gross, net } = sums;
  const rate = one.amount;
  return {
    kind: 'known',
    sums: {
      long: multiply(long, rate),
      short: multiply(short, rate),
      gross: multiply(gross, rate),
      net: multiply(net, rate),
    },
  };
}

function sumsOf(position: Decimal, open: OpenQuantities, unitValue: Decimal): ExposureSums {
  const net = multiply(position, unitValue);
  const long = isZero(open.buy) ? net : multiply(add(position, open.buy), unitValue);
  const short = isZero(open.sell) ? net : multiply(subtract(position, open.sell), unitValue);
  return { long, short, gross: larger(long, short), net };
}

/** `long` is never below `short`: where it is below zero, `short` is further from zero still. */
function larger(long: Decimal, short: Decimal): Decimal {
  return signOf(short) >= 0 ? long : maximum(long, negate(short));
}

function sumOf(a: ExposureSums, b: ExposureSums): ExposureSums {
  return {
    long: add(a.long, b.long),
    short: add(a.short, b.short),
    gross: add(a.gross, b.gross),
    net: add(a.net, b.net),
  };
}

function isEmpty({ gross, long, short, net }: ExposureSums): boolean {
  return isZero(gross) && isZero(long) && isZero(short) && isZero(net);
}

function unknown(reason: string, figures: Figures = NO_FIGURES): Unknown {
  return { kind: 'unknown', reason, figures };
}
