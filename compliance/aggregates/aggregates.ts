import { isTerminal } from '@gatehouse/shared/accounts/order-life.ts';
import { assert } from '@gatehouse/shared/errors.ts';
import type { JsonValue } from '@gatehouse/shared/journal/canonical.ts';
import type {
  AdjustmentBody,
  CashBody,
  CorporateActionBody,
  EntryBody,
  FillBody,
  FillChangeBody,
  MarksBody,
  OrderBody,
  ReleaseBody,
  SessionBody,
  ValuationBody,
} from '@gatehouse/shared/schema/bodies.ts';
import type { DecisionBody } from '@gatehouse/shared/schema/decision.ts';
import type { FactsBody } from '@gatehouse/shared/schema/facts-bodies.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import {
  add,
  compare,
  type Decimal,
  isZero,
  minimum,
  multiply,
  negate,
  subtract,
  ZERO,
} from '@gatehouse/shared/values/decimal.ts';
import type { Instant } from '@gatehouse/shared/values/instant.ts';
import { isTriggered, isWaiting } from '../edge-waiting.ts';
import { factsOnRecord } from '../facts-document.ts';
import { messagesOfEntry } from '../order-messages.ts';
import type { OpenOrder, OwnFacts } from '../own-facts.ts';
import { parseScope } from '../scopes.ts';
import type { Entered } from './entered.ts';
import { isWeighed } from './held-weights.ts';
import type { Execution } from './holdings.ts';
import { restOf } from './order-rest.ts';
import { ownFee, spendIn, spendStray } from './other-fees.ts';
import { createOwnAnswers } from './own-answers.ts';
import type { Parts } from './parts.ts';
import { countOfEnd } from './rts9-counting.ts';
import type { RunChange } from './runs.ts';
import { partsOf } from './snapshot-reader.ts';
import { snapshotOf } from './snapshot-writer.ts';

/**
 * What the records of an edge add up to, kept up entry by entry.
 *
 * Shape:  `fold` is the only way in, for an entry of the past as for one of this moment; the same entries give the same answers,
 *         whoever asked what in between, and a snapshot taken anywhere goes on the same. An intent alone changes no answer: the
 *         approval enters the order. A fill without a known order leaves the scopes of its decider unknown.
 * Errors: `fold` throws `INVARIANT_BROKEN` for a decision without its intent or for an order that is entered twice, and
 *         `MESSAGE_MALFORMED` for a document that is not what its entry says.
 */
export interface Aggregates extends OwnFacts {
  fold(entry: EntryBody): void;
  snapshot(): JsonValue;
  /** All open orders, in the order in which they were entered. */
  openOrders(): readonly OpenOrder[];
}

/** Aggregates that go on from a snapshot, or start with nothing. Errors: `MESSAGE_MALFORMED` for a snapshot of another form. */
export function createAggregates(snapshot?: JsonValue): Aggregates {
  const parts = partsOf(snapshot);
  const folding = new Folding(parts);
  const answers = createOwnAnswers(parts);
  return {
    ...answers,
    // Spread, it would be the epoch of this moment for ever.
    get haltEpoch() {
      return parts.halts.epoch;
    },
    fold: (entry) => folding.fold(entry),
    snapshot: () => snapshotOf(parts),
    openOrders: () => parts.orders.all(),
  };
}

/** Turns each entry into changes of the parts. */
class Folding {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  fold(entry: EntryBody): void {
    if (entry.kind === 'intent') this.#parts.orders.intend(entry.body.order);
    else if (entry.kind === 'decision') this.#judge(entry.body);
    else if (entry.kind === 'order') this.#move(entry.body);
    else if (entry.kind === 'fill') this.#execute(entry.body);
    else if (entry.kind === 'marks') this.#price(entry.body);
    else if (entry.kind === 'valuation') this.#value(entry.body);
    else this.#foldRest(entry);
    this.#weigh();
    this.#parts.holdings.store.ledgers.settle();
  }

  /** What waits at the edge counts by what else of its group is open, which any entry may have changed. */
  #weigh(): void {
    const { orders, holdings } = this.#parts;
    for (const change of orders.weights.takeChanges()) holdings.weigh(change.lane, change);
  }

  #foldRest(entry: EntryBody): void {
    const { halts, tickets } = this.#parts;
    if (entry.kind === 'cash') this.#pay(entry.body);
    if (entry.kind === 'fill-change') this.#amend(entry.body);
    if (entry.kind === 'corporate-action') this.#act(entry.body);
    if (entry.kind === 'adjustment') this.#adjust(entry.body);
    if (entry.kind === 'kill') halts.kill(entry.body);
    if (entry.kind === 'release') this.#release(entry.body);
    if (entry.kind === 'override') tickets.accept(entry.body);
    if (entry.kind === 'facts') this.#learn(entry.body);
    if (entry.kind === 'session') this.#begin(entry.body);
  }

  #judge(body: DecisionBody): void {
    const { orders, runs, holdings, tickets, places, rejections } = this.#parts;
    const { now, day, reference } = body.facts;
    const order = orders.takeIntent(body.order);
    assert(order !== undefined, `a decision on order ${body.order}, which was never intended`);
    runs.reach(now);
    this.#beginDay(day);
    if (body.outcome === 'approved') this.#enter(order, { now, day });
    else rejections.add({ at: now, place: places.of(order), weight: 1 });
    holdings.rollVenue(order.venue, day);
    if (reference !== undefined) {
      holdings.mark({ instrument: order.instrument, price: reference.price, at: reference.at });
    }
    if (body.tickets !== undefined) tickets.use(body.tickets);
  }

  #enter(order: Order, { now, day }: { readonly now: Instant; readonly day: string }): void {
    const { orders, holdings, places, messages, executions, recent, histories } = this.#parts;
    assert(orders.get(order.id) === undefined, `order ${order.id} is entered twice`);
    const place = places.of(order);
    const lane = holdings.store.lane(place);
    const replaced = order.replaces === undefined ? undefined : orders.get(order.replaces)?.open;
    const count = messagesOfEntry(order, replaced);
    orders.enter(order, lane);
    holdings.enter(lane, { side: order.side, quantity: countedRest({ order, filled: ZERO }) }, day);
    if (count > 0) messages.add({ at: now, place, weight: count });
    executions.add({ at: now, place, weight: 1 });
    recent.add(order);
    // What goes out of an order that waited is no further order of that size.
    if (!isTriggered(order)) histories.add(order);
    this.#takeLocate(order, order.quantity);
    const ordered = volume(order.quantity, count);
    holdings.tally(lane, day, (counts) => {
      counts.orders += 1;
      counts.messages += count;
      counts.orderVolume = add(counts.orderVolume, ordered);
    });
  }

  #move({ order: id, state, at, reason }: OrderBody): void {
    const { orders, runs } = this.#parts;
    runs.reach(at);
    const known = orders.get(id);
    if (known === undefined) {
      if (isTerminal(state)) orders.takeIntent(id);
      return;
    }
    if (!isTerminal(state)) {
      orders.move(known, state);
      return;
    }
    this.#end(known, { state, at, reason });
  }

  #end(known: Entered, { state, at, reason }: Pick<OrderBody, 'state' | 'at' | 'reason'>): void {
    const { orders, holdings, messages, rejections, halts } = this.#parts;
    const { open, lane } = known;
    const { order, filled } = open;
    const { place } = lane;
    const rest = restOf(open);
    const isKilled = reason?.startsWith(KILL_REASON) === true || halts.isTakingBack(place.scopes);
    const { sent, counted } = isWaiting(open)
      ? NOTHING_SENT
      : countOfEnd(order, { state, ...this.#cause(known), isKilled });
    orders.end(known, state);
    holdings.leave(lane, { side: order.side, quantity: countedRest(open) });
    this.#takeLocate(order, subtract(filled, inUse(open)));
    if (sent > 0) messages.add({ at, place, weight: sent });
    if (state === 'rejected') rejections.add({ at, place, weight: 1 });
    if (counted === 0) return;
    const ordered = volume(rest, counted);
    holdings.tallyToday(lane, (counts) => {
      counts.messages += counted;
      counts.orderVolume = add(counts.orderVolume, ordered);
    });
  }

  /** An order that made room for one that waits at the edge was cancelled by a message of its own. */
  #cause({ replacedBy }: Entered): { readonly isReplaced: boolean } {
    const next = replacedBy === undefined ? undefined : this.#parts.orders.get(replacedBy)?.open;
    return { isReplaced: replacedBy !== undefined && !(next !== undefined && isWaiting(next)) };
  }

  #execute(body: FillBody): void {
    const { orders, holdings, runs } = this.#parts;
    runs.reach(body.at);
    this.#settleCash(body);
    const fill = body.feeCurrency === undefined ? body : { ...body, fee: ownFee(body) };
    const isOpen = orders.get(body.order) !== undefined;
    const known = orders.get(body.order) ?? orders.ended(body.order);
    if (known === undefined || !isOf(body, known.open.order)) {
      holdings.executeStray(fill);
      spendStray(holdings.store, body);
      return;
    }
    const { open, lane } = known;
    spendIn(holdings.store, lane, body);
    const filled = { ...open, filled: add(open.filled, body.quantity) };
    orders.fill(known, body.quantity);
    holdings.execute(lane, fill, isOpen ? minimum<Decimal>(countedRest(open), body.quantity) : ZERO);
    this.#takeLocate(open.order, isOpen ? subtract(inUse(filled), inUse(open)) : body.quantity);
    const transactions = isZero(open.filled) ? 1 : 0;
    holdings.tallyToday(lane, (counts) => {
      counts.transactions += transactions;
      counts.tradeVolume = add(counts.tradeVolume, body.quantity);
    });
  }

  #settleCash({ account, instrument, side, quantity, price, fee, currency, feeCurrency = currency }: Settled): void {
    const { cash, holdings } = this.#parts;
    const paid = multiply(quantity, price);
    const amount = side === 'buy' ? negate(paid) : paid;
    const multiplier = holdings.store.instruments.get(instrument)?.terms?.multiplier;
    cash.add({ account, currency: feeCurrency, amount: negate(fee) });
    if (multiplier === undefined) cash.addUnvalued({ account, instrument, currency, amount });
    else cash.add({ account, currency, amount: multiply(amount, multiplier) });
  }

  /**
   * A bust or a correction, by the figures that it says were before and are now.
   *
   * Shape: what was counted of the day stays counted, since the execution was reported on it. A change of an order that is forgotten
   *        is nobody's: the book counts it as one that it cannot place.
   */
  #amend(body: FillChangeBody): void {
    const { orders, holdings } = this.#parts;
    const isOpen = orders.get(body.order) !== undefined;
    const known = orders.get(body.order) ?? orders.ended(body.order);
    if (known === undefined) return;
    const { open, lane } = known;
    const moves = movesOf(body, open.order);
    for (const move of moves) {
      this.#settleCash(move);
      spendIn(holdings.store, lane, move);
    }
    const change = subtract(body.after?.quantity ?? ZERO, body.before.quantity);
    const filled = { ...open, filled: add(open.filled, change) };
    orders.fill(known, change);
    const opened = isOpen ? subtract(countedRest(filled), countedRest(open)) : ZERO;
    holdings.amend(
      lane,
      moves.map((move) => ({ ...move, fee: ownFee(move) })),
      { side: open.order.side, quantity: opened },
    );
    this.#takeLocate(open.order, isOpen ? subtract(inUse(filled), inUse(open)) : change);
  }

  #act({ id, instrument, action }: CorporateActionBody): void {
    const { holdings, cash, done } = this.#parts;
    if (!done.add(`action ${id}`)) return;
    if (action.kind === 'split') holdings.split(instrument, action);
    if (action.kind === 'rename') holdings.rename(instrument, action.into);
    if (action.kind !== 'dividend') return;
    const { perUnit, currency } = action;
    for (const [account, position] of holdings.heldBy(instrument)) {
      if (!isZero(position)) cash.add({ account, currency, amount: multiply(position, perUnit) });
    }
    holdings.receive(instrument, perUnit, currency);
  }

  #adjust({ id, account, change }: AdjustmentBody): void {
    const { holdings, cash, done } = this.#parts;
    if (!done.add(`adjustment ${id}`)) return;
    if (change.kind === 'cash') cash.add({ account, currency: change.currency, amount: change.amount });
    else holdings.adjust({ account, ...change });
  }

  #takeLocate({ locate, shortSaleMark }: Order, quantity: Decimal): void {
    if (locate === undefined || (shortSaleMark !== 'short' && shortSaleMark !== 'short-exempt')) return;
    this.#parts.locates.take(locate, quantity);
  }

  #price({ at, day, marks }: MarksBody): void {
    this.#parts.runs.reach(at);
    this.#beginDay(day);
    for (const mark of marks) this.#parts.holdings.mark(mark);
  }

  #value({ at, day, positions }: ValuationBody): void {
    this.#parts.runs.reach(at);
    this.#beginDay(day);
    for (const { instrument, mark, markAt } of positions) {
      this.#parts.holdings.mark({ instrument, price: mark, at: markAt });
    }
  }

  #beginDay(day: string): void {
    this.#parts.runs.reachDay(day);
    this.#parts.holdings.store.ledgers.rollTo(day);
  }

  #pay({ account, currency, amount }: CashBody): void {
    this.#parts.cash.add({ account, currency, amount });
  }

  #release(body: ReleaseBody): void {
    const { halts, executions } = this.#parts;
    for (const scope of halts.release(body)?.scopes ?? []) {
      const { kind, id } = parseScope(scope);
      if (kind === 'algorithm') executions.forget(id);
    }
  }

  #learn(body: FactsBody): void {
    // Of a file that ended its content is kept: what was used of a locate stays used.
    if (!LEARNT.has(body.kind) || body.ended === true) return;
    const { holdings, cash, locates } = this.#parts;
    const { document } = factsOnRecord(body);
    if (document.kind === 'locates') locates.list(new Set(document.rows.map(({ id }) => id)));
    if (document.kind === 'liquidity') holdings.describeTiers(document.rows);
    if (document.kind !== 'instruments') return;
    for (const row of document.rows) {
      const { currency, multiplier, sector, assetClass } = row;
      holdings.describe(row.id, { terms: { currency, multiplier, sector, assetClass } });
      cash.value(row.id, multiplier);
    }
  }

  #begin(body: SessionBody): void {
    const { runs, holdings, messages, rejections, executions, recent } = this.#parts;
    const change: RunChange | undefined = runs.begin(body);
    if (change === undefined) return;
    for (const log of [messages, rejections, executions, recent]) log.restart(change.at);
    holdings.restartDays(change.day);
  }
}

/** The beginning of the reason of a cancel by the kill switch. */
const KILL_REASON = 'Kill';

/** An order that waited at the edge ends without a message. */
const NOTHING_SENT = { sent: 0, counted: 0 } as const;

/** The kinds of dated files that sums depend on. */
const LEARNT: ReadonlySet<string> = new Set(['instruments', 'liquidity', 'locates']);

/** What an execution moves in cash. */
type Settled = Pick<FillBody, 'account' | 'instrument' | 'side' | 'currency' | 'fee' | 'feeCurrency'> & {
  readonly quantity: Decimal;
  readonly price: Decimal;
};

/** What undoes an execution, and what stands in its place. */
function movesOf({ before, after, feeCurrency }: FillChangeBody, order: Order): readonly Settled[] {
  const { account, instrument, side, currency } = order;
  const place = { account, instrument, currency, ...(feeCurrency === undefined ? {} : { feeCurrency }) };
  const other = side === 'buy' ? 'sell' : 'buy';
  const undone: Settled = { ...place, ...before, side: other, fee: negate(before.fee) };
  return after === undefined ? [undone] : [undone, { ...place, ...after, side }];
}

/** A message concerns the whole quantity each time that it counts. */
function volume(quantity: Decimal, count: number): Decimal {
  return count === 1 ? quantity : multiply(quantity, { units: BigInt(count), scale: 0 });
}

/** What of an open order counts by itself; what waits at the edge is weighed with its group. */
function countedRest(open: Pick<OpenOrder, 'order' | 'filled'>): Decimal {
  return isWeighed(open.order) ? ZERO : restOf(open);
}

/** How much of a locate an open order takes: all of its quantity, and more where it was filled beyond it. */
function inUse({ order, filled }: OpenOrder): Decimal {
  return compare(filled, order.quantity) > 0 ? filled : order.quantity;
}

/** Whether a fill is what it says, an execution of that order. */
function isOf(fill: Execution, order: Order): boolean {
  return (
    fill.account === order.account &&
    fill.instrument === order.instrument &&
    fill.venue === order.venue &&
    fill.side === order.side
  );
}
