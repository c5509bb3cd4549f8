import { splitPrice, splitQuantity } from '@gatehouse/shared/accounts/split.ts';
import type { EntryBody } from '@gatehouse/shared/schema/bodies.ts';
import type { ScopeText } from '@gatehouse/shared/schema/decision.ts';
import type { FactsDocument } from '@gatehouse/shared/schema/facts/index.ts';
import type { InstrumentRow } from '@gatehouse/shared/schema/facts/reference-data.ts';
import { asPrice, type Price } from '@gatehouse/shared/values/amounts.ts';
import {
  absolute,
  add,
  type Decimal,
  maximum,
  multiply,
  subtract,
  sum,
  trim,
  ZERO,
} from '@gatehouse/shared/values/decimal.ts';
import type { Instant } from '@gatehouse/shared/values/instant.ts';
import type { CurrencyTotals, InstrumentCell, InstrumentGroup } from '../own-facts.ts';
import { scopesOf } from '../scopes.ts';
import { heldOf, openOn } from './recount-held.ts';
import {
  endOf,
  type Found,
  type FoundFill,
  fileOf,
  isFirst,
  lastRun,
  momentOf,
  ordersIn,
  ownFee,
  scopesOfFill,
  signed,
} from './recount-records.ts';

interface SeenMark {
  readonly price: Price;
  readonly at: Instant;
}

type Exposure = Pick<CurrencyTotals, 'long' | 'short' | 'gross' | 'net'>;
type Profit = Pick<CurrencyTotals, 'pnl' | 'pnlAtDayStart' | 'pnlDayPeak' | 'pnlPeak'>;

/** A trading day: from which entry on, and what it is called. */
interface BegunDay {
  readonly day: string;
  readonly from: number;
}

/** What a list of entries says instruments are worth, at any place of the list. Shape: `at` is the place of the last entry that counts. */
export class Worth {
  readonly #entries: readonly EntryBody[];
  readonly #found: readonly Found[];
  readonly #strays: readonly FoundFill[];
  readonly #files: readonly (FactsDocument | undefined)[];
  readonly #end: number;
  /** Answers that are asked for again and again; without them a comparison would take minutes. */
  readonly #kept = new Map<string, unknown>();

  constructor(entries: readonly EntryBody[]) {
    const { found, strays } = ordersIn(entries);
    this.#entries = entries;
    this.#found = found;
    this.#strays = strays;
    this.#files = entries.map(fileOf);
    this.#end = entries.length - 1;
  }

  /** What the last file up to a place says about an instrument. */
  row(id: string, at = this.#end): InstrumentRow | undefined {
    const rows = this.#files.slice(0, at + 1).flatMap((file) => {
      return file?.kind === 'instruments' ? file.rows.filter((row) => row.id === id).slice(-1) : [];
    });
    return rows.at(-1);
  }

  /** The same, where all fills were in its currency. */
  terms(id: string, at = this.#end): InstrumentRow | undefined {
    return this.#keep(`terms ${id} ${at}`, () => this.#usableRow(id, at));
  }

  #usableRow(id: string, at: number): InstrumentRow | undefined {
    const row = this.row(id, at);
    const currencies = this.fills('firm', id, at).flatMap(({ body, isChange }) => (isChange ? [] : [body.currency]));
    const isMixed = [...currencies, ...this.#adjusted('firm', id, at)].some((one) => one !== row?.currency);
    return isMixed ? undefined : row;
  }

  mark(id: string, at = this.#end): SeenMark | undefined {
    return this.#keep(`mark ${id} ${at}`, () => this.#lastMark(id, at));
  }

  #lastMark(id: string, at: number): SeenMark | undefined {
    let last: SeenMark | undefined;
    for (const [index, entry] of this.#entries.slice(0, at + 1).entries()) {
      const isHeardOf = this.#isListed(id, index) || this.#isDealt('firm', id, index);
      if (isHeardOf) last = markIn(entry, id, this.#entries) ?? last;
      if (last !== undefined && isFirst(this.#entries, index)) last = afterSplit(last, entry, id);
    }
    return last;
  }

  groups(id: string): readonly InstrumentGroup[] {
    const row = this.row(id);
    const liquidity = this.#files.findLast((file) => file?.kind === 'liquidity');
    const tier =
      liquidity?.kind === 'liquidity'
        ? liquidity.rows.findLast(({ instrument }) => instrument === id)?.tier
        : undefined;
    const own: InstrumentGroup[] = row === undefined ? [] : [`sector:${row.sector}`, `asset-class:${row.assetClass}`];
    return tier === undefined ? own : [...own, `tier:${tier}`];
  }

  fills(scope: ScopeText, id: string, at = this.#end): readonly FoundFill[] {
    const own = this.#found.filter(({ order }) => scopesOf(order).includes(scope)).flatMap(({ fills }) => fills);
    const strays = this.#strays.filter(({ body }) => scopesOfFill(body).includes(scope));
    return [...own, ...strays].filter(({ body, index }) => body.instrument === id && index <= at);
  }

  position(scope: ScopeText, id: string, at = this.#end): Decimal {
    return this.#booked(scope, id, at).position;
  }

  /** What is held and what it cost, entry by entry. */
  #booked(scope: ScopeText, id: string, at: number): Booked {
    return this.#keep(`booked ${scope} ${id} ${at}`, () => {
      let now: Booked = { position: ZERO, flow: ZERO, fees: ZERO };
      const fills = this.fills(scope, id, at);
      for (const [index, entry] of this.#entries.slice(0, at + 1).entries()) {
        for (const fill of fills.filter((one) => one.index === index)) now = withFill(now, fill);
        if (isFirst(this.#entries, index)) now = this.#corrected(now, { entry, scope, id, index });
      }
      return { position: trim(now.position), flow: trim(now.flow), fees: trim(now.fees) };
    });
  }

  #corrected(now: Booked, { entry, scope, id, index }: Correction): Booked {
    if (entry.kind === 'adjustment' && entry.body.change.kind === 'position') {
      const { account, change } = entry.body;
      const isHere = change.instrument === id && [`account:${account}`, `instrument:${id}`, 'firm'].includes(scope);
      if (!isHere) return now;
      return { ...now, position: add(now.position, change.quantity), fees: add(now.fees, change.cost) };
    }
    if (entry.kind !== 'corporate-action' || entry.body.instrument !== id) return now;
    const { action } = entry.body;
    if (action.kind === 'split') return { ...now, position: splitQuantity(now.position, action).whole };
    if (action.kind !== 'dividend' || this.row(id, index)?.currency !== action.currency) return now;
    return { ...now, fees: subtract(now.fees, multiply(now.position, action.perUnit)) };
  }

  /** Positions that people set right. */
  #adjusted(scope: ScopeText, id: string, at: number): readonly string[] {
    return this.#entries.slice(0, at + 1).flatMap((entry, index) => {
      if (entry.kind !== 'adjustment' || entry.body.change.kind !== 'position' || !isFirst(this.#entries, index))
        return [];
      const { account, change } = entry.body;
      const isHere = change.instrument === id && [`account:${account}`, `instrument:${id}`, 'firm'].includes(scope);
      return isHere ? [change.currency] : [];
    });
  }

  isActive(scope: ScopeText, id: string): boolean {
    return this.position(scope, id).units !== 0n || this.#openIn(scope, id).length > 0;
  }

  /** Whether anything of the instrument is left in the scope's sums. */
  counts(scope: ScopeText, id: string): boolean {
    const { flow, fees } = this.#paid(scope, id, this.#end);
    return this.isActive(scope, id) || flow.units !== 0n || fees.units !== 0n;
  }

  open(scope: ScopeText, id: string, side: string): Decimal {
    return openOn(this.#openIn(scope, id), side, this.#found).open;
  }

  held(scope: ScopeText, id: string): InstrumentCell['held'] {
    return heldOf(this.#openIn(scope, id), this.#found);
  }

  exposure(scope: ScopeText, id: string): Exposure | undefined {
    const [mark, terms] = [this.mark(id), this.terms(id)];
    if (mark === undefined || terms === undefined) return undefined;
    const value = (quantity: Decimal) => multiply(multiply(quantity, mark.price), terms.multiplier);
    const position = this.position(scope, id);
    const long = value(add(position, this.open(scope, id, 'buy')));
    const short = value(subtract(position, this.open(scope, id, 'sell')));
    return { long, short, gross: maximum(absolute(long), absolute(short)), net: value(position) };
  }

  /** Every currency in which the scope ever dealt. */
  currencies(scope: ScopeText): readonly string[] {
    return this.#keep(`currencies ${scope}`, () => this.#everDealtIn(scope));
  }

  #everDealtIn(scope: ScopeText): readonly string[] {
    const found = this.#entries.flatMap((_, at) =>
      this.instruments(scope, at).flatMap((id) => this.terms(id, at)?.currency ?? []),
    );
    const spent = this.#otherFees(scope, this.#end).map(({ currency }) => currency);
    return [...new Set<string>([...found, ...spent])].sort();
  }

  instruments(scope: ScopeText, at = this.#end): readonly string[] {
    const all = [
      ...this.#found.map(({ order }) => order.instrument),
      ...this.#strays.map(({ body }) => body.instrument),
      ...this.#entries.flatMap((one) =>
        one.kind === 'adjustment' && one.body.change.kind === 'position' ? [one.body.change.instrument] : [],
      ),
    ];
    return [...new Set(all)].filter((id) => this.#isDealt(scope, id, at));
  }

  /** Profit and loss in a currency with what it was before, or undefined for a day that is no longer remembered. */
  profit(scope: ScopeText, currency: string, day: string): Profit | undefined {
    const path = this.#keep(`path ${scope} ${currency}`, () =>
      this.#entries.map((_, at) => this.#profitAt(scope, currency, at)),
    );
    const at = (index: number): Decimal => path[index] ?? ZERO;
    const pnl = at(this.#end);
    const pnlPeak = maximum<Decimal>(ZERO, ...path);
    const [current, earlier] = this.#days();
    const since = ({ from }: BegunDay) => ({
      pnl,
      pnlPeak,
      pnlAtDayStart: at(from - 1),
      pnlDayPeak: maximum<Decimal>(at(from - 1), ...path.slice(from)),
    });
    if (current === undefined || day > current.day)
      return trimmed({ pnl, pnlPeak, pnlAtDayStart: pnl, pnlDayPeak: pnl });
    if (day === current.day) return trimmed(since(current));
    return earlier === undefined || day < earlier.day ? undefined : trimmed(since(earlier));
  }

  #keep<Answer>(question: string, answer: () => Answer): Answer {
    if (!this.#kept.has(question)) this.#kept.set(question, answer());
    return this.#kept.get(question) as Answer;
  }

  /** The current trading day of the run and the one before. */
  #days(): readonly [BegunDay | undefined, BegunDay | undefined] {
    const { index } = lastRun(this.#entries);
    const days: BegunDay[] = [];
    for (const [from, entry] of this.#entries.entries()) {
      const { day } = momentOf(entry);
      if (from < index || day === undefined) continue;
      const last = days.at(-1);
      if (last === undefined || day > last.day) days.push({ day, from });
    }
    return [days.at(-1), days.at(-2)];
  }

  #profitAt(scope: ScopeText, currency: string, at: number): Decimal {
    const own = this.instruments(scope, at).filter((id) => this.terms(id, at)?.currency === currency);
    const spent = this.#otherFees(scope, at).flatMap((one) => (one.currency === currency ? [one.fee] : []));
    return subtract(sum(own.map((id) => this.#profitIn(scope, id, at))), sum(spent));
  }

  /** Fees in another currency than that of the price, each a loss of its own. */
  #otherFees(scope: ScopeText, at: number): readonly { readonly currency: string; readonly fee: Decimal }[] {
    const own = this.#found.filter(({ order }) => scopesOf(order).includes(scope)).flatMap(({ fills }) => fills);
    const strays = this.#strays.filter(({ body }) => scopesOfFill(body).includes(scope));
    return [...own, ...strays].flatMap(({ body: { fee, currency, feeCurrency = currency }, index }) =>
      index <= at && feeCurrency !== currency && fee.units !== 0n ? [{ currency: feeCurrency, fee }] : [],
    );
  }

  #profitIn(scope: ScopeText, id: string, at: number): Decimal {
    const { flow, fees } = this.#paid(scope, id, at);
    const worth = multiply(this.position(scope, id, at), this.mark(id, at)?.price ?? ZERO);
    return subtract(multiply(add(flow, worth), this.terms(id, at)?.multiplier ?? ZERO), fees);
  }

  #paid(scope: ScopeText, id: string, at: number): { readonly flow: Decimal; readonly fees: Decimal } {
    return this.#booked(scope, id, at);
  }

  #openIn(scope: ScopeText, id: string): readonly Found[] {
    const own = this.#found.filter((found) => endOf(found) === undefined && found.order.instrument === id);
    return own.filter(({ order }) => scopesOf(order).includes(scope));
  }

  #isListed(id: string, at: number): boolean {
    return this.#files.slice(0, at + 1).some((file) => {
      if (file?.kind === 'liquidity') return file.rows.some(({ instrument }) => instrument === id);
      return file?.kind === 'instruments' && file.rows.some((row) => row.id === id);
    });
  }

  #isDealt(scope: ScopeText, id: string, at: number): boolean {
    const isEntered = this.#found.some(
      ({ order, index }) => order.instrument === id && index <= at && scopesOf(order).includes(scope),
    );
    return isEntered || this.fills(scope, id, at).length > 0 || this.#adjusted(scope, id, at).length > 0;
  }
}

interface Booked {
  readonly position: Decimal;
  readonly flow: Decimal;
  readonly fees: Decimal;
}

interface Correction {
  readonly entry: EntryBody;
  readonly scope: ScopeText;
  readonly id: string;
  readonly index: number;
}

function withFill({ position, flow, fees }: Booked, fill: FoundFill): Booked {
  const paid = multiply(signed(fill), fill.body.price);
  return {
    position: add(position, signed(fill)),
    flow: subtract(flow, paid),
    fees: add(fees, ownFee(fill.body)),
  };
}

function afterSplit(mark: SeenMark, entry: EntryBody, id: string): SeenMark {
  if (entry.kind !== 'corporate-action' || entry.body.instrument !== id) return mark;
  const { action } = entry.body;
  return action.kind === 'split' ? { ...mark, price: asPrice(splitPrice(mark.price, action)) } : mark;
}

function markIn(entry: EntryBody, id: string, entries: readonly EntryBody[]): SeenMark | undefined {
  if (entry.kind === 'marks') return entry.body.marks.findLast(({ instrument }) => instrument === id);
  if (entry.kind === 'fill' && entry.body.instrument === id) return entry.body;
  if (entry.kind === 'valuation') {
    const found = entry.body.positions.findLast(({ instrument }) => instrument === id);
    return found === undefined ? undefined : { price: found.mark, at: found.markAt };
  }
  if (entry.kind !== 'decision') return undefined;
  const intent = entries.find((one) => one.kind === 'intent' && one.body.order.id === entry.body.order);
  return intent?.kind === 'intent' && intent.body.order.instrument === id ? entry.body.facts.reference : undefined;
}

function trimmed({ pnl, pnlAtDayStart, pnlDayPeak, pnlPeak }: Profit): Profit {
  return { pnl: trim(pnl), pnlAtDayStart: trim(pnlAtDayStart), pnlDayPeak: trim(pnlDayPeak), pnlPeak: trim(pnlPeak) };
}
