import { compare, type Decimal } from '@gatehouse/shared/values/decimal.ts';
import { fromMillis } from '@gatehouse/shared/values/instant.ts';
import type { VenueExecution } from '../venue.ts';
import type { ClientIds } from './client-ids.ts';
import { BINANCE_CODES } from './error-map.ts';
import { type CurrencyOf, fillOfTrade } from './fills.ts';
import { ORDER_STATES, type OrderTracker } from './order-tracker.ts';
import type { Questions } from './questions.ts';
import { RestFailure } from './rest.ts';
import type { OrderAnswer, TradeAnswer } from './wire-forms.ts';

/** What catching up is done with. */
export interface CatchUpDeps {
  readonly questions: Questions;
  readonly tracker: OrderTracker;
  readonly ids: ClientIds;
  readonly currencyOf: CurrencyOf;
  readonly instrument: string;
  readonly symbolId: string;
  readonly serverMs: () => number;
}

/** Asks the exchange for what no stream told. */
export interface CatchUp {
  /** Tells every execution since the last one heard, then the end of every order that is not open any more. */
  run(): Promise<void>;
  /** Notes whose order one of the exchange's ids is, so that it need not be asked. */
  learn(orderId: string, clientId: string): void;
  executionsSince(sinceMs: number): Promise<readonly VenueExecution[]>;
}

/** Single questions up to here; beyond, a page of orders costs less. */
const SINGLE_QUESTIONS_MAX = 5;
const NAMES_MAX = 50_000;
const ORDER_PAGES_MAX = 1_000;
/** Time may run ahead at the exchange by what its measurement leaves open. */
const CLOCK_ROOM_MS = 2_000;

/** A catch-up that has heard of nothing yet. */
export function createCatchUp(deps: CatchUpDeps): CatchUp {
  return new BinanceCatchUp(deps);
}

class BinanceCatchUp implements CatchUp {
  readonly #deps: CatchUpDeps;
  readonly #clientIds = new Map<string, string>();
  #lastTrade: bigint | undefined;

  constructor(deps: CatchUpDeps) {
    this.#deps = deps;
  }

  learn(orderId: string, clientId: string): void {
    this.#clientIds.set(orderId, clientId);
    const [oldest] = this.#clientIds.keys();
    if (this.#clientIds.size > NAMES_MAX && oldest !== undefined) this.#clientIds.delete(oldest);
  }

  async run(): Promise<void> {
    await this.#tellTrades();
    await this.#tellOrders();
  }

  async executionsSince(sinceMs: number): Promise<readonly VenueExecution[]> {
    const { questions, serverMs } = this.#deps;
    const trades = await questions.tradesSince(sinceMs, serverMs() + CLOCK_ROOM_MS);
    await this.#learnNames(trades);
    return trades.map((trade) => this.#executionOf(trade));
  }

  async #tellTrades(): Promise<void> {
    const { questions, tracker } = this.#deps;
    if (this.#lastTrade === undefined) {
      // What happened before the start is known by the orders that were open then, and by the reconciliation.
      this.#lastTrade = (await questions.lastTrade())?.id ?? -1n;
      return;
    }
    const trades = await questions.tradesFrom(this.#lastTrade + 1n);
    await this.#learnNames(trades);
    for (const trade of trades) {
      tracker.execution(this.#executionOf(trade));
      this.#lastTrade = trade.id;
    }
  }

  /** Looks at each open order that the exchange does not list as open, or lists with more executed than was heard. */
  async #tellOrders(): Promise<void> {
    const { questions, tracker, ids } = this.#deps;
    const before = tracker.open();
    if (before.length === 0) return;
    const listed = new Map((await questions.openOrders('symbol')).map((answer) => [answer.clientOrderId, answer]));
    for (const { order, filled } of before) {
      const clientId = ids.of(order);
      const open = listed.get(clientId);
      const isAsHeard = open !== undefined && compare(open.executedQty, filled) === 0 && tracker.isHeardOf(order);
      if (isAsHeard) continue;
      const answer = open ?? (await this.#askFor(clientId));
      if (answer === 'archived') await this.#tellArchived(order, filled);
      else if (answer !== undefined) await this.#tellOrder(order, answer);
    }
  }

  async #askFor(clientId: string): Promise<OrderAnswer | 'archived' | undefined> {
    try {
      return await this.#deps.questions.order({ clientId });
    } catch (error) {
      if (error instanceof RestFailure && error.exchangeCode === BINANCE_CODES.archived) return 'archived';
      throw error;
    }
  }

  async #tellArchived(order: string, filled: Decimal): Promise<void> {
    const { tracker, serverMs } = this.#deps;
    const venueOrder = tracker.venueOrderOf(order) ?? 'archived';
    const found = { order, venueOrder, quantity: filled, filled, at: fromMillis(serverMs()) };
    await tracker.found(
      { ...found, state: 'cancelled' },
      'The exchange has archived the order, which had ended long ago.',
    );
  }

  async #tellOrder(order: string, answer: OrderAnswer): Promise<void> {
    const { tracker, serverMs } = this.#deps;
    const { orderId, clientOrderId, status, origQty, executedQty, updateTime } = answer;
    this.learn(orderId, clientOrderId);
    const state = ORDER_STATES[status];
    if (state === undefined) return;
    const at = fromMillis(updateTime ?? serverMs());
    const found = { order, venueOrder: orderId, state, quantity: origQty, filled: executedQty, at };
    await tracker.found(found, 'The exchange says so on being asked.');
  }

  /** Learns the client ids of orders that executions name by the exchange's own. */
  async #learnNames(trades: readonly TradeAnswer[]): Promise<void> {
    const unknown = [...new Set(trades.map(({ orderId }) => orderId))].filter((id) => !this.#clientIds.has(id));
    if (unknown.length > SINGLE_QUESTIONS_MAX) {
      await this.#learnPages(unknown);
      return;
    }
    for (const orderId of unknown) {
      const answer = await this.#deps.questions.order({ orderId });
      if (answer !== undefined) this.learn(orderId, answer.clientOrderId);
    }
  }

  async #learnPages(unknown: readonly string[]): Promise<void> {
    const wanted = new Set(unknown);
    let from = unknown.map(BigInt).reduce((least, id) => (id < least ? id : least));
    for (let page = 0; page < ORDER_PAGES_MAX && wanted.size > 0; page += 1) {
      const some = await this.#deps.questions.ordersFrom(`${from}`);
      for (const { orderId, clientOrderId } of some) {
        this.learn(orderId, clientOrderId);
        wanted.delete(orderId);
      }
      const most = some.map(({ orderId }) => BigInt(orderId)).reduce((a, b) => (b > a ? b : a), from - 1n);
      if (most < from) return;
      from = most + 1n;
    }
  }

  #executionOf(trade: TradeAnswer): VenueExecution {
    const { ids, symbolId, instrument, currencyOf } = this.#deps;
    const clientId = this.#clientIds.get(trade.orderId);
    return {
      order: clientId === undefined ? undefined : ids.toOurs(clientId),
      venueOrder: trade.orderId,
      instrument: trade.symbol === symbolId ? instrument : undefined,
      side: trade.isBuyer ? 'buy' : 'sell',
      fill: fillOfTrade(trade, currencyOf),
    };
  }
}
