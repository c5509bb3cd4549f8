import type { Order } from '@gatehouse/shared/schema/order.ts';

/**
 * What orders of a kind have in common: who deals in what, where, for whom and how, without the terms of the one order.
 *
 * Shape: the type of the order says whether it carries a limit price. Of an iceberg it is known that it is one, and of a group what the
 *        order is in it.
 */
export interface OrderProfile extends PlainProfile {
  readonly displayQuantity?: unknown;
  readonly group?: Pick<NonNullable<Order['group']>, 'kind' | 'role'> | undefined;
}

type PlainProfile = Pick<
  Order,
  | 'environment'
  | 'legalEntity'
  | 'desk'
  | 'trader'
  | 'client'
  | 'account'
  | 'algorithm'
  | 'decisionMaker'
  | 'executingPerson'
  | 'capacity'
  | 'instrument'
  | 'venue'
  | 'side'
  | 'shortSaleMark'
  | 'type'
  | 'timeInForce'
  | 'currency'
  | 'counterparty'
  | 'auction'
  | 'postOnly'
  | 'reduceOnly'
  | 'emulates'
>;

/** The profile of an order. Shape: a copy, so that nothing done to the order later makes it another one. */
export function profileOf(order: OrderProfile): OrderProfile {
  const { id, version } = order.algorithm;
  const { auction, postOnly, reduceOnly, displayQuantity, group, emulates } = order;
  return {
    environment: order.environment,
    legalEntity: order.legalEntity,
    desk: order.desk,
    trader: order.trader,
    client: order.client,
    account: order.account,
    algorithm: { id, version },
    decisionMaker: order.decisionMaker,
    executingPerson: order.executingPerson,
    capacity: order.capacity,
    instrument: order.instrument,
    venue: order.venue,
    side: order.side,
    shortSaleMark: order.shortSaleMark,
    type: order.type,
    timeInForce: order.timeInForce,
    currency: order.currency,
    counterparty: order.counterparty,
    auction,
    postOnly,
    reduceOnly,
    displayQuantity: displayQuantity === undefined ? undefined : true,
    group: group === undefined ? undefined : { kind: group.kind, role: group.role },
    emulates: emulates === undefined ? undefined : [...emulates],
  };
}

/** Whether two orders are of one profile. */
export function isAlike(a: OrderProfile, b: OrderProfile): boolean {
  return (
    a.instrument === b.instrument &&
    a.side === b.side &&
    a.account === b.account &&
    a.algorithm.id === b.algorithm.id &&
    a.algorithm.version === b.algorithm.version &&
    a.type === b.type &&
    a.timeInForce === b.timeInForce &&
    a.shortSaleMark === b.shortSaleMark &&
    a.venue === b.venue &&
    a.trader === b.trader &&
    a.client === b.client &&
    a.desk === b.desk &&
    a.decisionMaker === b.decisionMaker &&
    a.executingPerson === b.executingPerson &&
    a.counterparty === b.counterparty &&
    a.currency === b.currency &&
    a.capacity === b.capacity &&
    a.environment === b.environment &&
    a.legalEntity === b.legalEntity &&
    a.auction === b.auction &&
    a.postOnly === b.postOnly &&
    a.reduceOnly === b.reduceOnly &&
    (a.displayQuantity === undefined) === (b.displayQuantity === undefined) &&
    a.group?.kind === b.group?.kind &&
    a.group?.role === b.group?.role &&
    isSameList(a.emulates, b.emulates)
  );
}

function isSameList(a: OrderProfile['emulates'], b: OrderProfile['emulates']): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.length === b.length && a.every((one, place) => one === b[place]);
}
