import { KitError } from '../errors.ts';
import type { Currency } from './currency.ts';
import { add, type Decimal, decimal, negate, subtract, toText } from './decimal.ts';

/** An amount and its currency; amounts of two currencies never mix. */
export interface Money {
  readonly amount: Decimal;
  readonly currency: Currency;
}

/** Money from the text of its amount. Errors: `VALUE_MALFORMED` for what is not a decimal. */
export function money(text: string, currency: Currency): Money {
  return { amount: decimal(text), currency };
}

/** The sum of two amounts. Errors: `VALUE_MALFORMED` for two currencies. */
export function addMoney(a: Money, b: Money): Money {
  return { amount: add(a.amount, b.amount), currency: sharedCurrency(a, b) };
}

/** The difference `a - b`. Errors: `VALUE_MALFORMED` for two currencies. */
export function subtractMoney(a: Money, b: Money): Money {
  return { amount: subtract(a.amount, b.amount), currency: sharedCurrency(a, b) };
}

/** The same amount with the other sign: what one side pays, the other receives. */
export function negateMoney(value: Money): Money {
  return { amount: negate(value.amount), currency: value.currency };
}

/** The money as a person reads it: `10.20 EUR`. */
export function moneyText(value: Money): string {
  return `${toText(value.amount)} ${value.currency}`;
}

function sharedCurrency(a: Money, b: Money): Currency {
  if (a.currency === b.currency) return a.currency;
  throw new KitError('VALUE_MALFORMED', `${moneyText(a)} and ${moneyText(b)} in one sum`, {
    hint: 'Convert one of them at a recorded rate first.',
  });
}
