import { KitError } from '../errors.ts';
import type { Brand } from './brand.ts';
import { type Decimal, decimal, fitsText, toText } from './decimal.ts';

/** A price in a currency per unit of the instrument; below zero is possible, as for power, oil and spreads. */
export type Price = Decimal & Brand<object, 'Price'>;

/** A quantity in units of the instrument, never below zero: the side says which way. */
export type Quantity = Decimal & Brand<object, 'Quantity'>;

/** Reads a price from its text. Errors: `VALUE_MALFORMED` for what is not a decimal. */
export function price(text: string): Price {
  return asPrice(decimal(text));
}

/** Reads a quantity from its text. Errors: `VALUE_MALFORMED` for what is not a decimal, and below zero. */
export function quantity(text: string): Quantity {
  return asQuantity(decimal(text));
}

/** A computed decimal as a price. Errors: `VALUE_MALFORMED` with more digits than text may hold; rescale it first. */
export function asPrice(value: Decimal): Price {
  refuseUnwritable(value, 'price');
  return value as Price;
}

/** A computed decimal as a quantity. Errors: `VALUE_MALFORMED` below zero or with more digits than text may hold. */
export function asQuantity(value: Decimal): Quantity {
  refuseUnwritable(value, 'quantity');
  if (value.units < 0n) {
    throw new KitError('VALUE_MALFORMED', `a quantity of ${toText(value)}`, {
      hint: 'Give the quantity without a sign; the side says which way it goes.',
    });
  }
  return value as Quantity;
}

function refuseUnwritable(value: Decimal, what: string): void {
  if (fitsText(value)) return;
  throw new KitError('VALUE_MALFORMED', `a ${what} of ${toText(value)}, with more digits than a record may hold`, {
    hint: 'Rescale it to at most 18 digits behind the point, 38 in all.',
  });
}
