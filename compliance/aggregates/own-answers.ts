import type { Order } from '@gatehouse/shared/schema/order.ts';
import { subtract } from '@gatehouse/shared/values/decimal.ts';
import type { OpenQuantities, OrderToTrade, OwnFacts } from '../own-facts.ts';
import { createDayCounts, type DayCounts } from './day-counts.ts';
import { lean } from './holding-state.ts';
import type { Holdings } from './holdings.ts';
import { type OpenOrders, restOf } from './open-orders.ts';
import type { Parts } from './parts.ts';

const NO_NAMES: ReadonlySet<string> = new Set();
const NO_COUNTS: DayCounts = createDayCounts();

/** The answers to what controls ask. Shape: asking changes no answer. */
export function createOwnAnswers(parts: Parts): Omit<OwnFacts, 'haltEpoch'> {
  const { holdings, orders, halts, tickets, locates, cash, messages, rejections, executions, recent, histories } =
    parts;
  return {
    halts: () => halts.active(),
    position: ({ account, instrument }) => holdings.position(account, instrument),
    open: (order) => openOf(holdings, orders, order),
    openOrder: (id) => orders.get(id)?.open,
    resting: (instrument, side) => orders.resting(instrument, side),
    openCount: (scope) => holdings.store.knownScope(scope)?.openCount ?? 0,
    ordersToday: (scope, day) => countsOf(holdings, scope, day)?.orders,
    instruments: (scope, day) => {
      if (holdings.isUncertain(scope) || isForgotten(holdings, day)) return undefined;
      const state = holdings.store.knownScope(scope);
      return state === undefined ? NO_NAMES : state.usedInstruments.on(day);
    },
    venues: (scope, day) => {
      if (isForgotten(holdings, day)) return undefined;
      const state = holdings.store.knownScope(scope);
      return state === undefined ? NO_NAMES : state.usedVenues.on(day);
    },
    cell: (scope, instrument) => holdings.cell(scope, instrument),
    totals: (scope, day, group) => holdings.totals(scope, day, group),
    oldestMarkAt: (scope) => holdings.oldestMarkAt(scope),
    cash: (account) => cash.of(account),
    messages: (scope, window) => messages.count(scope, window),
    rejections: (scope, window) => rejections.count(scope, window),
    orderToTrade: (scope, day) => {
      const counts = countsOf(holdings, scope, day);
      if (counts === undefined) return undefined;
      counts.answer ??= orderToTradeOf(counts);
      return counts.answer;
    },
    executions: (algorithm, window) => executions.count(algorithm, window),
    history: (order) => histories.of(order),
    recent: (order, window) => recent.alike(order, window),
    locateUsed: (locate) => locates.used(locate),
    tickets: (order) => tickets.fitting(order),
  };
}

function openOf(holdings: Holdings, orders: OpenOrders, order: Order): OpenQuantities {
  const { account, instrument, replaces } = order;
  const open = holdings.open(account, instrument);
  const replaced = replaces === undefined ? undefined : orders.get(replaces)?.open;
  if (replaced === undefined || replaced.order.account !== account || replaced.order.instrument !== instrument)
    return open;
  const rest = restOf(replaced);
  return replaced.order.side === 'buy'
    ? { buy: lean(subtract(open.buy, rest)), sell: open.sell }
    : { buy: open.buy, sell: lean(subtract(open.sell, rest)) };
}

function countsOf(holdings: Holdings, scope: string, day: string): DayCounts | undefined {
  if (isForgotten(holdings, day)) return undefined;
  const counts = holdings.store.knownScope(scope)?.counts.at(day) ?? 'nothing';
  if (counts === 'not-known') return undefined;
  return counts === 'nothing' ? NO_COUNTS : counts;
}

function isForgotten({ daysUnknownTo }: Holdings, day: string): boolean {
  return daysUnknownTo !== undefined && day <= daysUnknownTo;
}

function orderToTradeOf({ messages, transactions, orderVolume, tradeVolume }: DayCounts): OrderToTrade {
  return { messages, transactions, orderVolume: lean(orderVolume), tradeVolume: lean(tradeVolume) };
}
