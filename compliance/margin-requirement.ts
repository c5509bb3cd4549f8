import type { ScopeText } from '@gatehouse/shared/schema/decision.ts';
import type { AssetClass, MarginRow } from '@gatehouse/shared/schema/facts/reference-data.ts';
import {
  add,
  compare,
  type Decimal,
  maximum,
  multiply,
  negate,
  signOf,
  subtract,
  ZERO,
} from '@gatehouse/shared/values/decimal.ts';
import type { z } from 'zod';
import type { JudgedAmount } from './account-equity.ts';
import type { CheckInput } from './define-control.ts';
import { exposureAfter, sumInFirmCurrency, valueOfCell } from './exposure-after.ts';
import type { ExposureSums, JudgedExposure, ScopeExposure, Valuation } from './valuation.ts';
import { type Figures, known, NO_FIGURES } from './verdict.ts';

/** What has to be covered of what is held, and of what is owed. Units: shares of the value, above zero; `short` is not below `long`. */
export interface MarginRates {
  readonly long: Decimal;
  readonly short: Decimal;
}

/** A house rate as the file has it. */
export type HouseRow = z.output<typeof MarginRow>;

/** What a requirement is worked out from. Shape: `ratesFor` is undefined where a row says nothing for the regime. */
export interface MarginQuestion {
  readonly after: ScopeExposure;
  readonly valuation: Valuation;
  readonly ratesFor: (row: HouseRow, assetClass: AssetClass) => MarginRates | undefined;
}

type MarginInput = CheckInput<never, 'margins' | 'instruments'>;
type Unknown = Extract<JudgedExposure, { readonly kind: 'unknown' }>;

const HALF: Decimal = Object.freeze({ units: 5n, scale: 1 });
/**
 * What has to be covered of an account once the order is entered.
 *
 * Shape:  the order's instrument, and every instrument with a row of its own, is counted by itself: the worse of all purchases at
 *         the rate for what is held and all sales at that for what is owed. The rest of each class counts by its sums, which do
 *         not say what is long and what is short; what could be short is taken as half of `gross` less `short`, which is exact
 *         where no order is open and never too little. So an account costs no more to judge for each instrument that it holds.
 *         Something that is held and has no rate gives no requirement.
 * Units:  the firm's currency.
 * Errors: throws `NotKnown`, which refuses, where the records or the file of instruments have no answer.
 */
export function requiredMargin(input: MarginInput, scope: ScopeText, question: MarginQuestion): JudgedAmount {
  const rests = new Map<AssetClass, ExposureSums>();
  for (const assetClass of input.files.margins.classes.keys()) {
    const judged = sumsOfClass(input, scope, { assetClass, question });
    if (judged.kind === 'unknown') return judged;
    rests.set(assetClass, judged.sums);
  }
  let amount: Decimal = ZERO;
  let covered: Decimal = ZERO;
  for (const id of countedAlone(input, scope)) {
    const judged = sumsOfInstrument(input, scope, { id, question });
    if (judged.kind === 'unknown') return judged;
    const assetClass = classOf(input, id);
    const row = input.files.margins.of(id, assetClass);
    const rates = row === undefined ? undefined : question.ratesFor(row, assetClass);
    if (rates === undefined) return withoutRate(id);
    amount = add(amount, askedOfOne(judged.sums, rates));
    covered = add(covered, judged.sums.gross);
    const rest = rests.get(assetClass);
    if (rest !== undefined) rests.set(assetClass, without(rest, judged.sums));
  }
  for (const [assetClass, rest] of rests) {
    if (signOf(rest.gross) === 0) continue;
    const row = known(input.files.margins.classes.get(assetClass), 'margin rate of the class');
    const rates = question.ratesFor(row, assetClass);
    if (rates === undefined) return withoutRate(assetClass);
    amount = add(amount, askedOfSome(rest, rates));
    covered = add(covered, rest.gross);
  }
  const { gross } = question.after.all;
  if (compare(covered, gross) === 0) return { kind: 'known', amount };
  return unknown('Something that is held or ordered has no margin rate.', { gross, covered });
}

type JudgedSums = { readonly kind: 'known'; readonly sums: ExposureSums } | Unknown;

function sumsOfClass(
  input: MarginInput,
  scope: ScopeText,
  { assetClass, question }: { readonly assetClass: AssetClass; readonly question: MarginQuestion },
): JudgedSums {
  const { valuation } = question;
  const group = `asset-class:${assetClass}` as const;
  if (classOf(input, input.order.instrument) === assetClass) {
    const after = exposureAfter(input, scope, { valuation, group });
    return after.kind === 'unknown' ? after : { kind: 'known', sums: after.exposure.all };
  }
  const rows = known(input.own.totals(scope, input.facts.day, group), 'exposure in a class of assets');
  // Rows without a price have refused already, with the exposure of the whole scope.
  return sumInFirmCurrency(rows, input, valuation.rateAgeMsMax);
}

/** The order's instrument, and those with a rate of their own; goes through the shorter of rates and what the account deals in. */
function countedAlone({ order, own, files, facts }: MarginInput, scope: ScopeText): readonly string[] {
  const { instruments } = files.margins;
  if (instruments.size === 0) return [order.instrument];
  const dealt = known(own.instruments(scope, facts.day), 'list of instruments of the account');
  const rated =
    instruments.size <= dealt.size
      ? [...instruments.keys()].filter((id) => dealt.has(id))
      : [...dealt].filter((id) => instruments.has(id));
  return [...new Set([order.instrument, ...rated])];
}

function sumsOfInstrument(
  input: MarginInput,
  scope: ScopeText,
  { id, question }: { readonly id: string; readonly question: MarginQuestion },
): JudgedSums {
  if (id === input.order.instrument) return { kind: 'known', sums: question.after.instrument };
  const cell = known(input.own.cell(scope, id), 'exposure in an instrument with a margin rate of its own');
  const value = valueOfCell(cell);
  if (value === undefined) return unknown('The price of something that is held is not known.', { heldInstrument: id });
  return sumInFirmCurrency([{ ...value, currency: cell.currency }], input, question.valuation.rateAgeMsMax);
}

function classOf({ files }: MarginInput, instrument: string): AssetClass {
  return known(files.instruments.of(instrument), 'instrument').assetClass;
}

function askedOfOne({ long, short }: ExposureSums, rates: MarginRates): Decimal {
  const forSales = multiply(negate(short), rates.short);
  return maximum(multiply(long, rates.long), forSales);
}

function askedOfSome({ gross, short }: ExposureSums, rates: MarginRates): Decimal {
  const couldBeShort = multiply(subtract(gross, short), HALF);
  return add(multiply(gross, rates.long), multiply(couldBeShort, subtract(rates.short, rates.long)));
}

function without(whole: ExposureSums, part: ExposureSums): ExposureSums {
  return {
    long: subtract(whole.long, part.long),
    short: subtract(whole.short, part.short),
    gross: subtract(whole.gross, part.gross),
    net: subtract(whole.net, part.net),
  };
}

function withoutRate(name: string): Unknown {
  return unknown(`The margin rates have no figure of this regime for ${name}.`);
}

function unknown(reason: string, figures: Figures = NO_FIGURES): Unknown {
  return { kind: 'unknown', reason, figures };
}
