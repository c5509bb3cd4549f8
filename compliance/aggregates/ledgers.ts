import type { Currency } from '@gatehouse/shared/values/currency.ts';
import {
  absolute,
  add,
  compare,
  type Decimal,
  maximum,
  multiply,
  negate,
  subtract,
  ZERO,
} from '@gatehouse/shared/values/decimal.ts';
import type { CurrencyTotals, InstrumentGroup } from '../own-facts.ts';
import {
  type Cell,
  createLedger,
  type GroupSums,
  isActive,
  isKnown,
  type Ledger,
  lean,
  noSums,
  type ScopeState,
  type Share,
  type Sums,
} from './holding-state.ts';

/** The trading day by which profit and loss are kept. Shape: `roll` counts the days; a day never goes back within a run. */
export interface DayClock {
  roll: number;
  day: string | undefined;
  earlierDay: string | undefined;
}

/** What a snapshot says about a ledger. */
export type LedgerPast = Pick<Ledger, 'currency' | 'peak' | 'start' | 'dayPeak' | 'earlierStart' | 'earlierPeak'>;

/**
 * Profit and loss of all scopes, and sums of exposure for those that ask.
 *
 * Shape: profit and loss follow each change at once, because their peak depends on the way; the sums of exposure wait for a
 *        question, and then only what changed since is worked out anew. Peaks are taken by `settle`, when an entry is done, so
 *        that several new marks count as one moment.
 */
export interface Ledgers {
  readonly clock: DayClock;
  /** Begins a trading day; an earlier or the same one changes nothing. */
  rollTo(day: string): void;
  /** Begins days anew, since another run has days of its own. */
  restart(): void;
  /** Finds the ledger of a cell, after the terms of its instrument changed or where it is new. */
  assign(cell: Cell): void;
  /** A cell earned something, or lost it where the amount is negative. */
  earn(cell: Pick<Cell, 'ledger' | 'scope'>, amount: Decimal): void;
  /** The same, of a scope and in a currency of no instrument. */
  earnIn(scope: ScopeState, currency: Currency, amount: Decimal): void;
  /** What a cell adds to the sums of its scope has changed. */
  change(cell: Cell): void;
  settle(): void;
  totals(scope: ScopeState, day: string, group?: InstrumentGroup): readonly CurrencyTotals[] | undefined;
  /** A ledger of a snapshot. Shape: its profit and loss follow from its cells, which come next. */
  take(scope: ScopeState, ledger: LedgerPast): void;
  /** A ledger as of the current day. */
  current(ledger: Ledger): Ledger;
}

/** The most parts of a scope whose sums are kept; beyond it all are made anew when they are asked for. */
const GROUPS_MAX = 1_000;

/** Ledgers that go on from a clock. */
export function createLedgers(clock: DayClock = { roll: 0, day: undefined, earlierDay: undefined }): Ledgers {
  return new LiveLedgers(clock);
}

class LiveLedgers implements Ledgers {
  readonly clock: DayClock;
  readonly #touched: Ledger[] = [];

  constructor(clock: DayClock) {
    this.clock = clock;
  }

  rollTo(day: string): void {
    const { clock } = this;
    if (clock.day !== undefined && day <= clock.day) return;
    clock.roll += 1;
    clock.earlierDay = clock.day;
    clock.day = day;
  }

  restart(): void {
    const { clock } = this;
    // Two steps, so that nothing counts as of the day before.
    clock.roll += 2;
    clock.day = undefined;
    clock.earlierDay = undefined;
  }

  assign(cell: Cell): void {
    const { scope, instrument } = cell;
    const { terms } = instrument;
    if (terms === undefined || !isKnown(instrument)) {
      cell.ledger = undefined;
      return;
    }
    cell.ledger = this.#ledgerOf(scope, terms.currency);
  }

  earnIn(scope: ScopeState, currency: Currency, amount: Decimal): void {
    this.earn({ scope, ledger: this.#ledgerOf(scope, currency) }, amount);
  }

  earn({ ledger, scope }: Pick<Cell, 'ledger' | 'scope'>, amount: Decimal): void {
    if (ledger === undefined || amount.units === 0n) return;
    this.current(ledger);
    ledger.pnl = add(ledger.pnl, amount);
    scope.version += 1;
    if (ledger.isTouched) return;
    ledger.isTouched = true;
    this.#touched.push(ledger);
  }

  change(cell: Cell): void {
    const { scope } = cell;
    scope.version += 1;
    if (cell.isDirty) return;
    cell.isDirty = true;
    scope.dirty.push(cell);
  }

  settle(): void {
    for (const ledger of this.#touched) {
      ledger.isTouched = false;
      // A day's peak is never above the peak of all days.
      if (compare(ledger.pnl, ledger.dayPeak) <= 0) continue;
      ledger.dayPeak = ledger.pnl;
      if (compare(ledger.pnl, ledger.peak) > 0) ledger.peak = ledger.pnl;
    }
    this.#touched.length = 0;
  }

  totals(scope: ScopeState, day: string, group?: InstrumentGroup): readonly CurrencyTotals[] | undefined {
    const { roll } = this.clock;
    const known = group === undefined ? scope.answer : scope.groups.get(group)?.answer;
    const isCurrent = known?.version === scope.version && known.day === day && known.roll === roll;
    if (isCurrent) return known.rows;
    bringUpToDate(scope);
    if (scope.unknown > 0 || this.#isTooOld(day)) return undefined;
    const part = group === undefined ? undefined : groupSums(scope, group);
    const rows = [...scope.ledgers.values()].map((ledger) => {
      const sums = part === undefined ? ledger.sums : (part.parts.get(ledger) ?? noSums());
      return totalsOf(ledger, sums, this.#dayFigures(this.current(ledger), day));
    });
    if (rows.length > 1) rows.sort((a, b) => (a.currency < b.currency ? -1 : 1));
    (part ?? scope).answer = { version: scope.version, day, roll, rows };
    return rows;
  }

  take(scope: ScopeState, past: LedgerPast): void {
    scope.ledgers.set(past.currency, { ...createLedger(past.currency, this.clock.roll), ...past });
  }

  /** A ledger takes note of a new day when it is next looked at; nothing has changed in it until then. */
  current(ledger: Ledger): Ledger {
    const { roll } = this.clock;
    if (ledger.roll === roll) return ledger;
    const isNextDay = ledger.roll === roll - 1;
    ledger.earlierStart = isNextDay ? ledger.start : ledger.pnl;
    ledger.earlierPeak = isNextDay ? ledger.dayPeak : ledger.pnl;
    ledger.start = ledger.pnl;
    ledger.dayPeak = ledger.pnl;
    ledger.roll = roll;
    return ledger;
  }

  #ledgerOf(scope: ScopeState, currency: Currency): Ledger {
    const known = scope.ledgers.get(currency);
    if (known !== undefined) return known;
    const made = createLedger(currency, this.clock.roll);
    scope.ledgers.set(currency, made);
    return made;
  }

  #isTooOld(day: string): boolean {
    const { day: current, earlierDay } = this.clock;
    return current !== undefined && day < (earlierDay ?? current);
  }

  #dayFigures(ledger: Ledger, day: string): { readonly start: Decimal; readonly peak: Decimal } {
    const current = this.clock.day;
    if (current === undefined || day > current) return { start: ledger.pnl, peak: ledger.pnl };
    if (day === current) return { start: ledger.start, peak: ledger.dayPeak };
    return { start: ledger.earlierStart, peak: maximum(ledger.earlierPeak, ledger.dayPeak) };
  }
}

/** What a cell earned since its first fill, at its mark. Units: the instrument's currency. Shape: nothing where that cannot be told. */
export function profitOf({ instrument, position, flow, fees }: Cell): Decimal {
  const { terms, mark } = instrument;
  if (terms === undefined || !isKnown(instrument)) return ZERO;
  const held = mark === undefined ? ZERO : multiply(position, mark);
  return subtract(multiply(add(flow, held), terms.multiplier), fees);
}

function bringUpToDate(scope: ScopeState): void {
  if (scope.dirty.length === 0) return;
  for (const cell of scope.dirty) {
    cell.isDirty = false;
    const isUnknown = !isKnown(cell.instrument) && isDealtIn(cell);
    if (isUnknown !== cell.isUnknown) scope.unknown += isUnknown ? 1 : -1;
    cell.isUnknown = isUnknown;

    const before = cell.share;
    cell.share = shareOf(cell, before);
    move(scope, cell, before);
  }
  scope.dirty.length = 0;
}

function isDealtIn(cell: Cell): boolean {
  return isActive(cell) || cell.flow.units !== 0n || cell.fees.units !== 0n;
}

/** The share of a cell. Shape: what follows from the same as before is the same as before, so that it need not be moved. */
function shareOf(cell: Cell, before: Share | undefined): Share | undefined {
  const { instrument, ledger, position, openBuy, openSell } = cell;
  if (ledger === undefined || !isActive(cell)) return undefined;
  const { unitValue } = instrument;
  const from = { ledger, unitValue, position, openBuy, openSell };
  if (unitValue === undefined) return { ...from, long: ZERO, short: ZERO, gross: ZERO, net: ZERO };
  const isSame = before !== undefined && before.unitValue === unitValue && before.position === position;
  const net = isSame ? before.net : multiply(position, unitValue);
  const long = isSame && before.openBuy === openBuy ? before.long : plus(net, openBuy, unitValue);
  const short = isSame && before.openSell === openSell ? before.short : plus(net, negate(openSell), unitValue);
  return { ...from, long, short, gross: maximum(absolute(long), absolute(short)), net };
}

function plus(net: Decimal, open: Decimal, unitValue: Decimal): Decimal {
  return open.units === 0n ? net : add(net, multiply(open, unitValue));
}

function move(scope: ScopeState, { instrument, share }: Cell, before: Share | undefined): void {
  moveSums((ledger) => ledger.sums, before, share);
  if (scope.groups.size === 0) return;
  for (const group of instrument.groups) {
    const parts = scope.groups.get(group)?.parts;
    if (parts !== undefined) moveSums((ledger) => sumsIn(parts, ledger), before, share);
  }
}

/** Takes out of the sums what a cell added to them before, and puts in what it adds now. */
function moveSums(sumsOf: (ledger: Ledger) => Sums, before: Share | undefined, now: Share | undefined): void {
  if (before !== undefined && now !== undefined && before.ledger === now.ledger) {
    const sums = sumsOf(now.ledger);
    sums.unmarked += unmarked(now) - unmarked(before);
    sums.long = moved(sums.long, before.long, now.long);
    sums.short = moved(sums.short, before.short, now.short);
    sums.gross = moved(sums.gross, before.gross, now.gross);
    sums.net = moved(sums.net, before.net, now.net);
    return;
  }
  if (before !== undefined) addShare(sumsOf(before.ledger), before, -1);
  if (now !== undefined) addShare(sumsOf(now.ledger), now, 1);
}

function addShare(sums: Sums, share: Share, by: 1 | -1): void {
  const apply = by === 1 ? add : subtract;
  sums.unmarked += by * unmarked(share);
  sums.long = apply(sums.long, share.long);
  sums.short = apply(sums.short, share.short);
  sums.gross = apply(sums.gross, share.gross);
  sums.net = apply(sums.net, share.net);
}

function moved(sum: Decimal, before: Decimal, now: Decimal): Decimal {
  return before === now ? sum : add(subtract(sum, before), now);
}

function unmarked({ unitValue }: Share): number {
  return unitValue === undefined ? 1 : 0;
}

/** The sums of a part of the scope, kept from the first question on until the terms of instruments change. */
function groupSums(scope: ScopeState, group: InstrumentGroup): GroupSums {
  const known = scope.groups.get(group);
  if (known !== undefined) return known;
  const parts = new Map<Ledger, Sums>();
  for (const cell of scope.cells.values()) {
    if (cell.share === undefined || !cell.instrument.groups.includes(group)) continue;
    addShare(sumsIn(parts, cell.share.ledger), cell.share, 1);
  }
  if (scope.groups.size >= GROUPS_MAX) scope.groups.clear();
  const made = { parts, answer: undefined };
  scope.groups.set(group, made);
  return made;
}

function sumsIn(parts: Map<Ledger, Sums>, ledger: Ledger): Sums {
  const known = parts.get(ledger);
  if (known !== undefined) return known;
  const made = noSums();
  parts.set(ledger, made);
  return made;
}

/** Sums keep the digits of whatever was in them; an answer has none that it does not need, however it came about. */
function totalsOf(
  { currency, pnl, peak }: Ledger,
  sums: Sums,
  day: { readonly start: Decimal; readonly peak: Decimal },
): CurrencyTotals {
  return {
    currency,
    isValued: sums.unmarked === 0,
    long: lean(sums.long),
    short: lean(sums.short),
    gross: lean(sums.gross),
    net: lean(sums.net),
    pnl: lean(pnl),
    pnlAtDayStart: lean(day.start),
    pnlDayPeak: lean(day.peak),
    pnlPeak: lean(peak),
  };
}
