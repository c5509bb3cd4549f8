import type { Order, TimeInForce } from '@gatehouse/shared/schema/order.ts';

/**
 * The time in force that goes over the wire for an order.
 *
 * Shape: where the edge ends the order itself, the venue is told that it stands until it is cancelled.
 */
export function timeInForceAtVenue({
  timeInForce,
  emulates = [],
}: Pick<Order, 'timeInForce' | 'emulates'>): TimeInForce {
  return emulates.includes('expiry') ? 'gtc' : timeInForce;
}
