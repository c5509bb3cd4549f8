import { type Decimal, ZERO } from '@gatehouse/shared/values/decimal.ts';
import type { OrderToTrade } from '../own-facts.ts';

/** What a scope did on a trading day. Units: volumes in units of the instrument. Source: RTS 9 Art. 1, 2 and Annex. */
export interface DayCounts {
  orders: number;
  messages: number;
  transactions: number;
  orderVolume: Decimal;
  tradeVolume: Decimal;
  /** The answer to the last question, until something is counted. */
  answer: OrderToTrade | undefined;
}

/** A day on which nothing was done yet. */
export function createDayCounts(): DayCounts {
  return { orders: 0, messages: 0, transactions: 0, orderVolume: ZERO, tradeVolume: ZERO, answer: undefined };
}
