import { assert } from '../errors.ts';
import type { AdjustmentBody, CashBody, CorporateActionBody, FillBody, FillChangeBody } from '../schema/bodies.ts';
import type { Currency } from '../values/currency.ts';
import { type Decimal, multiply, negate, sum, trim } from '../values/decimal.ts';
import type { Instant } from '../values/instant.ts';
import {
  changeFill,
  emptyHolding,
  type FillFigures,
  findFill,
  type HeldFill,
  type Holding,
  isSameFigures,
  mergeHoldings,
  paidFor,
  quantityBefore,
  reverseFill,
  takeAdjustment,
  takeFill,
  takeSplit,
} from './holding.ts';
import type { AccountBooks } from './ledger-identity.ts';
import { EMPTY_PURSE, grant, moveCash, type Purse, payFee, settle } from './purse.ts';
import type { SplitRatio } from './split.ts';

/** Where an execution belongs, for one that the ledger does not remember itself. */
export interface FillPlace {
  readonly account: string;
  readonly instrument: string;
  readonly side: 'buy' | 'sell';
  readonly currency: Currency;
}

/** An execution that is remembered, as it counts now. */
export interface KnownFill {
  readonly account: string;
  readonly instrument: string;
  readonly currency: Currency;
  readonly fill: HeldFill;
  readonly isBusted: boolean;
}

/** A symbol that became another. */
export interface Renamed {
  readonly from: string;
  readonly into: string;
  readonly at: Instant;
}

/** What the ledger cannot read from its entries. */
export interface AccountLedgerDeps {
  multiplierOf(instrument: string): Decimal;
  /** Of an order that is known still. */
  placeOf(order: string): FillPlace | undefined;
}

/** What a ledger goes on from. */
export interface AccountLedgerStart {
  readonly holdings: readonly { readonly account: string; readonly instrument: string; readonly holding: Holding }[];
  readonly purses: readonly { readonly account: string; readonly currency: Currency; readonly purse: Purse }[];
  readonly renamed: readonly Renamed[];
  readonly done: readonly string[];
}

/** A ledger of nothing. */
export const EMPTY_LEDGER: AccountLedgerStart = { holdings: [], purses: [], renamed: [], done: [] };

/** So many ids of actions and adjustments, and so many changes of symbol, are remembered, the oldest forgotten first. */
const REMEMBERED_MAX = 1_000;

/** How often a symbol is followed to the next one. */
const RENAMES_FOLLOWED_MAX = 10;

/**
 * What accounts hold and have, folded from the entries that move them.
 *
 * Shape:  exact, by average cost and by lots, and by account and currency. A change of an execution undoes what was booked for it and
 *         books what stands now; how is said at `Holding`. The id of a corporate action or an adjustment counts once.
 * Errors: `INVARIANT_BROKEN` for an execution in another currency than its position.
 */
export class AccountLedger {
  readonly #deps: AccountLedgerDeps;
  readonly #holdings = new Map<string, Map<string, Holding>>();
  readonly #purses = new Map<string, Map<Currency, Purse>>();
  readonly #fills = new Map<string, { readonly account: string; readonly instrument: string }>();
  readonly #renamed: Map<string, Renamed>;
  readonly #done: Set<string>;

  constructor(deps: AccountLedgerDeps, start: AccountLedgerStart = EMPTY_LEDGER) {
    this.#deps = deps;
    this.#renamed = new Map(start.renamed.map((one) => [one.from, one]));
    this.#done = new Set(start.done);
    for (const { account, instrument, holding } of start.holdings) this.#hold(account, instrument, holding);
    for (const { account, currency, purse } of start.purses) this.#pursesOf(account).set(currency, purse);
  }

  fill(body: FillBody): void {
    const { account, currency, side, quantity, price, fee, feeCurrency, at, order } = body;
    const instrument = this.#nameAt(body.instrument, at);
    const holding = this.holding(account, instrument) ?? emptyHolding(currency);
    assert(holding.currency === currency, `fill ${body.fill} is in ${currency}, its position in ${holding.currency}`);
    const multiplier = this.#deps.multiplierOf(instrument);
    const figures = { quantity, price, fee, ...feeIn(feeCurrency) };
    const fill: HeldFill = { fill: body.fill, order, side, multiplier, at, ...figures };
    this.#hold(account, instrument, takeFill(holding, fill));
    this.#fills.set(body.fill, { account, instrument });
    this.#book({ account, currency }, fill);
  }

  /**
   * A bust or a correction; what it changed of the quantity, or why it could not be placed.
   *
   * Shape: what is remembered of the execution is undone as it was booked, whatever the entry says that it was; `isAsKnown` tells. Of one
   *        that is forgotten the entry's own figures are undone. `unplaced` where neither the execution nor its order is known.
   */
  change(
    body: FillChangeBody,
  ): { readonly change: Decimal; readonly known: KnownFill; readonly isAsKnown: boolean } | 'unplaced' {
    const known = this.knownFill(body.fill);
    if (known !== undefined) return this.#changeKnown(known, body);
    const place = this.#deps.placeOf(body.order);
    if (place === undefined) return 'unplaced';
    return this.#changeForgotten(place, body);
  }

  /** A split, a dividend or a new symbol; whether it was new. */
  act(body: CorporateActionBody): boolean {
    if (this.#isDone(`action ${body.id}`)) return false;
    const { action, instrument, at } = body;
    if (action.kind === 'rename') this.#rename({ from: instrument, into: action.into, at });
    for (const [account, held] of this.#holdings) {
      const holding = held.get(instrument);
      if (holding === undefined) continue;
      if (action.kind === 'split') this.#hold(account, instrument, takeSplit(holding, at, ratioOf(action)));
      if (action.kind === 'rename') this.#move(account, instrument, action.into);
      if (action.kind === 'dividend') {
        const amount = trim(multiply(quantityBefore(holding, at), action.perUnit));
        this.#purse(account, action.currency, (purse) => moveCash(purse, 'dividend', amount));
      }
    }
    return true;
  }

  adjust({ id, account, at, change }: AdjustmentBody): void {
    if (this.#isDone(`adjustment ${id}`)) return;
    const { currency } = change;
    if (change.kind === 'cash') {
      this.#purse(account, currency, (purse) => moveCash(purse, 'adjustment', change.amount));
      return;
    }
    const { instrument, quantity, cost } = change;
    const holding = this.holding(account, instrument) ?? emptyHolding(currency);
    assert(holding.currency === currency, `adjustment ${id} is in ${currency}, its position in ${holding.currency}`);
    this.#hold(account, instrument, takeAdjustment(holding, { id, at, quantity, cost }));
    this.#purse(account, currency, (purse) => grant(purse, cost));
  }

  pay({ account, currency, reason, amount }: CashBody): void {
    this.#purse(account, currency, (purse) => moveCash(purse, reason, amount));
  }

  holding(account: string, instrument: string): Holding | undefined {
    return this.#holdings.get(account)?.get(instrument);
  }

  /** By instrument, sorted. */
  holdings(account: string): readonly (readonly [instrument: string, holding: Holding])[] {
    return sorted(this.#holdings.get(account) ?? new Map<string, Holding>());
  }

  purse(account: string, currency: Currency): Purse {
    return this.#purses.get(account)?.get(currency) ?? EMPTY_PURSE;
  }

  /** By currency, sorted. */
  purses(account: string): readonly (readonly [currency: Currency, purse: Purse])[] {
    return sorted(this.#purses.get(account) ?? new Map<Currency, Purse>());
  }

  /** Every account that has anything on record, sorted. */
  accounts(): readonly string[] {
    return [...new Set([...this.#holdings.keys(), ...this.#purses.keys()])].sort();
  }

  books(account: string): AccountBooks {
    return { purses: new Map(this.purses(account)), holdings: this.holdings(account).map(([, holding]) => holding) };
  }

  /** An execution among the recent steps of its position. */
  knownFill(id: string): KnownFill | undefined {
    const place = this.#fills.get(id);
    const holding = place === undefined ? undefined : this.holding(place.account, place.instrument);
    const found = holding === undefined ? undefined : findFill(holding, id);
    if (place === undefined || holding === undefined || found === undefined) return undefined;
    return { ...place, currency: holding.currency, ...found };
  }

  /** What a ledger goes on from; equal ledgers give equal ones. */
  snapshot(): AccountLedgerStart {
    const accounts = this.accounts();
    return {
      holdings: accounts.flatMap((account) =>
        this.holdings(account).map(([instrument, holding]) => ({ account, instrument, holding })),
      ),
      purses: accounts.flatMap((account) =>
        this.purses(account).map(([currency, purse]) => ({ account, currency, purse })),
      ),
      renamed: [...this.#renamed.values()],
      done: [...this.#done],
    };
  }

  #changeKnown(known: KnownFill, body: FillChangeBody) {
    const { account, instrument, currency, fill, isBusted } = known;
    const holding = this.holding(account, instrument) ?? emptyHolding(currency);
    if (!isBusted) this.#book({ account, currency }, fill, -1n);
    this.#hold(account, instrument, changeFill(holding, body.fill, body.after));
    const now = body.after === undefined ? undefined : { ...fill, ...body.after };
    if (now !== undefined) this.#book({ account, currency }, now);
    const before = isBusted ? undefined : fill;
    return { change: quantityChange(before, now), known, isAsKnown: isSameFigures(fill, body.before) };
  }

  #changeForgotten(place: FillPlace, body: FillChangeBody) {
    const { account, currency, side } = place;
    const instrument = this.#nameAt(place.instrument);
    const { fill: id, order, at, before, after, feeCurrency } = body;
    const multiplier = this.#deps.multiplierOf(instrument);
    const fill: HeldFill = { fill: id, order, side, at, multiplier, ...feeIn(feeCurrency), ...before };
    const holding = this.holding(account, instrument) ?? emptyHolding(currency);
    this.#book({ account, currency }, fill, -1n);
    this.#hold(account, instrument, reverseFill(holding, fill, after));
    this.#fills.set(id, { account, instrument });
    const now = after === undefined ? undefined : { ...fill, ...after };
    if (now !== undefined) this.#book({ account, currency }, now);
    const known: KnownFill = { account, instrument, currency, fill, isBusted: false };
    return { change: quantityChange(fill, now), known, isAsKnown: true };
  }

  /** Moves the money of an execution; `sign` is -1 to take it back. */
  #book({ account, currency }: { account: string; currency: Currency }, fill: HeldFill, sign: 1n | -1n = 1n): void {
    const signed = ({ units, scale }: Decimal): Decimal => ({ units: units * sign, scale });
    this.#purse(account, currency, (purse) => settle(purse, signed(paidFor(fill))));
    this.#purse(account, fill.feeCurrency ?? currency, (purse) => payFee(purse, signed(fill.fee)));
  }

  #hold(account: string, instrument: string, holding: Holding): void {
    const held = this.#holdings.get(account) ?? new Map<string, Holding>();
    this.#holdings.set(account, held);
    const before = held.get(instrument);
    held.set(instrument, holding);
    // A row that only grew keeps its executions where they are; the one that is new is noted by whoever brought it.
    if (before !== undefined && before.steps.length < holding.steps.length) return;
    for (const step of before?.steps ?? []) if ('fill' in step) this.#fills.delete(step.fill.fill);
    for (const step of holding.steps) if ('fill' in step) this.#fills.set(step.fill.fill, { account, instrument });
  }

  #move(account: string, from: string, into: string): void {
    const held = this.#holdings.get(account);
    const holding = held?.get(from);
    if (held === undefined || holding === undefined) return;
    for (const step of holding.steps) if ('fill' in step) this.#fills.delete(step.fill.fill);
    held.delete(from);
    const there = held.get(into);
    assert(
      there === undefined || there.currency === holding.currency,
      `${from} is in ${holding.currency}, ${into}, which it becomes, in ${there?.currency}`,
    );
    this.#hold(account, into, mergeHoldings(holding, there));
  }

  #rename(renamed: Renamed): void {
    this.#renamed.set(renamed.from, renamed);
    forget(this.#renamed, REMEMBERED_MAX);
  }

  /** The name of an instrument for what happened at a moment, or at any: an execution that was on its way at a change goes along. */
  #nameAt(instrument: string, at?: Instant): string {
    let name = instrument;
    for (let hop = 0; hop < RENAMES_FOLLOWED_MAX; hop += 1) {
      const next = this.#renamed.get(name);
      if (next === undefined || (at !== undefined && at >= next.at)) return name;
      name = next.into;
    }
    return name;
  }

  #isDone(id: string): boolean {
    if (this.#done.has(id)) return true;
    this.#done.add(id);
    forget(this.#done, REMEMBERED_MAX);
    return false;
  }

  #pursesOf(account: string): Map<Currency, Purse> {
    const purses = this.#purses.get(account) ?? new Map<Currency, Purse>();
    this.#purses.set(account, purses);
    return purses;
  }

  #purse(account: string, currency: Currency, move: (purse: Purse) => Purse): void {
    const purses = this.#pursesOf(account);
    purses.set(currency, move(purses.get(currency) ?? EMPTY_PURSE));
  }
}

function feeIn(feeCurrency: Currency | undefined): Pick<HeldFill, 'feeCurrency'> {
  return feeCurrency === undefined ? {} : { feeCurrency };
}

function ratioOf({ numerator, denominator, lot }: SplitRatio): SplitRatio {
  return { numerator, denominator, ...(lot === undefined ? {} : { lot }) };
}

/** What a change did to the quantity that an order executed. Units: of the instrument, below zero where it is less. */
function quantityChange(before: FillFigures | undefined, now: FillFigures | undefined): Decimal {
  const parts = [now?.quantity, before === undefined ? undefined : negate(before.quantity)];
  return trim(sum(parts.filter((part) => part !== undefined)));
}

function forget(
  memory: { readonly size: number; keys(): Iterable<string>; delete(key: string): boolean },
  max: number,
): void {
  for (const key of memory.keys()) {
    if (memory.size <= max) return;
    memory.delete(key);
  }
}

function sorted<Key extends string, Value>(map: ReadonlyMap<Key, Value>): readonly (readonly [Key, Value])[] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}
