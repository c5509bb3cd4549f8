import { type Citation, cite, FINRA_4210, REG_T } from '@gatehouse/shared/law/acts.ts';
import type { DatedEntry } from '@gatehouse/shared/law/in-force.ts';
import type { AssetClass } from '@gatehouse/shared/schema/facts/reference-data.ts';

/**
 * What the law asks for holding a security on margin, from a day on.
 *
 * Shape: holds for `classes`; of anything else the law lets nothing be borrowed, so that it is paid in full. `note` says what an
 *        officer has to know about the figure.
 * Units: whole basis points of the market value.
 */
export interface MarginRule extends DatedEntry {
  readonly source: Citation;
  readonly note: string;
  readonly classes: readonly AssetClass[];
  readonly longBps: number;
  readonly shortBps: number;
}

/** The least that an account must be worth to deal on margin at all, from a day on. Units: whole US dollars. */
export interface MinimumEquity extends DatedEntry {
  readonly source: Citation;
  readonly note: string;
  readonly amountUsd: number;
}

const MARGIN_SECURITIES: readonly AssetClass[] = ['equity', 'etf'];

/** Rates as basis points, long and short. */
export interface RatesBps {
  readonly longBps: number;
  readonly shortBps: number;
}

/** What is paid in full. */
export const IN_FULL: RatesBps = Object.freeze({ longBps: 10_000, shortBps: 10_000 });

/** Initial margin by Regulation T. Source: 12 CFR 220.12(a), (c). */
export const INITIAL_MARGIN: readonly MarginRule[] = [
  {
    from: '1974-01-03',
    source: cite(
      REG_T,
      '220.12(a), (c)',
      'A margin equity security is paid to one half, a short sale secured by one half on top.',
    ),
    note: 'Exempted securities, options and security futures have rules of their own and are treated here as paid in full.',
    classes: MARGIN_SECURITIES,
    longBps: 5_000,
    shortBps: 5_000,
  },
];

/**
 * Maintenance margin.
 *
 * Shape:  the floors in dollars per share for cheap securities sold short are not part of it; a firm that sells such securities
 *         short has to raise their rate in its own file of margin rates.
 * Source: FINRA Rule 4210(c).
 */
export const MAINTENANCE_MARGIN: readonly MarginRule[] = [
  {
    from: '1974-01-03',
    source: cite(
      FINRA_4210,
      '(c)',
      'One quarter of what is held and thirty per cent of what is owed has to stay covered.',
    ),
    note: 'The rule took over figures of older rules of the exchanges; this table answers from the day of the Regulation T figure.',
    classes: MARGIN_SECURITIES,
    longBps: 2_500,
    shortBps: 3_000,
  },
];

/**
 * Margin within the day, in force since the rules for pattern day traders ended.
 *
 * Source: FINRA Rule 4210 as amended by SEC order 34-105226 of 2026-04-14.
 */
export const INTRADAY_MARGIN: readonly MarginRule[] = [
  {
    from: '2026-06-04',
    source: cite(FINRA_4210, '(d)', 'The margin for positions of the day has to be there while they are open.'),
    note: 'Unsure: known at second hand only, with a phase-in to 2027-10-20; check place, figures and day against the rule before use.',
    classes: MARGIN_SECURITIES,
    longBps: 2_500,
    shortBps: 3_000,
  },
];

/** What an account must be worth to deal on margin, unless all is paid in full. Source: FINRA Rule 4210(b). */
export const MINIMUM_EQUITY: readonly MinimumEquity[] = [
  {
    from: '1974-01-03',
    source: cite(
      FINRA_4210,
      '(b)',
      'An account on margin is worth two thousand dollars at least, or what it buys is paid in full.',
    ),
    note: 'The larger minimum for pattern day traders, which ended with 2026-06-03, is not part of this table.',
    amountUsd: 2_000,
  },
];

/** The rates of a rule for a class. */
export function legalRates({ classes, longBps, shortBps }: MarginRule, assetClass: AssetClass): RatesBps {
  return classes.includes(assetClass) ? { longBps, shortBps } : IN_FULL;
}
