import { type Decimal, divide, fromInteger, multiply, trim } from '../values/decimal.ts';
import { COST_SCALE } from './exact.ts';

/**
 * How a split changes quantities: each becomes `numerator / denominator` of what it was.
 *
 * Shape: `lot` is the smallest quantity that is held after it; what does not make one is paid out. Without it fractions are held.
 */
export interface SplitRatio {
  readonly numerator: number;
  readonly denominator: number;
  readonly lot?: Decimal | undefined;
}

/** A quantity after a split: all of it, and what of it stays held. */
export interface SplitQuantity {
  readonly held: Decimal;
  readonly whole: Decimal;
}

/**
 * What a quantity becomes. Shape: digits beyond `COST_SCALE` are cut off, so that a split never makes more than it says, and the sums of
 * parts are parts of the sum.
 */
export function splitQuantity(quantity: Decimal, { numerator, denominator, lot }: SplitRatio): SplitQuantity {
  const product = multiply(quantity, fromInteger(numerator));
  const held = trim(divide(product, fromInteger(denominator), { scale: COST_SCALE, rounding: 'down' }));
  if (lot === undefined) return { held, whole: held };
  const lots = divide(held, lot, { scale: 0, rounding: 'down' });
  return { held, whole: trim(multiply(lots, lot)) };
}

/** What a price becomes, so that the worth stays. Shape: rounded half to even at its own digits, at least `COST_SCALE`. */
export function splitPrice(price: Decimal, { numerator, denominator }: SplitRatio): Decimal {
  const scale = Math.max(COST_SCALE, price.scale);
  const product = multiply(price, fromInteger(denominator));
  return trim(divide(product, fromInteger(numerator), { scale, rounding: 'half-even' }));
}
