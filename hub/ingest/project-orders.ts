import { canFollow, nextState } from '@gatehouse/shared/accounts/order-life.ts';
import { canonicalJson } from '@gatehouse/shared/journal/canonical.ts';
import { OrderState } from '@gatehouse/shared/schema/bodies.ts';
import type { DecisionBody, DecisionRow } from '@gatehouse/shared/schema/decision.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import { compare, decimal, toText } from '@gatehouse/shared/values/decimal.ts';
import { instantText } from '@gatehouse/shared/values/instant.ts';
import type { OrderBirthRow } from '../store/order-rows.ts';
import { useTicket } from './project-governance.ts';
import {
  count,
  instrumentOf,
  meetAccount,
  type OrderInWork,
  type ProjectionWork,
  type Projector,
} from './projection-work.ts';

/** What a control refused, whether or not a signed ticket set it aside. */
const REFUSALS: ReadonlySet<string> = new Set(['refuse', 'overridden'] satisfies DecisionRow['verdict'][]);

/** An order is born. An id that is taken already is set aside: it would mix two orders into one. */
export const projectIntent: Projector<'intent'> = (work, { leaf, edge, at, body }) => {
  const { order } = body;
  if (work.orders.has(order.id)) return `order ${order.id} exists already`;
  work.orders.set(order.id, {
    order_id: order.id,
    edge,
    account: order.account,
    instrument: order.instrument,
    side: order.side,
    quantity: toText(order.quantity),
    state: 'intended',
    filled_quantity: '0',
    refused_by: '',
    multiplier: null,
    sheet: null,
    controls: null,
    leaf,
    birth: birthOf(order, { leaf, edge, at }),
    isTouched: true,
  });
  meetAccount(work, { edge, account: order.account, leaf });
  work.orderEntries.push({ order_id: order.id, leaf, kind: 'intent' });
  count(work, 'orders');
  return undefined;
};

/** The gate has spoken about an order, once. */
export const projectDecision: Projector<'decision'> = (work, { leaf, edge, body }) => {
  const order = work.orders.get(body.order);
  const fault = strangerFault(order, body.order, edge);
  if (order === undefined || fault !== undefined) return fault;
  if (order.state !== 'intended') return `order ${body.order} has its decision already`;

  const refusals = body.rows.flatMap((row, ordinal) => (REFUSALS.has(row.verdict) ? [{ row, ordinal }] : []));
  const refusing = refusals.filter(({ row }) => row.verdict === 'refuse');
  const controls = [...new Set(refusing.map(({ row }) => row.control))];
  work.orders.set(order.order_id, {
    ...order,
    state: body.outcome,
    refused_by: controls.join(','),
    multiplier: instrumentOf(work, edge, order.instrument)?.multiplier ?? null,
    sheet: body.sheet,
    controls: body.controls,
    leaf,
    isTouched: true,
  });
  for (const { row, ordinal } of refusals) pushRefusal(work, { body, row, ordinal, leaf });
  for (const ticket of body.tickets ?? []) useTicket(work, { edge, ticket, order: body.order, leaf });
  work.orderEntries.push({ order_id: body.order, leaf, kind: 'decision' });
  if (body.outcome === 'refused') count(work, 'refusals');
  for (const control of controls) count(work, `refused:${control}`);
  return undefined;
};

/** An order changed its state. A move that no order can make is shown as recorded, with an alarm. */
export const projectOrder: Projector<'order'> = (work, { leaf, edge, body }) => {
  const order = work.orders.get(body.order);
  const fault = strangerFault(order, body.order, edge);
  if (order === undefined || fault !== undefined) return fault;
  const before = OrderState.parse(order.state);
  if (!canFollow(before, body.state)) {
    const message = `order ${body.order} went from ${before} to ${body.state}, which no order can`;
    work.alarms.push({ code: 'ORDER_LIFE_BROKEN', severity: 'alarm', edge, message, leaf });
  }
  work.orders.set(order.order_id, { ...order, state: body.state, leaf, isTouched: true });
  work.orderEntries.push({ order_id: body.order, leaf, kind: 'order' });
  return undefined;
};

/** What is wrong with an entry about an order that nobody intended, or that is another edge's; undefined where nothing is. */
export function strangerFault(order: OrderInWork | undefined, id: string, edge: string): string | undefined {
  if (order === undefined) return `order ${id} is unknown`;
  return order.edge === edge ? undefined : `order ${id} is of edge ${order.edge}, not ${edge}`;
}

/** The order after a fill: what is filled, and the state where the fill itself changes it. */
export function afterFill(order: OrderInWork, filled: string, leaf: number): OrderInWork {
  const isComplete = compare(decimal(filled), decimal(order.quantity)) >= 0;
  const state = OrderState.parse(order.state);
  const next = nextState(state, isComplete ? 'fill-all' : 'fill-part');
  return { ...order, filled_quantity: filled, state: next === 'impossible' ? state : next, leaf, isTouched: true };
}

interface Refusal {
  readonly body: DecisionBody;
  readonly row: DecisionBody['rows'][number];
  readonly ordinal: number;
  readonly leaf: number;
}

function pushRefusal(work: ProjectionWork, { body, row, ordinal, leaf }: Refusal): void {
  work.refusals.push({
    leaf,
    ordinal,
    order_id: body.order,
    control: row.control,
    version: row.version,
    scope: row.scope,
    verdict: row.verdict,
    reason: row.reason ?? '',
    figures: canonicalJson(row.figures ?? {}),
    decided_at: instantText(body.facts.now),
  });
}

function birthOf(order: Order, entry: { leaf: number; edge: string; at: string }): OrderBirthRow {
  return {
    order_id: order.id,
    edge: entry.edge,
    environment: order.environment,
    legal_entity: order.legalEntity,
    desk: order.desk,
    trader: order.trader,
    client: order.client,
    account: order.account,
    algorithm: order.algorithm.id,
    algorithm_version: order.algorithm.version,
    capacity: order.capacity,
    instrument: order.instrument,
    venue: order.venue,
    side: order.side,
    short_sale_mark: order.shortSaleMark,
    type: order.type,
    time_in_force: order.timeInForce,
    quantity: toText(order.quantity),
    limit_price: order.limitPrice === undefined ? null : toText(order.limitPrice),
    stop_price: order.stopPrice === undefined ? null : toText(order.stopPrice),
    currency: order.currency,
    decision_maker: order.decisionMaker,
    executing_person: order.executingPerson,
    decided_at: instantText(order.decidedAt),
    recorded_at: entry.at,
    intent_leaf: entry.leaf,
    replaces: order.replaces ?? null,
    group_id: order.group?.id ?? null,
    group_role: order.group?.role ?? null,
  };
}
