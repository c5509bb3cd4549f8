import { KitError } from '@gatehouse/shared/errors.ts';
import type { Bar } from '@gatehouse/shared/market/bar.ts';
import type { Instrument } from '@gatehouse/shared/market/instrument.ts';
import { asPrice } from '@gatehouse/shared/values/amounts.ts';
import type { Decimal } from '@gatehouse/shared/values/decimal.ts';
import { addMs, fromMillis, instant } from '@gatehouse/shared/values/instant.ts';
import { dayInZone } from '@gatehouse/shared/values/zoned-time.ts';

/** Intervals of the exchange that always have the same length. Units: milliseconds. */
const INTERVALS_MS = {
  '1s': 1_000,
  '1m': 60_000,
  '3m': 180_000,
  '5m': 300_000,
  '15m': 900_000,
  '30m': 1_800_000,
  '1h': 3_600_000,
  '2h': 7_200_000,
  '4h': 14_400_000,
  '6h': 21_600_000,
  '8h': 28_800_000,
  '12h': 43_200_000,
  '1d': 86_400_000,
} as const;

/** An interval of the exchange, in its own words. */
export type KlineInterval = keyof typeof INTERVALS_MS;

/** The length of an interval in milliseconds. Errors: `CONFIG_INVALID` for one whose length is not always the same. */
export function intervalMs(interval: string): number {
  if (Object.hasOwn(INTERVALS_MS, interval)) return INTERVALS_MS[interval as KlineInterval];
  throw new KitError('CONFIG_INVALID', `bars of ${JSON.stringify(interval)}`, {
    hint: `Use one of ${Object.keys(INTERVALS_MS).join(', ')}.`,
  });
}

/** One closed bar in the exchange's own exact figures. Units: `openMs` since 1970. */
export interface ClosedKline {
  readonly openMs: number;
  readonly open: Decimal;
  readonly high: Decimal;
  readonly low: Decimal;
  readonly close: Decimal;
}

/**
 * A closed bar of the exchange as ours.
 *
 * Shape: it closes with its interval and opened one nanosecond after the bar before closed, as bars of files do; its number counts intervals
 *        since 1970.
 */
export function barOfKline(
  kline: ClosedKline,
  of: { readonly instrument: Instrument; readonly lengthMs: number },
): Bar {
  const { instrument, lengthMs } = of;
  const { openMs, open, high, low, close } = kline;
  const closeAt = fromMillis(openMs + lengthMs);
  const day = dayInZone(closeAt, instrument.zone);
  return {
    instrument: instrument.id,
    index: Math.floor(openMs / lengthMs),
    openAt: instant(fromMillis(openMs) + 1n),
    closeAt,
    day,
    endsDay: dayInZone(addMs(closeAt, lengthMs), instrument.zone) !== day,
    open: asPrice(open),
    high: asPrice(high),
    low: asPrice(low),
    close: asPrice(close),
  };
}
