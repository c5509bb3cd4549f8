import type { Order } from '@gatehouse/shared/schema/order.ts';

/**
 * What orders of a kind have in common: who deals in what, where, for whom and how, without the terms of the one order.
 *
 * Shape: the type of the order says whether it carries a limit price.
 */
export type OrderProfile = Pick<
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
>;

/** The profile of an order. Shape: a copy, so that nothing done to the order later makes it another one. */
export function profileOf(order: OrderProfile): OrderProfile {
  const { id, version } = order.algorithm;
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
    a.legalEntity === b.legalEntity
  );
}
