import type { ScopeText } from '@gatehouse/shared/schema/decision.ts';
import type { Currency } from '@gatehouse/shared/values/currency.ts';
import { add, type Decimal, negate, ZERO } from '@gatehouse/shared/values/decimal.ts';
import { type Lane, lean, type ScopeState } from './holding-state.ts';
import type { HoldingStore } from './holding-store.ts';

/** What an execution cost, and in what. Units: `fee` in `feeCurrency`, else in `currency`. */
interface Paid {
  readonly fee: Decimal;
  readonly currency: Currency;
  readonly feeCurrency?: Currency | undefined;
}

/** A fee as far as it is in the currency of the price. */
export function ownFee({ fee, currency, feeCurrency }: Paid): Decimal {
  return feeCurrency === undefined || feeCurrency === currency ? fee : ZERO;
}

/**
 * Counts a fee in a currency of its own as a loss in that currency, of every scope of the place.
 *
 * Shape: no rate is made up here: whoever asks for a profit in one currency converts the loss at a dated rate, or does not know it.
 */
export function spendIn(store: HoldingStore, { rows }: Pick<Lane, 'rows'>, paid: Paid): void {
  spend(
    store,
    rows.map(({ scope }) => scope),
    paid,
  );
}

/** The same for a fill without its order. */
export function spendStray(store: HoldingStore, fill: Paid & Parameters<typeof strayScopes>[0]): void {
  spend(
    store,
    strayScopes(fill).map((text) => store.scope(text)),
    fill,
  );
}

function spend({ ledgers }: HoldingStore, scopes: readonly ScopeState[], paid: Paid): void {
  const { fee, currency, feeCurrency = currency } = paid;
  if (feeCurrency === currency || fee.units === 0n) return;
  for (const scope of scopes) {
    scope.otherFees.set(feeCurrency, lean(add(scope.otherFees.get(feeCurrency) ?? ZERO, fee)));
    ledgers.earnIn(scope, feeCurrency, negate(fee));
  }
}

/** The scopes that a fill without its order certainly counts for. */
export function strayScopes(fill: {
  readonly instrument: string;
  readonly account: string;
  readonly venue: string;
}): readonly ScopeText[] {
  const { instrument, account, venue } = fill;
  return ['firm', `account:${account}`, `instrument:${instrument}`, `venue:${venue}`];
}
