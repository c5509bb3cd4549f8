import { z } from 'zod';
import { ScopeText } from './decision.ts';
import { Count, HashText, Identifier, InstantText, LeiText, PriceText, QuantityText, Sentence } from './fields.ts';
import { OrderType } from './order.ts';

/** The first line of a signed trust document. */
export const TRUST_TYPE = 'gatehouse/trust/v1';
/** The first line of a signed release of a kill. */
export const RELEASE_TYPE = 'gatehouse/release/v1';
/** The first line of a signed document that opens the next epoch of an edge. */
export const EPOCH_TYPE = 'gatehouse/epoch/v1';
/** The first line of a signed override ticket. */
export const OVERRIDE_TYPE = 'gatehouse/override/v1';

/** What a person's signature may be used for. */
export const SigningRole = z.enum([
  'limits-maker',
  'limits-checker',
  'override-authoriser',
  'risk-verifier',
  'kill-releaser',
  'records-officer',
]);
export type SigningRole = z.output<typeof SigningRole>;

/** A verifier key as C2SP signed notes write it: name, key id and key. */
const VerifierKeyText = z.string().min(1).max(200);

/**
 * Who may sign what, as the root keys say.
 *
 * Shape:  versions grow by one; a version is signed by the threshold of the roots of the version before it, the first by its own.
 *         A person's key signs under the person's id. `environment` keeps keys of a test from counting in production.
 * Source: 17 CFR 240.15c3-5(d) (direct and exclusive control); RTS 6 Art. 15(6), Art. 12.
 */
export const Trust = z.strictObject({
  v: z.literal(1),
  version: z.int().min(1),
  environment: z.enum(['paper', 'live']),
  legalEntity: LeiText,
  at: InstantText,
  previous: HashText.optional(),
  threshold: z.int().min(1).max(10),
  roots: z.array(VerifierKeyText).min(1).max(20),
  people: z
    .array(
      z.strictObject({
        id: Identifier,
        key: VerifierKeyText,
        roles: z.array(SigningRole).min(1),
        from: InstantText,
        to: InstantText.optional(),
      }),
    )
    .max(500),
});
export type Trust = z.output<typeof Trust>;

/**
 * The end of a kill. Shape: signed by two different people with the role `kill-releaser`, on paper as live; it counts until `to`.
 *
 * Source: RTS 6 Art. 12, Art. 15(3) (a designated member of staff re-enables).
 */
export const Release = z.strictObject({
  v: z.literal(1),
  id: Identifier,
  kill: Identifier,
  edge: Identifier,
  reason: Sentence,
  from: InstantText,
  to: InstantText,
});
export type Release = z.output<typeof Release>;

/**
 * The end of a fork: one history goes on, in the next epoch of its edge, from the last place that the hub has on record.
 *
 * Shape:  signed by two different people with the role `records-officer`, on paper as live. `from` is where the epoch before ends on
 *         the hub's record; what was acknowledged stays, and what was not is set aside. `edgeKey` is the only key that counts for
 *         the edge from here on, where a copy of the old one is in other hands.
 * Source: SEC 17a-4(f)(2)(i)(A) (who changed what the records say, when and why).
 */
export const EpochOpening = z.strictObject({
  v: z.literal(1),
  edge: Identifier,
  epoch: z.int().min(2).max(1_000_000),
  from: z.strictObject({ seq: Count.min(1), hash: HashText }),
  reason: Sentence,
  at: InstantText,
  edgeKey: VerifierKeyText.optional(),
});
export type EpochOpening = z.output<typeof EpochOpening>;

/**
 * A permission to let one order pass although named controls refuse it.
 *
 * Shape:  fits an order whose terms are all these, once; signed by an `override-authoriser` who is not the order's trader, for a
 *         live order also by a `risk-verifier`.
 * Source: RTS 6 Art. 15(6): only for a specific order, temporary, exceptional, verified by risk management and authorised by a
 *         designated person.
 */
export const Override = z.strictObject({
  v: z.literal(1),
  id: Identifier,
  edge: Identifier,
  environment: z.enum(['paper', 'live']),
  legalEntity: LeiText,
  account: Identifier,
  trader: Identifier,
  algorithm: Identifier,
  instrument: Identifier,
  venue: Identifier,
  side: z.enum(['buy', 'sell']),
  type: OrderType,
  quantity: QuantityText,
  limitPrice: PriceText.optional(),
  controls: z
    .array(z.strictObject({ control: Identifier, scope: ScopeText }))
    .min(1)
    .max(20),
  reason: Sentence,
  from: InstantText,
  to: InstantText,
});
export type Override = z.output<typeof Override>;
