import type { Decimal } from '@gatehouse/shared/values/decimal.ts';

/**
 * Whether a value is a whole number of steps, exactly.
 *
 * Shape: a step of zero or below has no multiples.
 */
export function isMultiple(value: Decimal, step: Decimal): boolean {
  if (step.units <= 0n) return false;
  if (value.scale === step.scale) return value.units % step.units === 0n;
  return value.scale > step.scale
    ? value.units % (step.units * 10n ** BigInt(value.scale - step.scale)) === 0n
    : (value.units * 10n ** BigInt(step.scale - value.scale)) % step.units === 0n;
}
