import { z } from 'zod';
import { DecimalText, InstantText, OrderId } from './fields.ts';

/**
 * What the edge has seen of the market for an order that waits there, as far as the order depends on it.
 *
 * Shape: `best` is the best price since a trailing stop began to follow, which its stop is reckoned from; it is on record again with
 *        each move of at least one tick. `isReached` says that the price was seen at which the order is to go out.
 * Units: `at` is the end of what was seen, in the market's time; `best` in the order's currency per unit.
 */
export const TriggerBody = z.strictObject({
  v: z.literal(1),
  order: OrderId,
  at: InstantText,
  best: DecimalText.optional(),
  isReached: z.boolean(),
});
export type TriggerBody = z.output<typeof TriggerBody>;
