import type { OrderState } from '../schema/bodies.ts';

/**
 * What can happen to an order.
 *
 * Shape: `abandon` is our own finding that it never left or never arrived; `lose-answer` is a request whose answer did not
 *        come; the rest is what the gate or the venue says. `fill-all` is the fill that completes the quantity.
 */
export const ORDER_EVENTS = [
  'approve',
  'refuse',
  'abandon',
  'send',
  'lose-answer',
  'accept',
  'fill-part',
  'fill-all',
  'cancel',
  'reject',
  'expire',
] as const;

/** One of the things that can happen to an order. */
export type OrderEvent = (typeof ORDER_EVENTS)[number];

type Next = OrderState | 'impossible';

const nothing = {
  approve: 'impossible',
  refuse: 'impossible',
  abandon: 'impossible',
  send: 'impossible',
  'lose-answer': 'impossible',
  accept: 'impossible',
  'fill-part': 'impossible',
  'fill-all': 'impossible',
  cancel: 'impossible',
  reject: 'impossible',
  expire: 'impossible',
} as const satisfies Record<OrderEvent, Next>;

/** What the venue may say about an order that reached it, in whatever order its messages arrive. */
const atVenue = {
  ...nothing,
  'lose-answer': 'unknown',
  accept: 'working',
  'fill-part': 'part-filled',
  'fill-all': 'filled',
  cancel: 'cancelled',
  reject: 'rejected',
  expire: 'expired',
} as const satisfies Record<OrderEvent, Next>;

/**
 * Every state with every event; a cell that cannot be is named, not left out.
 *
 * Shape: a sent order may fill before its accept arrives, so a late accept changes nothing; fills that arrive after the end
 *        of an order are booked and leave its state. An `unknown` order is resolved by asking, never by sending again.
 */
export const ORDER_LIFE: Readonly<Record<OrderState, Readonly<Record<OrderEvent, Next>>>> = {
  intended: { ...nothing, approve: 'approved', refuse: 'refused' },
  refused: nothing,
  approved: { ...nothing, send: 'sent', abandon: 'unsent' },
  unsent: nothing,
  sent: atVenue,
  unknown: { ...atVenue, abandon: 'unsent' },
  working: atVenue,
  'part-filled': { ...atVenue, accept: 'part-filled', reject: 'impossible' },
  filled: { ...nothing, accept: 'filled' },
  cancelled: {
    ...nothing,
    accept: 'cancelled',
    'fill-part': 'cancelled',
    'fill-all': 'cancelled',
    cancel: 'cancelled',
  },
  rejected: nothing,
  expired: { ...nothing, accept: 'expired', 'fill-part': 'expired', 'fill-all': 'expired', expire: 'expired' },
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

const TERMINAL: ReadonlySet<OrderState> = new Set(['refused', 'unsent', 'filled', 'cancelled', 'rejected', 'expired']);
