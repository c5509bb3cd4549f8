import { OrderState } from '@gatehouse/shared/schema/bodies.ts';
import {
  Count,
  DayText,
  DecimalText,
  HashText,
  Identifier,
  InstantText,
  OrderId,
  PriceText,
} from '@gatehouse/shared/schema/fields.ts';
import { Order } from '@gatehouse/shared/schema/order.ts';
import { z } from 'zod';
import { OrderGroupRecord } from './orders/order-groups.ts';

const BookPosition = z.strictObject({
  account: Identifier,
  instrument: Identifier,
  quantity: DecimalText,
  cost: DecimalText,
  realised: DecimalText,
  fees: DecimalText,
});

const LastPrice = z.strictObject({ instrument: Identifier, price: PriceText, at: InstantText });

const Run = z.strictObject({
  id: Identifier,
  isCompleted: z.boolean(),
  progressAt: InstantText.optional(),
  intentsAt: InstantText.optional(),
  intents: z.array(OrderId),
});

const BookedOrder = z.strictObject({ order: Order, state: OrderState, isTaken: z.boolean(), filled: DecimalText });

/**
 * All projections of the edge's journal as one document.
 *
 * Shape: lists are sorted, so that equal books have equal snapshots.
 */
export const BookSnapshot = z.strictObject({
  v: z.literal(2),
  /** What the gate asks; absent before anything happened. */
  own: z.json().optional(),
  kills: z.json().optional(),
  governance: z.json().optional(),
  orders: z.array(BookedOrder),
  ended: z.array(BookedOrder),
  positions: z.array(BookPosition),
  held: z.array(z.strictObject({ algorithm: Identifier, instrument: Identifier, quantity: DecimalText })),
  cash: z.array(z.strictObject({ account: Identifier, amount: DecimalText })),
  deposits: z.array(Identifier),
  fills: z.array(z.string()),
  prices: z.array(LastPrice),
  /** Orders that live together; absent where there are none. */
  groups: z.array(OrderGroupRecord).optional(),
  run: Run.optional(),
  earlierRuns: z.array(Run),
  valuation: z.strictObject({ day: DayText, at: InstantText, equity: DecimalText }).optional(),
  accepted: z.strictObject({
    controls: HashText.optional(),
    algorithms: z.array(z.string()),
    facts: z.record(z.string(), HashText),
  }),
  tally: z.record(z.string(), Count),
});

/** The projections as trusted values. */
export type BookSnapshot = z.output<typeof BookSnapshot>;

/** The book before anything happened. */
export const EMPTY_SNAPSHOT: BookSnapshot = {
  v: 2,
  orders: [],
  ended: [],
  positions: [],
  held: [],
  cash: [],
  deposits: [],
  fills: [],
  prices: [],
  earlierRuns: [],
  accepted: { algorithms: [], facts: {} },
  tally: {},
};
