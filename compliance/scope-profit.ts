import type { DecisionFacts, ScopeText } from '@gatehouse/shared/schema/decision.ts';
import { add, type Decimal, isZero, maximum, subtract, ZERO } from '@gatehouse/shared/values/decimal.ts';
import { inFirmCurrency } from './conversion.ts';
import { judgeAge } from './data-age.ts';
import type { CheckInput } from './define-control.ts';
import type { CurrencyTotals } from './own-facts.ts';
import type { Valuation } from './valuation.ts';
import { type Figures, known } from './verdict.ts';

/** What a profit is worked out from. */
export interface ProfitInput extends Pick<CheckInput, 'own' | 'files' | 'currency'> {
  readonly facts: Pick<DecisionFacts, 'now' | 'day'>;
}

/** What a scope lost and made. Units: the firm's currency; a loss is above zero. */
export interface ScopeProfit {
  readonly dayLoss: Decimal;
  readonly drawdown: Decimal;
  readonly dayBest: Decimal;
  readonly dayGivenBack: Decimal;
}

type Unknown = { readonly kind: 'unknown'; readonly reason: string; readonly figures: Figures };

/** How a scope did, or the sentence that says why that is not known. */
export type JudgedProfit = ({ readonly kind: 'known' } & ScopeProfit) | Unknown;

/** One figure of how a scope did, or the sentence that says why that is not known. Units: the firm's currency. */
export type JudgedFigure = { readonly kind: 'known'; readonly amount: Decimal } | Unknown;

/** How old prices and rates may be. Units: milliseconds of market time. */
export type ProfitAges = Omit<Valuation, 'marketOrderBps'>;

/** What is added up: a figure of each currency, in that currency. */
export interface ProfitQuestion {
  readonly ages: ProfitAges;
  readonly figureOf: (row: CurrencyTotals) => Decimal;
}

/** The loss since the trading day began; below zero it is a profit, which makes up for a loss in another currency. */
export function dayLossOf({ pnlAtDayStart, pnl }: CurrencyTotals): Decimal {
  return subtract(pnlAtDayStart, pnl);
}

/** The distance from the highest profit ever. */
export function drawdownOf({ pnlPeak, pnl }: CurrencyTotals): Decimal {
  return maximum<Decimal>(subtract(pnlPeak, pnl), ZERO);
}

const NAMES = ['dayLoss', 'drawdown', 'dayBest', 'dayGivenBack'] as const;

const figures: Readonly<Record<keyof ScopeProfit, (row: CurrencyTotals) => Decimal>> = {
  dayLoss: dayLossOf,
  drawdown: drawdownOf,
  dayBest: ({ pnlDayPeak, pnlAtDayStart }) => maximum<Decimal>(subtract(pnlDayPeak, pnlAtDayStart), ZERO),
  dayGivenBack: ({ pnlDayPeak, pnl }) => maximum<Decimal>(subtract(pnlDayPeak, pnl), ZERO),
};

/**
 * What a scope lost since its trading day began, and since it stood highest, realised or not, fees taken off.
 *
 * Shape:  `dayLoss` adds up currencies, so that a profit in one makes up for a loss in another and below zero is a profit.
 *         `drawdown` adds up each currency's own distance from its own peak, which is never less than that of the sum;
 *         `dayBest` and `dayGivenBack` do the same with the highest profit of the day and the distance from there.
 * Errors: as `profitFigure`.
 */
export function profitOf(input: ProfitInput, scope: ScopeText, ages: ProfitAges): JudgedProfit {
  let profit: ScopeProfit = { dayLoss: ZERO, drawdown: ZERO, dayBest: ZERO, dayGivenBack: ZERO };
  for (const name of NAMES) {
    const figure = profitFigure(input, scope, { ages, figureOf: figures[name] });
    if (figure.kind === 'unknown') return figure;
    profit = { ...profit, [name]: figure.amount };
  }
  return { kind: 'known', ...profit };
}

/**
 * One figure of how a scope did, added over currencies at their rates.
 *
 * Shape:  a position without a price, or with one that is too old, has no profit and no loss.
 * Errors: throws `NotKnown`, which refuses, where the records have no answer.
 */
export function profitFigure(input: ProfitInput, scope: ScopeText, { ages, figureOf }: ProfitQuestion): JudgedFigure {
  const { own, facts, files, currency } = input;
  const { markAgeMsMax, rateAgeMsMax } = ages;
  const totals = known(own.totals(scope, facts.day), 'profit of the scope');
  const oldest = known(own.oldestMarkAt(scope), 'age of the prices of what is held');
  if (oldest !== 'nothing-held') {
    const age = judgeAge('oldest price of what is held', { at: oldest, now: facts.now, ageMsMax: markAgeMsMax });
    if (age.problem !== undefined) return { kind: 'unknown', reason: age.problem, figures: { markAgeMs: age.ageMs } };
  }
  let amount: Decimal | undefined;
  for (const row of totals) {
    if (!row.isValued) {
      const figures = { currency: row.currency };
      return { kind: 'unknown', reason: 'The price of something that is held is not known.', figures };
    }
    const part = figureOf(row);
    // A currency in which there is nothing to count needs no rate.
    if (isZero(part)) continue;
    if (row.currency === currency) {
      amount = sumWith(amount, part);
      continue;
    }
    const converted = inFirmCurrency(part, row.currency, { files, facts, currency, rateAgeMsMax });
    if (converted.kind === 'unknown') return converted;
    amount = sumWith(amount, converted.amount);
  }
  return { kind: 'known', amount: amount ?? ZERO };
}

/** Most scopes deal in one currency, and then nothing has to be added. */
function sumWith(amount: Decimal | undefined, part: Decimal): Decimal {
  return amount === undefined ? part : add(amount, part);
}
