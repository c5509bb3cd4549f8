import type { DecisionFacts, ScopeText } from '@gatehouse/shared/schema/decision.ts';
import { add, type Decimal, isZero, maximum, multiply, subtract, ZERO } from '@gatehouse/shared/values/decimal.ts';
import { inFirmCurrency } from './conversion.ts';
import { judgeAge } from './data-age.ts';
import type { CheckInput } from './define-control.ts';
import type { CurrencyTotals } from './own-facts.ts';
import type { Valuation } from './valuation.ts';
import { type Figures, known } from './verdict.ts';

const ONE: Decimal = Object.freeze({ units: 1n, scale: 0 });

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

/** How a scope did, or the sentence that says why that is not known. */
export type JudgedProfit =
  | ({ readonly kind: 'known' } & ScopeProfit)
  | { readonly kind: 'unknown'; readonly reason: string; readonly figures: Figures };

/**
 * What a scope lost since its trading day began, and since it stood highest, realised or not, fees taken off.
 *
 * Shape:  `dayLoss` adds up currencies, so that a profit in one makes up for a loss in another and below zero is a profit.
 *         `drawdown` adds up each currency's own distance from its own peak, which is never less than that of the sum;
 *         `dayBest` and `dayGivenBack` do the same with the highest profit of the day and the distance from there.
 *         A position without a price, or with one that is too old, has no profit.
 * Errors: throws `NotKnown`, which refuses, where the records have no answer.
 */
export function profitOf(
  input: ProfitInput,
  scope: ScopeText,
  { markAgeMsMax, rateAgeMsMax }: Omit<Valuation, 'marketOrderBps'>,
): JudgedProfit {
  const { own, facts, files, currency } = input;
  const totals = known(own.totals(scope, facts.day), 'profit of the scope');
  const oldest = known(own.oldestMarkAt(scope), 'age of the prices of what is held');
  if (oldest !== 'nothing-held') {
    const age = judgeAge('oldest price of what is held', { at: oldest, now: facts.now, ageMsMax: markAgeMsMax });
    if (age.problem !== undefined) return { kind: 'unknown', reason: age.problem, figures: { markAgeMs: age.ageMs } };
  }
  let sums: ScopeProfit = { dayLoss: ZERO, drawdown: ZERO, dayBest: ZERO, dayGivenBack: ZERO };
  for (const row of totals) {
    const figures = { currency: row.currency };
    if (!row.isValued) return { kind: 'unknown', reason: 'The price of something that is held is not known.', figures };
    const profit = profitIn(row);
    if (Object.values(profit).every(isZero)) continue;
    const rate = inFirmCurrency(ONE, row.currency, { files, facts, currency, rateAgeMsMax });
    if (rate.kind === 'unknown') return rate;
    sums = plus(sums, profit, rate.amount);
  }
  return { kind: 'known', ...sums };
}

function profitIn({ pnl, pnlAtDayStart, pnlDayPeak, pnlPeak }: CurrencyTotals): ScopeProfit {
  return {
    dayLoss: subtract(pnlAtDayStart, pnl),
    drawdown: maximum<Decimal>(subtract(pnlPeak, pnl), ZERO),
    dayBest: maximum<Decimal>(subtract(pnlDayPeak, pnlAtDayStart), ZERO),
    dayGivenBack: maximum<Decimal>(subtract(pnlDayPeak, pnl), ZERO),
  };
}

function plus(sums: ScopeProfit, profit: ScopeProfit, rate: Decimal): ScopeProfit {
  return {
    dayLoss: add(sums.dayLoss, multiply(profit.dayLoss, rate)),
    drawdown: add(sums.drawdown, multiply(profit.drawdown, rate)),
    dayBest: add(sums.dayBest, multiply(profit.dayBest, rate)),
    dayGivenBack: add(sums.dayGivenBack, multiply(profit.dayGivenBack, rate)),
  };
}
