import type { Instrument } from '@gatehouse/shared/market/instrument.ts';
import { add, type Decimal, isZero, multiply, negate, subtract, ZERO } from '@gatehouse/shared/values/decimal.ts';
import type { VenueAccount } from '../venue.ts';
import type { SimSettings } from './sim-settings.ts';
import type { Side, SimFill, SimOpenOrder } from './sim-types.ts';

/**
 * The cash and the positions of the simulated account.
 *
 * Shape: without an opening it starts with nothing, and then shows what this session did. Units: cash in the instrument's currency.
 */
export interface SimAccount {
  book(side: Side, fill: Pick<SimFill, 'price' | 'quantity' | 'fee'>): void;
  position(): Decimal;
  holdings(open: readonly SimOpenOrder[]): Pick<VenueAccount, 'balances' | 'positions'>;
}

/** An account as it was when the session opened. */
export function createSimAccount(instrument: Instrument, opening: SimSettings['opening']): SimAccount {
  let cash: Decimal = opening?.cash ?? ZERO;
  const positions = new Map((opening?.positions ?? []).map((held) => [held.instrument, held.quantity]));
  const worth = (price: Decimal, quantity: Decimal): Decimal =>
    multiply(multiply(price, quantity), instrument.multiplier);
  const position = (): Decimal => positions.get(instrument.id) ?? ZERO;
  return {
    position,
    book: (side, { price, quantity, fee }) => {
      const value = worth(price, quantity);
      cash = subtract(side === 'buy' ? subtract(cash, value) : add(cash, value), fee);
      positions.set(instrument.id, add(position(), side === 'buy' ? quantity : negate(quantity)));
    },
    holdings: (open) => {
      let inOrders = ZERO;
      for (const { order, remaining } of open) {
        if (order.side === 'buy' && order.limitPrice !== undefined)
          inOrders = add(inOrders, worth(order.limitPrice, remaining));
      }
      const held = [...positions].filter(([, quantity]) => !isZero(quantity));
      return {
        balances: [{ asset: instrument.currency, total: cash, inOrders }],
        positions: held.map(([id, quantity]) => ({ instrument: id, quantity })),
      };
    },
  };
}
