import type { MarksBody } from '@gatehouse/shared/schema/bodies.ts';
import type { ScopeText } from '@gatehouse/shared/schema/decision.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import type { Price } from '@gatehouse/shared/values/amounts.ts';
import type { Currency } from '@gatehouse/shared/values/currency.ts';
import { add, type Decimal, equal, multiply, negate, subtract, trim, ZERO } from '@gatehouse/shared/values/decimal.ts';
import type { Instant } from '@gatehouse/shared/values/instant.ts';
import type { CurrencyTotals, InstrumentCell, InstrumentGroup, OpenQuantities } from '../own-facts.ts';
import type { DayCounts } from './day-counts.ts';
import {
  type Cell,
  createCell,
  createInstrument,
  createScope,
  type InstrumentState,
  type InstrumentTerms,
  isActive,
  isKnown,
  type Lane,
  type ScopeState,
} from './holding-state.ts';
import { createLedgers, type Ledgers } from './ledgers.ts';
import { listMark, unlistMark } from './mark-ages.ts';
import type { Place } from './place.ts';

/** A price and its time. */
type Mark = MarksBody['marks'][number];

/** The part of an execution that moves what is held. */
export interface Execution {
  readonly instrument: string;
  readonly account: string;
  readonly venue: string;
  readonly side: Order['side'];
  readonly quantity: Decimal;
  readonly price: Price;
  readonly currency: Currency;
  readonly fee: Decimal;
  readonly at: Instant;
}

/** What a snapshot says about a cell. */
export type CellPast = Pick<Cell, 'position' | 'flow' | 'fees'>;

/** The part of an open order that an event concerns. Units: `quantity` in units of the instrument. */
export interface OpenPart {
  readonly side: Order['side'];
  readonly quantity: Decimal;
}

/** The most places in scopes that are remembered; they can be worked out again, so all are forgotten beyond it. */
const LANES_MAX = 20_000;

/** Scopes that a fill without its order cannot be counted in: nobody knows who decided it. */
const BY_DECIDER = /^(desk|trader|client|algorithm):/;

/**
 * What every scope holds and has open in every instrument, and what that is worth.
 *
 * Shape: places in scopes are worked out once for each place and kept, so that an event is counted without looking anything up.
 */
export class Holdings {
  readonly ledgers: Ledgers;
  readonly instruments = new Map<string, InstrumentState>();
  readonly scopes = new Map<string, ScopeState>();
  /** Instruments with a fill whose order is not known. */
  readonly strays = new Set<string>();
  /** The last trading day of which it is not known any more what was done on it. */
  daysUnknownTo: string | undefined;
  /** Whether a file of liquidity said to which tier instruments belong. */
  hasTiers = false;
  readonly #accounts = new Map<string, ScopeState>();
  readonly #lanes = new Map<string, Lane>();

  constructor(ledgers: Ledgers = createLedgers()) {
    this.ledgers = ledgers;
  }

  /** The place in its scopes; both are made where they are new. */
  lane(place: Place): Lane {
    const known = this.#lanes.get(place.key);
    if (known !== undefined) return known;
    const instrument = this.instrument(place.instrument);
    const cells = place.scopes.map((text) => this.cellIn(this.scope(text), instrument));
    const lane = { place, instrument, cells, venue: this.scope(`venue:${place.venue}`) };
    if (this.#lanes.size >= LANES_MAX) this.#lanes.clear();
    this.#lanes.set(place.key, lane);
    return lane;
  }

  /** An approved order. */
  enter(lane: Lane, part: OpenPart, day: string): void {
    this.reopen(lane, part);
    const { place } = lane;
    for (const { scope } of lane.cells) {
      scope.usedVenues.enter(place.venue, day);
      scope.usedInstruments.enter(place.instrument, day);
    }
  }

  /** An order that is open already, and was entered on a day that is known otherwise. */
  reopen({ cells, place }: Lane, part: OpenPart): void {
    for (const cell of cells) {
      const { scope } = cell;
      scope.openCount += 1;
      const open = scope.openByVenue.get(place.venue) ?? 0;
      scope.openByVenue.set(place.venue, open + 1);
      if (open === 0) scope.usedVenues.hold(place.venue);
      cell.openOrders += 1;
      this.#activate(cell);
      this.#open(cell, part);
    }
  }

  /** An order that is over, with what was left of it. */
  leave({ cells, place }: Lane, rest: OpenPart): void {
    const taken = { side: rest.side, quantity: negate(rest.quantity) };
    for (const cell of cells) {
      const { scope } = cell;
      scope.openCount -= 1;
      const open = (scope.openByVenue.get(place.venue) ?? 0) - 1;
      if (open > 0) scope.openByVenue.set(place.venue, open);
      else {
        scope.openByVenue.delete(place.venue);
        scope.usedVenues.release(place.venue);
      }
      cell.openOrders -= 1;
      this.#open(cell, taken);
      this.#deactivate(cell);
    }
  }

  /** A fill of an order that is known. Shape: `done` is how much of it was open. */
  execute({ cells, instrument }: Lane, fill: Execution, done: Decimal): void {
    const part = { side: fill.side, quantity: negate(done) };
    dealIn(instrument, fill.currency);
    for (const cell of cells) {
      this.#fill(cell, fill);
      if (done.units !== 0n) this.#open(cell, part);
    }
    this.#price(instrument, fill);
  }

  /** A fill of an order that nobody remembers: only what the fill itself names is certain. */
  executeStray(fill: Execution): void {
    const instrument = this.instrument(fill.instrument);
    this.strays.add(fill.instrument);
    dealIn(instrument, fill.currency);
    const texts: readonly ScopeText[] = [
      'firm',
      `account:${fill.account}`,
      `instrument:${fill.instrument}`,
      `venue:${fill.venue}`,
    ];
    for (const text of texts) this.#fill(this.cellIn(this.scope(text), instrument), fill);
    this.#price(instrument, fill);
  }

  /** Counts something for a day in all scopes of a place. */
  tally({ cells }: Lane, day: string, count: (counts: DayCounts) => void): void {
    for (const { scope } of cells) {
      const counts = scope.counts.on(day);
      if (counts !== undefined) count(counts);
    }
  }

  /** The same for the day that the venue is in; where no day began there yet, it is counted for none. */
  tallyToday(lane: Lane, count: (counts: DayCounts) => void): void {
    const { day } = lane.venue;
    if (day !== undefined) this.tally(lane, day, count);
  }

  /** A venue where orders were entered is in a trading day; it never goes back. */
  rollVenue(venue: string, day: string): void {
    const scope = this.scopes.get(`venue:${venue}`);
    if (scope !== undefined && (scope.day === undefined || day > scope.day)) scope.day = day;
  }

  /** Forgets what was counted by day, since another run has days of its own. Shape: days up to `unknownTo` have no answer. */
  restartDays(unknownTo: string | undefined): void {
    this.daysUnknownTo = unknownTo;
    this.ledgers.restart();
    for (const scope of this.scopes.values()) {
      scope.day = undefined;
      scope.counts.clear();
      scope.usedVenues.clear();
      scope.usedInstruments.clear();
    }
  }

  /** A new price. Shape: the price of the newest entry counts, for instruments that a file names or that were dealt in. */
  mark({ instrument: id, price, at }: Mark): void {
    const instrument = this.instruments.get(id);
    if (instrument === undefined) return;
    const isNewPrice = instrument.mark === undefined || !equal(instrument.mark, price);
    instrument.mark = price;
    instrument.markAt = at;
    revalue(instrument);
    for (const cell of instrument.holders) {
      listMark(cell);
      if (!isNewPrice) continue;
      if (cell.position.units === 0n) this.ledgers.countOpen(cell);
      else this.ledgers.count(cell);
    }
  }

  /** What a file says of an instrument. */
  describe(id: string, change: { readonly terms?: InstrumentTerms; readonly tier?: string | undefined }): void {
    const instrument = this.instrument(id);
    if (change.terms !== undefined) instrument.terms = change.terms;
    if ('tier' in change) instrument.tier = change.tier;
    // Which parts of a scope the instrument belongs to may have changed.
    for (const { scope } of instrument.cells) scope.groups.clear();
    this.#recount(instrument);
  }

  /** The tiers that a file of liquidity gives, and no others. */
  describeTiers(rows: readonly { readonly instrument: string; readonly tier: string }[]): void {
    const tiers = new Map(rows.map(({ instrument, tier }) => [instrument, tier]));
    this.hasTiers = true;
    for (const { id } of [...this.instruments.values()]) if (!tiers.has(id)) this.describe(id, { tier: undefined });
    for (const [id, tier] of tiers) this.describe(id, { tier });
  }

  position(account: string, instrument: string): Decimal {
    return this.#accounts.get(account)?.cells.get(instrument)?.position ?? ZERO;
  }

  open(account: string, instrument: string): OpenQuantities {
    const cell = this.#accounts.get(account)?.cells.get(instrument);
    return cell === undefined ? NOTHING_OPEN : { buy: cell.openBuy, sell: cell.openSell };
  }

  cell(scope: ScopeText, id: string): InstrumentCell | undefined {
    const instrument = this.instruments.get(id);
    if (instrument?.terms === undefined || !isKnown(instrument)) return undefined;
    if (this.strays.has(id) && BY_DECIDER.test(scope)) return undefined;
    const cell = this.scopes.get(scope)?.cells.get(id);
    if (cell === undefined) return flatIn(instrument, instrument.terms);
    if (cell.answer !== undefined && cell.answerVersion === instrument.version) return cell.answer;
    const { position, openBuy, openSell } = cell;
    cell.answer = asAnswer(instrument, instrument.terms, { position, openBuy, openSell });
    cell.answerVersion = instrument.version;
    return cell.answer;
  }

  totals(scope: ScopeText, day: string, group?: InstrumentGroup): readonly CurrencyTotals[] | undefined {
    if (this.isUncertain(scope)) return undefined;
    if (group?.startsWith('tier:') === true && !this.hasTiers) return undefined;
    const state = this.scopes.get(scope);
    return state === undefined ? NO_TOTALS : this.ledgers.totals(state, day, group);
  }

  oldestMarkAt(scope: ScopeText): Instant | 'nothing-held' | undefined {
    if (this.isUncertain(scope)) return undefined;
    const state = this.scopes.get(scope);
    if (state === undefined) return 'nothing-held';
    if (state.unmarked > 0) return undefined;
    return state.oldest === undefined ? 'nothing-held' : state.oldest.instrument.markAt;
  }

  /** Whether a fill without its order may belong to the scope. */
  isUncertain(scope: ScopeText): boolean {
    return this.strays.size > 0 && BY_DECIDER.test(scope);
  }

  instrument(id: string): InstrumentState {
    const known = this.instruments.get(id);
    if (known !== undefined) return known;
    const made = createInstrument(id);
    this.instruments.set(id, made);
    return made;
  }

  scope(text: string): ScopeState {
    const known = this.scopes.get(text);
    return known ?? this.addScope(createScope(text));
  }

  addScope(scope: ScopeState): ScopeState {
    this.scopes.set(scope.text, scope);
    if (scope.text.startsWith(ACCOUNT)) this.#accounts.set(scope.text.slice(ACCOUNT.length), scope);
    return scope;
  }

  cellIn(scope: ScopeState, instrument: InstrumentState): Cell {
    const known = scope.cells.get(instrument.id);
    if (known !== undefined) return known;
    const made = createCell(scope, instrument);
    scope.cells.set(instrument.id, made);
    instrument.cells.push(made);
    this.ledgers.count(made);
    return made;
  }

  /** A cell of a snapshot. Shape: what it has open comes with the open orders. */
  restoreCell(scope: ScopeState, instrument: InstrumentState, past: CellPast): void {
    const cell = createCell(scope, instrument);
    Object.assign(cell, past);
    scope.cells.set(instrument.id, cell);
    instrument.cells.push(cell);
    if (isActive(cell)) this.#activate(cell);
    this.ledgers.count(cell);
  }

  #open(cell: Cell, { side, quantity }: OpenPart): void {
    if (side === 'buy') cell.openBuy = trim(add(cell.openBuy, quantity));
    else cell.openSell = trim(add(cell.openSell, quantity));
    cell.answer = undefined;
    this.ledgers.countOpen(cell);
  }

  #fill(cell: Cell, { side, quantity, price, fee }: Execution): void {
    const paid = multiply(quantity, price);
    cell.position = trim(side === 'buy' ? add(cell.position, quantity) : subtract(cell.position, quantity));
    cell.flow = side === 'buy' ? subtract(cell.flow, paid) : add(cell.flow, paid);
    cell.fees = add(cell.fees, fee);
    cell.answer = undefined;
    if (isActive(cell)) this.#activate(cell);
    else this.#deactivate(cell);
  }

  /** A fill is the newest price as well. */
  #price(instrument: InstrumentState, { price, at }: Execution): void {
    instrument.mark = price;
    instrument.markAt = at;
    this.#recount(instrument);
  }

  #recount(instrument: InstrumentState): void {
    revalue(instrument);
    for (const cell of instrument.cells) {
      if (instrument.holders.has(cell)) listMark(cell);
      this.ledgers.count(cell);
    }
  }

  #activate(cell: Cell): void {
    const { instrument } = cell;
    if (instrument.holders.has(cell)) return;
    instrument.holders.add(cell);
    cell.scope.usedInstruments.hold(instrument.id);
    listMark(cell);
  }

  #deactivate(cell: Cell): void {
    const { instrument } = cell;
    if (isActive(cell) || !instrument.holders.delete(cell)) return;
    cell.scope.usedInstruments.release(instrument.id);
    unlistMark(cell);
  }
}

const ACCOUNT = 'account:';
const NOTHING_OPEN: OpenQuantities = { buy: ZERO, sell: ZERO };
const NO_TOTALS: readonly CurrencyTotals[] = [];
const FLAT = { position: ZERO, openBuy: ZERO, openSell: ZERO };

/** Before anything is counted, so that no sum is made of what cannot be added up. */
function dealIn(instrument: InstrumentState, currency: Currency): void {
  instrument.dealtIn = instrument.dealtIn === undefined || instrument.dealtIn === currency ? currency : 'several';
}

function revalue(instrument: InstrumentState): void {
  const { terms, mark } = instrument;
  instrument.unitValue = terms === undefined || mark === undefined ? undefined : multiply(mark, terms.multiplier);
  instrument.flat = undefined;
  instrument.version += 1;
}

type Quantities = Pick<InstrumentCell, 'position' | 'openBuy' | 'openSell'>;

function asAnswer(state: InstrumentState, terms: InstrumentTerms, quantities: Quantities): InstrumentCell {
  const { currency, multiplier } = terms;
  return { currency, multiplier, ...quantities, mark: state.mark, markAt: state.markAt };
}

function flatIn(instrument: InstrumentState, terms: InstrumentTerms): InstrumentCell {
  const answer = instrument.flat ?? asAnswer(instrument, terms, FLAT);
  instrument.flat = answer;
  return answer;
}
