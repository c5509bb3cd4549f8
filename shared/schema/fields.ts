import { z } from 'zod';
import { asPrice, asQuantity, type Price, type Quantity } from '../values/amounts.ts';
import { type Currency, currency, isCurrency } from '../values/currency.ts';
import { DECIMAL_PATTERN, type Decimal, decimal, signOf, toText } from '../values/decimal.ts';
import { isLei, type Lei } from '../values/identifiers.ts';
import { INSTANT_PATTERN, type Instant, instantText, parseInstant } from '../values/instant.ts';

const decimalWire = z.string().max(48).regex(DECIMAL_PATTERN, 'not an exact decimal');

/** An exact decimal as text. */
export const DecimalText = z.codec(decimalWire, z.custom<Decimal>(), {
  decode: (text) => decimal(text),
  encode: toText,
});

/** A price as text, in the currency that stands beside it, per unit of the instrument. */
export const PriceText = z.codec(decimalWire, z.custom<Price>(), {
  decode: (text) => asPrice(decimal(text)),
  encode: toText,
});

/** A quantity as text, in units of the instrument, above zero. */
export const QuantityText = z.codec(
  decimalWire.refine((text) => DECIMAL_PATTERN.test(text) && signOf(decimal(text)) > 0, 'not above zero'),
  z.custom<Quantity>(),
  { decode: (text) => asQuantity(decimal(text)), encode: toText },
);

/** A time in UTC with nanoseconds, as text. */
export const InstantText = z.codec(
  z.string().regex(INSTANT_PATTERN, 'not a UTC time with nanoseconds'),
  z.custom<Instant>(),
  {
    decode: (text) => parseInstant(text),
    encode: instantText,
  },
);

/** The code of a currency: one of ISO 4217, or a listed digital token's. */
export const CurrencyText = z.codec(
  z.string().refine(isCurrency, 'neither an ISO 4217 code nor a listed token'),
  z.custom<Currency>(),
  { decode: (text) => currency(text), encode: (value) => value },
);

/** A legal entity identifier with its check digits. Source: ISO 17442. */
export const LeiText = z.codec(z.string().refine(isLei, 'not an LEI'), z.custom<Lei>(), {
  decode: (text) => text as Lei,
  encode: (value) => value,
});

/** One of our own identifiers: letters, digits and `-._`, at most 64 characters. */
export const Identifier = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'not an identifier');

/** An order's identifier, short enough for every venue's client order id. */
export const OrderId = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,35}$/, 'not an order id');

/** SHA-256 as lower-case hex. */
export const HashText = z.string().regex(/^[0-9a-f]{64}$/, 'not a SHA-256 in hex');

/** A sentence for a person. */
export const Sentence = z.string().min(1).max(2_000);

/** A trading day in the venue's own zone. */
export const DayText = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'not a day');

/** A count that fits a JSON integer. */
export const Count = z.int().min(0);

/** How good the clock was that made a stamp: source, distance from UTC and uncertainty in nanoseconds. */
export const ClockQuality = z.strictObject({
  source: z.string().min(1).max(64),
  offsetNs: z.string().regex(/^(0|-?[1-9]\d*)$/),
  uncertaintyNs: z.string().regex(/^(0|[1-9]\d*)$/),
});

/** What a limit or a halt is about: `firm`, or a kind and an id such as `algorithm:ema-cross`. */
export const ScopeText = z
  .string()
  .regex(
    /^(firm|(desk|trader|client|account|algorithm|instrument|venue):[A-Za-z0-9][A-Za-z0-9._-]{0,63})$/,
    'not a scope',
  );

export type ScopeText = z.output<typeof ScopeText>;
