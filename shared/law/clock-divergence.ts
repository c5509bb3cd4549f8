import { type Act, EU_CLOCKS, FINRA_4590, RTS_25 } from './acts.ts';
import { type DatedEntry, inForce } from './in-force.ts';

/** How a firm trades, as far as the law sets how well its clock must run. */
export const CLOCK_ACTIVITIES = [
  'eu-high-frequency',
  'eu-algorithmic',
  'eu-manual',
  'uk-high-frequency',
  'uk-algorithmic',
  'uk-manual',
  'us-electronic',
] as const;

/** One of the ways to trade that the law knows. */
export type ClockActivity = (typeof CLOCK_ACTIVITIES)[number];

/** How far a clock may be from UTC, and by which act. Units: microseconds. */
export interface ClockFigures extends DatedEntry {
  readonly errorUsMax: number;
  readonly act: Act;
}

const HIGH_FREQUENCY_US = 100;
const ALGORITHMIC_US = 1_000;
const MANUAL_US = 1_000_000;

/** The EU moved its clock rules to another act, and kept the figures for members of a venue. */
const eu = (errorUsMax: number): readonly ClockFigures[] => [
  { from: '2018-01-03', errorUsMax, act: RTS_25 },
  { from: '2026-03-02', errorUsMax, act: EU_CLOCKS },
];
const uk = (errorUsMax: number): readonly ClockFigures[] => [{ from: '2018-01-03', errorUsMax, act: RTS_25 }];

const divergence: Readonly<Record<ClockActivity, readonly ClockFigures[]>> = {
  'eu-high-frequency': eu(HIGH_FREQUENCY_US),
  'eu-algorithmic': eu(ALGORITHMIC_US),
  'eu-manual': eu(MANUAL_US),
  'uk-high-frequency': uk(HIGH_FREQUENCY_US),
  'uk-algorithmic': uk(ALGORITHMIC_US),
  'uk-manual': uk(MANUAL_US),
  'us-electronic': [{ from: '2018-02-19', errorUsMax: 50_000, act: FINRA_4590 }],
};

/**
 * How far from UTC the law lets a clock be on a day.
 *
 * Units:  the day is one of wall time, in UTC.
 * Errors: `NOT_FOUND` for a day before the rule.
 * Source: RTS 25 Art. 3 and Annex, Tables 1 and 2; Delegated Regulation (EU) 2025/1155, Art. 11 to 16; FINRA Rule 4590.
 */
export function clockDivergence(activity: ClockActivity, day: string): ClockFigures {
  return inForce(divergence[activity], day);
}
