import { describeError } from '@gatehouse/shared/errors.ts';
import type { OrderState } from '@gatehouse/shared/schema/bodies.ts';
import { add, compare, sum } from '@gatehouse/shared/values/decimal.ts';
import { addMs } from '@gatehouse/shared/values/instant.ts';
import type { VenueFill, VenueOrder } from '../../venues/venue.ts';
import type { BookOrder } from '../book.ts';
import type { UnresolvedOrder } from './desk-reports.ts';
import type { OrderLifeDeps } from './desk-types.ts';
import { ORDER_LIFE_LIMITS, type OrderLifeLimits } from './limits.ts';
import { type OrderRecords, sentence } from './order-records.ts';

/** What is done with what the venue says. */
export interface AnswerDesk {
  /** Brings the order to where the venue says it is. Shape: false where what the venue says does not yet add up. */
  settle(known: BookOrder, answer: VenueOrder): boolean;
  /** The venue said finally that it never had the order. */
  neverArrived(known: BookOrder, reason: string): void;
  /** The venue had the order once and does not know it now. Shape: called once per process. */
  lost(known: BookOrder): void;
  /** What was staged is to be flushed. */
  flush(order: string): void;
}

interface Watched {
  readonly sinceMs: number;
  /** When it was handed over; after a restart, when this process began to ask. */
  readonly sentAtMs: number;
  asked: number;
  nextAtMs: number;
  answer: string;
  isLost: boolean;
  alarmAtMs: number;
}

/** Before its decision nothing of an order happened; clocks of venues are this far off at most. */
const EARLIER_MS = 60_000;

type Deps = Pick<OrderLifeDeps, 'venue' | 'capabilities' | 'monotonicMs' | 'sleep' | 'limits'> & {
  readonly records: OrderRecords;
  /** What lies elsewhere is asked for by a session that trades there. */
  readonly canReach: (known: BookOrder) => boolean;
  readonly desk: AnswerDesk;
};

/**
 * Asks the venue for orders whose state nobody knows, until each is known. Nothing is ever sent again.
 *
 * Shape: one loop over all of them, which ends when none is left. `not-found` is believed only after the venue's own time, and only
 *        where neither the account nor its executions show the order; one that the venue had taken stays unknown.
 */
export class UnknownOrders {
  readonly #deps: Deps;
  readonly #limits: OrderLifeLimits;
  readonly #watched = new Map<string, Watched>();
  readonly #sentAtMs = new Map<string, number>();
  #pause = new AbortController();
  #isRunning = false;
  #isStopped = false;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#limits = { ...ORDER_LIFE_LIMITS, ...deps.limits };
  }

  /** An order goes over the wire now; where nothing is heard of it for a while, it is asked for. */
  sent(id: string): void {
    this.#sentAtMs.set(id, this.#deps.monotonicMs());
    this.watch(id, this.#limits.wordMsMax);
  }

  /** Asks for an order after a wait, the first of the schedule where none is given. */
  watch(id: string, afterMs = this.#waitMs(0)): void {
    const known = this.#deps.records.find(id);
    if (this.#isStopped || (known !== undefined && !this.#deps.canReach(known))) return;
    const nowMs = this.#deps.monotonicMs();
    const before = this.#watched.get(id);
    const sentAtMs = before?.sentAtMs ?? this.#sentAtMs.get(id) ?? nowMs;
    const fresh = { sinceMs: nowMs, sentAtMs, answer: 'not asked yet', isLost: false };
    const alarmAtMs = nowMs + this.#limits.escalateAfterMs;
    const watched = before ?? { ...fresh, asked: 0, nextAtMs: 0, alarmAtMs };
    watched.asked = 0;
    const isSooner = before === undefined || watched.nextAtMs > nowMs + afterMs;
    if (isSooner) watched.nextAtMs = nowMs + afterMs;
    this.#watched.set(id, watched);
    this.#run();
  }

  /** The order is known again, or over. */
  drop(id: string): void {
    this.#watched.delete(id);
    this.#sentAtMs.delete(id);
  }

  /** The venue can be heard again: everything is asked at once. */
  wake(): void {
    for (const watched of this.#watched.values()) {
      watched.asked = 0;
      watched.nextAtMs = this.#deps.monotonicMs();
    }
    this.#run();
  }

  /** Asks for each order once, now. */
  async askAll(ids: readonly string[]): Promise<void> {
    for (const id of ids) this.watch(id);
    await this.#askEach(ids);
  }

  /** The orders of ours that the account shows; none where the venue does not answer. */
  async standing(): Promise<readonly string[]> {
    const account = await this.#answered(() => this.#deps.venue.account(), { answer: '' });
    return account?.orders.flatMap(({ order }) => order ?? []) ?? [];
  }

  list(): readonly UnresolvedOrder[] {
    const nowMs = this.#deps.monotonicMs();
    return [...this.#watched].flatMap(([order, { sinceMs, asked, answer }]) => {
      const state = this.#deps.records.find(order)?.state;
      // An order that has just left is on its way, not unknown.
      return state === undefined || !OPEN_QUESTION.has(state) || (asked === 0 && state !== 'unknown')
        ? []
        : [{ order, state, forMs: nowMs - sinceMs, asked, answer }];
    });
  }

  stop(): void {
    this.#isStopped = true;
    this.#watched.clear();
    this.#pause.abort();
  }

  #run(): void {
    this.#pause.abort();
    if (this.#isRunning || this.#isStopped) return;
    this.#isRunning = true;
    void this.#loop();
  }

  async #loop(): Promise<void> {
    // Whoever calls may be in the middle of a group of entries; questions begin with the next turn.
    await Promise.resolve();
    while (this.#watched.size > 0 && !this.#isStopped) {
      const nowMs = this.#deps.monotonicMs();
      const due = [...this.#watched].filter(([, { nextAtMs }]) => nextAtMs <= nowMs).map(([id]) => id);
      if (due.length > 0) {
        await this.#askEach(due);
        continue;
      }
      const next = Math.min(...[...this.#watched.values()].map(({ nextAtMs }) => nextAtMs));
      this.#pause = new AbortController();
      await this.#deps.sleep(next - nowMs, this.#pause.signal);
    }
    this.#isRunning = false;
  }

  async #askEach(ids: readonly string[]): Promise<void> {
    for (let from = 0; from < ids.length; from += this.#limits.asksAtOnceMax) {
      await Promise.all(ids.slice(from, from + this.#limits.asksAtOnceMax).map((id) => this.#ask(id)));
    }
  }

  async #ask(id: string): Promise<void> {
    const watched = this.#watched.get(id);
    if (watched === undefined) return;
    this.#next(watched);
    const first = await this.#answered(() => this.#deps.venue.query(id), watched);
    const answer = first === undefined ? undefined : await this.#completed(id, first, watched);
    if (this.#watched.get(id) !== watched) return;
    const known = this.#deps.records.find(id);
    if (answer !== undefined && known !== undefined) {
      watched.answer = answer.state;
      if (answer.state === 'not-found') await this.#notFound(known, watched);
      else if (this.#deps.desk.settle(known, answer)) this.#dropIfKnown(id);
    }
    this.#escalate(id, watched);
    this.#deps.desk.flush(id);
  }

  /** The answer with the executions that the venue counts and did not name. */
  async #completed(id: string, answer: VenueOrder, watched: Watched): Promise<VenueOrder> {
    const known = this.#deps.records.find(id);
    if (known === undefined || answer.filled === undefined) return answer;
    const unseen = answer.fills.filter((fill) => !this.#deps.records.hasFill(fill.id));
    const counted = add(known.filled, sum(unseen.map(({ quantity }) => quantity)));
    if (compare(answer.filled, counted) <= 0) return answer;
    const executions = await this.#executions(known, watched);
    if (executions === undefined) return answer;
    const named = new Set(answer.fills.map((fill) => fill.id));
    return { ...answer, fills: [...answer.fills, ...executions.filter((fill) => !named.has(fill.id))] };
  }

  /** What the account's executions show of an order. Shape: undefined where the venue does not answer. */
  async #executions({ order }: BookOrder, watched: Watched): Promise<readonly VenueFill[] | undefined> {
    const since = addMs(order.decidedAt, -EARLIER_MS);
    const executions = await this.#answered(() => this.#deps.venue.executions(since), watched);
    return executions?.filter((one) => one.order === order.id).map(({ fill }) => fill);
  }

  #dropIfKnown(id: string): void {
    const state = this.#deps.records.find(id)?.state;
    if (state === undefined || !OPEN_QUESTION.has(state)) this.drop(id);
  }

  async #notFound(known: BookOrder, watched: Watched): Promise<void> {
    const { id } = known.order;
    if (known.isTaken) {
      if (!watched.isLost) this.#deps.desk.lost(known);
      watched.isLost = true;
      return;
    }
    const finalAfterMs = this.#deps.capabilities.notFoundIsFinalAfterMs;
    if (finalAfterMs === undefined || this.#deps.monotonicMs() - watched.sentAtMs < finalAfterMs) return;
    const { venue } = this.#deps;
    const account = await this.#answered(() => venue.account(), watched);
    const fills = await this.#executions(known, watched);
    const current = this.#deps.records.find(id);
    if (account === undefined || fills === undefined || current === undefined) return;
    if (this.#watched.get(id) !== watched) return;
    const standing = account.orders.find(({ order }) => order === id);
    if (standing === undefined && fills.length === 0) {
      const reason = `The venue does not know the order ${finalAfterMs} ms after it was handed over, and neither the account nor its executions show it.`;
      this.#deps.desk.neverArrived(current, reason);
      return;
    }
    watched.answer = 'not-found, but on the account';
    if (standing === undefined) this.#deps.desk.settle(current, { state: 'part-filled', fills });
    else {
      const { venueOrder, filled } = standing;
      this.#deps.desk.settle(current, { state: 'working', venueOrder, filled, fills });
    }
  }

  #next(watched: Watched): void {
    watched.asked += 1;
    const { asksMax, escalateAgainMs } = this.#limits;
    watched.nextAtMs =
      this.#deps.monotonicMs() + (watched.asked < asksMax ? this.#waitMs(watched.asked) : escalateAgainMs);
  }

  #waitMs(asked: number): number {
    const { askAfterMs, escalateAgainMs } = this.#limits;
    return askAfterMs[Math.min(asked, askAfterMs.length - 1)] ?? escalateAgainMs;
  }

  #escalate(id: string, watched: Watched): void {
    const nowMs = this.#deps.monotonicMs();
    if (this.#watched.get(id) !== watched || nowMs < watched.alarmAtMs) return;
    watched.alarmAtMs = nowMs + this.#limits.escalateAgainMs;
    const { records } = this.#deps;
    const state = records.find(id)?.state ?? 'not on record';
    records.incident({
      code: 'ORDER_UNRESOLVED',
      message: `Order ${id} is ${state}, and for ${Math.floor((nowMs - watched.sinceMs) / 1_000)} s nobody knows what became of it; last answer: ${watched.answer}.`,
      hint: 'Look the order up at the venue. It counts as open until the venue has answered, and it is never sent again.',
    });
  }

  /** What the venue answers in time, or undefined, with the reason kept for whoever looks. */
  async #answered<Answer>(
    ask: () => Promise<Answer> | Answer,
    watched: Pick<Watched, 'answer'>,
  ): Promise<Answer | undefined> {
    const over = new AbortController();
    try {
      const asked = ask();
      if (!(asked instanceof Promise)) return asked;
      const late = this.#deps.sleep(this.#limits.answerMsMax, over.signal).then(() => undefined);
      const answer = await Promise.race([asked, late]);
      if (answer === undefined) watched.answer = 'no answer in time';
      return answer;
    } catch (failure) {
      watched.answer = sentence(describeError(failure));
      return undefined;
    } finally {
      over.abort();
    }
  }
}

/** The states in which it is open what the venue has of an order, or what became of our request. */
const OPEN_QUESTION: ReadonlySet<OrderState> = new Set(['approved', 'sent', 'unknown', 'cancelling', 'replacing']);

/** Whether it is open what the venue has of an order in this state. */
export function isOpenQuestion(state: OrderState): boolean {
  return OPEN_QUESTION.has(state);
}
