import { compare, signOf } from '@gatehouse/shared/values/decimal.ts';
import type { Instant } from '@gatehouse/shared/values/instant.ts';
import type { VenueExecution, VenueOrderEvent } from '../venues/venue.ts';
import { type OwnRecords, ownOrderOf } from './account-records.ts';

const BUSTED = 'The venue’s history lists the execution as one that does not stand.';
const CORRECTED = 'The venue’s history shows the execution with other figures than were reported.';

/**
 * The report of a bust or correction that never came, as the venue would have made it; undefined where its history says the same as our
 * records, or not enough.
 *
 * Shape: only what the history itself shows of an execution that is booked, on the same order, side and instrument and with a fee in the same
 *        currency. That an execution is not listed any more says nothing: it stays a difference.
 */
export function eventOfChange(execution: VenueExecution, own: OwnRecords, at: Instant): VenueOrderEvent | undefined {
  const { fill, isBusted = false, side, instrument } = execution;
  const { book, record } = own;
  const order = ownOrderOf(own, execution);
  const known = record.fills().find(({ body }) => body.fill === fill.id);
  if (order === undefined || known === undefined || known.body.order !== order || known.isBusted) return undefined;
  // Without the order and the execution in the books nothing could be booked.
  if ((book.order(order) ?? book.ended(order)) === undefined || book.fill(fill.id) === undefined) return undefined;
  if (isBusted) return { order, at, kind: 'busted', fill: fill.id, reason: BUSTED };
  const { body } = known;
  const isOther = side !== body.side || (instrument !== undefined && instrument !== body.instrument);
  const paidIn = fill.feeCurrency ?? body.currency;
  if (isOther || paidIn !== (body.feeCurrency ?? body.currency) || signOf(fill.quantity) <= 0) return undefined;
  const isSame = compare(fill.quantity, body.quantity) === 0 && compare(fill.price, body.price) === 0;
  return isSame ? undefined : { order, at, kind: 'corrected', fill, reason: CORRECTED };
}
