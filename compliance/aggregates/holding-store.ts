import type { ScopeText } from '@gatehouse/shared/schema/decision.ts';
import {
  type Cell,
  createCell,
  createInstrument,
  createScope,
  type InstrumentState,
  isActive,
  type Lane,
  type LaneRow,
  type ScopeState,
} from './holding-state.ts';
import { createLedgers, type Ledgers } from './ledgers.ts';
import { listMark, unlistMark } from './mark-ages.ts';
import type { Place } from './place.ts';

/** The most places in scopes that are remembered; they can be worked out again, so all are forgotten beyond it. */
const LANES_MAX = 20_000;

const ACCOUNT = 'account:';

/** What a snapshot says about a cell. */
export type CellPast = Pick<Cell, 'position' | 'flow' | 'fees'>;

/**
 * Instruments, scopes and what scopes have in instruments, each made when it is first needed.
 *
 * Shape: places in scopes are worked out once for each place and kept, so that an event is counted without looking anything up.
 */
export class HoldingStore {
  readonly ledgers: Ledgers;
  readonly instruments = new Map<string, InstrumentState>();
  readonly scopes = new Map<string, ScopeState>();
  readonly accounts = new Map<string, ScopeState>();
  readonly #lanes = new Map<string, Lane>();
  #lastScope: ScopeState | undefined;
  #lastInstrument: InstrumentState | undefined;

  constructor(ledgers: Ledgers = createLedgers()) {
    this.ledgers = ledgers;
  }

  /** The place in its scopes. */
  lane(place: Place): Lane {
    const known = this.#lanes.get(place.key);
    if (known !== undefined) return known;
    const instrument = this.instrument(place.instrument);
    const rows = place.scopes.map((text) => this.#row(text, instrument, place.venue));
    const lane = { place, instrument, rows, venue: this.scope(`venue:${place.venue}`), enteredDay: undefined };
    if (this.#lanes.size >= LANES_MAX) this.#lanes.clear();
    this.#lanes.set(place.key, lane);
    return lane;
  }

  instrument(id: string): InstrumentState {
    const known = this.instruments.get(id);
    if (known !== undefined) return known;
    const made = createInstrument(id);
    this.instruments.set(id, made);
    return made;
  }

  /** A scope in which something was counted. Shape: several questions of a control are about one scope, so the last is kept. */
  knownScope(text: string): ScopeState | undefined {
    if (this.#lastScope?.text === text) return this.#lastScope;
    const found = this.scopes.get(text);
    if (found !== undefined) this.#lastScope = found;
    return found;
  }

  /** The same of instruments. */
  knownInstrument(id: string): InstrumentState | undefined {
    if (this.#lastInstrument?.id === id) return this.#lastInstrument;
    const found = this.instruments.get(id);
    if (found !== undefined) this.#lastInstrument = found;
    return found;
  }

  scope(text: string): ScopeState {
    return this.scopes.get(text) ?? this.addScope(createScope(text));
  }

  addScope(scope: ScopeState): ScopeState {
    this.scopes.set(scope.text, scope);
    if (scope.text.startsWith(ACCOUNT)) this.accounts.set(scope.text.slice(ACCOUNT.length), scope);
    return scope;
  }

  /** What a scope has in an instrument. Shape: a new cell is as `past` says; what it has open comes with the open orders. */
  cell(text: ScopeText, instrument: InstrumentState, past?: CellPast): Cell {
    const scope = this.scope(text);
    const known = scope.cells.get(instrument.id);
    if (known !== undefined) return known;
    const made = Object.assign(createCell(scope, instrument), past);
    scope.cells.set(instrument.id, made);
    instrument.cells.push(made);
    this.ledgers.assign(made);
    this.ledgers.change(made);
    this.relist(made);
    return made;
  }

  /** Lists a cell with those that hold or have open something, or takes it out. */
  relist(cell: Cell): void {
    const { instrument, scope } = cell;
    if (isActive(cell)) {
      if (instrument.holders.has(cell)) return;
      instrument.holders.add(cell);
      scope.usedInstruments.hold(instrument.id);
      listMark(cell);
    } else if (instrument.holders.delete(cell)) {
      scope.usedInstruments.release(instrument.id);
      unlistMark(cell);
    }
  }

  /** Forgets what was counted by day. */
  forgetDays(): void {
    for (const lane of this.#lanes.values()) lane.enteredDay = undefined;
    for (const scope of this.scopes.values()) {
      scope.day = undefined;
      scope.counts.clear();
      scope.usedVenues.clear();
      scope.usedInstruments.clear();
    }
  }

  #row(text: ScopeText, instrument: InstrumentState, venueId: string): LaneRow {
    const cell = this.cell(text, instrument);
    const { scope } = cell;
    const venue = scope.venues.get(venueId) ?? { open: 0 };
    scope.venues.set(venueId, venue);
    return { scope, cell, venue };
  }
}
