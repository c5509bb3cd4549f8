import { type Aggregates, createAggregates } from '@gatehouse/compliance/aggregates/aggregates.ts';
import { applyFill, cashOf, FLAT, type Position } from '@gatehouse/shared/accounts/position.ts';
import type { JsonValue } from '@gatehouse/shared/journal/canonical.ts';
import type {
  AlgorithmBody,
  CashBody,
  EntryBody,
  FactsBody,
  FillBody,
  IntentBody,
  OrderBody,
  SessionBody,
  ValuationBody,
} from '@gatehouse/shared/schema/bodies.ts';
import { decode, encode } from '@gatehouse/shared/schema/decode.ts';
import { add, type Decimal, isZero, negate, ZERO } from '@gatehouse/shared/values/decimal.ts';
import type { Instant } from '@gatehouse/shared/values/instant.ts';
import { createGovernanceRecord, type GovernanceRecord } from '../governance/governance-record.ts';
import { algorithmClosedBy, createKillMemory, type KillMemory } from '../kill/kill-memory.ts';
import { AlgorithmShares } from './algorithm-shares.ts';
import { type BookOrder, BookOrders, type OpenQuantities } from './book-orders.ts';
import { BookSnapshot, EMPTY_SNAPSHOT } from './book-snapshot.ts';
import { dropOldest } from './drop-oldest.ts';
import { createLastPrices, type LastPrice, type LastPrices } from './last-prices.ts';
import { createOrderGroups, type OrderGroups } from './orders/order-groups.ts';
import { keyOf, placeOf, sorted } from './place-keys.ts';
import { createRunProgress, type RunProgress } from './run-progress.ts';

export type { BookOrder } from './book-orders.ts';

/** What an account was worth when it was last valued. */
export type LastValuation = NonNullable<BookSnapshot['valuation']>;

/** What the edge has put on record already and need not write again. */
type Accepted = BookSnapshot['accepted'];

/** What an account holds of one instrument. */
interface HeldPosition {
  readonly instrument: string;
  readonly multiplier: Decimal;
  readonly position: Position;
  readonly lastPrice: LastPrice | undefined;
}

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
  readonly governance: GovernanceRecord;
  readonly progress: RunProgress;
  readonly groups: OrderGroups;
  readonly valuation: LastValuation | undefined;
  readonly accepted: Accepted;
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
  cash(account: string): Decimal;
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
  const start = deps.snapshot === undefined ? EMPTY_SNAPSHOT : decode(BookSnapshot, deps.snapshot, 'the snapshot');
  return new LiveBook(deps, start);
}

class LiveBook implements Book {
  readonly own: Aggregates;
  readonly kills: KillMemory;
  readonly governance: GovernanceRecord;
  readonly progress: RunProgress;
  readonly groups: OrderGroups;
  readonly #deps: BookDeps;
  readonly #orders: BookOrders;
  readonly #shares: AlgorithmShares;
  readonly #fills: Set<string>;
  readonly #positions: Map<string, Position>;
  readonly #cash: Map<string, Decimal>;
  readonly #deposits: Set<string>;
  readonly #prices: LastPrices;
  readonly #tally: Map<string, number>;
  #valuation: LastValuation | undefined;
  #accepted: Accepted;

  constructor(deps: BookDeps, start: BookSnapshot) {
    this.#deps = deps;
    this.progress = createRunProgress(start.run, start.earlierRuns);
    this.own = createAggregates(start.own);
    this.kills = createKillMemory(start.kills);
    this.governance = createGovernanceRecord(start.governance);
    this.groups = createOrderGroups(start.groups);
    this.#orders = new BookOrders(start, (name) => this.#count(name));
    this.#shares = new AlgorithmShares(start.held);
    this.#fills = new Set(start.fills);
    this.#positions = new Map(
      start.positions.map(({ account, instrument, ...rest }) => [keyOf(account, instrument), rest]),
    );
    this.#cash = new Map(start.cash.map(({ account, amount }) => [account, amount]));
    this.#deposits = new Set(start.deposits);
    this.#prices = createLastPrices(start.prices);
    this.#tally = new Map(Object.entries(start.tally));
    this.#valuation = start.valuation;
    this.#accepted = start.accepted;
  }

  get valuation(): LastValuation | undefined {
    return this.#valuation;
  }

  get accepted(): Accepted {
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
    this.governance.fold(entry);
    this.groups.fold(entry);
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
    return this.#fills.has(fill);
  }

  hasDeposit(account: string): boolean {
    return this.#deposits.has(account);
  }

  open(account: string, instrument: string): OpenQuantities {
    return this.#orders.quantities(account, instrument);
  }

  position(account: string, instrument: string): Position {
    return this.#positions.get(keyOf(account, instrument)) ?? FLAT;
  }

  positions(account: string): readonly HeldPosition[] {
    return sorted(this.#positions).flatMap(([key, position]) => {
      const [owner, instrument] = placeOf(key);
      if (owner !== account) return [];
      const multiplier = this.#deps.multiplierOf(instrument);
      return [{ instrument, multiplier, position, lastPrice: this.#prices.of(instrument) }];
    });
  }

  held(algorithm: string, instrument: string): Decimal {
    return this.#shares.of(algorithm, instrument);
  }

  openBefore(place: Parameters<Book['openBefore']>[0]): Decimal {
    return this.#orders.before(place);
  }

  cash(account: string): Decimal {
    return this.#cash.get(account) ?? ZERO;
  }

  snapshot(): JsonValue {
    const { run, earlier } = this.progress;
    const value: BookSnapshot = {
      v: 2,
      own: this.own.snapshot() as BookSnapshot['own'],
      kills: this.kills.snapshot() as BookSnapshot['own'],
      governance: this.governance.snapshot() as BookSnapshot['own'],
      ...this.#orders.snapshot(),
      positions: sorted(this.#positions).map(([key, position]) => {
        const [account, instrument] = placeOf(key);
        return { account, instrument, ...position };
      }),
      held: this.#shares.snapshot(),
      cash: sorted(this.#cash).map(([account, amount]) => ({ account, amount })),
      deposits: [...this.#deposits].sort(),
      fills: [...this.#fills],
      prices: [...this.#prices.all],
      earlierRuns: [...earlier],
      accepted: this.#accepted,
      tally: Object.fromEntries(sorted(this.#tally)),
      ...(this.groups.all.length === 0 ? {} : { groups: [...this.groups.all] }),
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
    const { account, instrument, side, quantity, price, fee } = body;
    this.progress.reach(body.at);
    this.#count('fills');
    this.#prices.fill(body);
    this.#fills.add(body.fill);
    dropOldest(this.#fills, FILLS_REMEMBERED_MAX);
    const fill = { side, quantity, price, fee, multiplier: this.#deps.multiplierOf(instrument) };
    this.#positions.set(keyOf(account, instrument), applyFill(this.position(account, instrument), fill));
    this.#cash.set(account, add(this.cash(account), cashOf(fill)));
    this.#attribute(body);
  }

  #attribute(body: FillBody): void {
    const { order, account, instrument, side, quantity } = body;
    this.#orders.fill(order, quantity);
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
    if (entry.kind === 'cash') this.#pay(entry.body);
    if (entry.kind === 'controls') this.#accepted = { ...this.#accepted, controls: entry.body.controls };
    if (entry.kind === 'algorithm') this.#meet(entry.body);
    if (entry.kind === 'facts') this.#learn(entry.body);
  }

  #value(body: ValuationBody): void {
    const { day, at, equity } = body;
    this.progress.reach(at);
    this.#prices.value(body);
    this.#valuation = { day, at, equity };
  }

  #learn({ kind, hash }: FactsBody): void {
    this.#accepted = { ...this.#accepted, facts: { ...this.#accepted.facts, [kind]: hash } };
  }

  #meet({ algorithm, codeHash }: AlgorithmBody): void {
    const known = new Set([...this.#accepted.algorithms, algorithmKey(algorithm.id, algorithm.version, codeHash)]);
    this.#accepted = { ...this.#accepted, algorithms: [...known].sort() };
  }

  #note({ event, run }: SessionBody): void {
    if (run === undefined) return;
    if (event === 'run-completed') this.progress.complete();
    if (event !== 'run-started' && event !== 'run-resumed') return;
    if (run.id === this.progress.run?.id) return;
    this.progress.start(run.id);
  }

  #pay({ account, amount, reason }: CashBody): void {
    if (reason === 'deposit') this.#deposits.add(account);
    this.#cash.set(account, add(this.cash(account), amount));
  }

  #count(name: string): void {
    this.#tally.set(name, (this.#tally.get(name) ?? 0) + 1);
  }
}

/** The name under which an algorithm's code is on record. */
export function algorithmKey(id: string, version: string, codeHash: string): string {
  return `${id}@${version}:${codeHash}`;
}
