import type { OrderState } from '../schema/bodies.ts';

/**
 * What can happen to an order.
 *
 * Shape: `abandon` is our own finding that it never left or never arrived; `lose-answer` is a request whose answer did not
 *        come; `hold` keeps it at the edge until its trigger or its parent; `ask-cancel` and `ask-replace` are our requests, and
 *        `keep` and `keep-part` the venue's refusal of them, for an order without and with executions. The rest is what the gate
 *        or the venue says. `fill-all` is the fill that completes the quantity.
 */
export const ORDER_EVENTS = [
  'approve',
  'refuse',
  'abandon',
  'hold',
  'send',
  'lose-answer',
  'accept',
  'fill-part',
  'fill-all',
  'ask-cancel',
  'ask-replace',
  'keep',
  'keep-part',
  'cancel',
  'replace',
  'reject',
  'expire',
] as const;

/** One of the things that can happen to an order. */
export type OrderEvent = (typeof ORDER_EVENTS)[number];

type Next = OrderState | 'impossible';
type Row = Readonly<Record<OrderEvent, Next>>;

const nothing: Row = {
  approve: 'impossible',
  refuse: 'impossible',
  abandon: 'impossible',
  hold: 'impossible',
  send: 'impossible',
  'lose-answer': 'impossible',
  accept: 'impossible',
  'fill-part': 'impossible',
  'fill-all': 'impossible',
  'ask-cancel': 'impossible',
  'ask-replace': 'impossible',
  keep: 'impossible',
  'keep-part': 'impossible',
  cancel: 'impossible',
  replace: 'impossible',
  reject: 'impossible',
  expire: 'impossible',
};

/** What the venue may say about an order that reached it, in whatever order its messages arrive. */
const atVenue: Row = {
  ...nothing,
  'lose-answer': 'unknown',
  accept: 'working',
  'fill-part': 'part-filled',
  'fill-all': 'filled',
  'ask-cancel': 'cancelling',
  'ask-replace': 'replacing',
  keep: 'working',
  'keep-part': 'part-filled',
  cancel: 'cancelled',
  replace: 'replaced',
  reject: 'rejected',
  expire: 'expired',
};

/** An order that is over: what was on its way still arrives, and nothing opens it again. */
function over(state: OrderState): Row {
  return {
    ...nothing,
    accept: state,
    'fill-part': state,
    'fill-all': state,
    keep: state,
    'keep-part': state,
  };
}

/**
 * Every state with every event; a cell that cannot be is named, not left out.
 *
 * Shape: a sent order may fill before its accept arrives, so a late accept changes nothing; fills that arrive after the end
 *        of an order are booked and leave its state. A request to cancel or replace takes nothing away until the venue has
 *        answered it. An `unknown` order is resolved by asking, never by sending again.
 */
export const ORDER_LIFE: Readonly<Record<OrderState, Row>> = {
  intended: { ...nothing, approve: 'approved', refuse: 'refused' },
  refused: nothing,
  approved: { ...nothing, hold: 'held', send: 'sent', abandon: 'unsent' },
  unsent: nothing,
  held: { ...nothing, abandon: 'unsent', cancel: 'cancelled', replace: 'replaced', expire: 'expired' },
  sent: atVenue,
  unknown: { ...atVenue, abandon: 'unsent', 'ask-cancel': 'unknown', 'ask-replace': 'impossible' },
  working: atVenue,
  'part-filled': { ...atVenue, accept: 'part-filled', keep: 'part-filled', reject: 'impossible' },
  cancelling: { ...atVenue, accept: 'cancelling', 'fill-part': 'cancelling', 'ask-replace': 'impossible' },
  replacing: { ...atVenue, accept: 'replacing', 'fill-part': 'replacing' },
  filled: { ...over('filled'), 'fill-part': 'impossible', 'fill-all': 'impossible' },
  cancelled: { ...over('cancelled'), cancel: 'cancelled' },
  replaced: { ...over('replaced'), cancel: 'replaced', replace: 'replaced' },
  rejected: { ...nothing, reject: 'rejected' },
  expired: { ...over('expired'), expire: 'expired' },
};

/** The state after an event, or `impossible`, which is an incident and never a silent change. */
export function nextState(state: OrderState, event: OrderEvent): OrderState | 'impossible' {
  return ORDER_LIFE[state][event];
}

/** Whether one recorded state can come directly after another. */
export function canFollow(before: OrderState, after: OrderState): boolean {
  return before === after || ORDER_EVENTS.some((event) => ORDER_LIFE[before][event] === after);
}

/** Whether the order may still trade; `unknown` counts as open until the venue has answered. */
export function isOpen(state: OrderState): boolean {
  return !isTerminal(state);
}

/** Whether the order is over; only fills that were on their way can still arrive. */
export function isTerminal(state: OrderState): boolean {
  return TERMINAL.has(state);
}

const TERMINAL: ReadonlySet<OrderState> = new Set([
  'refused',
  'unsent',
  'filled',
  'cancelled',
  'replaced',
  'rejected',
  'expired',
]);
