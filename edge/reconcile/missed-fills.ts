import { add, compare } from '@gatehouse/shared/values/decimal.ts';
import type { VenueExecution, VenueOrderEvent } from '../venues/venue.ts';
import { type OwnRecords, ownOrderOf } from './account-records.ts';

/**
 * The report of an execution that never came, as the venue would have made it; undefined for one that is booked, or is of no order that
 * the journal can still book it to.
 */
export function eventOfMissed(execution: VenueExecution, own: OwnRecords): VenueOrderEvent | undefined {
  const { fill, isBusted = false } = execution;
  const { book, record } = own;
  // What does not stand and was never booked needs no entry.
  if (isBusted) return undefined;
  const order = ownOrderOf(own, execution);
  if (order === undefined || book.hasFill(fill.id) || record.hasFill(fill.id)) return undefined;
  const known = book.order(order) ?? book.ended(order);
  if (known === undefined) return undefined;
  const isLast = compare(add(known.filled, fill.quantity), known.order.quantity) >= 0;
  return { order, at: fill.at, kind: 'filled', fill, isLast };
}
