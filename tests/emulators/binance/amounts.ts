import { type Decimal, decimal, isDecimalText, rescale, toText, ZERO } from '@gatehouse/shared/values/decimal.ts';
import { Refusal } from './refusal.ts';

const DIGITS = 8;

/** An amount as Binance writes it: eight digits behind the point, what is beyond them cut off. */
export function fixed(value: Decimal = ZERO): string {
  return toText(rescale(value, { scale: DIGITS, rounding: 'down' }));
}

/** Cuts an amount to the digits that Binance keeps. */
export function kept(value: Decimal): Decimal {
  return rescale(value, { scale: DIGITS, rounding: 'down' });
}

/** Reads an amount from a parameter. Errors: refuses what is no number with -1100 and more than eight digits with -1111. */
export function readAmount(name: string, text: string): Decimal {
  if (!/^\d{1,20}(\.\d{1,20})?$/.test(text)) {
    const legal = '^([0-9]{1,20})(\\.[0-9]{1,20})?$';
    throw new Refusal(-1100, `Illegal characters found in parameter '${name}'; legal range is '${legal}'.`);
  }
  const [whole = '', digits = ''] = text.split('.');
  const significant = digits.replace(/0+$/, '');
  if (significant.length > DIGITS) throw new Refusal(-1111, `Parameter '${name}' has too much precision.`);
  const bare = whole.replace(/^0+(?=\d)/, '');
  const plain = significant === '' ? bare : `${bare}.${significant}`;
  if (!isDecimalText(plain)) throw new Refusal(-1108, `Parameter '${name}' overflowed.`);
  return decimal(plain);
}
