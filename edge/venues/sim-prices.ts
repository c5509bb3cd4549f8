import type { Bar } from '@gatehouse/shared/market/bar.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import { asPrice, type Price } from '@gatehouse/shared/values/amounts.ts';
import {
  compare,
  type Decimal,
  divide,
  fromUnits,
  isZero,
  maximum,
  minimum,
  multiply,
  rescale,
  subtract,
} from '@gatehouse/shared/values/decimal.ts';
import type { Instant } from '@gatehouse/shared/values/instant.ts';
import type { ConnectorDeps } from './define-connector.ts';

/** A price on the tick, and when it was there. */
export interface Execution {
  readonly price: Price;
  readonly at: Instant;
}

const BPS = fromUnits(1n, 4);
const FEE_SCALE = 2;

/** Where an order fills on a bar that opened after its decision; undefined where the bar does not reach its limit. */
export function executionPrice(order: Order, bar: Bar, tick: Decimal): Execution | undefined {
  const open = againstTrader(bar.open, order.side, tick);
  const { limitPrice } = order;
  if (limitPrice === undefined) return { price: open, at: bar.openAt };
  const isBuy = order.side === 'buy';
  const gapsThrough = isBuy ? compare(open, limitPrice) <= 0 : compare(open, limitPrice) >= 0;
  if (gapsThrough) return { price: isBuy ? minimum(open, limitPrice) : maximum(open, limitPrice), at: bar.openAt };
  const isReached = isBuy ? compare(bar.low, limitPrice) <= 0 : compare(bar.high, limitPrice) >= 0;
  return isReached ? { price: limitPrice, at: bar.closeAt } : undefined;
}

/** The nearest price on the tick that is not better for the trader. */
function againstTrader(price: Decimal, side: Order['side'], tick: Decimal): Price {
  const rounding = side === 'buy' ? 'ceiling' : 'floor';
  return asPrice(multiply(divide(price, tick, { scale: 0, rounding }), tick));
}

/** The fee of a fill. Units: the instrument's currency, rounded up to a hundredth. */
export function feeOf(
  fill: { readonly price: Decimal; readonly quantity: Decimal },
  { instrument, feeBps }: Pick<ConnectorDeps, 'instrument' | 'feeBps'>,
): Decimal {
  const value = multiply(multiply(fill.price, fill.quantity), instrument.multiplier);
  return rescale(multiply(multiply(value, feeBps), BPS), { scale: FEE_SCALE, rounding: 'up' });
}

/** Whether a figure is a whole number of steps. */
export function isOnTick(figure: Decimal, step: Decimal): boolean {
  const steps = divide(figure, step, { scale: 0, rounding: 'down' });
  return isZero(subtract(figure, multiply(steps, step)));
}
