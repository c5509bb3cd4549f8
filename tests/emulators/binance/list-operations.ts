import { compare, type Decimal, maximum, multiply, ZERO } from '@gatehouse/shared/values/decimal.ts';
import { type Account, canLock, lock } from './accounts.ts';
import type { Exchange } from './exchange.ts';
import { paidIn } from './funds.ts';
import type { Market } from './market.ts';
import type { Call, Operation } from './operation.ts';
import {
  need,
  type OrderRequest,
  type Parameters,
  readClientId,
  readOrderRequest,
  readSymbol,
  readWhole,
} from './order-request.ts';
import type { Hold, OrderList } from './orders.ts';
import { REFUSALS, Refusal } from './refusal.ts';
import { listReport, listStatus, placedReport } from './reports.ts';
import { cancelledList } from './trade-operations.ts';

/** Operations on pairs of orders of which one takes the other off. Source: Binance spot API documentation, "Order lists". */
export function listOperations(lists: OrderList[]): readonly Operation[] {
  return [
    {
      http: 'POST /api/v3/orderList/oco',
      socket: 'orderList.place.oco',
      security: 'trade',
      weight: 1,
      orders: 2,
      run: (call) => placeList(call, lists),
    },
    {
      http: 'DELETE /api/v3/orderList',
      socket: 'orderList.cancel',
      security: 'trade',
      weight: 1,
      run({ exchange, key, parameters }) {
        const list = find(lists, key.account, parameters, 'listClientOrderId');
        const first = list?.orders.find((order) => exchange.orders.isOpen(order));
        if (list === undefined || first === undefined) throw REFUSALS.unknownOrder();
        const cancelId = readClientId(parameters, 'newClientOrderId') ?? exchange.generateId();
        return cancelledList(list, exchange.cancel(first, cancelId), cancelId);
      },
    },
    {
      http: 'GET /api/v3/orderList',
      socket: 'orderList.status',
      security: 'user-data',
      weight: 4,
      run({ key, parameters }) {
        const list = find(lists, key.account, parameters, 'origClientOrderId');
        if (list === undefined) throw new Refusal(-2018, 'Order list does not exist.');
        return listReport(list);
      },
    },
    {
      http: 'GET /api/v3/openOrderList',
      socket: 'openOrderLists.status',
      security: 'user-data',
      weight: 6,
      run: ({ key }) => lists.filter(({ account, isDone }) => account === key.account && !isDone).map(listReport),
    },
  ];
}

function find(
  lists: readonly OrderList[],
  account: Account,
  parameters: Parameters,
  clientIdName: string,
): OrderList | undefined {
  const id = readWhole(parameters, 'orderListId');
  const clientId = parameters.get(clientIdName);
  if (id === undefined && clientId === undefined) throw REFUSALS.eitherOf(clientIdName, 'orderListId');
  return lists.findLast(
    (list) => list.account === account && (id === undefined ? list.clientId === clientId : list.id === id),
  );
}

function placeList({ exchange, key, parameters }: Call, lists: OrderList[]): unknown {
  const market = exchange.market(readSymbol(parameters));
  const above = leg(parameters, 'above');
  const below = leg(parameters, 'below');
  if (!isOnItsSide(above, 'above') || !isOnItsSide(below, 'below')) {
    throw new Refusal(-1014, 'Unsupported order combination.');
  }
  checkPrices(above, below, market);
  for (const each of [above, below]) exchange.check(key.account, each);
  const list: OrderList = {
    id: lists.length,
    clientId: readClientId(parameters, 'listClientOrderId') ?? exchange.generateId(),
    market,
    account: key.account,
    orders: [],
    timeMs: exchange.clock.now(),
    isDone: false,
  };
  // The waiting order goes first, so that nothing can execute before both are there.
  const [waiting, working] = above.type === 'LIMIT_MAKER' ? [below, above] : [above, below];
  placeBoth(exchange, list, [waiting, working]);
  lists.push(list);
  exchange.tell(list.account, listStatus(list, exchange.clock.now()));
  const { responseType } = working;
  return { ...listReport(list), orderReports: list.orders.map((order) => placedReport(order, responseType)) };
}

function placeBoth(exchange: Exchange, list: OrderList, requests: readonly OrderRequest[]): void {
  const hold = holdFor(list, requests);
  for (const request of requests) {
    try {
      list.orders.push(exchange.place(list.account, request, { list, hold }));
    } catch (error) {
      const [first] = list.orders;
      if (first === undefined) giveBack(list, requests, hold);
      else exchange.expire(first);
      throw error;
    }
  }
}

function giveBack(list: OrderList, [request]: readonly OrderRequest[], hold: Hold): void {
  const side = request?.side ?? 'BUY';
  lock(list.account, paidIn(side, list.market), { units: -hold.amount.units, scale: hold.amount.scale });
}

/** Sets aside once what the dearer of the two may need. */
function holdFor({ account, market }: OrderList, requests: readonly OrderRequest[]): Hold {
  const needs = requests.map(({ side, quantity = ZERO, price, stopPrice }) =>
    side === 'SELL' ? quantity : multiply(price ?? stopPrice ?? ZERO, quantity),
  );
  const amount = needs.reduce<Decimal>((most, each) => maximum(most, each), ZERO);
  const asset = paidIn(requests[0]?.side ?? 'BUY', market);
  if (!canLock(account, asset, amount)) {
    throw REFUSALS.rejected('Account has insufficient balance for requested action.');
  }
  lock(account, asset, amount);
  return { amount };
}

/** What each of the two orders has by itself, by the end of its parameter's name. */
const LEG_NAMES = {
  Type: 'type',
  Price: 'price',
  StopPrice: 'stopPrice',
  TimeInForce: 'timeInForce',
  TrailingDelta: 'trailingDelta',
  IcebergQty: 'icebergQty',
} as const;

/** Whether the order is one that may stand above or below the market, for a sale or a purchase. */
function isOnItsSide({ type, side }: OrderRequest, which: 'above' | 'below'): boolean {
  const isProfit = type === 'LIMIT_MAKER' || type.startsWith('TAKE_PROFIT');
  const isLoss = type.startsWith('STOP_LOSS');
  return (side === 'SELL') === (which === 'above') ? isProfit : isLoss;
}

/** One of the two orders, from the parameters that carry its name in front. */
function leg(parameters: Parameters, which: 'above' | 'below'): OrderRequest {
  const own = new Map<string, string>();
  for (const name of ['symbol', 'side', 'quantity', 'newOrderRespType']) {
    const value = parameters.get(name);
    if (value !== undefined) own.set(name, value);
  }
  for (const [suffix, name] of Object.entries(LEG_NAMES)) {
    const value = parameters.get(`${which}${suffix}`);
    if (value !== undefined) own.set(name, value);
  }
  const clientId = parameters.get(`${which}ClientOrderId`);
  if (clientId !== undefined) own.set('newClientOrderId', clientId);
  need(parameters, `${which}Type`);
  return readOrderRequest(own);
}

function checkPrices(above: OrderRequest, below: OrderRequest, { last }: Market): void {
  const isMaker = (request: OrderRequest): boolean => request.type === 'LIMIT_MAKER';
  if (isMaker(above) && isMaker(below)) throw new Refusal(-1168, 'At least one OCO order must be contingent.');
  const upper = isMaker(above) ? above.price : above.stopPrice;
  const lower = isMaker(below) ? below.price : below.stopPrice;
  if (upper === undefined || lower === undefined) return;
  const isOrdered = compare(upper, lower) > 0;
  const isAround = last === undefined || (compare(upper, last) > 0 && compare(lower, last) < 0);
  if (!isOrdered || !isAround) {
    throw REFUSALS.rejected('The relationship of the prices for the orders is not correct.');
  }
}
