import { asPrice, type Price } from '@gatehouse/shared/values/amounts.ts';
import { type Decimal, divide, isZero, multiply, subtract } from '@gatehouse/shared/values/decimal.ts';

/** The nearest price on the tick that is not better for the trader. */
export function onTick(price: Decimal, side: 'buy' | 'sell', tick: Decimal): Price {
  const rounding = side === 'buy' ? 'ceiling' : 'floor';
  return asPrice(multiply(divide(price, tick, { scale: 0, rounding }), tick));
}

/** Whether a figure is a whole number of steps. */
export function isOnTick(figure: Decimal, step: Decimal): boolean {
  const steps = divide(figure, step, { scale: 0, rounding: 'down' });
  return isZero(subtract(figure, multiply(steps, step)));
}
