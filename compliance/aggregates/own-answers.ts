import type { Order } from '@gatehouse/shared/schema/order.ts';
import { withoutRoom } from '../open-quantities.ts';
import type { OpenQuantities, OrderToTrade, OwnFacts, Room } from '../own-facts.ts';
import { createDayCounts, type DayCounts } from './day-counts.ts';
import { lean } from './holding-state.ts';
import type { Holdings } from './holdings.ts';
import type { Parts } from './parts.ts';

const NO_ROOM: readonly Room[] = [];
const NO_NAMES: ReadonlySet<string> = new Set();
const NO_COUNTS: DayCounts = createDayCounts();

/** The answers to what controls ask. Shape: asking changes no answer. */
export function createOwnAnswers(parts: Parts): Omit<OwnFacts, 'haltEpoch'> {
  const { holdings, orders, halts, tickets, locates, cash, messages, rejections, executions, recent, histories } =
    parts;
  return {
    halts: () => halts.active(),
    position: ({ account, instrument }) => holdings.position(account, instrument),
    open: (order) => openOf(parts, order),
    openOrder: (id) => orders.get(id)?.open,
    room: (order) => roomOf(parts, order),
    groupOf: (order) => orders.groupOf(order),
    openIn: (instrument) => orders.resting(instrument, 'all'),
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

function openOf(parts: Parts, order: Order): OpenQuantities {
  const { account, instrument } = order;
  let open = parts.holdings.open(account, instrument);
  for (const room of roomOf(parts, order)) {
    if (room.order.account === account && room.order.instrument === instrument) open = withoutRoom(open, room);
  }
  return { ...open, buy: lean(open.buy), sell: lean(open.sell) };
}

/** Most orders replace none and count by themselves, and then nothing is looked up. */
function roomOf({ orders, places }: Parts, order: Order): readonly Room[] {
  if (order.replaces === undefined && order.emulates === undefined) return NO_ROOM;
  const replaced = order.replaces === undefined ? undefined : orders.get(order.replaces);
  return orders.weights.room(order, replaced, () => places.of(order).key);
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
