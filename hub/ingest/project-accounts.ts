import {
  applyFill,
  averageCost,
  cashOf,
  FLAT,
  type Position,
  type PositionFill,
} from '@gatehouse/shared/accounts/position.ts';
import type { FillBody } from '@gatehouse/shared/schema/bodies.ts';
import {
  absolute,
  add,
  compare,
  type Decimal,
  decimal,
  fitsText,
  negate,
  signOf,
  toText,
  trim,
} from '@gatehouse/shared/values/decimal.ts';
import { instantText } from '@gatehouse/shared/values/instant.ts';
import type { CashRow, PositionRow } from '../store/account-rows.ts';
import { afterFill, strangerFault } from './project-orders.ts';
import { count, type OrderInWork, type ProjectionWork, type Projector, pairKey } from './projection-work.ts';

/** An execution: books the fill, its position, its cash and its order, each once. */
export const projectFill: Projector<'fill'> = (work, { leaf, edge, body }) => {
  const order = work.orders.get(body.order);
  const fault = strangerFault(order, body.order, edge) ?? fillFault(work, order, body);
  if (order === undefined || fault !== undefined) return fault;
  if (order.multiplier === null) return `no file of instruments says what ${body.instrument} multiplies by`;

  const fill = { ...body, multiplier: decimal(order.multiplier) };
  const position = positionAfter(work, fill, leaf);
  const cash = cashAfter(work, { ...body, change: cashOf(fill), deposited: decimal('0'), leaf });
  const filled = trim(add(decimal(order.filled_quantity), body.quantity));
  if (position === undefined || cash === undefined || !fitsText(filled))
    return 'a sum has more digits than a record holds';

  work.positions.set(pairKey(body.account, body.instrument), position);
  work.cash.set(pairKey(body.account, body.currency), cash);
  work.orders.set(order.order_id, afterFill(order, toText(filled), leaf));
  if (compare(filled, decimal(order.quantity)) > 0) {
    const message = `order ${body.order} for ${order.quantity} was filled ${toText(filled)} times`;
    work.alarms.push({ code: 'ORDER_OVERFILLED', severity: 'alarm', edge, message, leaf });
  }
  pushFill(work, body, leaf);
  return undefined;
};

/** Money that came or went other than by a fill. */
export const projectCash: Projector<'cash'> = (work, { leaf, body }) => {
  if (body.reason === 'deposit' && signOf(body.amount) < 0) return 'a deposit of less than nothing';
  const change = body.reason === 'deposit' ? body.amount : negate(absolute(body.amount));
  const cash = cashAfter(work, { ...body, change, deposited: change, leaf });
  if (cash === undefined) return 'a sum has more digits than a record holds';
  work.cash.set(pairKey(body.account, body.currency), cash);
  return undefined;
};

/** The close of a day: the account's worth, and the marks of what it holds. */
export const projectValuation: Projector<'valuation'> = (work, { leaf, body }) => {
  const { account, day, currency } = body;
  work.valuations.push({
    account,
    day,
    at: instantText(body.at),
    currency,
    cash: toText(body.cash),
    equity: toText(body.equity),
    realised: toText(body.realised),
    unrealised: toText(body.unrealised),
    fees: toText(body.fees),
    leaf,
  });
  for (const { instrument, mark, markAt } of body.positions) {
    const key = pairKey(account, instrument);
    const row = work.positions.get(key);
    if (row !== undefined) work.positions.set(key, { ...row, mark: toText(mark), mark_at: instantText(markAt), leaf });
  }
  return undefined;
};

function fillFault(work: ProjectionWork, order: OrderInWork | undefined, body: FillBody): string | undefined {
  if (work.fillIds.has(body.fill)) return `fill ${body.fill} is booked already`;
  const isOfOrder = order?.account === body.account && order.instrument === body.instrument && order.side === body.side;
  if (!isOfOrder) return `fill ${body.fill} has not the account, instrument and side of order ${body.order}`;
  const held = work.positions.get(pairKey(body.account, body.instrument));
  if (held === undefined || held.currency === body.currency) return undefined;
  return `fill ${body.fill} is in ${body.currency}, its position in ${held.currency}`;
}

function pushFill(work: ProjectionWork, body: FillBody, leaf: number): void {
  work.fillIds.add(body.fill);
  work.fills.push({
    fill_id: body.fill,
    leaf,
    order_id: body.order,
    account: body.account,
    instrument: body.instrument,
    venue: body.venue,
    side: body.side,
    quantity: toText(body.quantity),
    price: toText(body.price),
    currency: body.currency,
    fee: toText(body.fee),
    at: instantText(body.at),
  });
  work.orderEntries.push({ order_id: body.order, leaf, kind: 'fill' });
  count(work, 'fills');
}

/** The row of the position after a fill; undefined where a figure has no text. */
function positionAfter(work: ProjectionWork, fill: FillBody & PositionFill, leaf: number): PositionRow | undefined {
  const row = work.positions.get(pairKey(fill.account, fill.instrument));
  const after = applyFill(row === undefined ? FLAT : positionOf(row), fill);
  const average = averageCost(after);
  if (![after.quantity, after.cost, after.realised, after.fees, average].every(fitsText)) return undefined;
  return {
    account: fill.account,
    instrument: fill.instrument,
    currency: fill.currency,
    quantity: toText(after.quantity),
    cost: toText(after.cost),
    average_cost: toText(average),
    realised: toText(after.realised),
    fees: toText(after.fees),
    mark: row?.mark ?? null,
    mark_at: row?.mark_at ?? null,
    leaf,
  };
}

function positionOf(row: PositionRow): Position {
  const { quantity, cost, realised, fees } = row;
  return { quantity: decimal(quantity), cost: decimal(cost), realised: decimal(realised), fees: decimal(fees) };
}

interface CashMove {
  readonly account: string;
  readonly currency: string;
  readonly change: Decimal;
  readonly deposited: Decimal;
  readonly leaf: number;
}

/** The row of the cash after a move; undefined where a figure has no text. */
function cashAfter(work: ProjectionWork, move: CashMove): CashRow | undefined {
  const { account, currency, leaf } = move;
  const row = work.cash.get(pairKey(account, currency));
  const amount = trim(add(decimal(row?.amount ?? '0'), move.change));
  const deposited = trim(add(decimal(row?.deposited ?? '0'), move.deposited));
  if (!fitsText(amount) || !fitsText(deposited)) return undefined;
  return { account, currency, amount: toText(amount), deposited: toText(deposited), leaf };
}
