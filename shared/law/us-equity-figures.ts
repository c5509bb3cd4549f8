import { add, compare, type Decimal, decimal, multiply, subtract } from '../values/decimal.ts';
import type { DatedEntry } from './in-force.ts';

/**
 * How wide the price bands of a tier may be for prices from `above` on.
 *
 * Units: `share` and `wideShare` as shares of the reference price; `wideShare` counts at the times of day at which the plan widens
 *        the bands, and equals `share` where it never does. `amountMax` in dollars caps the wider of the two where it is there.
 */
export interface BandWidth {
  readonly above: Decimal;
  readonly share: Decimal;
  readonly wideShare: Decimal;
  readonly amountMax?: Decimal;
}

/** The tiers of the plan: the most liquid shares and listed funds, and all others. */
export type LuldTier = 'tier-1' | 'tier-2';

/** Price bands as the plan has them from a day on. Shape: widths from the highest prices down; times are local to `zone`. */
export interface LuldFigures extends DatedEntry {
  readonly zone: string;
  readonly opens: string;
  readonly closes: string;
  readonly widths: Readonly<Record<LuldTier, readonly BandWidth[]>>;
}

const PENNY: BandWidth = {
  above: decimal('0'),
  share: decimal('0.75'),
  wideShare: decimal('1.50'),
  amountMax: decimal('0.30'),
};
const LOW: BandWidth = { above: decimal('0.75'), share: decimal('0.20'), wideShare: decimal('0.40') };
/** A cent at each edge. */
const ROUNDING = decimal('0.02');
const ABOVE_THREE = decimal('3.00');
const TIER_1: readonly BandWidth[] = [
  { above: ABOVE_THREE, share: decimal('0.05'), wideShare: decimal('0.10') },
  LOW,
  PENNY,
];
const REGULAR_HOURS = { zone: 'America/New_York', opens: '09:30:00', closes: '16:00:00' } as const;

/** The first day of the plan; before it no share had a band. */
export const LULD_BEGINS = '2013-04-08';

/**
 * Price bands of single US shares.
 *
 * Shape:  bands for the night session are not in it: their start has not been confirmed, and an entry adds them.
 * Source: LULD plan, Section V and Appendix A; the amendment of 2020 ended the widening of tier 2 above three dollars.
 */
export const LULD: readonly LuldFigures[] = [
  {
    from: LULD_BEGINS,
    ...REGULAR_HOURS,
    widths: {
      'tier-1': TIER_1,
      'tier-2': [{ above: ABOVE_THREE, share: decimal('0.10'), wideShare: decimal('0.20') }, LOW, PENNY],
    },
  },
  {
    from: '2020-02-24',
    ...REGULAR_HOURS,
    widths: {
      'tier-1': TIER_1,
      'tier-2': [{ above: ABOVE_THREE, share: decimal('0.10'), wideShare: decimal('0.10') }, LOW, PENNY],
    },
  },
];

/** When the price test of short sales begins and how long it lasts. Units: `fall` as a share of the prior close. */
export interface PriceTestFigures extends DatedEntry {
  readonly fall: Decimal;
  /** Trading days after the one that triggered it. */
  readonly daysAfter: number;
}

/** The first day on which the price test could be on. */
export const PRICE_TEST_BEGINS = '2011-02-28';

/** The alternative uptick rule. Source: 17 CFR 242.201(b)(1). */
export const PRICE_TEST: readonly PriceTestFigures[] = [
  { from: PRICE_TEST_BEGINS, fall: decimal('0.10'), daysAfter: 1 },
];

/** The falls of the index that trip the market-wide breakers. Units: shares of the prior close, level 1 first. */
export interface BreakerFigures extends DatedEntry {
  readonly falls: readonly [Decimal, Decimal, Decimal];
}

/** Market-wide circuit breakers. Source: NYSE Rule 7.12. */
export const MARKET_WIDE_BREAKERS: readonly BreakerFigures[] = [
  { from: '1998-04-15', falls: [decimal('0.10'), decimal('0.20'), decimal('0.30')] },
  { from: '2013-04-08', falls: [decimal('0.07'), decimal('0.13'), decimal('0.20')] },
];

/** How long a list of instruments that are easy to borrow may be relied on. Units: milliseconds. */
export interface LocateFigures extends DatedEntry {
  readonly easyToBorrowAgeMsMax: number;
}

/** Reasonable grounds by a list of what is easy to borrow. Source: 17 CFR 242.203(b)(1)(ii), as its staff answers it. */
export const LOCATES: readonly LocateFigures[] = [{ from: '2005-01-03', easyToBorrowAgeMsMax: 24 * 60 * 60 * 1_000 }];

/**
 * Whether a band is no wider than the plan can make one at its price, at any time of the day.
 *
 * Shape:  the plan goes by the close of the day before, which a band does not tell, so the widest of all tiers and prices counts, with
 *         a cent of rounding at each edge. It finds a band that cannot be one, not one that is a little too wide; one of a leveraged
 *         fund below three dollars can be found wrongly.
 */
export function isPlausibleBand(
  { widths }: LuldFigures,
  band: { readonly low: Decimal; readonly high: Decimal },
): boolean {
  const middleTwice = add(band.low, band.high);
  const width = subtract(subtract(band.high, band.low), ROUNDING);
  for (const tier of [widths['tier-1'], widths['tier-2']]) {
    for (const { wideShare, amountMax } of tier) {
      const isWithinAmount = amountMax === undefined || compare(width, add(amountMax, amountMax)) <= 0;
      if (isWithinAmount && compare(width, multiply(middleTwice, wideShare)) <= 0) return true;
    }
  }
  return false;
}
