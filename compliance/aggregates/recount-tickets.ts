import type { EntryBody } from '@gatehouse/shared/schema/bodies.ts';
import type { Override } from '@gatehouse/shared/schema/governance.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import { equal, ZERO } from '@gatehouse/shared/values/decimal.ts';
import { ticketOf } from './recount-records.ts';

/** The tickets that would let an order pass, each once. */
export function ticketsFor(entries: readonly EntryBody[], order: Order) {
  const used = new Set(entries.flatMap((one) => (one.kind === 'decision' ? (one.body.tickets ?? []) : [])));
  const all = entries.flatMap((one) => (one.kind === 'override' ? [ticketOf(one.body.document)] : []));
  const tickets = all.filter(({ id }, index) => all.findIndex((one) => one.id === id) === index);
  const terms = (one: Override | Order): string =>
    [one.environment, one.legalEntity, one.account, one.trader, one.instrument, one.venue, one.side, one.type].join();
  const fitting = tickets.filter(
    (one) =>
      !used.has(one.id) &&
      terms(one) === terms(order) &&
      one.algorithm === order.algorithm.id &&
      equal(one.quantity, order.quantity) &&
      (one.limitPrice === undefined ? order.limitPrice === undefined : equal(one.limitPrice, order.limitPrice ?? ZERO)),
  );
  return fitting.map(({ id, controls, to }) => ({ id, controls, to })).sort((a, b) => (a.id < b.id ? -1 : 1));
}
