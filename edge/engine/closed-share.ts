import {
  absolute,
  add,
  compare,
  type Decimal,
  isZero,
  negate,
  signOf,
  ZERO,
} from '@gatehouse/shared/values/decimal.ts';

/** A fill by which a kill closed, and what the algorithms held before it. Units: of the instrument, signed. */
export interface ClosingFill {
  /** What the fill changed the account's position by. */
  readonly change: Decimal;
  readonly isAccountFlat: boolean;
  /** The one that the kill is about; absent where it is about more than one. */
  readonly owner: string | undefined;
  readonly held: ReadonlyMap<string, Decimal>;
}

/**
 * What each algorithm holds after a kill has closed something, for those where it changed.
 *
 * Shape: a kill of one algorithm closes what that one holds. Otherwise those whose side was closed give in the order of their names, and
 *        once the account holds nothing no algorithm does, since long and short of different algorithms have closed each other.
 *        Without this an algorithm would, after the release, leave a position that is not there any more, and so open the opposite one.
 */
export function heldAfterClosing({ change, isAccountFlat, owner, held }: ClosingFill): ReadonlyMap<string, Decimal> {
  if (owner !== undefined) return new Map([[owner, add(held.get(owner) ?? ZERO, change)]]);
  const after = new Map<string, Decimal>();
  let rest = change;
  for (const [name, quantity] of [...held].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (isAccountFlat) after.set(name, ZERO);
    else if (signOf(quantity) === -signOf(rest)) {
      const share = compare(absolute(quantity), absolute(rest)) <= 0 ? negate(quantity) : rest;
      after.set(name, add(quantity, share));
      rest = add(rest, negate(share));
      if (isZero(rest)) break;
    }
  }
  return after;
}
