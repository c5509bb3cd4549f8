import type { CashBody } from '../schema/bodies.ts';
import { type Decimal, negate, sum, ZERO } from '../values/decimal.ts';
import { leanSum } from './exact.ts';

/** Why money of an account moved, other than by an execution. */
export type CashReason = CashBody['reason'] | 'adjustment';

/**
 * The money of an account in one currency, and what made it.
 *
 * Shape: `moved` holds the sums by reason; a reason without a move is absent. `fees` are those of executions, whatever the price was
 *        in. `granted` is what people said that positions are worth which no execution brought.
 * Units: of the currency; `amount` and `moved` positive where money came in, `fees` positive where they were paid.
 */
export interface Purse {
  readonly amount: Decimal;
  readonly moved: { readonly [Reason in CashReason]?: Decimal | undefined };
  readonly fees: Decimal;
  readonly granted: Decimal;
}

/** A purse that nothing moved. */
export const EMPTY_PURSE: Purse = { amount: ZERO, moved: {}, fees: ZERO, granted: ZERO };

/** Money that came or went for a reason. */
export function moveCash(purse: Purse, reason: CashReason, amount: Decimal): Purse {
  const moved = { ...purse.moved, [reason]: leanSum(purse.moved[reason] ?? ZERO, amount) };
  return { ...purse, amount: leanSum(purse.amount, amount), moved };
}

/** What an execution paid or received. */
export function settle(purse: Purse, paid: Decimal): Purse {
  return { ...purse, amount: leanSum(purse.amount, paid) };
}

/** What came and went in all, other than by executions and their fees. */
export function movedInAll({ moved }: Purse): Decimal {
  return sum(Object.values(moved).filter((amount) => amount !== undefined));
}

/** The fee of an execution. Units: positive where it was paid. */
export function payFee(purse: Purse, fee: Decimal): Purse {
  const amount = leanSum(purse.amount, negate(fee));
  return { ...purse, amount, fees: leanSum(purse.fees, fee) };
}

/** A position that a person set right, by what the change is worth. */
export function grant(purse: Purse, worth: Decimal): Purse {
  return { ...purse, granted: leanSum(purse.granted, worth) };
}
