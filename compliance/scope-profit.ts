import type { ScopeText } from '@gatehouse/shared/schema/decision.ts';
import { add, type Decimal, isZero, maximum, multiply, subtract, ZERO } from '@gatehouse/shared/values/decimal.ts';
import { inFirmCurrency } from './conversion.ts';
import { judgeAge } from './data-age.ts';
import type { CheckInput } from './define-control.ts';
import type { Valuation } from './valuation.ts';
import { type Figures, known } from './verdict.ts';

const ONE: Decimal = Object.freeze({ units: 1n, scale: 0 });

/** How a scope did, or the sentence that says why that is not known. Units: the firm's currency; a loss is above zero. */
export type JudgedProfit =
  | { readonly kind: 'known'; readonly dayLoss: Decimal; readonly drawdown: Decimal }
  | { readonly kind: 'unknown'; readonly reason: string; readonly figures: Figures };

/**
 * What a scope lost since its trading day began, and since it stood highest, realised or not, fees taken off.
 *
 * Shape:  `dayLoss` adds up currencies, so that a profit in one makes up for a loss in another and below zero is a profit.
 *         `drawdown` adds up each currency's own distance from its own peak, which is never less than that of the sum.
 *         A position without a price, or with one that is too old, has no profit.
 * Errors: throws `NotKnown`, which refuses, where the records have no answer.
 */
export function profitOf(
  input: CheckInput,
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
  let dayLoss: Decimal = ZERO;
  let drawdown: Decimal = ZERO;
  for (const row of totals) {
    const figures = { currency: row.currency };
    if (!row.isValued) return { kind: 'unknown', reason: 'The price of something that is held is not known.', figures };
    const losses = [
      subtract(row.pnlAtDayStart, row.pnl),
      maximum<Decimal>(subtract(row.pnlPeak, row.pnl), ZERO),
    ] as const;
    if (losses.every(isZero)) continue;
    const rate = inFirmCurrency(ONE, row.currency, { files, facts, currency, rateAgeMsMax });
    if (rate.kind === 'unknown') return rate;
    dayLoss = add(dayLoss, multiply(losses[0], rate.amount));
    drawdown = add(drawdown, multiply(losses[1], rate.amount));
  }
  return { kind: 'known', dayLoss, drawdown };
}
