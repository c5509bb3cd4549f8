import type { ApprovedOrder, Decision } from '@gatehouse/compliance/gate.ts';
import type { RuleSet } from '@gatehouse/compliance/rule-set.ts';
import type { Bar } from '@gatehouse/shared/market/bar.ts';
import type { Instrument } from '@gatehouse/shared/market/instrument.ts';
import type { EntryBody } from '@gatehouse/shared/schema/bodies.ts';
import type { DecisionFacts } from '@gatehouse/shared/schema/decision.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import type { Quantity } from '@gatehouse/shared/values/amounts.ts';
import type { Clock } from '@gatehouse/shared/values/clock.ts';
import { toNumber } from '@gatehouse/shared/values/decimal.ts';
import type { Instant } from '@gatehouse/shared/values/instant.ts';
import type { FactsKeeper } from '../facts/facts-keeper.ts';
import { createPriceWatch, type PriceWatch } from '../facts/price-watch.ts';
import type { Journal } from '../journal/journal-types.ts';
import type { SessionTime } from '../session/trading-session.ts';
import type { RunningStrategy, Strategy, StrategyBar, StrategyView } from '../strategies/define-strategy.ts';
import type { Venue, VenueEvent, VenueOrder } from '../venues/venue.ts';
import type { Book } from './book.ts';
import type { FactSources } from './decision-facts.ts';
import type { EngineWatch } from './engine-watch.ts';
import { createMarking, type Marking } from './marking.ts';
import { createOrderBuilder, type OrderBuilder, type TradingIdentity } from './order-builder.ts';
import { createOrderDesk, type OrderDesk, type OrderLifeDeps } from './order-desk.ts';
import { createOrderJudge, type OrderJudge } from './order-judge.ts';
import { planOf } from './orders/emulation.ts';
import { createRecorder, type Recorder } from './recorder.ts';
import { settleOrder, settleOrders } from './resume.ts';
import { valueAccount } from './valuation.ts';

/**
 * The trading loop: each closed bar goes to the venue, then to the strategies, and what they propose through the gate.
 *
 * Shape: one bar at a time; a promise is given only where an order waits for the disk. Market time comes from the bars.
 */
export interface Engine {
  /** Errors: what the journal fails with; the engine then trades no more. */
  onBar(bar: StrategyBar): Promise<void> | undefined;
  /** Shows a bar of the past to the strategies alone. */
  warmUp(bar: StrategyBar): void;
  /** Asks the venue for every order that is not over, and records what it says. */
  settle(): Promise<void>;
  /** Closes a position at the market, through the gate; false where the gate refuses or no price is known. Errors: the journal's. */
  close(request: ClosingRequest): Promise<boolean>;
  /** Brings one order, where it is not over, to what the venue answered about it. */
  settleOne(order: string, answer: VenueOrder): void;
  /** Orders of which nobody knows what became of them, orders that wait here, and how well the venue is heard. */
  readonly orders: Pick<OrderDesk, 'unresolved' | 'held' | 'link' | 'cancel'>;
  /** Ends what waits for answers. */
  stop(): void;
  /** Takes what the venue says at any time. */
  hear(event: VenueEvent): void;
  /** Puts on record what happened beside the bars; it may be called from within any other call. */
  report(entry: EntryBody): void;
  /** Stops trading for good after a failure of the journal: in memory, and at the venue. */
  fail(cause: unknown): void;
  /** Resolves once the venue has answered what a failure asked of it; at once where nothing failed. It never rejects. */
  readonly withdrawn: Promise<void>;
  readonly recorder: Recorder;
}

/** What an engine works with. */
export interface EngineDeps {
  readonly run: string;
  readonly book: Book;
  readonly journal: Pick<Journal, 'append' | 'head' | 'durable' | 'durableSeq'>;
  readonly venue: Venue;
  /** The rules in force now; undefined while there are none, and then nothing is proposed. */
  readonly rules: () => RuleSet | undefined;
  readonly identity: TradingIdentity;
  readonly instrument: Instrument;
  readonly strategies: readonly Strategy[];
  /** The name of the source of reference prices. */
  readonly source: string;
  readonly clock: Clock;
  /** How long-lived orders are treated; absent where the venue answers at once and does everything by itself. */
  readonly life?: Pick<OrderLifeDeps, 'capabilities' | 'monotonicMs' | 'sleep' | 'limits' | 'onForeign'>;
  /** Whether orders are decided at the times of the bars or at this computer's; those of the bars where it is absent. */
  readonly time?: SessionTime;
  readonly facts: Pick<FactsKeeper, 'files'>;
  readonly contact: () => DecisionFacts['contact'];
  /** Whether an approval may go out, asked immediately before the wire; a halt counts here before it is on record. */
  readonly maySend: (approval: ApprovedOrder) => boolean;
  /** Told of each refusal, for whoever watches. */
  readonly onRefused?: (decision: Decision, bar: Bar) => void;
  /** Looks at each bar's end; what is held is then valued at it. */
  readonly watch?: EngineWatch;
}

/** A position, or a part of it, that is to be closed by the reserved algorithm of a kill. Units: of the instrument. */
export interface ClosingRequest {
  readonly id: string;
  readonly account: string;
  readonly instrument: string;
  readonly side: Order['side'];
  readonly quantity: Quantity;
}

interface Working {
  readonly strategy: Strategy;
  readonly running: RunningStrategy;
  /** The view changes with fills alone, which are far fewer than bars. */
  readonly seen: { fillCount: number; view: StrategyView };
}

const WARM_UP_VIEW: StrategyView = { position: 0, openQuantity: 0 };

/** An engine for one run over one instrument. */
export function createEngine(deps: EngineDeps): Engine {
  return new TradingEngine(deps);
}

class TradingEngine implements Engine {
  readonly recorder: Recorder;
  readonly #deps: EngineDeps;
  readonly #desk: OrderDesk;
  readonly #builder: OrderBuilder;
  readonly #working: readonly Working[];
  readonly #judge: OrderJudge;
  readonly #prices: PriceWatch;
  readonly #marking: Marking;
  #decided: Decision[] = [];
  #lastBar: Bar | undefined;
  #isBusy = false;
  #isStopped = false;
  #failure: { readonly cause: unknown } | undefined;
  #withdrawn: Promise<void> = Promise.resolve();

  constructor(deps: EngineDeps) {
    const { book, journal, clock, venue, instrument, strategies } = deps;
    this.#deps = deps;
    this.recorder = createRecorder({ book, journal, clock });
    this.#builder = createOrderBuilder({ ...deps, wall: deps.time === 'wall' ? clock : undefined });
    this.#working = strategies.map((strategy) => ({
      strategy,
      running: strategy.start({ instrument }),
      seen: { fillCount: -1, view: WARM_UP_VIEW },
    }));
    const { maySend } = deps;
    const { life } = deps;
    this.#desk = createOrderDesk({
      book,
      recorder: this.recorder,
      venue,
      maySend,
      onLate: () => this.#flushLate(),
      ...(life === undefined ? {} : { life: { ...life, venue, submit: (order: Order) => this.#submitOwn(order) } }),
    });
    this.#prices = createPriceWatch();
    const sources: FactSources = { ...deps, prices: this.#prices };
    this.#marking = createMarking(book.own);
    const onDecided = (decision: Decision, bar: Bar): void => this.#tell(decision, bar);
    const cancel = (id: string): unknown => (life === undefined ? venue.cancel(id) : this.#desk.cancel(id));
    this.#judge = createOrderJudge({ book, recorder: this.recorder, cancel, sources, onDecided });
  }

  get orders(): OrderDesk {
    return this.#desk;
  }

  get withdrawn(): Promise<void> {
    return this.#withdrawn;
  }

  stop(): void {
    this.#isStopped = true;
    this.#desk.stop();
  }

  onBar(bar: StrategyBar): Promise<void> | undefined {
    if (this.#failure !== undefined) throw this.#failure.cause;
    try {
      this.#isBusy = true;
      this.#show(bar.exact);
      this.#deps.venue.onBar?.(bar.exact);
      this.#desk.see(bar.exact);
      this.recorder.flush();
      const approvals = this.#propose(bar);
      if (approvals.length === 0) {
        this.#finish(bar);
        return undefined;
      }
      const seq = this.recorder.flush();
      if (this.#deps.journal.durableSeq < seq) return this.#sendWhenDurable(bar, approvals, seq);
      this.#send(approvals);
      this.#finish(bar);
      return undefined;
    } catch (cause) {
      this.fail(cause);
      throw cause;
    } finally {
      this.#isBusy = false;
    }
  }

  warmUp(bar: StrategyBar): void {
    this.#show(bar.exact);
    this.#desk.see(bar.exact, true);
    for (const { running } of this.#working) running.onBar(bar, WARM_UP_VIEW);
  }

  async settle(): Promise<void> {
    if (this.#deps.life === undefined) await settleOrders({ ...this.#deps, desk: this.#desk });
    else await this.#desk.resume();
    await this.#deps.journal.durable(this.recorder.flush());
  }

  settleOne(id: string, answer: VenueOrder): void {
    settleOrder({ book: this.#deps.book, desk: this.#desk }, id, answer);
    this.recorder.flush();
  }

  async close(request: ClosingRequest): Promise<boolean> {
    const bar = this.#lastBar;
    const rules = this.#deps.rules();
    if (bar === undefined || rules === undefined || bar.instrument !== request.instrument) return false;
    const approval = this.#judge.judge(this.#builder.closing(request, this.#decidedAt(bar)), bar, rules);
    await this.#deps.journal.durable(this.recorder.flush());
    if (approval === undefined) return false;
    this.#desk.send(approval);
    this.recorder.flush();
    return true;
  }

  hear(event: VenueEvent): void {
    // A connection that we close ourselves is no news.
    if (this.#isStopped && event.kind === 'link') return;
    // A venue that is told of our own trouble would stop in the middle of its cancels.
    try {
      this.#desk.hear(event);
      // During a bar its own flush takes the event along.
      if (!this.#isBusy) this.recorder.flush();
    } catch (cause) {
      this.fail(cause);
    }
  }

  report(entry: EntryBody): void {
    // Later, since a group may be on its way to the journal just now.
    queueMicrotask(() => {
      try {
        this.recorder.stage(entry);
        this.recorder.flush();
      } catch (cause) {
        this.fail(cause);
      }
    });
  }

  fail(cause: unknown): void {
    if (this.#failure !== undefined) return;
    this.#failure = { cause };
    // Nothing that could throw may stand between a failed disk and the cancels.
    this.#withdrawn = Promise.resolve()
      .then(() => this.#deps.venue.cancelAll())
      .catch(() => {});
  }

  #flushLate(): void {
    try {
      this.recorder.flush();
    } catch (cause) {
      this.fail(cause);
    }
  }

  async #sendWhenDurable(bar: StrategyBar, approvals: readonly ApprovedOrder[], seq: number): Promise<void> {
    try {
      await this.#deps.journal.durable(seq);
      this.#isBusy = true;
      this.#send(approvals);
      this.#finish(bar);
    } catch (cause) {
      this.fail(cause);
      throw cause;
    } finally {
      this.#isBusy = false;
    }
  }

  #propose(bar: StrategyBar): readonly ApprovedOrder[] {
    const approvals: ApprovedOrder[] = [];
    const rules = this.#deps.rules();
    const decidedAt = this.#decidedAt(bar.exact);
    for (const working of this.#working) {
      const { strategy, running } = working;
      const proposals = running.onBar(bar, this.#viewOf(working, bar));
      for (const [ordinal, proposal] of proposals.entries()) {
        const source = { strategy, barIndex: bar.index, ordinal, decidedAt };
        // An order of this bar that a run before a restart has journalled already is not made again.
        if (this.#deps.book.progress.isIntended(this.#builder.idOf(source))) continue;
        if (rules === undefined) continue;
        const [entry, ...exits] = this.#builder.build(proposal, source).map((order) => this.#saidOnIt(order));
        const approval = entry === undefined ? undefined : this.#judge.judge(entry, bar.exact, rules);
        // What was to be protected goes out with its exits or not at all.
        if (approval === undefined) continue;
        const behind = exits.map((exit) => this.#judge.judge(exit, bar.exact, rules));
        const approved = behind.filter((exit) => exit !== undefined);
        if (approved.length === exits.length) approvals.push(approval, ...approved);
        else this.#abandon([approval, ...approved], 'The gate refused an order of the same group.');
      }
    }
    return approvals;
  }

  /** A bar is never decided on before it closed, however the clocks differ. */
  #decidedAt({ closeAt }: Bar): Instant {
    if (this.#deps.time !== 'wall') return closeAt;
    const now = this.#deps.clock.now();
    return now > closeAt ? now : closeAt;
  }

  #abandon(group: readonly ApprovedOrder[], reason: string): void {
    for (const { order } of group) {
      const known = this.#deps.book.order(order.id);
      if (known !== undefined) this.#desk.abandon(known, reason);
    }
  }

  /** What the edge emulates of an order stands on it before it is judged. */
  #saidOnIt(order: Order): Order {
    const { life } = this.#deps;
    if (life === undefined) return order;
    const plan = planOf(order, life.capabilities);
    return plan.kind === 'emulated' ? { ...order, emulates: [...plan.emulates] } : order;
  }

  /** An order of the desk's own making, such as one that was triggered. */
  #submitOwn(order: Order): Promise<boolean> | boolean {
    const rules = this.#deps.rules();
    if (this.#lastBar === undefined || rules === undefined || this.#failure !== undefined) return false;
    const approval = this.#judge.judge(this.#saidOnIt(order), this.#lastBar, rules);
    const seq = this.recorder.flush();
    if (approval === undefined) return false;
    if (this.#deps.journal.durableSeq >= seq) return this.#sendOwn(approval);
    return this.#deps.journal.durable(seq).then(() => this.#sendOwn(approval));
  }

  #sendOwn(approval: ApprovedOrder): true {
    this.#desk.send(approval);
    this.recorder.flush();
    return true;
  }

  #show(bar: Bar): void {
    this.#lastBar = bar;
    const rules = this.#deps.rules();
    if (rules !== undefined) this.#prices.follow(rules.sheet);
    this.#prices.see(bar);
  }

  /** Orders of this very bar are left out, so that a bar that is seen again after a restart shows the same. */
  #viewOf({ strategy, seen }: Working, bar: StrategyBar): StrategyView {
    const { book, instrument } = this.#deps;
    if (seen.fillCount !== book.fillCount) {
      seen.fillCount = book.fillCount;
      seen.view = { position: toNumber(book.held(strategy.id, instrument.id)), openQuantity: 0 };
    }
    if (book.openCount === 0) return seen.view;
    const own = { algorithm: strategy.id, instrument: instrument.id, at: bar.exact.closeAt };
    return { ...seen.view, openQuantity: toNumber(book.openBefore(own)) };
  }

  #send(approvals: readonly ApprovedOrder[]): void {
    for (const approval of approvals) this.#desk.send(approval);
  }

  #tell(decision: Decision, bar: Bar): void {
    if (this.#deps.watch !== undefined) this.#decided.push(decision);
    if (!decision.approved) this.#deps.onRefused?.(decision, bar);
  }

  #finish(bar: StrategyBar): void {
    const { exact } = bar;
    const { book, identity, instrument, watch } = this.#deps;
    if (exact.endsDay && !this.#isValued(exact.closeAt)) {
      const body = valueAccount({ book, account: identity.account, instrument, bar: exact });
      this.recorder.stage({ kind: 'valuation', body });
    }
    const marks = watch === undefined ? undefined : this.#marking.before(exact);
    if (marks !== undefined) this.recorder.stage(marks);
    this.recorder.flush();
    if (watch === undefined) return;
    const decided = this.#decided;
    this.#decided = [];
    watch.onBar(exact, this.#prices.facts(), decided);
  }

  #isValued(closeAt: bigint): boolean {
    const { valuation, progress } = this.#deps.book;
    const progressAt = progress.run?.progressAt;
    return valuation !== undefined && progressAt !== undefined && valuation.at === closeAt && progressAt >= closeAt;
  }
}
