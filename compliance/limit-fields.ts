import { CurrencyText, DecimalText } from '@gatehouse/shared/schema/fields.ts';
import { type Decimal, signOf } from '@gatehouse/shared/values/decimal.ts';
import { z } from 'zod';

const BPS_MAX = 1_000_000;
const BPS_SCALE = 4;
const MS_PER_YEAR = 366 * 24 * 60 * 60 * 1_000;

/**
 * A distance as a share of a price.
 *
 * Shape: decoded to that share, an exact decimal to multiply a price by: 200 becomes 0.0200.
 * Units: whole basis points, from 0 to 1,000,000.
 */
export const Bps = z.codec(z.int().min(0, 'below zero').max(BPS_MAX), z.custom<Decimal>(), {
  decode: (bps) => ({ units: BigInt(bps), scale: BPS_SCALE }),
  encode: (share) => Number(share.units),
});

/** A span of time. Units: whole milliseconds, from 0 to one year. */
export const DurationMs = z.int().min(0, 'below zero').max(MS_PER_YEAR);

/** An exact amount or quantity as text, zero or above. */
export const LimitDecimal = DecimalText.refine((value) => signOf(value) >= 0, 'below zero');

/** The ISO 4217 currency that the amounts beside it are in. */
export const LimitCurrency = CurrencyText;

/**
 * Which way a figure has to move for the control to let fewer orders through.
 *
 * Shape: `lower` and `higher` are for amounts and whole numbers; `fewer` and `more` for lists of names, which tighten as names go
 *        or come; a list of values is for a choice, the tightest value first; `none` says that no order of that kind exists,
 *        so that every change of the figure has to be looked at as if it loosened.
 */
export type Tighter = 'lower' | 'higher' | 'fewer' | 'more' | 'none' | readonly string[];

/** A maximum: a smaller figure is tighter. Written as `Field.describe('…').meta(lowerIsTighter)`. */
export const lowerIsTighter = { tighter: 'lower' } as const;
/** A minimum, or a distance that is assumed against us: a larger figure is tighter. */
export const higherIsTighter = { tighter: 'higher' } as const;
/** A list of what is permitted: fewer names are tighter. */
export const fewerIsTighter = { tighter: 'fewer' } as const;
/** No direction is tighter than the other: any change counts as loosening. */
export const noneIsTighter = { tighter: 'none' } as const;

/** A choice among named values, the tightest first. */
export function tightestFirst<const Values extends readonly [string, ...string[]]>(values: Values) {
  return { tighter: values } as const;
}

/** The direction that a field of limits carries; undefined where nobody gave it one. */
export function tighterOf(field: z.core.$ZodType): Tighter | undefined {
  const direction = z.globalRegistry.get(field)?.['tighter'];
  return Directions.safeParse(direction).data;
}

const Directions = z.union([z.enum(['lower', 'higher', 'fewer', 'more', 'none']), z.array(z.string()).min(1)]);
