import { add, type Decimal, isZero, ZERO } from '@gatehouse/shared/values/decimal.ts';
import { inFirmCurrency } from './conversion.ts';
import type { CheckInput } from './define-control.ts';
import type { ScopeExposure } from './valuation.ts';
import { type Figures, known } from './verdict.ts';

/** An amount in the firm's currency, or the sentence that says why it is not known. */
export type JudgedAmount =
  | { readonly kind: 'known'; readonly amount: Decimal }
  | { readonly kind: 'unknown'; readonly reason: string; readonly figures: Figures };

/** What an equity is worked out from. Shape: `exposure` is that of the order's account. Units: milliseconds of market time. */
export interface EquityQuestion {
  readonly exposure: ScopeExposure;
  readonly rateAgeMsMax: number;
}

/**
 * What the order's account is worth: its cash in all currencies and all that it holds at its marks.
 *
 * Shape:  what is owed counts below zero, cash and positions alike; orders that are only entered count for nothing.
 * Units:  the firm's currency.
 * Errors: throws `NotKnown`, which refuses, where the cash is not known.
 */
export function equityOf(input: CheckInput, { exposure, rateAgeMsMax }: EquityQuestion): JudgedAmount {
  const { order, own, files, facts, currency } = input;
  let amount = exposure.all.net;
  for (const cash of known(own.cash(order.account), 'cash of the account')) {
    if (isZero(cash.amount)) continue;
    const converted = inFirmCurrency(cash.amount, cash.currency, { files, facts, currency, rateAgeMsMax });
    if (converted.kind === 'unknown') return converted;
    amount = add(amount, converted.amount);
  }
  return { kind: 'known', amount };
}

/** The cash of the order's account in the order's own currency. Errors: as `equityOf`. */
export function cashInOrderCurrency({ order, own }: CheckInput): Decimal {
  const rows = known(own.cash(order.account), 'cash of the account');
  return rows.find(({ currency }) => currency === order.currency)?.amount ?? ZERO;
}
