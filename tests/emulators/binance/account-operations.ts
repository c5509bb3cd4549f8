import { isZero, rescale, toText } from '@gatehouse/shared/values/decimal.ts';
import type { Account } from './accounts.ts';
import { fixed } from './amounts.ts';
import type { Call, Operation, QuerySettings } from './operation.ts';
import { type Parameters, readSymbol, readWhole } from './order-request.ts';
import type { BinanceOrder } from './orders.ts';
import { REFUSALS, Refusal } from './refusal.ts';
import { queriedReport, tradeReport } from './reports.ts';

const DAY_MS = 86_400_000;
const PAGE_DEFAULT = 500;
const PAGE_MAX = 1_000;

/** Operations that only look. Source: Binance spot API documentation, "Account endpoints". */
export const ACCOUNT_OPERATIONS: readonly Operation[] = [
  { http: 'GET /api/v3/order', socket: 'order.status', security: 'user-data', weight: 4, run: queryOrder },
  {
    http: 'GET /api/v3/openOrders',
    socket: 'openOrders.status',
    security: 'user-data',
    weight: (parameters) => (parameters.has('symbol') ? 6 : 80),
    run({ exchange, key, parameters, settings }) {
      const market = parameters.has('symbol') ? exchange.market(readSymbol(parameters)) : undefined;
      return exchange.orders
        .open()
        .filter((order) => order.account === key.account && (market === undefined || order.market === market))
        .filter((order) => isVisible(order, settings))
        .map(queriedReport);
    },
  },
  { http: 'GET /api/v3/allOrders', socket: 'allOrders', security: 'user-data', weight: 20, run: allOrders },
  {
    http: 'GET /api/v3/myTrades',
    socket: 'myTrades',
    security: 'user-data',
    weight: (parameters) => (parameters.has('orderId') ? 5 : 20),
    run: myTrades,
  },
  { http: 'GET /api/v3/account', socket: 'account.status', security: 'user-data', weight: 20, run: account },
  {
    http: 'GET /sapi/v1/account/apiRestrictions',
    security: 'user-data',
    weight: 1,
    run({ key, exchange }) {
      const { reading, spotTrading, withdrawals, ipRestricted } = key.permissions;
      return {
        ipRestrict: ipRestricted,
        createTime: exchange.clock.now() - DAY_MS,
        enableReading: reading,
        enableSpotAndMarginTrading: spotTrading,
        enableWithdrawals: withdrawals,
        enableInternalTransfer: false,
        enableMargin: false,
        enableFutures: false,
        permitsUniversalTransfer: false,
        enableVanillaOptions: false,
        enablePortfolioMarginTrading: false,
      };
    },
  },
  {
    http: 'GET /sapi/v1/capital/config/getall',
    security: 'user-data',
    weight: 10,
    run({ exchange }) {
      const assets = new Set([...exchange.markets.values()].flatMap(({ rules }) => [rules.base, rules.quote]));
      return [...assets].map((coin) => ({ coin, name: coin, trading: true, isLegalMoney: false, networkList: [] }));
    },
  },
  { http: 'GET /sapi/v1/margin/allPairs', security: 'key', weight: 1, run: () => [] },
  { http: 'GET /sapi/v1/margin/isolated/allPairs', security: 'user-data', weight: 10, run: () => [] },
];

/** Whether queries know an order yet: they read a copy that is a little behind the matching engine. */
function isVisible(order: BinanceOrder, { lagMs }: QuerySettings): boolean {
  return Date.now() - order.seenAtMs >= lagMs;
}

/** Whether an order ended without any execution so long ago that it is archived. */
function isArchived(order: BinanceOrder, { exchange, settings }: Call): boolean {
  const isBare = (order.status === 'CANCELED' || order.status === 'EXPIRED') && isZero(order.executed);
  return isBare && exchange.clock.now() - order.updateMs > settings.archiveAfterMs;
}

function queryOrder(call: Call): unknown {
  const { exchange, key, parameters, settings } = call;
  const market = exchange.market(readSymbol(parameters));
  const orderId = readWhole(parameters, 'orderId');
  const clientId = parameters.get('origClientOrderId');
  if (orderId === undefined && (clientId === undefined || clientId === '')) {
    throw REFUSALS.eitherOf('origClientOrderId', 'orderId');
  }
  const order =
    orderId === undefined
      ? exchange.orders.latestByClientId(key.account, market, clientId ?? '')
      : exchange.orders.byId(orderId);
  const isOther = order?.account !== key.account || order.market !== market;
  const isNamedOtherwise = orderId !== undefined && clientId !== undefined && order?.clientOrderId !== clientId;
  if (order === undefined || isOther || isNamedOtherwise || !isVisible(order, settings)) throw REFUSALS.noSuchOrder();
  if (!isArchived(order, call)) return queriedReport(order);
  if (settings.archiveCode === -2013) throw REFUSALS.noSuchOrder();
  throw new Refusal(
    -2026,
    'Order was canceled or expired with no executed qty over 90 days ago and has been archived.',
  );
}

function allOrders(call: Call): unknown {
  const { exchange, key, parameters, settings } = call;
  const market = exchange.market(readSymbol(parameters));
  const { limit, startMs, endMs } = readPage(parameters);
  const fromId = readWhole(parameters, 'orderId');
  const found: BinanceOrder[] = [];
  for (const order of exchange.orders.all()) {
    if (order.account !== key.account || order.market !== market) continue;
    if (!isVisible(order, settings) || isArchived(order, call)) continue;
    if (fromId !== undefined ? order.orderId < fromId : !isWithin(order.timeMs, startMs, endMs)) continue;
    found.push(order);
  }
  const isFromStart = fromId !== undefined || startMs !== undefined;
  return (isFromStart ? found.slice(0, limit) : found.slice(-limit)).map(queriedReport);
}

function myTrades({ exchange, key, parameters, settings }: Call): unknown {
  const market = exchange.market(readSymbol(parameters));
  const { limit, startMs, endMs } = readPage(parameters);
  const fromId = readWhole(parameters, 'fromId');
  const orderId = readWhole(parameters, 'orderId');
  const hasTimes = startMs !== undefined || endMs !== undefined;
  if (hasTimes && (fromId !== undefined || orderId !== undefined)) {
    throw new Refusal(-1128, 'Combination of optional parameters invalid.');
  }
  const asked = exchange.orders
    .tradesOf(key.account, market)
    .filter(({ order }) => isVisible(order, settings) && (orderId === undefined || order.orderId === orderId))
    .filter(({ id, atMs }) => (fromId === undefined || id >= fromId) && isWithin(atMs, startMs, endMs));
  const isFromStart = fromId !== undefined || startMs !== undefined;
  return (isFromStart ? asked.slice(0, limit) : asked.slice(-limit)).map(tradeReport);
}

/** A page of a history. Errors: -1127 for more than a day, -1130 for a page that is too long. */
function readPage(parameters: Parameters): {
  readonly limit: number;
  readonly startMs: number | undefined;
  readonly endMs: number | undefined;
} {
  const limit = readWhole(parameters, 'limit') ?? PAGE_DEFAULT;
  if (limit < 1) throw new Refusal(-1130, "Data sent for parameter 'limit' is not valid.");
  const startMs = readWhole(parameters, 'startTime');
  const endMs = readWhole(parameters, 'endTime');
  if (startMs !== undefined && endMs !== undefined) {
    if (endMs < startMs) throw new Refusal(-1100, 'Start time is greater than end time.');
    if (endMs - startMs > DAY_MS) {
      throw new Refusal(-1127, 'More than 24 hours between startTime and endTime.');
    }
  }
  return { limit: Math.min(limit, PAGE_MAX), startMs, endMs };
}

/** Whether a moment lies in what was asked for; a start alone reaches a day far. */
function isWithin(atMs: number, startMs: number | undefined, endMs: number | undefined): boolean {
  const lastMs = endMs ?? (startMs === undefined ? undefined : startMs + DAY_MS);
  return (startMs === undefined || atMs >= startMs) && (lastMs === undefined || atMs <= lastMs);
}

function account({ key, parameters }: Call): unknown {
  const { account: asked } = key;
  const omitsZero = parameters.get('omitZeroBalances') === 'true';
  const bps = (rate: Account['makerRate']): number =>
    Number(toText(rescale({ units: rate.units * 10_000n, scale: rate.scale }, { scale: 0, rounding: 'down' })));
  return {
    makerCommission: bps(asked.makerRate),
    takerCommission: bps(asked.takerRate),
    buyerCommission: 0,
    sellerCommission: 0,
    commissionRates: {
      maker: fixed(asked.makerRate),
      taker: fixed(asked.takerRate),
      buyer: fixed(),
      seller: fixed(),
    },
    canTrade: key.permissions.spotTrading,
    canWithdraw: true,
    canDeposit: true,
    brokered: false,
    requireSelfTradePrevention: false,
    preventSor: false,
    updateTime: asked.updatedAtMs,
    accountType: 'SPOT',
    balances: [...asked.balances]
      .filter(([, { free, locked }]) => !omitsZero || !isZero(free) || !isZero(locked))
      .map(([asset, { free, locked }]) => ({ asset, free: fixed(free), locked: fixed(locked) })),
    permissions: ['SPOT'],
    uid: 1,
  };
}
