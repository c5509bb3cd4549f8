import type { Account } from './accounts.ts';
import { readAmount } from './amounts.ts';
import type { Exchange } from './exchange.ts';
import type { Market } from './market.ts';
import type { Call, Operation } from './operation.ts';
import { need, type Parameters, readClientId, readOrderRequest, readSymbol, readWhole } from './order-request.ts';
import type { BinanceOrder, OrderList } from './orders.ts';
import { REFUSALS, Refusal } from './refusal.ts';
import { amendedReport, cancelledReport, listReport, placedReport } from './reports.ts';

/** Operations that make, change and end orders. Source: Binance spot API documentation, "Trading endpoints". */
export const TRADE_OPERATIONS: readonly Operation[] = [
  {
    http: 'POST /api/v3/order',
    socket: 'order.place',
    security: 'trade',
    weight: 1,
    orders: 1,
    run({ exchange, key, parameters }) {
      const request = readOrderRequest(parameters);
      return placedReport(exchange.place(key.account, request), request.responseType);
    },
  },
  {
    http: 'POST /api/v3/order/test',
    socket: 'order.test',
    security: 'trade',
    weight: 1,
    run({ exchange, key, parameters }) {
      exchange.check(key.account, readOrderRequest(parameters));
      return {};
    },
  },
  {
    http: 'DELETE /api/v3/order',
    socket: 'order.cancel',
    security: 'trade',
    weight: 1,
    run({ exchange, key, parameters }) {
      const cancelId = readClientId(parameters, 'newClientOrderId') ?? exchange.generateId();
      return cancelOne({ exchange, account: key.account, parameters }, CANCEL_NAMES, cancelId);
    },
  },
  {
    http: 'DELETE /api/v3/openOrders',
    socket: 'openOrders.cancelAll',
    security: 'trade',
    weight: 1,
    run: cancelAll,
  },
  {
    http: 'POST /api/v3/order/cancelReplace',
    socket: 'order.cancelReplace',
    security: 'trade',
    weight: 1,
    orders: 1,
    run: cancelReplace,
  },
  {
    http: 'PUT /api/v3/order/amend/keepPriority',
    socket: 'order.amend.keepPriority',
    security: 'trade',
    weight: 4,
    run: amend,
  },
];

/** The parameters by which a request names the order that it is about. */
interface OrderNames {
  readonly id: string;
  readonly clientId: string;
}

const CANCEL_NAMES: OrderNames = { id: 'orderId', clientId: 'origClientOrderId' };
const REPLACE_NAMES: OrderNames = { id: 'cancelOrderId', clientId: 'cancelOrigClientOrderId' };

interface Asked {
  readonly exchange: Exchange;
  readonly account: Account;
  readonly parameters: Parameters;
}

/** The open order that a request names. Errors: -1102 where it names none, -2011 where no such order is open. */
function openOrder({ exchange, account, parameters }: Asked, names: OrderNames): BinanceOrder {
  const market = exchange.market(readSymbol(parameters));
  const orderId = readWhole(parameters, names.id);
  const clientId = parameters.get(names.clientId);
  if (orderId === undefined && (clientId === undefined || clientId === '')) {
    throw REFUSALS.eitherOf(names.clientId, names.id);
  }
  const order =
    orderId === undefined
      ? exchange.orders.openByClientId(account, market, clientId ?? '')
      : openById(exchange, { account, market, orderId });
  const isNamedOtherwise = orderId !== undefined && clientId !== undefined && order?.clientOrderId !== clientId;
  if (order === undefined || isNamedOtherwise) throw REFUSALS.unknownOrder();
  return order;
}

function openById(
  exchange: Exchange,
  { account, market, orderId }: { readonly account: Account; readonly market: Market; readonly orderId: number },
): BinanceOrder | undefined {
  const order = exchange.orders.byId(orderId);
  const isTheirs = order !== undefined && order.account === account && order.market === market;
  return isTheirs && exchange.orders.isOpen(order) ? order : undefined;
}

function cancelOne(asked: Asked, names: OrderNames, cancelId: string): object {
  const order = openOrder(asked, names);
  const restriction = asked.parameters.get('cancelRestrictions');
  if (restriction !== undefined && restriction !== 'ONLY_NEW' && restriction !== 'ONLY_PARTIALLY_FILLED') {
    throw new Refusal(-1145, 'Invalid cancelRestrictions');
  }
  if (restriction !== undefined && `ONLY_${order.status}` !== restriction) {
    throw new Refusal(-2011, 'Order was not canceled due to cancel restrictions.');
  }
  const cancelled = asked.exchange.cancel(order, cancelId);
  return order.list === undefined ? cancelledReport(order, cancelId) : cancelledList(order.list, cancelled, cancelId);
}

/** A list that was cancelled, with its orders. */
export function cancelledList(list: OrderList, orders: readonly BinanceOrder[], cancelId: string): object {
  return { ...listReport(list), orderReports: orders.map((order) => cancelledReport(order, cancelId)) };
}

function cancelAll({ exchange, key, parameters }: Call): unknown {
  const market = exchange.market(readSymbol(parameters));
  const open = exchange.orders.open().filter((order) => order.account === key.account && order.market === market);
  if (open.length === 0) throw REFUSALS.unknownOrder();
  const cancelId = exchange.generateId();
  const reports: object[] = [];
  for (const order of open) {
    if (!exchange.orders.isOpen(order)) continue;
    const cancelled = exchange.cancel(order, cancelId);
    reports.push(
      order.list === undefined ? cancelledReport(order, cancelId) : cancelledList(order.list, cancelled, cancelId),
    );
  }
  return reports;
}

/** Cancels, then places: two acts in one request, of which each can fail alone. */
function cancelReplace({ exchange, key, parameters }: Call): unknown {
  const { account } = key;
  const mode = need(parameters, 'cancelReplaceMode');
  if (mode !== 'STOP_ON_FAILURE' && mode !== 'ALLOW_FAILURE') {
    throw new Refusal(-1130, "Data sent for parameter 'cancelReplaceMode' is not valid.");
  }
  const request = readOrderRequest(parameters);
  const cancelId = readClientId(parameters, 'cancelNewClientOrderId') ?? exchange.generateId();
  const cancelled = attempt(() => cancelOne({ exchange, account, parameters }, REPLACE_NAMES, cancelId));
  const stops = cancelled instanceof Refusal && mode === 'STOP_ON_FAILURE';
  const placed = stops
    ? undefined
    : attempt(() => placedReport(exchange.place(account, request), request.responseType));
  const data = {
    cancelResult: cancelled instanceof Refusal ? 'FAILURE' : 'SUCCESS',
    newOrderResult: placed === undefined ? 'NOT_ATTEMPTED' : placed instanceof Refusal ? 'FAILURE' : 'SUCCESS',
    cancelResponse: cancelled instanceof Refusal ? cancelled.body() : cancelled,
    newOrderResponse: placed instanceof Refusal ? placed.body() : (placed ?? null),
  };
  const failures = [cancelled, placed].filter((each) => each instanceof Refusal).length;
  if (failures === 0) return data;
  if (failures === 1 && !stops) {
    throw new Refusal(-2021, 'Order cancel-replace partially failed.', { status: 409, data });
  }
  throw new Refusal(-2022, 'Order cancel-replace failed.', { status: 400, data });
}

function attempt<Answer>(act: () => Answer): Answer | Refusal {
  try {
    return act();
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}

function amend({ exchange, key, parameters }: Call): unknown {
  const order = openOrder({ exchange, account: key.account, parameters }, CANCEL_NAMES);
  const quantity = readAmount('newQty', need(parameters, 'newQty'));
  const original = order.clientOrderId;
  exchange.amend(order, quantity, readClientId(parameters, 'newClientOrderId') ?? exchange.generateId());
  return { transactTime: order.updateMs, executionId: order.amends, amendedOrder: amendedReport(order, original) };
}
