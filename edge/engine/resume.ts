import type { BarSeries } from '@gatehouse/shared/market/bar-series.ts';
import type { Instant } from '@gatehouse/shared/values/instant.ts';
import type { WorkingOrder } from '../venues/define-connector.ts';
import type { Venue, VenueOrder } from '../venues/venue.ts';
import type { Book, BookOrder } from './book.ts';
import type { OrderDesk } from './order-desk.ts';

/** What it takes to find out what became of orders while nobody listened. */
export interface Settling {
  readonly book: Book;
  readonly venue: Pick<Venue, 'query'>;
  readonly desk: OrderDesk;
  /** Whether the venue can know of an order; of every order where it is absent. */
  readonly canReach?: ((known: BookOrder) => boolean) | undefined;
}

const AT_VENUE: ReadonlySet<BookOrder['state']> = new Set([
  'sent',
  'unknown',
  'working',
  'part-filled',
  'cancelling',
  'replacing',
]);

/** The orders that a venue in our own process must take back: those of its own place. */
export function workingOrders(
  book: Pick<Book, 'orders'>,
  canReach: (known: BookOrder) => boolean = () => true,
): readonly WorkingOrder[] {
  return book
    .orders()
    .filter((known) => AT_VENUE.has(known.state) && canReach(known))
    .map(({ order, filled }) => ({ order, filled }));
}

/**
 * Asks the venue for every order that is not over, and stages what follows.
 *
 * Shape:  an order is never sent again: approved and not found means never sent; sent and not found is a lost order. One that waits
 *         at the edge is nowhere else.
 * Errors: `VENUE_UNREACHABLE`.
 */
export async function settleOrders({ book, venue, desk, canReach = () => true }: Settling): Promise<void> {
  for (const known of book.orders()) {
    const { order, state } = known;
    if (state !== 'held' && canReach(known)) settleOrder({ book, desk }, order.id, await venue.query(order.id));
  }
}

/** Brings one order, where it is not over by then, to what the venue says of it. */
export function settleOrder({ book, desk }: Omit<Settling, 'venue'>, order: string, answer: VenueOrder): void {
  const known = book.order(order);
  if (known === undefined) return;
  if (answer.state === 'not-found') desk.notFound(known, reasonOf(known));
  else desk.settle(known, answer);
}

/** The first bar that may not be done: the one that closes at the run's progress or in which it falls. */
export function firstBarToDo(bars: BarSeries, progressAt: Instant | undefined): number {
  if (progressAt === undefined) return 0;
  let low = 0;
  let high = bars.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (bars.bar(middle).closeAt < progressAt) low = middle + 1;
    else high = middle;
  }
  return low;
}

function reasonOf({ state }: BookOrder): string {
  return state === 'approved'
    ? 'The process ended before the order was sent.'
    : 'The venue does not know the order; it never arrived or was forgotten.';
}
