import { z } from 'zod';
import { CurrencyText, DayText, DecimalText, Identifier, InstantText, QuantityText, Sentence } from '../fields.ts';
import { OrderType, TimeInForce } from '../order.ts';
import { eachOnce, factsHead } from './envelope.ts';

const Time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$/, 'not a time of day');

/** The classes that limits and margins are kept by. */
export const AssetClass = z.enum(['equity', 'etf', 'index', 'bond', 'future', 'option', 'fx', 'crypto', 'commodity']);
export type AssetClass = z.output<typeof AssetClass>;

/** The parts of a trading day. */
export const SessionPhase = z.enum([
  'pre-open',
  'opening-auction',
  'continuous',
  'closing-auction',
  'after-hours',
  'closed',
]);
export type SessionPhase = z.output<typeof SessionPhase>;

/**
 * An instrument as orders must fit it.
 *
 * Shape: `ticks` is sorted by `from`, the lowest price that a step holds for; `issuer` is the party that sanctions are asked
 *        for; `isUsEquity` says that Regulation SHO and LULD apply. Days are inclusive.
 * Units: `tick` and `from` in `currency` per unit, quantities in units, `multiplier` in `currency` per point and unit.
 */
export const InstrumentRow = z.strictObject({
  id: Identifier,
  title: Sentence,
  venues: z.array(Identifier).min(1).max(50),
  currency: CurrencyText,
  assetClass: AssetClass,
  sector: Identifier,
  issuer: Identifier,
  state: z.enum(['tradable', 'close-only', 'suspended', 'delisted']),
  multiplier: DecimalText,
  ticks: z
    .array(z.strictObject({ from: DecimalText, tick: DecimalText }))
    .min(1)
    .max(50),
  lot: DecimalText,
  quantityMin: DecimalText,
  quantityMax: DecimalText,
  orderTypes: z.array(OrderType).min(1),
  timesInForce: z.array(TimeInForce).min(1),
  isShortable: z.boolean(),
  isUsEquity: z.boolean(),
  from: DayText.optional(),
  to: DayText.optional(),
});
export type InstrumentRow = z.output<typeof InstrumentRow>;

/** The instruments that this firm knows. */
export const InstrumentsFile = z.strictObject({
  ...factsHead,
  kind: z.literal('instruments'),
  rows: z
    .array(InstrumentRow)
    .max(20_000)
    .refine(...eachOnce((row: z.output<typeof InstrumentRow>) => row.id)),
});

/** A part of a trading day. Shape: `entryTo` is until when the venue takes orders for an auction, where that is before its end. */
const Phase = z
  .strictObject({ phase: SessionPhase, from: Time, to: Time, entryTo: Time.optional() })
  .refine(({ phase, entryTo }) => entryTo === undefined || phase.endsWith('-auction'), {
    message: 'only an auction has an end of its orders',
    path: ['entryTo'],
  });
const Phases = z.array(Phase).min(1).max(20);

/**
 * When a venue trades.
 *
 * Shape: phases of a normal day, in local time, in order, not overlapping; what lies between them is closed. A holiday has no
 *        phase; on a short day nothing goes on after `close`, and its phases are those of a normal day where it has none of its own.
 *        Outside `from` to `to` nothing is known. Weekdays are 1 (Monday) to 7. A venue whose phases have no auction holds none.
 */
export const CalendarRow = z.strictObject({
  venue: Identifier,
  zone: z.string().min(1).max(64),
  weekdays: z.array(z.int().min(1).max(7)).min(1).max(7),
  phases: Phases,
  holidays: z.array(z.strictObject({ day: DayText, title: Sentence })).max(5_000),
  shortDays: z
    .array(z.strictObject({ day: DayText, close: Time, title: Sentence, phases: Phases.optional() }))
    .max(5_000),
  from: DayText,
  to: DayText,
});
export type CalendarRow = z.output<typeof CalendarRow>;

/** The calendars of the venues. */
export const CalendarsFile = z.strictObject({
  ...factsHead,
  kind: z.literal('calendars'),
  rows: z
    .array(CalendarRow)
    .max(500)
    .refine(...eachOnce((row: z.output<typeof CalendarRow>) => row.venue)),
});

/** What one unit of `from` is worth in `to`. */
export const RateRow = z.strictObject({ from: CurrencyText, to: CurrencyText, rate: DecimalText, at: InstantText });

/** Rates of exchange. */
export const RatesFile = z.strictObject({
  ...factsHead,
  kind: z.literal('rates'),
  rows: z
    .array(RateRow)
    .max(5_000)
    .refine(...eachOnce((row: z.output<typeof RateRow>) => `${row.from}/${row.to}`)),
});

/** How much of an instrument trades. Units: units of the instrument a day; `tier` is the firm's own name for a class of liquidity. */
export const LiquidityRow = z.strictObject({
  instrument: Identifier,
  averageDailyVolume: QuantityText,
  tier: Identifier,
  at: InstantText,
});

/** How much trades in each instrument. */
export const LiquidityFile = z.strictObject({
  ...factsHead,
  kind: z.literal('liquidity'),
  rows: z
    .array(LiquidityRow)
    .max(20_000)
    .refine(...eachOnce((row: z.output<typeof LiquidityRow>) => row.instrument)),
});

/** What a clearing firm or broker asks for holding an instrument, or all of a class. Units: whole basis points of the value. */
export const MarginRow = z.strictObject({
  instrument: Identifier.optional(),
  assetClass: AssetClass.optional(),
  initialBps: z.int().min(0).max(100_000),
  maintenanceBps: z.int().min(0).max(100_000),
  /** The most that a venue lends, as a multiple of the equity; absent where it lends nothing of its own. */
  leverageMax: DecimalText.optional(),
});

/** House margin rates. Shape: an instrument's own row comes before that of its class. */
export const MarginsFile = z.strictObject({
  ...factsHead,
  kind: z.literal('margins'),
  rows: z
    .array(MarginRow)
    .max(20_000)
    .refine(
      ...eachOnce(
        (row: z.output<typeof MarginRow>) =>
          `${row.instrument ?? ''}/${row.instrument === undefined ? (row.assetClass ?? '') : ''}`,
      ),
    ),
});

/** A figure of a portfolio that somebody else computed. Shape: `value` is a decimal, or a name for the market regime. */
export const PortfolioRow = z.strictObject({
  scope: z.string().min(1).max(80),
  figure: z.enum(['value-at-risk', 'expected-shortfall', 'beta', 'correlation', 'volatility', 'regime']),
  value: z.string().min(1).max(48),
  at: InstantText,
});

/** Figures of portfolios. Units: value at risk and expected shortfall in the firm's currency, the others without a unit. */
export const PortfolioFile = z.strictObject({
  ...factsHead,
  kind: z.literal('portfolio'),
  rows: z
    .array(PortfolioRow)
    .max(5_000)
    .refine(...eachOnce((row: z.output<typeof PortfolioRow>) => `${row.figure}/${row.scope}`)),
});

/** What a venue or the market said at a time of the past or in a test: a halt, a price band, a market-wide breaker. */
export const MarketStatusRow = z.strictObject({
  /** An instrument's id, or `market` for all. */
  on: Identifier,
  status: z.enum(['trading', 'halted', 'paused', 'limit-state']).optional(),
  band: z.strictObject({ low: DecimalText, high: DecimalText }).optional(),
  breakerLevel: z.int().min(0).max(3).optional(),
  from: InstantText,
  to: InstantText.optional(),
});

/** Halts, bands and breakers by time. Units: `from` and `to` are the market's time. */
export const MarketStatusFile = z.strictObject({
  ...factsHead,
  kind: z.literal('market-status'),
  /** Until when nothing more is known to have happened. */
  completeTo: InstantText,
  rows: z.array(MarketStatusRow).max(50_000),
});
