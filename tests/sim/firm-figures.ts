import { currency } from '@gatehouse/shared/values/currency.ts';
import { fromInteger } from '@gatehouse/shared/values/decimal.ts';
import { parseInstant } from '@gatehouse/shared/values/instant.ts';

/** When the simulated world begins. */
export const START = parseInstant('2026-01-05T09:00:00.000000000Z');
/** What all edges together may use. */
export const FIRM_MAX = fromInteger(400);
/** What one edge may use. */
export const CAP = fromInteger(400);
/** By how much an edge asks for more. */
export const STEP = fromInteger(200);
/** How long a lease counts. Units: milliseconds. */
export const TERM_MS = 8_000;
/** The currency of the firm. */
export const USD = currency('USD');
