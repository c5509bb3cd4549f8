import { signOf } from '@gatehouse/shared/values/decimal.ts';
import { z } from 'zod';
import { Bps, DurationMs, higherIsTighter, LimitDecimal, lowerIsTighter, noneIsTighter } from './limit-fields.ts';

/** A share above zero. Units: whole basis points. */
export const ThresholdBps = Bps.refine(({ units }) => units > 0n, 'not above zero');

/** A whole number from 1. */
export const ThresholdCount = z.int().min(1, 'below one');

/** An exact amount above zero, as text. */
export const ThresholdAmount = LimitDecimal.refine((value) => signOf(value) > 0, 'not above zero');

/** A span of time above zero. Units: whole milliseconds. */
export const WindowMs = DurationMs.refine((ms) => ms > 0, 'not above zero')
  .describe('The length of the period that ends now, in milliseconds.')
  .meta(higherIsTighter);

/**
 * How old what a breaker looks at may be.
 *
 * Shape: an age has no tighter direction here. A control refuses what is too old; a breaker is blind to it and trips for nothing until
 *        `unknownMsMax` is over, and then only pauses. A shorter age can so keep a loss from closing positions.
 */
export function breakerAge(says: string) {
  return DurationMs.describe(says).meta(noneIsTighter);
}

/** How long a breaker may be blind. */
export const UnknownMsMax = DurationMs.describe(
  'How long the answer may be unknown, in milliseconds of market time, before the breaker pauses trading for that alone.',
).meta(lowerIsTighter);

/** The figures of every breaker on profit and loss. Shape: fields for its `limits`. */
export const profitFields = {
  capital: ThresholdAmount.describe('The capital that shares are taken of, in the firm’s currency.').meta(
    lowerIsTighter,
  ),
  markAgeMsMax: breakerAge('The oldest price of anything held that is still trusted, in milliseconds of market time.'),
  rateAgeMsMax: breakerAge('The oldest rate of exchange still trusted, in milliseconds of market time.'),
  unknownMsMax: UnknownMsMax,
} as const;
