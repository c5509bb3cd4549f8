import { describeError } from '@gatehouse/shared/errors.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import { type Decimal, decimal, equal, isDecimalText } from '@gatehouse/shared/values/decimal.ts';
import type { CcxtBinance } from './ccxt-exchange.ts';
import { wireAmount } from './market-rules.ts';

/**
 * What ccxt would write differently, had it the amounts to write.
 *
 * Shape: ccxt cuts quantities and rounds prices to what it believes the precision is. Our own texts go out unchanged; where it disagrees
 *        with them, one of the two has the market wrong, and nothing is sent.
 */
export function changedByCcxt(exchange: CcxtBinance, symbol: string, order: Order): readonly string[] {
  const { quantity, limitPrice, stopPrice } = order;
  const checks: readonly (readonly [string, Decimal | undefined, (text: string) => string | undefined])[] = [
    ['quantity', quantity, (text) => exchange.amountToPrecision(symbol, text)],
    ['limit', limitPrice, (text) => exchange.priceToPrecision(symbol, text)],
    ['stop price', stopPrice, (text) => exchange.priceToPrecision(symbol, text)],
  ];
  return checks.flatMap(([what, value, write]) => (value === undefined ? [] : changeOf(what, value, write)));
}

function changeOf(what: string, value: Decimal, write: (text: string) => string | undefined): readonly string[] {
  const ours = wireAmount(value);
  try {
    const theirs = write(ours);
    const isSame = theirs !== undefined && isDecimalText(theirs) && equal(decimal(theirs), value);
    return isSame ? [] : [`ccxt would make the ${what} ${ours} into ${theirs}`];
  } catch (error) {
    return [`ccxt does not take the ${what} ${ours}: ${describeError(error)}`];
  }
}
