import { compare, type Decimal, subtract, ZERO } from '@gatehouse/shared/values/decimal.ts';
import type { OpenOrder } from '../own-facts.ts';

/** What of an order is neither executed nor over. Shape: nothing is left of one that was filled beyond its quantity. */
export function restOf({ order, filled }: Pick<OpenOrder, 'order' | 'filled'>): Decimal {
  return compare(filled, order.quantity) >= 0 ? ZERO : subtract(order.quantity, filled);
}
