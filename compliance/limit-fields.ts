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
