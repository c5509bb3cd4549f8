import type { FillBody } from '@gatehouse/shared/schema/bodies.ts';
import { add, compare, decimal, fitsText, signOf, toText, trim } from '@gatehouse/shared/values/decimal.ts';
import { instantText } from '@gatehouse/shared/values/instant.ts';
import { foldBooks, NO_FILLS } from './account-books.ts';
import { namesOf } from './account-state.ts';
import { pairKey } from './pair-key.ts';
import { afterFill, strangerFault } from './project-orders.ts';
import { count, meetAccount, type OrderInWork, type ProjectionWork, type Projector } from './projection-work.ts';

/** An execution: books the fill, its position, its cash and its order, each once. */
export const projectFill: Projector<'fill'> = (work, { leaf, edge, body }) => {
  const order = work.orders.get(body.order);
  const fault = strangerFault(order, body.order, edge) ?? fillFault(work, order, body);
  if (order === undefined || fault !== undefined) return fault;
  if (order.multiplier === null) return `no file of instruments says what ${body.instrument} multiplies by`;
  const multiplier = decimal(order.multiplier);

  const filled = trim(add(decimal(order.filled_quantity), body.quantity));
  if (!fitsText(filled)) return 'a sum has more digits than a record holds';
  const instruments = namesOf(work.renames, edge, body.instrument);
  const stranger = currencyFault(work, body, instruments);
  if (stranger !== undefined) return stranger;
  const currencies = [body.currency, ...(body.feeCurrency === undefined ? [] : [body.feeCurrency])];
  const deps = { multiplierOf: () => multiplier, placeOf: () => undefined };
  const unbooked = foldBooks(
    work,
    { edge, leaf, accounts: [body.account], instruments, currencies },
    { deps, act: (ledger) => void ledger.fill(body) },
  );
  if (unbooked !== undefined) return unbooked;

  work.orders.set(order.order_id, afterFill(order, toText(filled), leaf));
  if (compare(filled, decimal(order.quantity)) > 0) {
    const message = `order ${body.order} for ${order.quantity} was filled ${toText(filled)} times`;
    work.alarms.push({ code: 'ORDER_OVERFILLED', severity: 'alarm', edge, message, leaf });
  }
  pushFill(work, body, leaf);
  return undefined;
};

/** Money that came or went other than by a fill. Units: positive where it came. */
export const projectCash: Projector<'cash'> = (work, { leaf, edge, body }) => {
  if (body.reason === 'deposit' && signOf(body.amount) < 0) return 'a deposit of less than nothing';
  if (body.reason === 'withdrawal' && signOf(body.amount) > 0) return 'a withdrawal of less than nothing';
  const concern = { edge, leaf, accounts: [body.account], instruments: [], currencies: [body.currency] };
  const fault = foldBooks(work, concern, { deps: NO_FILLS, act: (ledger) => void ledger.pay(body) });
  if (fault === undefined) meetAccount(work, { edge, account: body.account, leaf });
  return fault;
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
  return isOfOrder ? undefined : `fill ${body.fill} has not the account, instrument and side of order ${body.order}`;
}

function currencyFault(work: ProjectionWork, body: FillBody, instruments: readonly string[]): string | undefined {
  const held = instruments.flatMap((name) => work.positions.get(pairKey(body.account, name))?.holding.currency ?? []);
  const other = held.find((currency) => currency !== body.currency);
  return other === undefined ? undefined : `fill ${body.fill} is in ${body.currency}, its position in ${other}`;
}

function pushFill(work: ProjectionWork, body: FillBody, leaf: number): void {
  work.fillIds.add(body.fill);
  work.fills.set(body.fill, {
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
    fee_currency: body.feeCurrency ?? null,
    liquidity: body.liquidity ?? null,
    status: 'stands',
    now_quantity: null,
    now_price: null,
    now_fee: null,
    changed_leaf: null,
  });
  work.orderEntries.push({ order_id: body.order, leaf, kind: 'fill' });
  count(work, 'fills');
}
