import { KitError } from '../errors.ts';

/**
 * What happens to digits that do not fit.
 *
 * Shape: `half-*` go to the nearest, ties to the even digit or away from zero; `down` and `up` are towards and away
 *        from zero; `floor` and `ceiling` are towards minus and plus infinity; `exact` refuses to lose a digit.
 */
export type Rounding = 'half-even' | 'half-up' | 'down' | 'up' | 'floor' | 'ceiling' | 'exact';

/**
 * The whole number that stands for `dividend / divisor` under the named rounding.
 *
 * Errors: `VALUE_MALFORMED` for a divisor of zero, and for a remainder where the rounding is `exact`.
 */
export function roundedQuotient(dividend: bigint, divisor: bigint, rounding: Rounding): bigint {
  if (divisor === 0n) {
    throw new KitError('VALUE_MALFORMED', 'a division by zero', {
      hint: 'Check the divisor before dividing; a figure that cannot be computed refuses.',
    });
  }
  const towardsZero = dividend / divisor;
  const remainder = dividend - towardsZero * divisor;
  if (remainder === 0n) return towardsZero;

  const isNegative = remainder < 0n !== divisor < 0n;
  const outward = isNegative ? towardsZero - 1n : towardsZero + 1n;
  switch (rounding) {
    case 'down':
      return towardsZero;
    case 'up':
      return outward;
    case 'floor':
      return isNegative ? outward : towardsZero;
    case 'ceiling':
      return isNegative ? towardsZero : outward;
    case 'half-up':
      return halves(remainder, divisor) >= 0 ? outward : towardsZero;
    case 'half-even':
      return nearestEven(towardsZero, outward, halves(remainder, divisor));
    case 'exact':
      throw new KitError('VALUE_MALFORMED', 'a result with more digits than its scale holds', {
        hint: 'Name a rounding, or a scale that holds every digit.',
      });
  }
}

function halves(remainder: bigint, divisor: bigint): number {
  const twice = remainder < 0n ? remainder * -2n : remainder * 2n;
  const whole = divisor < 0n ? -divisor : divisor;
  if (twice === whole) return 0;
  return twice < whole ? -1 : 1;
}

function nearestEven(towardsZero: bigint, outward: bigint, side: number): bigint {
  if (side !== 0) return side > 0 ? outward : towardsZero;
  return towardsZero % 2n === 0n ? towardsZero : outward;
}
