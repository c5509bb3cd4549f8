import { LedgerState } from '@gatehouse/shared/accounts/ledger-state.ts';
import { KitError } from '@gatehouse/shared/errors.ts';
import type { JsonValue } from '@gatehouse/shared/journal/canonical.ts';
import { BreakBody, OrderState } from '@gatehouse/shared/schema/bodies.ts';
import { decode } from '@gatehouse/shared/schema/decode.ts';
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
import { TriggerBody } from '@gatehouse/shared/schema/trigger-bodies.ts';
import { z } from 'zod';
import { OrderGroupRecord } from './orders/order-groups.ts';

/** The form of the document; another one is refused. */
const SNAPSHOT_VERSION = 3;

const LastPrice = z.strictObject({ instrument: Identifier, price: PriceText, at: InstantText });

const Run = z.strictObject({
  id: Identifier,
  isCompleted: z.boolean(),
  progressAt: InstantText.optional(),
  intentsAt: InstantText.optional(),
  intents: z.array(OrderId),
});

/** Shape: `fills` are the ids of its executions, absent where it has none; `reach` is through what it went out, where that is on record. */
const BookedOrder = z.strictObject({
  order: Order,
  state: OrderState,
  isTaken: z.boolean(),
  filled: DecimalText,
  reach: z.string().optional(),
  fills: z.array(z.string()).optional(),
});

/**
 * All projections of the edge's journal as one document.
 *
 * Shape: lists are sorted, so that equal books have equal snapshots.
 */
export const BookSnapshot = z.strictObject({
  v: z.literal(SNAPSHOT_VERSION),
  /** What the gate asks; absent before anything happened. */
  own: z.json().optional(),
  kills: z.json().optional(),
  /** Commands of the hub; absent before the first one. */
  commands: z.json().optional(),
  /** Shares of firm-wide thresholds; absent before the first one was asked for. */
  leases: z.json().optional(),
  governance: z.json().optional(),
  orders: z.array(BookedOrder),
  ended: z.array(BookedOrder),
  /** Through what orders go out now; absent before it was said. */
  reach: z.string().optional(),
  /** Positions by average cost and by lots, and cash by account, currency and reason. */
  ledger: LedgerState,
  held: z.array(z.strictObject({ algorithm: Identifier, instrument: Identifier, quantity: DecimalText })),
  /** Differences between records that are not over. */
  breaks: z.array(BreakBody),
  reconciliation: z.json().optional(),
  fills: z.array(z.string()),
  prices: z.array(LastPrice),
  /** Orders that live together; absent where there are none. */
  groups: z.array(OrderGroupRecord).optional(),
  /** What was seen of the market for orders that wait at the edge; absent where there is nothing. */
  triggers: z.array(TriggerBody).optional(),
  run: Run.optional(),
  earlierRuns: z.array(Run),
  valuation: z.strictObject({ day: DayText, at: InstantText, equity: DecimalText }).optional(),
  accepted: z.strictObject({
    controls: HashText.optional(),
    /** How many row forms stand beside the control set; absent where an earlier release recorded it. */
    rowForms: Count.optional(),
    algorithms: z.array(z.string()),
    facts: z.record(z.string(), HashText),
    /** The newest file of each kind that the hub brought, with the hash of its document; absent before the first. */
    hubFiles: z.record(z.string(), z.strictObject({ sequence: Count, note: HashText, content: HashText })).optional(),
    /** Of the newest statement of what is traded through; absent where none was made yet. */
    venue: HashText.optional(),
  }),
  tally: z.record(z.string(), Count),
});

/** The projections as trusted values. */
export type BookSnapshot = z.output<typeof BookSnapshot>;

/** The book before anything happened. */
export const EMPTY_SNAPSHOT: BookSnapshot = {
  v: SNAPSHOT_VERSION,
  orders: [],
  ended: [],
  ledger: { holdings: [], purses: [], renamed: [], done: [] },
  held: [],
  breaks: [],
  fills: [],
  prices: [],
  earlierRuns: [],
  accepted: { algorithms: [], facts: {} },
  tally: {},
};

/**
 * The projections of a snapshot.
 *
 * Shape:  one of an earlier form is refused and never guessed at: it says neither what currency its cash is in nor of which executions
 *         its positions are.
 * Errors: `MESSAGE_MALFORMED` for a snapshot of another form.
 */
export function readSnapshot(snapshot: JsonValue | undefined): BookSnapshot {
  if (snapshot === undefined) return EMPTY_SNAPSHOT;
  const version = versionOf(snapshot);
  if (typeof version === 'number' && version !== SNAPSHOT_VERSION) {
    throw new KitError('MESSAGE_MALFORMED', `a snapshot of form ${version} where form ${SNAPSHOT_VERSION} belongs`, {
      hint: 'The journal was written by another release: start that one, or start this one with a new journal folder and keep the old one.',
    });
  }
  return decode(BookSnapshot, snapshot, 'the snapshot');
}

function versionOf(snapshot: JsonValue): unknown {
  const isRecord = typeof snapshot === 'object' && snapshot !== null && !Array.isArray(snapshot);
  return isRecord ? Object.entries(snapshot).find(([name]) => name === 'v')?.[1] : undefined;
}
