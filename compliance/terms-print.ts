import { type Decimal, trim } from '@gatehouse/shared/values/decimal.ts';

const BITS = 30;
/** A prime, so that quantities and prices that lie close together seldom give the same number. */
const SPREAD = 31;
const NO_PRICE = 1;

/** What an order repeats of another. */
interface Terms {
  readonly quantity: Decimal;
  readonly limitPrice?: Decimal | undefined;
}

/**
 * A number that two orders share where quantity and limit price are equal, whatever their scales.
 *
 * Shape: from 0 to 2^30 - 1. Others can share it by chance: equal numbers say that the terms have to be compared, different ones
 *        that they need not.
 */
export function termsPrint({ quantity, limitPrice }: Terms): number {
  const ofPrice = limitPrice === undefined ? NO_PRICE : printOf(limitPrice);
  return (Math.imul(printOf(quantity), SPREAD) ^ ofPrice) & (2 ** BITS - 1);
}

/** Of the value without zeros at its end, since equal values may be of different scales. */
function printOf(value: Decimal): number {
  const { units, scale } = trim(value);
  return Math.imul(Number(BigInt.asIntN(BITS, units)), SPREAD) ^ scale;
}
