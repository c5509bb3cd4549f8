import { KitError } from '@gatehouse/shared/errors.ts';
import { type JsonValue, parseCanonical } from '@gatehouse/shared/journal/canonical.ts';
import type { OverrideBody } from '@gatehouse/shared/schema/bodies.ts';
import { decode } from '@gatehouse/shared/schema/decode.ts';
import { OVERRIDE_TYPE, Override } from '@gatehouse/shared/schema/governance.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import { equal } from '@gatehouse/shared/values/decimal.ts';
import type { OverrideTicket } from '../own-facts.ts';
import { dropOldest } from './drop-oldest.ts';

/** Overrides that were accepted, and those of them that orders used up. */
export interface Tickets {
  /** Errors: `MESSAGE_MALFORMED` for a document that is no override. */
  accept(entry: OverrideBody): void;
  use(ids: readonly string[]): void;
  fitting(order: Order): readonly OverrideTicket[];
  readonly open: readonly Override[];
  /** The ones used last, the oldest first. */
  readonly used: readonly string[];
}

/** The most tickets that wait for their order; beyond it the one that ends first counts no more. */
export const TICKETS_MAX = 1_000;
/** At least so many used tickets are remembered, and at most twice as many, so that none of them counts again. */
export const USED_TICKETS_MAX = 1_000;

/** What a snapshot says about tickets. */
export interface TicketsPast {
  readonly open: readonly Override[];
  readonly used: readonly string[];
}

const NONE: readonly OverrideTicket[] = [];

/** Tickets that go on from those of a snapshot. Shape: the signatures were checked when a ticket was accepted. */
export function createTickets(past: TicketsPast = { open: [], used: [] }): Tickets {
  const open = new Map(past.open.map((ticket) => [ticket.id, ticket]));
  const used = new Set(past.used);

  return {
    get open() {
      return [...open.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
    },
    get used() {
      return [...used];
    },
    accept: ({ document }) => {
      const ticket = decode(Override, signedValue(document), 'the override');
      // An id is that of one ticket; the first one that was accepted under it counts.
      if (used.has(ticket.id) || open.has(ticket.id)) return;
      open.set(ticket.id, ticket);
      if (open.size > TICKETS_MAX) open.delete(firstToEnd(open));
    },
    use: (ids) => {
      for (const id of ids) {
        open.delete(id);
        used.add(id);
      }
      dropOldest(used, USED_TICKETS_MAX);
    },
    fitting: (order) => {
      if (open.size === 0) return NONE;
      const found = [...open.values()].filter((ticket) => fits(ticket, order));
      return found.sort((a, b) => (a.id < b.id ? -1 : 1)).map(({ id, controls, to }) => ({ id, controls, to }));
    },
  };
}

function fits(ticket: Override, order: Order): boolean {
  return (
    ticket.instrument === order.instrument &&
    ticket.account === order.account &&
    ticket.side === order.side &&
    ticket.type === order.type &&
    ticket.trader === order.trader &&
    ticket.algorithm === order.algorithm.id &&
    ticket.venue === order.venue &&
    ticket.environment === order.environment &&
    ticket.legalEntity === order.legalEntity &&
    equal(ticket.quantity, order.quantity) &&
    isSamePrice(ticket.limitPrice, order.limitPrice)
  );
}

function isSamePrice(a: Order['limitPrice'], b: Order['limitPrice']): boolean {
  return a === undefined || b === undefined ? a === b : equal(a, b);
}

/** Of those that end at the same time the one with the first id, so that it is the same wherever records are read. */
function firstToEnd(open: ReadonlyMap<string, Override>): string {
  return [...open.values()].reduce((first, ticket) => (endsBefore(ticket, first) ? ticket : first)).id;
}

function endsBefore(a: Override, b: Override): boolean {
  return a.to === b.to ? a.id < b.id : a.to < b.to;
}

/** The value of a signed note: the type on its first line, canonical JSON on its second. */
function signedValue(document: string): JsonValue {
  const [type, value] = document.split('\n', 2);
  if (type !== OVERRIDE_TYPE || value === undefined) {
    throw new KitError('MESSAGE_MALFORMED', `an override recorded with a document of type ${JSON.stringify(type)}`, {
      hint: 'Nothing of it was used; compare the record with the signed ticket.',
    });
  }
  return parseCanonical(value);
}
