import type { ApprovedOrder, Decision } from '@gatehouse/compliance/gate.ts';
import type { Bar } from '@gatehouse/shared/market/bar.ts';
import type { EntryBody } from '@gatehouse/shared/schema/bodies.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import { isZero, toNumber } from '@gatehouse/shared/values/decimal.ts';
import type { Instant } from '@gatehouse/shared/values/instant.ts';
import { dayInZone } from '@gatehouse/shared/values/zoned-time.ts';
import { createPriceWatch, type PriceWatch } from '../facts/price-watch.ts';
import type { MarketEvent } from '../feeds/market-feed.ts';
import type { RunningStrategy, Strategy, StrategyBar, StrategyView } from '../strategies/define-strategy.ts';
import type { VenueEvent, VenueOrder } from '../venues/venue.ts';
import type { FactSources } from './decision-facts.ts';
import type { ClosingRequest, Engine, EngineDeps } from './engine-types.ts';
import { showMarket } from './market-prices.ts';
import { createMarking, type Marking } from './marking.ts';
import { createOrderBuilder, type OrderBuilder } from './order-builder.ts';
import { createOrderDesk, type OrderDesk, type OrderLifeDeps } from './order-desk.ts';
import { createOrderJudge, type OrderJudge } from './order-judge.ts';
import { planOf } from './orders/emulation.ts';
import { createRecorder, type Recorder } from './recorder.ts';
import { settleOrder, settleOrders } from './resume.ts';
import { valueAccount } from './valuation.ts';

export type { Engine, EngineDeps } from './engine-types.ts';

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
      ...(deps.canReach === undefined ? {} : { canReach: deps.canReach }),
      ...(deps.marks === undefined ? {} : { marks: deps.marks }),
      ...(life === undefined ? {} : { life: { ...life, ...this.#ownLife() } }),
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
    this.recorder.flush();
    for (const { running } of this.#working) running.onBar(bar, WARM_UP_VIEW);
  }

  async settle(): Promise<void> {
    if (this.#deps.life === undefined) await settleOrders({ ...this.#deps, desk: this.#desk });
    await this.#desk.resume();
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
    this.#take(() => this.#desk.hear(event));
  }

  onMarket(event: MarketEvent): void {
    if (this.#isStopped || this.#failure !== undefined) return;
    this.#take(() => showMarket(this.#desk, event, this.#deps.instrument));
  }

  onTime(): void {
    if (this.#isStopped || this.#failure !== undefined) return;
    const { clock, instrument, facts } = this.#deps;
    const now = clock.now();
    const dayOf = (at: Instant): string => dayInZone(at, instrument.zone);
    const phase = facts.files.calendars?.of(instrument.venue)?.at(now)?.phase;
    this.#take(() => this.#desk.passTime({ now, dayOf, isMarketOpen: phase !== 'closed' }));
  }

  report(entry: EntryBody): void {
    // Later, since a group may be on its way to the journal just now.
    queueMicrotask(() => this.#take(() => this.recorder.stage(entry)));
  }

  fail(cause: unknown): void {
    if (this.#failure !== undefined) return;
    this.#failure = { cause };
    // Nothing that could throw may stand between a failed disk and the cancels.
    this.#withdrawn = Promise.resolve()
      .then(() => this.#deps.venue.cancelAll())
      .catch(() => {});
  }

  /** What comes at any time. Shape: a venue that is told of our own trouble would stop in the middle of its cancels. */
  #take(act: () => void): void {
    try {
      act();
      // During a bar its own flush takes along what was staged.
      if (!this.#isBusy) this.recorder.flush();
    } catch (cause) {
      this.fail(cause);
    }
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

  #ownLife(): Pick<OrderLifeDeps, 'venue' | 'now' | 'tick' | 'isHolding' | 'submit'> {
    const { book, venue, instrument, identity, clock, time } = this.#deps;
    const wall = time === 'wall' ? { now: (): Instant => clock.now() } : {};
    const isHolding = (): boolean => !isZero(book.position(identity.account, instrument.id).quantity);
    return { ...wall, venue, tick: instrument.tick, isHolding, submit: (order) => this.#submitOwn(order) };
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
