import { compare } from '@gatehouse/shared/values/decimal.ts';
import { fromMillis } from '@gatehouse/shared/values/instant.ts';
import type { VenueExecution } from '../venue.ts';
import type { ClientIds } from './client-ids.ts';
import { type CurrencyOf, fillOfTrade } from './fills.ts';
import { ORDER_STATES, type OrderTracker } from './order-tracker.ts';
import type { Questions } from './questions.ts';
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
  const { questions, tracker, ids, currencyOf, instrument, symbolId } = deps;
  const clientIds = new Map<string, string>();
  let lastTrade: bigint | undefined;

  function learn(orderId: string, clientId: string): void {
    clientIds.set(orderId, clientId);
    const [oldest] = clientIds.keys();
    if (clientIds.size > NAMES_MAX && oldest !== undefined) clientIds.delete(oldest);
  }

  function note({ orderId, clientOrderId }: OrderAnswer): void {
    learn(orderId, clientOrderId);
  }

  /** Learns the client ids of orders that executions name by the exchange's own. */
  async function learnNames(trades: readonly TradeAnswer[]): Promise<void> {
    const unknown = [...new Set(trades.map(({ orderId }) => orderId))].filter((id) => !clientIds.has(id));
    if (unknown.length <= SINGLE_QUESTIONS_MAX) {
      for (const orderId of unknown) {
        const answer = await questions.order({ orderId });
        if (answer !== undefined) note(answer);
      }
      return;
    }
    const wanted = new Set(unknown);
    let from = unknown.map(BigInt).reduce((least, id) => (id < least ? id : least));
    for (let page = 0; page < ORDER_PAGES_MAX && wanted.size > 0; page += 1) {
      const some = await questions.ordersFrom(`${from}`);
      for (const answer of some) {
        note(answer);
        wanted.delete(answer.orderId);
      }
      const most = some.map(({ orderId }) => BigInt(orderId)).reduce((a, b) => (b > a ? b : a), from);
      if (some.length === 0 || most < from) return;
      from = most + 1n;
    }
  }

  function executionOf(trade: TradeAnswer): VenueExecution {
    const clientId = clientIds.get(trade.orderId);
    return {
      order: clientId === undefined ? undefined : ids.toOurs(clientId),
      venueOrder: trade.orderId,
      instrument: trade.symbol === symbolId ? instrument : undefined,
      side: trade.isBuyer ? 'buy' : 'sell',
      fill: fillOfTrade(trade, currencyOf),
    };
  }

  async function tellTrades(): Promise<void> {
    if (lastTrade === undefined) {
      // What happened before the start is known by the orders that were open then, and by the reconciliation.
      lastTrade = (await questions.lastTrade())?.id ?? -1n;
      return;
    }
    const trades = await questions.tradesFrom(lastTrade + 1n);
    await learnNames(trades);
    for (const trade of trades) {
      tracker.execution(executionOf(trade));
      lastTrade = trade.id;
    }
  }

  /** Looks at each open order that the exchange does not list as open, or lists with more executed than was heard. */
  async function tellOrders(): Promise<void> {
    const before = tracker.open();
    if (before.length === 0) return;
    const listed = new Map((await questions.openOrders('symbol')).map((answer) => [answer.clientOrderId, answer]));
    for (const { order, filled } of before) {
      const clientId = ids.of(order);
      const open = listed.get(clientId);
      if (open !== undefined) note(open);
      const isAsHeard = open !== undefined && compare(open.executedQty, filled) === 0 && tracker.isHeardOf(order);
      if (isAsHeard) continue;
      const answer = open ?? (await questions.order({ clientId }));
      if (answer === undefined) continue;
      note(answer);
      const state = ORDER_STATES[answer.status];
      if (state === undefined) continue;
      await tracker.found(
        {
          order,
          venueOrder: answer.orderId,
          state,
          quantity: answer.origQty,
          filled: answer.executedQty,
          at: fromMillis(answer.updateTime ?? deps.serverMs()),
        },
        'The exchange says so on being asked.',
      );
    }
  }

  return {
    learn,
    async run() {
      await tellTrades();
      await tellOrders();
    },
    async executionsSince(sinceMs) {
      const trades = await questions.tradesSince(sinceMs, deps.serverMs() + CLOCK_ROOM_MS);
      await learnNames(trades);
      return trades.map(executionOf);
    },
  };
}
