import { z } from 'zod';
import { type Decimal, signOf } from '../values/decimal.ts';
import { Count, CurrencyText, DecimalText, HashText, Identifier, InstantText, Sentence } from './fields.ts';

const v = z.literal(1);
const AmountText = DecimalText.refine((value: Decimal) => signOf(value) >= 0, 'below zero');

/** When the edge sent something, by the wall clock and by how long this computer has been up since it was started. */
const SentAt = z.strictObject({ wallAt: InstantText, boot: Identifier, uptimeMs: Count });

/**
 * What an edge asks for, accepts and gives back of a firm-wide threshold.
 *
 * Shape:  `used` is what the edge has entered and holds at that moment, unknown orders included. A `returned` entry lowers what the
 *         edge may use from this entry on; it is written only while no more than `amount` is used, and names the newest lease that the
 *         edge has accepted. `refused` is a lease that the edge did not take, with the reason.
 * Units:  amounts in `currency`; `wallAt` wall time, `uptimeMs` milliseconds since the computer was started.
 */
export const LeaseBody = z.discriminatedUnion('event', [
  z.strictObject({
    v,
    event: z.literal('requested'),
    threshold: Identifier,
    request: Identifier,
    wanted: AmountText,
    used: AmountText,
    currency: CurrencyText,
    sent: SentAt,
  }),
  z.strictObject({
    v,
    event: z.literal('accepted'),
    threshold: Identifier,
    version: z.int().min(1),
    amount: AmountText,
    used: AmountText,
    currency: CurrencyText,
    /** Absent where the lease answers no request of this edge. */
    request: Identifier.optional(),
    termMs: Count,
    document: z.string().min(1).max(20_000),
  }),
  z.strictObject({
    v,
    event: z.literal('returned'),
    threshold: Identifier,
    version: Count,
    amount: AmountText,
    used: AmountText,
    currency: CurrencyText,
  }),
  z.strictObject({ v, event: z.literal('refused'), threshold: Identifier, hash: HashText, reason: Sentence }),
]);
export type LeaseBody = z.output<typeof LeaseBody>;
