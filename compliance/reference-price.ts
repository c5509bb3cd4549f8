import type { DecisionFacts } from '@gatehouse/shared/schema/decision.ts';
import type { Price } from '@gatehouse/shared/values/amounts.ts';
import { signOf, toText } from '@gatehouse/shared/values/decimal.ts';
import { ageMs } from '@gatehouse/shared/values/instant.ts';
import type { Figures } from './verdict.ts';

/** A reference price that may be relied on, or the sentence that says why none may. */
export type JudgedReference =
  | { readonly kind: 'usable'; readonly price: Price; readonly figures: Figures }
  | { readonly kind: 'unusable'; readonly reason: string; readonly figures: Figures };

/**
 * Whether the reference price of a decision may be relied on: known, above zero, no older than permitted and not from the
 * future.
 *
 * Units: `referenceAgeMsMax` in milliseconds of market time; the figures name price and age.
 */
export function judgeReference(facts: DecisionFacts, referenceAgeMsMax: number): JudgedReference {
  const { reference, now } = facts;
  if (reference === undefined) return { kind: 'unusable', reason: 'The reference price is not known.', figures: {} };

  const referenceAgeMs = ageMs(reference.at, now);
  const figures = { referencePrice: toText(reference.price), referenceAgeMs: String(referenceAgeMs) };
  if (referenceAgeMs < 0) return { kind: 'unusable', reason: 'The reference price is from the future.', figures };
  if (referenceAgeMs > referenceAgeMsMax)
    return { kind: 'unusable', reason: 'The reference price is too old.', figures };
  if (signOf(reference.price) <= 0) {
    return { kind: 'unusable', reason: 'The reference price is not above zero.', figures };
  }
  return { kind: 'usable', price: reference.price, figures };
}
