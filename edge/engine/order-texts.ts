import { canonicalJson } from '@gatehouse/shared/journal/canonical.ts';
import type { FillBody, IntentBody, OrderBody } from '@gatehouse/shared/schema/bodies.ts';
import type { DecisionBody, DecisionFacts, DecisionRow } from '@gatehouse/shared/schema/decision.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import { type Decimal, toText } from '@gatehouse/shared/values/decimal.ts';
import { type Instant, instantText } from '@gatehouse/shared/values/instant.ts';

/** The canonical text of an intent. Shape: as all of this file, keys stand in the order of RFC 8785. */
export function intentText({ order }: IntentBody): string {
  return `{"order":${orderText(order)},"v":1}`;
}

/** The canonical text of a decision. */
export function decisionText({ controls, facts, order, outcome, rows, sheet }: DecisionBody): string {
  const head = `{"controls":"${controls}","facts":${factsText(facts)},"order":"${order}","outcome":"${outcome}"`;
  return `${head},"rows":[${rows.map(rowText).join(',')}],"sheet":"${sheet}","v":1}`;
}

/** The canonical text of a change of state. */
export function stateText({ at, order, reason, state, venueOrder }: OrderBody): string {
  const head = `{"at":${time(at)},"order":"${order}"${optional('reason', reason)},"state":"${state}","v":1`;
  return `${head}${optional('venueOrder', venueOrder)}}`;
}

/** The canonical text of an execution. */
export function fillText(fill: FillBody): string {
  const { account, at, currency, fee, instrument, order, price, quantity, side, venue } = fill;
  const head = `{"account":"${account}","at":${time(at)},"currency":"${currency}","fee":${figure(fee)}`;
  const middle = `"fill":${text(fill.fill)},"instrument":"${instrument}","order":"${order}","price":${figure(price)}`;
  return `${head},${middle},"quantity":${figure(quantity)},"side":"${side}","v":1,"venue":"${venue}"}`;
}

function orderText(order: Order): string {
  const { algorithm, clock } = order;
  const quality = `{"offsetNs":"${clock.offsetNs}","source":${text(clock.source)},"uncertaintyNs":"${clock.uncertaintyNs}"}`;
  const limitPrice = order.limitPrice === undefined ? '' : `,"limitPrice":${figure(order.limitPrice)}`;
  return [
    `{"account":"${order.account}","algorithm":{"id":"${algorithm.id}","version":"${algorithm.version}"}`,
    `"capacity":"${order.capacity}","client":"${order.client}","clock":${quality},"currency":"${order.currency}"`,
    `"decidedAt":${time(order.decidedAt)},"decisionMaker":"${order.decisionMaker}","desk":"${order.desk}"`,
    `"environment":"${order.environment}","executingPerson":"${order.executingPerson}","id":"${order.id}"`,
    `"instrument":"${order.instrument}","legalEntity":"${order.legalEntity}"${limitPrice}${optional('parent', order.parent)}`,
    `"quantity":${figure(order.quantity)}${optional('replaces', order.replaces)},"shortSaleMark":"${order.shortSaleMark}"`,
    `"side":"${order.side}","timeInForce":"${order.timeInForce}","trader":"${order.trader}","type":"${order.type}"`,
    `"venue":"${order.venue}"}`,
  ].join(',');
}

function factsText({ haltEpoch, multiplier, now, open, position, recent, reference, states }: DecisionFacts): string {
  const parts = [`"haltEpoch":${haltEpoch}`];
  if (multiplier !== undefined) parts.push(`"multiplier":${figure(multiplier)}`);
  parts.push(`"now":${time(now)}`);
  if (open !== undefined) parts.push(`"open":{"buy":${figure(open.buy)},"sell":${figure(open.sell)}}`);
  if (position !== undefined) {
    parts.push(`"position":{"asOfSeq":${position.asOfSeq},"quantity":${figure(position.quantity)}}`);
  }
  if (recent !== undefined) {
    parts.push(`"recent":{"orders":[${recent.orders.map(recentText).join(',')}],"windowMs":${recent.windowMs}}`);
  }
  if (reference !== undefined) {
    const { at, price, source } = reference;
    parts.push(`"reference":{"at":${time(at)},"price":${figure(price)},"source":${text(source)}}`);
  }
  if (states !== undefined) {
    parts.push(`"states":[${states.map(({ scope, state }) => `{"scope":"${scope}","state":"${state}"}`).join(',')}]`);
  }
  return `{${parts.join(',')}}`;
}

function recentText(recent: NonNullable<DecisionFacts['recent']>['orders'][number]): string {
  const { algorithm, decidedAt, id, instrument, limitPrice, quantity, side } = recent;
  const limit = limitPrice === undefined ? '' : `,"limitPrice":${figure(limitPrice)}`;
  const head = `{"algorithm":"${algorithm}","decidedAt":${time(decidedAt)},"id":"${id}","instrument":"${instrument}"`;
  return `${head}${limit},"quantity":${figure(quantity)},"side":"${side}"}`;
}

function rowText({ control, figures, reason, scope, verdict, version }: DecisionRow): string {
  const known = figures === undefined ? '' : `,"figures":${canonicalJson(figures)}`;
  return `{"control":"${control}"${known},"reason":${text(reason)},"scope":"${scope}","verdict":"${verdict}","version":${version}}`;
}

function optional(name: string, value: string | undefined): string {
  return value === undefined ? '' : `,"${name}":${text(value)}`;
}

function figure(value: Decimal): string {
  return `"${toText(value)}"`;
}

function time(at: Instant): string {
  return `"${instantText(at)}"`;
}

function text(value: string): string {
  return JSON.stringify(value);
}
