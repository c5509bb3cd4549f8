import type { AssetClass } from '@gatehouse/shared/schema/facts/reference-data.ts';
import type { Price } from '@gatehouse/shared/values/amounts.ts';
import type { Currency } from '@gatehouse/shared/values/currency.ts';
import { type Decimal, trim, ZERO } from '@gatehouse/shared/values/decimal.ts';
import type { Instant } from '@gatehouse/shared/values/instant.ts';
import type { CurrencyTotals, InstrumentCell, InstrumentGroup } from '../own-facts.ts';
import { createDayCounts, type DayCounts } from './day-counts.ts';
import { createDayNames, type DayNames } from './day-names.ts';
import { createDayValues, type DayValues } from './day-values.ts';
import type { Place } from './place.ts';

/** What a file of instruments says about an instrument, as far as sums need it. */
export interface InstrumentTerms {
  readonly currency: Currency;
  readonly multiplier: Decimal;
  readonly sector: string;
  readonly assetClass: AssetClass;
}

/**
 * An instrument that a file names or that was dealt in.
 *
 * Shape:  `terms` stay as last given, also where a later file leaves the instrument out: what was dealt in it is still held.
 *         `dealtIn` is the currency of its fills. `holders` are the cells of scopes that hold it or have orders open in it,
 *         `cells` all that ever did; `flat` is the answer for those that did not.
 * Units:  `unitValue` is mark × multiplier.
 */
export interface InstrumentState {
  readonly id: string;
  terms: InstrumentTerms | undefined;
  tier: string | undefined;
  dealtIn: Currency | 'several' | undefined;
  mark: Price | undefined;
  markAt: Instant | undefined;
  unitValue: Decimal | undefined;
  /** The parts of a scope that it belongs to. */
  groups: readonly InstrumentGroup[];
  /** Grows with everything that changes the answer of a cell but the cell itself. */
  version: number;
  flat: InstrumentCell | undefined;
  readonly holders: Set<Cell>;
  readonly cells: Cell[];
}

/** Sums over instruments at their marks. Units: one currency. Shape: `unmarked` counts instruments that have no mark. */
export interface Sums {
  long: Decimal;
  short: Decimal;
  gross: Decimal;
  net: Decimal;
  unmarked: number;
}

/** The answer to the last question for sums, and what it was asked of. */
export interface TotalsAnswer {
  readonly version: number;
  readonly day: string;
  readonly roll: number;
  readonly rows: readonly CurrencyTotals[];
}

/** Sums of a part of a scope. */
export interface GroupSums {
  readonly parts: Map<Ledger, Sums>;
  answer: TotalsAnswer | undefined;
}

/** What one cell adds to the sums of its scope, and what that was worked out from. */
export interface Share {
  readonly ledger: Ledger;
  readonly unitValue: Decimal | undefined;
  readonly position: Decimal;
  readonly openBuy: Decimal;
  readonly openSell: Decimal;
  readonly long: Decimal;
  readonly short: Decimal;
  readonly gross: Decimal;
  readonly net: Decimal;
}

/**
 * What a scope earned and stands for in one currency.
 *
 * Shape: `roll` is the number of the day that `start` and `dayPeak` belong to; those of the day before are kept beside.
 */
export interface Ledger {
  readonly currency: Currency;
  readonly sums: Sums;
  pnl: Decimal;
  peak: Decimal;
  roll: number;
  start: Decimal;
  dayPeak: Decimal;
  earlierStart: Decimal;
  earlierPeak: Decimal;
  /** Whether it changed since peaks were last taken. */
  isTouched: boolean;
}

/**
 * What a scope holds and has entered in one instrument.
 *
 * Shape: `flow` is what sales brought less what purchases cost, without the multiplier; `ledger` is where its profit and loss
 *         counts, `share` what it last added to the sums of exposure. `older` and `newer` are the
 *        neighbours by the age of their marks.
 * Units: quantities in units, `flow` in price × units, `fees` in the instrument's currency.
 */
export interface Cell {
  readonly scope: ScopeState;
  readonly instrument: InstrumentState;
  position: Decimal;
  openBuy: Decimal;
  openSell: Decimal;
  /** The parts of them that wait at the edge. */
  heldBuy: Decimal;
  heldSell: Decimal;
  openOrders: number;
  flow: Decimal;
  fees: Decimal;
  ledger: Ledger | undefined;
  share: Share | undefined;
  isUnknown: boolean;
  isDirty: boolean;
  isListed: boolean;
  /** The time of the mark by which it is listed. */
  listedAt: bigint;
  older: Cell | undefined;
  newer: Cell | undefined;
  answer: InstrumentCell | undefined;
  answerVersion: number;
}

/** A scope with everything that is counted for it. */
export interface ScopeState {
  readonly text: string;
  readonly cells: Map<string, Cell>;
  readonly ledgers: Map<Currency, Ledger>;
  /** Fees of executions in another currency than that of their price, by currency. */
  readonly otherFees: Map<Currency, Decimal>;
  /** Sums of parts of the scope, made when first asked for. */
  readonly groups: Map<InstrumentGroup, GroupSums>;
  readonly dirty: Cell[];
  /** Cells that count and whose instrument has no usable terms. */
  unknown: number;
  openCount: number;
  /** The trading day of a venue, which never goes back; other scopes have none. */
  day: string | undefined;
  readonly venues: Map<string, VenueUse>;
  readonly usedVenues: DayNames;
  readonly usedInstruments: DayNames;
  readonly counts: DayValues<DayCounts>;
  /** The oldest and the newest by the age of their marks, of cells that hold or have open. */
  oldest: Cell | undefined;
  newest: Cell | undefined;
  /** How many cells hold or have open an instrument without a mark. */
  unmarked: number;
  /** Grows with everything that changes the sums. */
  version: number;
  answer: TotalsAnswer | undefined;
}

/** How many orders of a scope are open at a venue. */
export interface VenueUse {
  open: number;
}

/** A place in one of its scopes. */
export interface LaneRow {
  readonly scope: ScopeState;
  readonly cell: Cell;
  readonly venue: VenueUse;
}

/**
 * A place with what is counted for it, so that nothing need be looked up for an order there.
 *
 * Shape: `rows` in the order of the place's scopes; `venue` is the scope of its venue; `enteredDay` is the day for which its
 *        scopes know already that orders were entered there.
 */
export interface Lane {
  readonly place: Place;
  readonly instrument: InstrumentState;
  readonly rows: readonly LaneRow[];
  readonly venue: ScopeState;
  enteredDay: string | undefined;
}

/** An instrument of which nothing is known yet. */
export function createInstrument(id: string): InstrumentState {
  return {
    id,
    terms: undefined,
    tier: undefined,
    dealtIn: undefined,
    mark: undefined,
    markAt: undefined,
    unitValue: undefined,
    groups: [],
    version: 0,
    flat: undefined,
    holders: new Set(),
    cells: [],
  };
}

/** Sums of nothing. */
export function noSums(): Sums {
  return { long: ZERO, short: ZERO, gross: ZERO, net: ZERO, unmarked: 0 };
}

/** A ledger without profit or loss. Shape: `roll` is the number of the current day. */
export function createLedger(currency: Currency, roll: number): Ledger {
  return {
    currency,
    sums: noSums(),
    pnl: ZERO,
    peak: ZERO,
    roll,
    start: ZERO,
    dayPeak: ZERO,
    earlierStart: ZERO,
    earlierPeak: ZERO,
    isTouched: false,
  };
}

/** A scope in which nothing was dealt yet, with the counts by day of a snapshot. */
export function createScope(text: string, start: ScopeDays = NO_DAYS): ScopeState {
  return {
    text,
    cells: new Map(),
    ledgers: new Map(),
    otherFees: new Map(),
    groups: new Map(),
    dirty: [],
    unknown: 0,
    openCount: 0,
    day: undefined,
    venues: new Map(),
    usedVenues: createDayNames(start.venues),
    usedInstruments: createDayNames(start.instruments),
    counts: createDayValues(createDayCounts, start.counts),
    oldest: undefined,
    newest: undefined,
    unmarked: 0,
    version: 0,
    answer: undefined,
  };
}

/** What a snapshot says about the days of a scope. */
export interface ScopeDays {
  readonly venues: readonly (readonly [day: string, names: readonly string[]])[];
  readonly instruments: readonly (readonly [day: string, names: readonly string[]])[];
  readonly counts: readonly (readonly [day: string, counts: DayCounts])[];
}

const NO_DAYS: ScopeDays = { venues: [], instruments: [], counts: [] };

/** A cell of zeros in a scope. */
export function createCell(scope: ScopeState, instrument: InstrumentState): Cell {
  return {
    scope,
    instrument,
    position: ZERO,
    openBuy: ZERO,
    openSell: ZERO,
    heldBuy: ZERO,
    heldSell: ZERO,
    openOrders: 0,
    flow: ZERO,
    fees: ZERO,
    ledger: undefined,
    share: undefined,
    isUnknown: false,
    isDirty: false,
    isListed: false,
    listedAt: 0n,
    older: undefined,
    newer: undefined,
    answer: undefined,
    answerVersion: -1,
  };
}

/** Whether a scope holds the instrument or has orders open in it. */
export function isActive(cell: Cell): boolean {
  return cell.openOrders > 0 || cell.position.units !== 0n;
}

/** Whether sums can be made of the instrument: its terms are on record, and its fills are in their currency. */
export function isKnown({ terms, dealtIn }: InstrumentState): boolean {
  return terms !== undefined && (dealtIn === undefined || dealtIn === terms.currency);
}

/** A decimal without zeros at its end; nearly all are so already, and then it is the same. */
export function lean(value: Decimal): Decimal {
  return value.scale === 0 || value.units % 10n !== 0n ? value : trim(value);
}
