import { fixed } from './amounts.ts';
import type { BinanceOrder, OrderList, OwnTrade } from './orders.ts';

/** What an answer to a new order tells. Source: Binance spot API documentation, "New order (TRADE)". */
export function placedReport(order: BinanceOrder, responseType: 'ACK' | 'RESULT' | 'FULL'): object {
  const ack = {
    symbol: order.market.rules.symbol,
    orderId: order.orderId,
    orderListId: order.list?.id ?? -1,
    clientOrderId: order.clientOrderId,
    transactTime: order.updateMs,
  };
  if (responseType === 'ACK') return ack;
  const result = { ...ack, ...figures(order), workingTime: order.workingMs, ...conditional(order), ...PREVENTION };
  if (responseType === 'RESULT') return result;
  return {
    ...result,
    fills: order.trades.map((trade) => ({
      price: fixed(trade.price),
      qty: fixed(trade.quantity),
      commission: fixed(trade.commission),
      commissionAsset: trade.commissionAsset,
      tradeId: trade.id,
    })),
  };
}

/** What an answer to a cancel tells; the order's own id is the original one beside the cancel's. */
export function cancelledReport(order: BinanceOrder, cancelId: string): object {
  return {
    symbol: order.market.rules.symbol,
    origClientOrderId: order.clientOrderId,
    orderId: order.orderId,
    orderListId: order.list?.id ?? -1,
    clientOrderId: cancelId,
    transactTime: order.updateMs,
    ...figures(order),
    ...conditional(order),
    ...PREVENTION,
  };
}

/** An order as queries show it. */
export function queriedReport(order: BinanceOrder): object {
  return {
    symbol: order.market.rules.symbol,
    orderId: order.orderId,
    orderListId: order.list?.id ?? -1,
    clientOrderId: order.clientOrderId,
    ...figures(order),
    stopPrice: fixed(order.stopPrice),
    icebergQty: fixed(order.icebergQty),
    ...(order.trailingDelta === undefined ? {} : { trailingDelta: order.trailingDelta, trailingTime: -1 }),
    time: order.timeMs,
    updateTime: order.updateMs,
    isWorking: order.isWorking,
    workingTime: order.workingMs,
    origQuoteOrderQty: fixed(order.quoteOrderQty),
    ...PREVENTION,
  };
}

/** An order that was changed in place, as the answer to the change shows it. */
export function amendedReport(order: BinanceOrder, original: string): object {
  return {
    symbol: order.market.rules.symbol,
    orderId: order.orderId,
    orderListId: order.list?.id ?? -1,
    origClientOrderId: original,
    clientOrderId: order.clientOrderId,
    price: fixed(order.price),
    qty: fixed(order.quantity),
    executedQty: fixed(order.executed),
    preventedQty: fixed(),
    quoteOrderQty: fixed(),
    cumulativeQuoteQty: fixed(order.quoteExecuted),
    status: order.status,
    timeInForce: order.timeInForce,
    type: order.type,
    side: order.side,
    workingTime: order.workingMs,
    ...PREVENTION,
  };
}

/** An execution as `myTrades` lists it. */
export function tradeReport(trade: OwnTrade): object {
  const { order } = trade;
  return {
    symbol: order.market.rules.symbol,
    id: trade.id,
    orderId: order.orderId,
    orderListId: order.list?.id ?? -1,
    price: fixed(trade.price),
    qty: fixed(trade.quantity),
    quoteQty: fixed(trade.quoteQuantity),
    commission: fixed(trade.commission),
    commissionAsset: trade.commissionAsset,
    time: trade.atMs,
    isBuyer: order.side === 'BUY',
    isMaker: trade.isMaker,
    isBestMatch: true,
  };
}

/** What the user data stream says of an order. */
export interface Execution {
  readonly type: 'NEW' | 'CANCELED' | 'TRADE' | 'EXPIRED' | 'REPLACED';
  readonly nowMs: number;
  readonly executionId: number;
  readonly trade?: OwnTrade;
  /** The id of the cancel or of the change, beside which the order's own is the original one. */
  readonly requestId?: string;
  readonly originalId?: string;
}

/** The `executionReport` of the user data stream. */
export function executionReport(order: BinanceOrder, execution: Execution): object {
  const { trade, nowMs } = execution;
  return {
    e: 'executionReport',
    E: nowMs,
    s: order.market.rules.symbol,
    c: execution.requestId ?? order.clientOrderId,
    S: order.side,
    o: order.type,
    f: order.timeInForce,
    q: fixed(order.quantity),
    p: fixed(order.price),
    P: fixed(order.stopPrice),
    ...(order.trailingDelta === undefined ? {} : { d: order.trailingDelta }),
    F: fixed(order.icebergQty),
    g: order.list?.id ?? -1,
    C: execution.originalId ?? '',
    x: execution.type,
    X: order.status,
    r: 'NONE',
    i: order.orderId,
    l: fixed(trade?.quantity),
    z: fixed(order.executed),
    L: fixed(trade?.price),
    n: trade === undefined ? '0' : fixed(trade.commission),
    N: trade?.commissionAsset ?? null,
    T: order.updateMs,
    t: trade?.id ?? -1,
    I: execution.executionId,
    w: order.isWorking && (order.status === 'NEW' || order.status === 'PARTIALLY_FILLED'),
    m: trade?.isMaker ?? false,
    M: false,
    O: order.timeMs,
    Z: fixed(order.quoteExecuted),
    Y: fixed(trade?.quoteQuantity),
    Q: fixed(order.quoteOrderQty),
    ...(order.workingMs === -1 ? {} : { W: order.workingMs }),
    V: 'NONE',
  };
}

/** An order list as answers and queries show it. */
export function listReport(list: OrderList): object {
  return {
    orderListId: list.id,
    contingencyType: 'OCO',
    listStatusType: list.isDone ? 'ALL_DONE' : 'EXEC_STARTED',
    listOrderStatus: list.isDone ? 'ALL_DONE' : 'EXECUTING',
    listClientOrderId: list.clientId,
    transactionTime: list.timeMs,
    symbol: list.market.rules.symbol,
    orders: list.orders.map(({ orderId, clientOrderId }) => ({
      symbol: list.market.rules.symbol,
      orderId,
      clientOrderId,
    })),
  };
}

/** The `listStatus` of the user data stream. */
export function listStatus(list: OrderList, nowMs: number): object {
  return {
    e: 'listStatus',
    E: nowMs,
    s: list.market.rules.symbol,
    g: list.id,
    c: 'OCO',
    l: list.isDone ? 'ALL_DONE' : 'EXEC_STARTED',
    L: list.isDone ? 'ALL_DONE' : 'EXECUTING',
    r: 'NONE',
    C: list.clientId,
    T: nowMs,
    O: list.orders.map(({ orderId, clientOrderId }) => ({
      s: list.market.rules.symbol,
      i: orderId,
      c: clientOrderId,
    })),
  };
}

const PREVENTION = { selfTradePreventionMode: 'NONE' } as const;

function figures(order: BinanceOrder): object {
  return {
    price: fixed(order.price),
    origQty: fixed(order.quantity),
    executedQty: fixed(order.executed),
    origQuoteOrderQty: fixed(order.quoteOrderQty),
    cummulativeQuoteQty: fixed(order.quoteExecuted),
    status: order.status,
    timeInForce: order.timeInForce,
    type: order.type,
    side: order.side,
  };
}

function conditional(order: BinanceOrder): object {
  return {
    ...(order.stopPrice === undefined ? {} : { stopPrice: fixed(order.stopPrice) }),
    ...(order.icebergQty === undefined ? {} : { icebergQty: fixed(order.icebergQty) }),
    ...(order.trailingDelta === undefined ? {} : { trailingDelta: order.trailingDelta, trailingTime: -1 }),
  };
}
