import type { ScopeText } from '@gatehouse/shared/schema/decision.ts';
import type { AssetClass, MarginRow } from '@gatehouse/shared/schema/facts/reference-data.ts';
import { add, compare, type Decimal, multiply, signOf, subtract, ZERO } from '@gatehouse/shared/values/decimal.ts';
import type { z } from 'zod';
import type { JudgedAmount } from './account-equity.ts';
import type { CheckInput } from './define-control.ts';
import { exposureAfter, sumInFirmCurrency, valueOfCell } from './exposure-after.ts';
import type { ExposureSums, JudgedExposure, ScopeExposure, Valuation } from './valuation.ts';
import { type Figures, known } from './verdict.ts';

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
const NO_FIGURES: Figures = Object.freeze({});

/**
 * What has to be covered of an account once the order is entered.
 *
 * Shape:  every class of the file counts at its rate, and an instrument with a row of its own at that one. Within a class the
 *         sums do not say what is long and what is short; what could be short is taken as half of `gross` less `short`, which
 *         is exact where no order is open and never too little. Something that is held and has no rate gives no requirement.
 *         Instruments without a row of their own cost nothing, however many are held.
 * Units:  the firm's currency.
 * Errors: throws `NotKnown`, which refuses, where the records or the file of instruments have no answer.
 */
export function requiredMargin(input: MarginInput, scope: ScopeText, question: MarginQuestion): JudgedAmount {
  const { after, ratesFor } = question;
  let amount: Decimal = ZERO;
  let covered: Decimal = ZERO;
  for (const [assetClass, row] of input.files.margins.classes) {
    const sums = sumsOfClass(input, scope, { assetClass, question });
    if (sums.kind === 'unknown') return sums;
    if (signOf(sums.sums.gross) === 0) continue;
    const rates = ratesFor(row, assetClass);
    if (rates === undefined) return withoutRate(assetClass);
    amount = add(amount, asked(sums.sums, rates));
    covered = add(covered, sums.sums.gross);
  }
  for (const id of instrumentsWithRates(input, scope)) {
    const own = ownRate(input, scope, { id, question });
    if (own.kind === 'unknown') return own;
    amount = add(amount, own.amount);
    covered = add(covered, own.covered);
  }
  if (compare(covered, after.all.gross) === 0) return { kind: 'known', amount };
  return unknown('Something that is held or ordered has no margin rate.', { gross: after.all.gross, covered });
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
  return sumInFirmCurrency(rows.map(onlySums), input, valuation.rateAgeMsMax);
}

type SumsRow = Parameters<typeof sumInFirmCurrency>[0][number];

function onlySums({ currency, long, short, gross, net }: SumsRow): SumsRow {
  return { currency, long, short, gross, net };
}

/** Goes through the shorter of two lists: what the account deals in, and what has a rate of its own. */
function instrumentsWithRates({ order, own, files, facts }: MarginInput, scope: ScopeText): readonly string[] {
  const { instruments } = files.margins;
  if (instruments.size === 0) return [];
  const dealt = known(own.instruments(scope, facts.day), 'list of instruments of the account');
  const isDealt = (id: string): boolean => id === order.instrument || dealt.has(id);
  if (instruments.size <= dealt.size) return [...instruments.keys()].filter(isDealt);
  return [...new Set([order.instrument, ...dealt])].filter((id) => instruments.has(id));
}

type OwnRate = { readonly kind: 'known'; readonly amount: Decimal; readonly covered: Decimal } | Unknown;

/** What an instrument's own row changes; where its class has counted it already, that is taken back. */
function ownRate(
  input: MarginInput,
  scope: ScopeText,
  { id, question }: { readonly id: string; readonly question: MarginQuestion },
): OwnRate {
  const { margins } = input.files;
  const judged = sumsOfInstrument(input, scope, { id, question });
  if (judged.kind === 'unknown') return judged;
  const { sums } = judged;
  const assetClass = classOf(input, id);
  const row = known(margins.instruments.get(id), 'margin rate');
  const rates = question.ratesFor(row, assetClass);
  if (rates === undefined) return withoutRate(id);

  const amount = asked(sums, rates);
  const classRow = margins.classes.get(assetClass);
  if (classRow === undefined) return { kind: 'known', amount, covered: sums.gross };
  const classRates = question.ratesFor(classRow, assetClass);
  if (classRates === undefined) return withoutRate(assetClass);
  return { kind: 'known', amount: subtract(amount, asked(sums, classRates)), covered: ZERO };
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

function asked({ gross, short }: ExposureSums, rates: MarginRates): Decimal {
  const onAll = multiply(gross, rates.long);
  const more = subtract(rates.short, rates.long);
  if (signOf(more) === 0) return onAll;
  return add(onAll, multiply(multiply(subtract(gross, short), HALF), more));
}

function withoutRate(name: string): Unknown {
  return unknown(`The margin rates have no figure of this regime for ${name}.`);
}

function unknown(reason: string, figures: Figures = NO_FIGURES): Unknown {
  return { kind: 'unknown', reason, figures };
}
