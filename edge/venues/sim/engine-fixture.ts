import { decimal, toText } from '@gatehouse/shared/values/decimal.ts';
import { type Instant, instant } from '@gatehouse/shared/values/instant.ts';
import type { EngineOptions, SimEvent, SimLevel, SimOrder } from './sim-types.ts';

// Short ways for tests to write moments, levels, orders and what came of them.

export const OPTIONS: EngineOptions = {
  instrument: { tick: decimal('0.01'), lot: decimal('1'), multiplier: decimal('1') },
  feeBps: { maker: decimal('1'), taker: decimal('2') },
};

const SECOND_NS = 1_000_000_000n;
const START_NS = 1_600_000_000n * SECOND_NS;

/** A moment, so many seconds after the start of all tests. */
export function second(count: number): Instant {
  return instant(START_NS + BigInt(Math.round(count * 1_000)) * 1_000_000n);
}

export function level(price: string, quantity: string): SimLevel {
  return { price: decimal(price), quantity: decimal(quantity) };
}

/** The words of an order that tests change. */
export interface OrderWords
  extends Partial<Omit<SimOrder, 'quantity' | 'limitPrice' | 'stopPrice' | 'displayQuantity'>> {
  readonly quantity?: string;
  readonly limit?: string;
  readonly stop?: string;
  readonly display?: string;
}

/** An order to buy ten for as long as it takes, unless said otherwise. */
export function simOrder({ quantity = '10', limit, stop, display, ...words }: OrderWords = {}): SimOrder {
  return {
    id: 'A',
    side: 'buy',
    type: limit === undefined ? 'market' : 'limit',
    timeInForce: 'gtc',
    quantity: decimal(quantity),
    enteredAt: second(0),
    ...(limit === undefined ? {} : { limitPrice: decimal(limit) }),
    ...(stop === undefined ? {} : { stopPrice: decimal(stop) }),
    ...(display === undefined ? {} : { displayQuantity: decimal(display) }),
    ...words,
  };
}

/** What happened, in one line each. */
export function lines(events: readonly SimEvent[]): readonly string[] {
  return events.map((event) => {
    if (event.kind !== 'filled') return `${event.order} ${event.kind}`;
    const { quantity, price, liquidity } = event.fill;
    return `${event.order} ${liquidity} ${toText(quantity)} @ ${toText(price)}`;
  });
}
