import { type Aggregates, createAggregates } from '@gatehouse/compliance/aggregates/aggregates.ts';
import { KILL_FLATTEN } from '@gatehouse/compliance/reserved-algorithms.ts';
import { AccountLedger, type KnownFill } from '@gatehouse/shared/accounts/account-ledger.ts';
import type { Holding } from '@gatehouse/shared/accounts/holding.ts';
import type { AccountBooks } from '@gatehouse/shared/accounts/ledger-identity.ts';
import { ledgerOfState, stateOfLedger } from '@gatehouse/shared/accounts/ledger-state.ts';
import { FLAT, type Position } from '@gatehouse/shared/accounts/position.ts';
import { assert } from '@gatehouse/shared/errors.ts';
import type { JsonValue } from '@gatehouse/shared/journal/canonical.ts';
import type {
  BreakBody,
  CorporateActionBody,
  EntryBody,
  FillBody,
  FillChangeBody,
  IntentBody,
  OrderBody,
  SessionBody,
  ValuationBody,
} from '@gatehouse/shared/schema/bodies.ts';
import { encode } from '@gatehouse/shared/schema/decode.ts';
import type { Currency } from '@gatehouse/shared/values/currency.ts';
import { type Decimal, isZero, negate, ZERO } from '@gatehouse/shared/values/decimal.ts';
import type { Instant } from '@gatehouse/shared/values/instant.ts';
import { createGovernanceRecord, type GovernanceRecord } from '../governance/governance-record.ts';
import { algorithmClosedBy, createKillMemory, type KillMemory } from '../kill/kill-memory.ts';
import { LeaseBook } from '../leases/lease-book.ts';
import { createReconcileRecord, type ReconcileRecord } from '../reconcile/reconcile-record.ts';
import { type CommandMemory, createCommandMemory } from '../sync/commands/command-memory.ts';
import { AlgorithmShares } from './algorithm-shares.ts';
import type { Balance, HeldPosition } from './book-holdings.ts';
import { type BookOrder, BookOrders, type OpenQuantities } from './book-orders.ts';
import { BookSnapshot, readSnapshot } from './book-snapshot.ts';
import { dropOldest } from './drop-oldest.ts';
import { createLastPrices, type LastPrices } from './last-prices.ts';
import { type OnRecord, onRecordAfter } from './on-record.ts';
import { createOpenBreaks, type OpenBreaks } from './open-breaks.ts';
import { createOrderGroups, type OrderGroups } from './orders/order-groups.ts';
import { createTriggerRecords, type TriggerRecords } from './orders/trigger-records.ts';
import { sorted } from './place-keys.ts';
import { createRunProgress, type RunProgress } from './run-progress.ts';

export type { BookOrder } from './book-orders.ts';

/** What an account was worth when it was last valued. */
export type LastValuation = NonNullable<BookSnapshot['valuation']>;

/**
 * Order states, positions and cash: everything that the entries of the journal add up to, and beside it `own`, which is what
 * the gate asks.
 *
 * Shape: `fold` is the only way in, for an entry of the past as for one of this moment.
 */
export interface Book {
  /** Units: `at` is the wall time of the entry. */
  fold(entry: EntryBody, at: Instant): void;
  snapshot(): JsonValue;
  readonly own: Aggregates;
  readonly kills: KillMemory;
  readonly commands: CommandMemory;
  readonly leases: LeaseBook;
  readonly governance: GovernanceRecord;
  readonly progress: RunProgress;
  readonly groups: OrderGroups;
  readonly triggers: TriggerRecords;
  readonly valuation: LastValuation | undefined;
  readonly accepted: OnRecord;
  readonly tally: Readonly<Record<string, number>>;
  readonly openCount: number;
  readonly fillCount: number;
  orders(): readonly BookOrder[];
  order(id: string): BookOrder | undefined;
  /** An order that ended of late. */
  ended(id: string): BookOrder | undefined;
  hasFill(fill: string): boolean;
  hasDeposit(account: string): boolean;
  open(account: string, instrument: string): OpenQuantities;
  position(account: string, instrument: string): Position;
  positions(account: string): readonly HeldPosition[];
  /** What an algorithm holds: its own fills, less what kills have closed of it. */
  held(algorithm: string, instrument: string): Decimal;
  /** What an algorithm entered in an instrument before a time and is not yet done, both sides together. */
  openBefore(place: { readonly algorithm: string; readonly instrument: string; readonly at: Instant }): Decimal;
  /** Units: of the currency, which may be left out for an account that has no other. */
  cash(account: string, currency?: Currency): Decimal;
  /** What the account has of each currency that ever moved, sorted. */
  balances(account: string): readonly Balance[];
  /** All of an account's cash and holdings, as `ledgerIdentity` asks for them. */
  books(account: string): AccountBooks;
  /** An execution as it counts now, while it is among the last of its position. */
  fill(id: string): KnownFill | undefined;
  /** Differences between records that nobody has ended. */
  readonly breaks: Pick<OpenBreaks, 'of' | 'aged' | 'all'>;
  /** What reconciliation asks beside positions, cash and breaks. */
  readonly reconciliation: ReconcileRecord;
  /** How many orders are open in each state. */
  stateCounts(): Readonly<Record<string, number>>;
}

/** What the book cannot read from the journal. */
export interface BookDeps {
  multiplierOf(instrument: string): Decimal;
  readonly snapshot?: JsonValue | undefined;
}

/** At least so many fills are remembered by their ids, and at most twice as many, since a venue may report one twice. */
const FILLS_REMEMBERED_MAX = 1_000;

/** A book that continues from a snapshot, or starts empty. Errors: `MESSAGE_MALFORMED` for a snapshot of another form. */
export function createBook(deps: BookDeps): Book {
  return new LiveBook(deps, readSnapshot(deps.snapshot));
}

class LiveBook implements Book {
  readonly own: Aggregates;
  readonly kills: KillMemory;
  readonly commands: CommandMemory;
  readonly leases: LeaseBook;
  readonly governance: GovernanceRecord;
  readonly progress: RunProgress;
  readonly groups: OrderGroups;
  readonly triggers: TriggerRecords;
  readonly breaks: OpenBreaks;
  readonly reconciliation: ReconcileRecord;
  readonly #deps: BookDeps;
  readonly #orders: BookOrders;
  readonly #shares: AlgorithmShares;
  readonly #fills: Set<string>;
  readonly #ledger: AccountLedger;
  readonly #prices: LastPrices;
  readonly #tally: Map<string, number>;
  #valuation: LastValuation | undefined;
  #accepted: OnRecord;

  constructor(deps: BookDeps, start: BookSnapshot) {
    this.#deps = deps;
    this.progress = createRunProgress(start.run, start.earlierRuns);
    this.own = createAggregates(start.own);
    this.kills = createKillMemory(start.kills);
    this.commands = createCommandMemory(start.commands);
    this.leases = new LeaseBook(start.leases);
    this.governance = createGovernanceRecord(start.governance);
    this.groups = createOrderGroups(start.groups);
    this.triggers = createTriggerRecords(start.triggers);
    this.#orders = new BookOrders(start, (name) => this.#count(name));
    this.#shares = new AlgorithmShares(start.held);
    this.#fills = new Set(start.fills);
    const placeOf = (order: string) => this.#orders.known(order)?.order;
    this.#ledger = new AccountLedger({ multiplierOf: deps.multiplierOf, placeOf }, ledgerOfState(start.ledger));
    this.breaks = createOpenBreaks(start.breaks);
    const { multiplierOf } = deps;
    this.reconciliation = createReconcileRecord({ multiplierOf, snapshot: start.reconciliation });
    this.#prices = createLastPrices(start.prices);
    this.#tally = new Map(Object.entries(start.tally));
    this.#valuation = start.valuation;
    this.#accepted = start.accepted;
  }

  get valuation(): LastValuation | undefined {
    return this.#valuation;
  }

  get accepted(): OnRecord {
    return this.#accepted;
  }

  get tally(): Readonly<Record<string, number>> {
    return Object.fromEntries(sorted(this.#tally));
  }

  get openCount(): number {
    return this.#orders.size;
  }

  get fillCount(): number {
    return this.#tally.get('fills') ?? 0;
  }

  fold(entry: EntryBody, at: Instant): void {
    this.own.fold(entry);
    this.kills.fold(entry, at);
    this.commands.fold(entry);
    if (entry.kind === 'lease') this.leases.fold(entry.body);
    this.governance.fold(entry);
    this.groups.fold(entry);
    this.triggers.fold(entry);
    this.reconciliation.fold(entry);
    if (entry.kind === 'intent') this.#intend(entry.body);
    else if (entry.kind === 'decision') this.#orders.judge(entry.body);
    else if (entry.kind === 'order') this.#move(entry.body);
    else if (entry.kind === 'fill') this.#execute(entry.body);
    else this.#foldRest(entry);
  }

  orders(): readonly BookOrder[] {
    return this.#orders.all();
  }

  order(id: string): BookOrder | undefined {
    return this.#orders.open(id);
  }

  ended(id: string): BookOrder | undefined {
    return this.#orders.ended(id);
  }

  hasFill(fill: string): boolean {
    return this.#fills.has(fill) || this.#orders.hasFill(fill);
  }

  hasDeposit(account: string): boolean {
    return this.#ledger.purses(account).some(([, { moved }]) => moved.deposit !== undefined);
  }

  open(account: string, instrument: string): OpenQuantities {
    return this.#orders.quantities(account, instrument);
  }

  position(account: string, instrument: string): Position {
    return this.#ledger.holding(account, instrument)?.average ?? FLAT;
  }

  positions(account: string): readonly HeldPosition[] {
    return this.#ledger.holdings(account).map(([instrument, holding]) => this.#heldOf(instrument, holding));
  }

  held(algorithm: string, instrument: string): Decimal {
    return this.#shares.of(algorithm, instrument);
  }

  openBefore(place: Parameters<Book['openBefore']>[0]): Decimal {
    return this.#orders.before(place);
  }

  cash(account: string, currency?: Currency): Decimal {
    if (currency !== undefined) return this.#ledger.purse(account, currency).amount;
    const [first, ...others] = this.#ledger.purses(account);
    assert(others.length === 0, `cash of ${account} in no named currency, of which it has several`);
    return first?.[1].amount ?? ZERO;
  }

  balances(account: string): readonly Balance[] {
    return this.#ledger.purses(account).map(([currency, { amount }]) => ({ currency, amount }));
  }

  books(account: string): AccountBooks {
    return this.#ledger.books(account);
  }

  fill(id: string): KnownFill | undefined {
    return this.#ledger.knownFill(id);
  }

  stateCounts(): Readonly<Record<string, number>> {
    return this.#orders.counts();
  }

  snapshot(): JsonValue {
    const { run, earlier } = this.progress;
    const value: BookSnapshot = {
      v: 3,
      own: this.own.snapshot() as BookSnapshot['own'],
      kills: this.kills.snapshot() as BookSnapshot['own'],
      ...(this.commands.isEmpty ? {} : { commands: this.commands.snapshot() as BookSnapshot['own'] }),
      ...(this.leases.isEmpty ? {} : { leases: this.leases.snapshot() as BookSnapshot['own'] }),
      governance: this.governance.snapshot() as BookSnapshot['own'],
      ...this.#orders.snapshot(),
      ledger: stateOfLedger(this.#ledger.snapshot()),
      breaks: [...this.breaks.all],
      reconciliation: this.reconciliation.snapshot() as BookSnapshot['own'],
      held: this.#shares.snapshot(),
      fills: [...this.#fills],
      prices: [...this.#prices.all],
      earlierRuns: [...earlier],
      accepted: this.#accepted,
      tally: Object.fromEntries(sorted(this.#tally)),
      ...(this.groups.all.length === 0 ? {} : { groups: [...this.groups.all] }),
      ...(this.triggers.all.length === 0 ? {} : { triggers: [...this.triggers.all] }),
      ...(run === undefined ? {} : { run }),
      ...(this.#valuation === undefined ? {} : { valuation: this.#valuation }),
    };
    return encode(BookSnapshot, value) as JsonValue;
  }

  #intend({ order }: IntentBody): void {
    this.#orders.intend(order);
    this.progress.intend(order);
  }

  #move(body: OrderBody): void {
    this.progress.reach(body.at);
    this.#orders.move(body);
  }

  #execute(body: FillBody): void {
    this.progress.reach(body.at);
    this.#count('fills');
    this.#prices.fill(body);
    this.#fills.add(body.fill);
    dropOldest(this.#fills, FILLS_REMEMBERED_MAX);
    this.#ledger.fill(body);
    this.#attribute(body);
  }

  #attribute(body: FillBody): void {
    const { order, account, instrument, side, quantity } = body;
    this.#orders.execute(order, body);
    const algorithm = this.#orders.known(order)?.order.algorithm.id;
    if (algorithm === undefined) return;
    const change = side === 'buy' ? quantity : negate(quantity);
    const isAccountFlat = isZero(this.position(account, instrument).quantity);
    const closedFor = algorithmClosedBy(order, this.kills.active());
    this.#shares.fill({ algorithm, instrument, change, isAccountFlat, closedFor });
  }

  #foldRest(entry: EntryBody): void {
    if (entry.kind === 'valuation') this.#value(entry.body);
    if (entry.kind === 'session') this.#note(entry.body);
    if (entry.kind === 'venue') this.#orders.goThrough(entry.body);
    if (entry.kind === 'cash') this.#ledger.pay(entry.body);
    if (entry.kind === 'fill-change') this.#change(entry.body);
    if (entry.kind === 'corporate-action') this.#act(entry.body);
    if (entry.kind === 'adjustment') this.#ledger.adjust(entry.body);
    if (entry.kind === 'break') this.#difference(entry.body);
    this.#accepted = onRecordAfter(this.#accepted, entry);
  }

  #value(body: ValuationBody): void {
    const { day, at, equity } = body;
    this.progress.reach(at);
    this.#prices.value(body);
    this.#valuation = { day, at, equity };
  }

  #note({ event, run }: SessionBody): void {
    if (run === undefined) return;
    if (event === 'run-completed') this.progress.complete();
    if (event !== 'run-started' && event !== 'run-resumed') return;
    if (run.id === this.progress.run?.id) return;
    this.progress.start(run.id);
  }

  /** Shape: what a kill had closed stays closed for its algorithm, since nobody can say any more whose part did not stand. */
  #change(body: FillChangeBody): void {
    const effect = this.#ledger.change(body);
    if (effect === 'unplaced') {
      this.#count('fill-changes-unplaced');
      return;
    }
    this.#count(body.change === 'bust' ? 'busts' : 'corrections');
    if (!effect.isAsKnown) this.#count('fill-changes-of-other-figures');
    const { change, known } = effect;
    this.#orders.fill(body.order, change);
    const algorithm = this.#orders.known(body.order)?.order.algorithm.id;
    if (algorithm === undefined || algorithm === KILL_FLATTEN) return;
    const signed = known.fill.side === 'buy' ? change : negate(change);
    const { instrument } = known;
    this.#shares.fill({ algorithm, instrument, change: signed, isAccountFlat: false, closedFor: undefined });
  }

  #act(body: CorporateActionBody): void {
    if (!this.#ledger.act(body)) return;
    this.#count('corporate-actions');
    const { action, instrument } = body;
    if (action.kind === 'split') {
      this.#shares.split(instrument, action);
      this.#prices.split(instrument, action);
    }
    if (action.kind === 'rename') {
      this.#shares.rename(instrument, action.into);
      this.#prices.rename(instrument, action.into);
    }
  }

  #difference(body: BreakBody): void {
    this.breaks.fold(body);
    this.#count(`breaks:${body.step}`);
  }

  #heldOf(instrument: string, { currency, average, lots }: Holding): HeldPosition {
    const multiplier = this.#deps.multiplierOf(instrument);
    return { instrument, currency, multiplier, position: average, lots, lastPrice: this.#prices.of(instrument) };
  }

  #count(name: string): void {
    this.#tally.set(name, (this.#tally.get(name) ?? 0) + 1);
  }
}
