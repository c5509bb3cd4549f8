import { type SplitRatio, splitPrice, splitQuantity } from '@gatehouse/shared/accounts/split.ts';
import type { MarksBody } from '@gatehouse/shared/schema/bodies.ts';
import type { ScopeText } from '@gatehouse/shared/schema/decision.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import { asPrice, type Price } from '@gatehouse/shared/values/amounts.ts';
import type { Currency } from '@gatehouse/shared/values/currency.ts';
import { add, type Decimal, equal, multiply, negate, subtract, ZERO } from '@gatehouse/shared/values/decimal.ts';
import type { Instant } from '@gatehouse/shared/values/instant.ts';
import type { CurrencyTotals, InstrumentCell, InstrumentGroup, OpenQuantities } from '../own-facts.ts';
import type { DayCounts } from './day-counts.ts';
import { type Cell, type InstrumentState, type InstrumentTerms, isKnown, type Lane, lean } from './holding-state.ts';
import { type CellPast, HoldingStore } from './holding-store.ts';
import { asAnswer, flatIn, groupsOf, heldIn, revalue } from './instrument-answers.ts';
import { profitOf } from './ledgers.ts';
import { listMark } from './mark-ages.ts';
import { strayScopes } from './other-fees.ts';

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

/** What an execution, or the undoing of one, moves. Shape: a fee in another currency is none here. */
export type Movement = Pick<Execution, 'side' | 'quantity' | 'fee'> & { readonly price: Decimal };

/** A position that a person set right. Units: `quantity` signed; `cost` is what the change is worth. */
interface Adjusted {
  readonly account: string;
  readonly instrument: string;
  readonly currency: Currency;
  readonly quantity: Decimal;
  readonly cost: Decimal;
}

/** The part of an open order that an event concerns. Units: `quantity` in units of the instrument. */
export interface OpenPart {
  readonly side: Order['side'];
  readonly quantity: Decimal;
}

/** A change of what counts as open. Shape: `held` is the part of it that waits at the edge. */
interface OpenChange {
  readonly side: Order['side'];
  readonly open: Decimal;
  readonly held: Decimal;
}

/** Scopes that a fill without its order cannot be counted in: nobody knows who decided it. */
const BY_DECIDER = /^(desk|trader|client|algorithm):/;

/** What every scope holds and has open in every instrument, and what that is worth. */
export class Holdings {
  readonly store: HoldingStore;
  /** Instruments with a fill whose order is not known. */
  readonly strays = new Set<string>();
  /** The last trading day of which it is not known any more what was done on it. */
  daysUnknownTo: string | undefined;
  /** Whether a file of liquidity said to which tier instruments belong. */
  hasTiers = false;

  constructor(store: HoldingStore = new HoldingStore()) {
    this.store = store;
  }

  /** An approved order. */
  enter(lane: Lane, part: OpenPart, day: string): void {
    this.reopen(lane, part);
    if (lane.enteredDay === day) return;
    lane.enteredDay = day;
    const { venue, instrument } = lane.place;
    for (const { scope } of lane.rows) {
      scope.usedVenues.enter(venue, day);
      scope.usedInstruments.enter(instrument, day);
    }
  }

  /** An order that is open already, and was entered on a day that is known otherwise. */
  reopen({ rows, place }: Lane, part: OpenPart): void {
    for (const { scope, cell, venue } of rows) {
      scope.openCount += 1;
      venue.open += 1;
      if (venue.open === 1) scope.usedVenues.hold(place.venue);
      cell.openOrders += 1;
      this.#open(cell, part);
      this.store.relist(cell);
    }
  }

  /** An order that is over, with what was left of it. */
  leave({ rows, place }: Lane, rest: OpenPart): void {
    const taken = { side: rest.side, quantity: negate(rest.quantity) };
    for (const { scope, cell, venue } of rows) {
      scope.openCount -= 1;
      venue.open -= 1;
      if (venue.open === 0) scope.usedVenues.release(place.venue);
      cell.openOrders -= 1;
      this.#open(cell, taken);
      this.store.relist(cell);
    }
  }

  /** What orders that wait at the edge count for now. */
  weigh({ rows }: Lane, { side, open, held }: OpenChange): void {
    for (const { cell } of rows) {
      if (side === 'buy') cell.heldBuy = lean(add(cell.heldBuy, held));
      else cell.heldSell = lean(add(cell.heldSell, held));
      this.#open(cell, { side, quantity: open });
    }
  }

  /** A fill of an order that is known. Shape: `done` is how much of it was open. */
  execute({ rows, instrument }: Lane, fill: Execution, done: Decimal): void {
    const part = { side: fill.side, quantity: negate(done) };
    this.#dealIn(instrument, fill);
    for (const { cell } of rows) {
      if (done.units !== 0n) this.#open(cell, part);
      this.#fill(cell, fill);
    }
  }

  /** A fill of an order that nobody remembers: only what the fill itself names is certain. */
  executeStray(fill: Execution): void {
    const { instrument: id } = fill;
    const instrument = this.store.instrument(id);
    this.strays.add(id);
    this.#dealIn(instrument, fill);
    for (const text of strayScopes(fill)) this.#fill(this.store.cell(text, instrument), fill);
  }

  /** What changed later about an execution of an order that is known. Shape: `opened` is how much of the order is open again. */
  amend({ rows }: Lane, moves: readonly Movement[], opened: OpenPart): void {
    for (const { cell } of rows) {
      if (opened.quantity.units !== 0n) this.#open(cell, opened);
      for (const move of moves) this.#carry(cell, pastOf(move));
    }
  }

  /** A position that a person set right: nobody decided it, so it counts for the account, the instrument and the firm alone. */
  adjust({ account, instrument: id, currency, quantity, cost }: Adjusted): void {
    const instrument = this.store.instrument(id);
    this.#deal(instrument, currency);
    const texts: readonly ScopeText[] = ['firm', `account:${account}`, `instrument:${id}`];
    const past = { position: quantity, flow: ZERO, fees: cost };
    for (const text of texts) this.#carry(this.store.cell(text, instrument), past);
  }

  /** Every scope's quantity becomes what the split says, and so does the mark. */
  split(id: string, ratio: SplitRatio): void {
    const instrument = this.store.instruments.get(id);
    if (instrument === undefined) return;
    this.#restate(instrument, () => {
      for (const cell of instrument.cells) {
        cell.position = splitQuantity(cell.position, ratio).whole;
        cell.answer = undefined;
      }
      if (instrument.mark !== undefined) instrument.mark = asPrice(splitPrice(instrument.mark, ratio));
    });
    for (const cell of instrument.cells) this.store.relist(cell);
  }

  /** A dividend: a gain of whoever holds, where it is in the currency of the instrument. */
  receive(id: string, perUnit: Decimal, currency: Currency): void {
    const instrument = this.store.instruments.get(id);
    if (instrument?.terms?.currency !== currency) return;
    for (const cell of instrument.cells) {
      const amount = multiply(cell.position, perUnit);
      if (amount.units === 0n) continue;
      cell.fees = subtract(cell.fees, amount);
      this.store.ledgers.earn(cell, amount);
      this.store.ledgers.change(cell);
    }
  }

  /** What every scope has done under one name it has done under another; open orders stay under the name that they were entered by. */
  rename(from: string, into: string): void {
    const old = this.store.instruments.get(from);
    if (old === undefined || from === into) return;
    const moved = old.cells.map(({ scope, position, flow, fees }) => ({ text: scope.text, position, flow, fees }));
    this.#restate(old, () => {
      for (const cell of old.cells) Object.assign(cell, { position: ZERO, flow: ZERO, fees: ZERO, answer: undefined });
    });
    const next = this.store.instrument(into);
    if (old.dealtIn !== undefined) this.#deal(next, old.dealtIn);
    this.#restate(next, () => {
      if (next.mark === undefined) Object.assign(next, { mark: old.mark, markAt: old.markAt });
    });
    for (const { text, ...past } of moved) {
      const cell = this.store.cell(text === `instrument:${from}` ? `instrument:${into}` : (text as ScopeText), next);
      this.#carry(cell, past);
    }
    for (const cell of old.cells) this.store.relist(cell);
    for (const cell of next.holders) listMark(cell);
    if (this.strays.has(from)) this.strays.add(into);
  }

  /** The accounts that hold an instrument, with what they hold. */
  heldBy(id: string): readonly (readonly [account: string, position: Decimal])[] {
    return [...this.store.accounts.keys()].map((account) => [account, this.position(account, id)] as const);
  }

  /** Counts something for a day in all scopes of a place. */
  tally({ rows }: Lane, day: string, count: (counts: DayCounts) => void): void {
    for (const { scope } of rows) {
      const counts = scope.counts.on(day);
      if (counts === undefined) continue;
      counts.answer = undefined;
      count(counts);
    }
  }

  /** The same for the day that the venue is in; where no day began there yet, it is counted for none. */
  tallyToday(lane: Lane, count: (counts: DayCounts) => void): void {
    const { day } = lane.venue;
    if (day !== undefined) this.tally(lane, day, count);
  }

  /** A venue where orders were entered is in a trading day; it never goes back. */
  rollVenue(venue: string, day: string): void {
    const scope = this.store.scopes.get(`venue:${venue}`);
    if (scope !== undefined && (scope.day === undefined || day > scope.day)) scope.day = day;
  }

  /** Forgets what was counted by day, since another run has days of its own. Shape: days up to `unknownTo` have no answer. */
  restartDays(unknownTo: string | undefined): void {
    this.daysUnknownTo = unknownTo;
    this.store.ledgers.restart();
    this.store.forgetDays();
  }

  /** A new price. Shape: the price of the newest entry counts, for instruments that a file names or that were dealt in. */
  mark({ instrument: id, price, at }: Mark): void {
    const instrument = this.store.instruments.get(id);
    if (instrument !== undefined) this.#price(instrument, { price, at });
  }

  /** What a file says of an instrument. */
  describe(id: string, change: { readonly terms?: InstrumentTerms; readonly tier?: string | undefined }): void {
    const instrument = this.store.instrument(id);
    this.#restate(instrument, () => {
      if (change.terms !== undefined) instrument.terms = change.terms;
      if ('tier' in change) instrument.tier = change.tier;
      instrument.groups = groupsOf(instrument);
    });
    // Which parts of a scope the instrument belongs to may have changed.
    for (const { scope } of instrument.cells) scope.groups.clear();
  }

  /** The tiers that a file of liquidity gives, and no others. */
  describeTiers(rows: readonly { readonly instrument: string; readonly tier: string }[]): void {
    const tiers = new Map(rows.map(({ instrument, tier }) => [instrument, tier]));
    this.hasTiers = true;
    for (const id of [...this.store.instruments.keys()]) if (!tiers.has(id)) this.describe(id, { tier: undefined });
    for (const [id, tier] of tiers) this.describe(id, { tier });
  }

  position(account: string, instrument: string): Decimal {
    return this.store.accounts.get(account)?.cells.get(instrument)?.position ?? ZERO;
  }

  open(account: string, instrument: string): OpenQuantities {
    const cell = this.store.accounts.get(account)?.cells.get(instrument);
    return cell === undefined ? NOTHING_OPEN : { buy: cell.openBuy, sell: cell.openSell, held: heldIn(cell) };
  }

  cell(scope: ScopeText, id: string): InstrumentCell | undefined {
    const instrument = this.store.knownInstrument(id);
    if (instrument?.terms === undefined || !isKnown(instrument)) return undefined;
    if (this.strays.has(id) && BY_DECIDER.test(scope)) return undefined;
    const cell = this.store.knownScope(scope)?.cells.get(id);
    if (cell === undefined) return flatIn(instrument, instrument.terms);
    if (cell.answer !== undefined && cell.answerVersion === instrument.version) return cell.answer;
    const { position, openBuy, openSell } = cell;
    cell.answer = asAnswer(instrument, instrument.terms, { position, openBuy, openSell, held: heldIn(cell) });
    cell.answerVersion = instrument.version;
    return cell.answer;
  }

  totals(scope: ScopeText, day: string, group?: InstrumentGroup): readonly CurrencyTotals[] | undefined {
    if (this.isUncertain(scope)) return undefined;
    if (group?.startsWith('tier:') === true && !this.hasTiers) return undefined;
    const state = this.store.knownScope(scope);
    return state === undefined ? NO_TOTALS : this.store.ledgers.totals(state, day, group);
  }

  oldestMarkAt(scope: ScopeText): Instant | 'nothing-held' | undefined {
    if (this.isUncertain(scope)) return undefined;
    const state = this.store.knownScope(scope);
    if (state === undefined) return 'nothing-held';
    if (state.unmarked > 0) return undefined;
    return state.oldest === undefined ? 'nothing-held' : state.oldest.instrument.markAt;
  }

  /** Whether a fill without its order may belong to the scope. */
  isUncertain(scope: ScopeText): boolean {
    return this.strays.size > 0 && BY_DECIDER.test(scope);
  }

  #open(cell: Cell, { side, quantity }: OpenPart): void {
    if (side === 'buy') cell.openBuy = lean(add(cell.openBuy, quantity));
    else cell.openSell = lean(add(cell.openSell, quantity));
    cell.answer = undefined;
    this.store.ledgers.change(cell);
  }

  /** Takes in what was done at other prices than the mark, so that what it earned since counts at once. */
  #carry(cell: Cell, { position, flow, fees }: CellPast): void {
    this.store.ledgers.earn(cell, negate(profitOf(cell)));
    cell.position = lean(add(cell.position, position));
    cell.flow = add(cell.flow, flow);
    cell.fees = add(cell.fees, fees);
    cell.answer = undefined;
    this.store.ledgers.earn(cell, profitOf(cell));
    this.store.ledgers.change(cell);
    this.store.relist(cell);
  }

  /** The price of a fill is the mark already, so that at first it costs its fee alone. */
  #fill(cell: Cell, { side, quantity, price, fee }: Execution): void {
    const paid = multiply(quantity, price);
    cell.position = lean(side === 'buy' ? add(cell.position, quantity) : subtract(cell.position, quantity));
    cell.flow = side === 'buy' ? subtract(cell.flow, paid) : add(cell.flow, paid);
    if (fee.units !== 0n) {
      cell.fees = add(cell.fees, fee);
      this.store.ledgers.earn(cell, negate(fee));
    }
    cell.answer = undefined;
    this.store.ledgers.change(cell);
    this.store.relist(cell);
  }

  /** Takes the currency and the price of a fill before it is counted, so that no sum is made of what cannot be added up. */
  #dealIn(instrument: InstrumentState, { currency, price, at }: Execution): void {
    this.#deal(instrument, currency);
    this.#price(instrument, { price, at });
  }

  #deal(instrument: InstrumentState, currency: NonNullable<InstrumentState['dealtIn']>): void {
    const dealtIn = instrument.dealtIn === undefined || instrument.dealtIn === currency ? currency : 'several';
    if (dealtIn !== instrument.dealtIn) {
      this.#restate(instrument, () => {
        instrument.dealtIn = dealtIn;
      });
    }
  }

  #price(instrument: InstrumentState, { price, at }: Omit<Mark, 'instrument'>): void {
    const { mark: before, terms } = instrument;
    const isSame = before !== undefined && equal(before, price);
    instrument.mark = price;
    instrument.markAt = at;
    revalue(instrument);
    // A position that a person set right may be held before any price of it is known; it was worth nothing until then.
    const isEarning = terms !== undefined && !isSame;
    const gain = isEarning ? multiply(subtract(price, before ?? ZERO), terms.multiplier) : ZERO;
    for (const cell of instrument.holders) {
      listMark(cell);
      if (isSame) continue;
      if (cell.position.units !== 0n) this.store.ledgers.earn(cell, multiply(cell.position, gain));
      this.store.ledgers.change(cell);
    }
  }

  /** Takes out of all sums what an instrument earned, changes it, and counts it anew. */
  #restate(instrument: InstrumentState, change: () => void): void {
    const { ledgers } = this.store;
    for (const cell of instrument.cells) ledgers.earn(cell, negate(profitOf(cell)));
    change();
    revalue(instrument);
    for (const cell of instrument.cells) {
      ledgers.assign(cell);
      ledgers.earn(cell, profitOf(cell));
      ledgers.change(cell);
    }
  }
}

const NOTHING_OPEN: OpenQuantities = { buy: ZERO, sell: ZERO };
const NO_TOTALS: readonly CurrencyTotals[] = [];

function pastOf({ side, quantity, price, fee }: Movement): CellPast {
  const signed = side === 'buy' ? quantity : negate(quantity);
  return { position: signed, flow: negate(multiply(signed, price)), fees: fee };
}
