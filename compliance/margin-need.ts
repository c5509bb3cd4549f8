import type { ScopeText } from '@gatehouse/shared/schema/decision.ts';
import { currency } from '@gatehouse/shared/values/currency.ts';
import { add, type Decimal, isZero, maximum, minimum, multiply, subtract } from '@gatehouse/shared/values/decimal.ts';
import { cashInOrderCurrency, equityOf } from './account-equity.ts';
import { inFirmCurrency } from './conversion.ts';
import type { CheckInput } from './define-control.ts';
import { type MarginRegime, minimumEquityUsd, ratesUnder } from './margin-regime.ts';
import { requiredMargin } from './margin-requirement.ts';
import type { ScopeExposure, Valuation } from './valuation.ts';
import { type Figures, known } from './verdict.ts';

/** What an account has and what it needs, or the sentence that says why that is not known. Units: one currency for both. */
export type JudgedNeed =
  | { readonly kind: 'known'; readonly available: Decimal; readonly required: Decimal }
  | { readonly kind: 'unknown'; readonly reason: string; readonly figures: Figures };

/** What a need is worked out from. Units: `reserve` as a share of what is required. */
export interface NeedQuestion {
  readonly after: ScopeExposure;
  readonly valuation: Valuation;
  readonly reserve: Decimal;
}

const US_DOLLAR = currency('USD');

/**
 * What open purchases and this one cost, and the cash in the order's own currency that is there for them.
 *
 * Errors: throws `NotKnown`, which refuses, where the cash is not known.
 */
export function cashNeed(input: CheckInput, { after, reserve }: NeedQuestion): JudgedNeed {
  const { long, net } = after.local;
  return { kind: 'known', available: cashInOrderCurrency(input), required: raised(subtract(long, net), reserve) };
}

/**
 * What the account has to be worth to carry all that it holds and entered, and what it is worth, in the firm's currency.
 *
 * Shape:  where the regime sets a minimum equity, that is required as well, or the full value of everything where that is less.
 * Errors: throws `NotKnown`, which refuses, where a record or a row of a file is missing.
 */
export function marginNeed(
  input: CheckInput,
  scope: ScopeText,
  question: NeedQuestion & { readonly regime: MarginRegime },
): JudgedNeed {
  const { files, facts } = input;
  const { after, valuation, reserve, regime } = question;
  const instruments = known(files.instruments, 'file of instruments');
  const margins = known(files.margins, 'file of margin rates');
  const ratesFor = ratesUnder(regime, facts.day);
  if (ratesFor === undefined)
    return { kind: 'unknown', reason: `No rule of ${regime} margin is known for that day.`, figures: {} };
  const equity = equityOf(input, { exposure: after, rateAgeMsMax: valuation.rateAgeMsMax });
  if (equity.kind === 'unknown') return equity;
  const margin = requiredMargin({ ...input, files: { ...files, instruments, margins } }, scope, {
    after,
    valuation,
    ratesFor,
  });
  if (margin.kind === 'unknown') return margin;

  const required = raised(margin.amount, reserve);
  const minimumUsd = minimumEquityUsd(regime, facts.day);
  if (isZero(minimumUsd)) return { kind: 'known', available: equity.amount, required };
  const { rateAgeMsMax } = valuation;
  const least = inFirmCurrency(minimumUsd, US_DOLLAR, { files, facts, currency: input.currency, rateAgeMsMax });
  if (least.kind === 'unknown') return least;
  const floor = minimum(least.amount, after.all.gross);
  return { kind: 'known', available: equity.amount, required: maximum(required, floor) };
}

function raised(amount: Decimal, reserve: Decimal): Decimal {
  return add(amount, multiply(amount, reserve));
}
