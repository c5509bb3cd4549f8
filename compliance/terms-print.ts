import { type Order, OrderType, TimeInForce } from '@gatehouse/shared/schema/order.ts';
import { type Decimal, toText, trim } from '@gatehouse/shared/values/decimal.ts';
import { instantText } from '@gatehouse/shared/values/instant.ts';

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

/** The terms of an order beside its quantity and limit price. */
export type FurtherTerms = Pick<
  Order,
  | 'type'
  | 'timeInForce'
  | 'stopPrice'
  | 'trailing'
  | 'expiresAt'
  | 'auction'
  | 'displayQuantity'
  | 'postOnly'
  | 'reduceOnly'
  | 'group'
>;

/**
 * All that an order says of itself beside its quantity and limit price, as one text that two orders share where they say the same.
 *
 * Shape: type and time in force first, such as `stop-limit gtd until 2026-01-05T15:00:00.000000000Z stop 1100.5`. Of a group its kind and
 *        the part in it count and its id does not, so that the same bracket entered twice is the same.
 */
export function furtherTerms(order: FurtherTerms): string {
  const { type, timeInForce, stopPrice, trailing, expiresAt, auction, displayQuantity, group } = order;
  let text = PLAIN[type][timeInForce];
  if (expiresAt !== undefined) text += ` until ${instantText(expiresAt)}`;
  if (stopPrice !== undefined) text += ` stop ${plainText(stopPrice)}`;
  if (trailing !== undefined) text += ` behind ${plainText(trailing.distance)} ${trailing.by}`;
  if (auction !== undefined) text += ` on-${auction}`;
  if (displayQuantity !== undefined) text += ` shows ${plainText(displayQuantity)}`;
  if (order.postOnly !== undefined) text += ' post-only';
  if (order.reduceOnly !== undefined) text += ' reduce-only';
  if (group !== undefined) text += ` ${group.kind} ${group.role}`;
  return text;
}

/** Made once, since most orders say no more, and one text is compared faster than two that are equal. */
const PLAIN = Object.fromEntries(
  OrderType.options.map((type) => [
    type,
    Object.fromEntries(TimeInForce.options.map((time) => [time, `${type} ${time}`])),
  ]),
) as Readonly<Record<OrderType, Readonly<Record<TimeInForce, string>>>>;

function plainText(value: Decimal): string {
  return toText(trim(value));
}

/** Of the value without zeros at its end, since equal values may be of different scales. */
function printOf(value: Decimal): number {
  const { units, scale } = trim(value);
  return Math.imul(Number(BigInt.asIntN(BITS, units)), SPREAD) ^ scale;
}
