import type { Currency } from '../values/currency.ts';
import { add, type Decimal, isZero, subtract, sum, trim } from '../values/decimal.ts';
import type { Holding } from './holding.ts';
import { lotCost } from './lots.ts';
import { EMPTY_PURSE, movedInAll, type Purse } from './purse.ts';

/** All that is known of one account. */
export interface AccountBooks {
  readonly purses: ReadonlyMap<Currency, Purse>;
  readonly holdings: readonly Holding[];
}

/** By how much the books of a currency do not balance, by each method. Shape: zero, or they are wrong. */
export interface IdentityRow {
  readonly currency: Currency;
  readonly byAverage: Decimal;
  readonly byLots: Decimal;
}

/**
 * Whether the books of an account balance, currency by currency.
 *
 * Shape: cash = what came and went by reason + what adjustments granted + realised - fees - cost of what is held. Cash is summed from
 *        the moves of money alone, the rest from positions and reasons, so that a difference shows whichever side is wrong. With
 *        positions at market on both sides it reads: cash + positions = deposits + profit and loss - fees.
 */
export function ledgerIdentity({ purses, holdings }: AccountBooks): readonly IdentityRow[] {
  const currencies = new Set([...purses.keys(), ...holdings.map(({ currency }) => currency)]);
  return [...currencies].sort().map((currency) => {
    const purse = purses.get(currency) ?? EMPTY_PURSE;
    const held = holdings.filter((holding) => holding.currency === currency);
    const outside = subtract(add(movedInAll(purse), purse.granted), purse.fees);
    const expected = (gains: readonly Decimal[]) => trim(subtract(purse.amount, sum([outside, ...gains])));
    return {
      currency,
      byAverage: expected(held.map(({ average }) => subtract(average.realised, average.cost))),
      byLots: expected(held.map(({ lots }) => subtract(lots.realised, lotCost(lots)))),
    };
  });
}

/** The currencies whose books do not balance; none where all is well. */
export function unbalanced(books: AccountBooks): readonly IdentityRow[] {
  return ledgerIdentity(books).filter(({ byAverage, byLots }) => !isZero(byAverage) || !isZero(byLots));
}
