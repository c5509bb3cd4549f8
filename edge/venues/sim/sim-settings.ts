import { KitError } from '@gatehouse/shared/errors.ts';
import { decode } from '@gatehouse/shared/schema/decode.ts';
import { DecimalText, Identifier, InstantText } from '@gatehouse/shared/schema/fields.ts';
import { compare, fromInteger, signOf } from '@gatehouse/shared/values/decimal.ts';
import { z } from 'zod';

const ONE = fromInteger(1);
const LATENCY_MS_MAX = 600_000;
const WINDOWS_MAX = 1_000;

const Share = DecimalText.refine((share) => signOf(share) >= 0 && compare(share, ONE) <= 0, 'not from 0 to 1');
const Fee = DecimalText.refine((bps) => signOf(bps) >= 0, 'below zero');
const Milliseconds = z.number().int().min(0).max(LATENCY_MS_MAX);

/** A span of market time. Shape: `until` is the first moment after it. */
const Window = z
  .strictObject({ from: InstantText, until: InstantText })
  .refine(({ from, until }) => from < until, { message: 'ends before it begins', path: ['until'] });

/**
 * The simulator's part of the edge's settings.
 *
 * Shape: what is absent is not simulated: no latency, no rejects, no halts, no disconnects, orders of any size. `rejectShare` is
 *        the share of orders that are refused, `participation` the share of a bar's volume that can be executed. Which orders
 *        are refused or late depends on the seed and their ids alone. `opening` is what the account held before.
 */
const SimSettings = z.strictObject({
  seed: z.number().int().min(0).max(0xffffffff).default(0),
  latencyMs: z
    .strictObject({ least: Milliseconds, most: Milliseconds })
    .refine(({ least, most }) => least <= most, { message: 'below the least', path: ['most'] })
    .optional(),
  makerFeeBps: Fee.optional(),
  takerFeeBps: Fee.optional(),
  participation: Share.refine((share) => signOf(share) > 0, 'zero, so that nothing ever fills').optional(),
  rejectShare: Share.optional(),
  queue: z.enum(['back', 'front']).optional(),
  triggers: z.enum(['trades', 'quotes']).optional(),
  ordersMeet: z.boolean().optional(),
  halts: z.array(Window).max(WINDOWS_MAX).default([]),
  disconnects: z.array(Window).max(WINDOWS_MAX).default([]),
  opening: z
    .strictObject({
      cash: DecimalText,
      positions: z.array(z.strictObject({ instrument: Identifier, quantity: DecimalText })).max(10_000),
    })
    .optional(),
});

export type SimSettings = z.output<typeof SimSettings>;

/** Reads the settings; none is the same as empty ones. Errors: `CONFIG_INVALID` with every problem. */
export function readSimSettings(settings: unknown): SimSettings {
  try {
    return decode(SimSettings, settings ?? {}, 'the settings of the simulator');
  } catch (cause) {
    if (!(cause instanceof KitError)) throw cause;
    throw new KitError('CONFIG_INVALID', cause.message, { problems: cause.problems, cause });
  }
}
