import { add, type Decimal, multiply, subtract, trim } from '../values/decimal.ts';

/** Digits behind the point of what is rounded: an average cost, a share of a cost, a quantity after a split. */
export const COST_SCALE = 8;

/** The sum without zeros at its end: scales would only ever grow. */
export function leanSum(a: Decimal, b: Decimal): Decimal {
  return trim(add(a, b));
}

/** The difference without zeros at its end. */
export function leanDifference(a: Decimal, b: Decimal): Decimal {
  return trim(subtract(a, b));
}

/** What a quantity is worth at a price. Units: those of the price; a unit counts `multiplier` times. */
export function worth(quantity: Decimal, price: Decimal, multiplier: Decimal): Decimal {
  return multiply(multiply(quantity, price), multiplier);
}
