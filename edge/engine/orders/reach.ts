import type { VenueBody } from '@gatehouse/shared/schema/bodies.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';

/** An order of the book and through what it went out, where that is on record. */
interface Placed {
  readonly order: Pick<Order, 'venue' | 'account' | 'instrument'>;
  readonly reach?: string | undefined;
}

/** What a session can ask about. Shape: `instrument` is absent where the venue answers for all of its instruments. */
export interface SessionReach {
  readonly venue: string;
  readonly account: string;
  readonly through: string;
  readonly instrument?: string | undefined;
}

/** Through what an order goes: the connector, whether real money moves, and the account at the venue. */
export function reachText({
  connector,
  environment,
  account,
}: Pick<VenueBody, 'connector' | 'environment' | 'account'>) {
  return [connector, environment, ...(account === undefined ? [] : [account])].join('/');
}

/** Whether a session can ask for an order. Shape: one whose way is not on record is known by its place alone. */
export function isReached({ order, reach }: Placed, session: SessionReach): boolean {
  return (
    order.venue === session.venue &&
    order.account === session.account &&
    (session.instrument === undefined || order.instrument === session.instrument) &&
    (reach === undefined || reach === session.through)
  );
}

/** Where an order lies that a session cannot ask for, in words. */
export function placeOf({ order, reach }: Placed): string {
  const way = reach === undefined ? '' : ` through ${reach}`;
  return `${order.instrument} at ${order.venue}${way}`;
}
