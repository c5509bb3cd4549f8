import { z } from 'zod';
import type { JsonValue } from '../journal/canonical.ts';
import type { Signer, Verifier } from '../journal/note.ts';
import { openDocument, signDocument } from '../journal/typed-note.ts';
import { type Decimal, signOf } from '../values/decimal.ts';
import { decode, encode } from './decode.ts';
import { CurrencyText, DecimalText, Identifier, InstantText, Sentence } from './fields.ts';

/** The first line of a signed lease. */
export const LEASE_TYPE = 'gatehouse/lease/v1';

/** The longest term of a lease. Units: milliseconds. */
const TERM_MS_MAX = 31 * 24 * 60 * 60 * 1_000;

const AmountText = DecimalText.refine((value: Decimal) => signOf(value) >= 0, 'below zero');

/**
 * The part of a firm-wide threshold that one edge may use, as the hub's online key signs it.
 *
 * Shape:  cumulative: `amount` is all that the edge may use, not what comes on top. `version` grows by one with each lease of an
 *         edge and threshold. `request` names the request that it answers; without one it can only lower the amount, and lengthens
 *         no term.
 * Units:  `amount` in `currency`, what was entered and is held counts as in the control on leased shares; `termMs` runs from the moment
 *         at which the edge sent the request.
 * Source: 17 CFR 240.15c3-5(c)(1)(i) (aggregate thresholds hold for the firm as a whole).
 */
export const Lease = z.strictObject({
  v: z.literal(1),
  edge: Identifier,
  threshold: Identifier,
  version: z.int().min(1),
  amount: AmountText,
  currency: CurrencyText,
  request: Identifier.optional(),
  termMs: z.int().min(1).max(TERM_MS_MAX),
  issuedAt: InstantText,
  reason: Sentence,
});
export type Lease = z.output<typeof Lease>;

/** The signed note of a lease. */
export function signLease(signer: Signer, lease: Lease): string {
  return signDocument(signer, LEASE_TYPE, encode(Lease, lease) as JsonValue);
}

/** The lease that a note signs. Errors: as `openDocument`; `MESSAGE_MALFORMED` listing every problem of its form. */
export function openLease(note: string, verifiers: readonly Verifier[]): Lease {
  const { value } = openDocument(note, LEASE_TYPE, verifiers);
  return decode(Lease, value, 'lease');
}
