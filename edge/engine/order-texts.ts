import { canonicalJson, type JsonValue } from '@gatehouse/shared/journal/canonical.ts';
import type { FillBody, IntentBody, MarksBody, OrderBody } from '@gatehouse/shared/schema/bodies.ts';
import { DecisionBody, type DecisionFacts } from '@gatehouse/shared/schema/decision.ts';
import { encode } from '@gatehouse/shared/schema/decode.ts';
import { Order } from '@gatehouse/shared/schema/order.ts';
import { shortRowsText } from '@gatehouse/shared/schema/short-rows.ts';
import { type Decimal, toText } from '@gatehouse/shared/values/decimal.ts';
import { type Instant, instantText } from '@gatehouse/shared/values/instant.ts';

/** What few orders carry; the text of one that does is made by its schema. */
const RARE: readonly (keyof Order)[] = [
  'auction',
  'displayQuantity',
  'emulates',
  'expiresAt',
  'group',
  'postOnly',
  'reduceOnly',
  'stopPrice',
  'trailing',
];

/** The canonical text of an intent. Shape: as all of this file, keys stand in the order of RFC 8785. */
export function intentText({ order }: IntentBody): string {
  return `{"order":${orderText(order)},"v":1}`;
}

/** The canonical text of a decision. Shape: one of an earlier version is not made any more, and is left to its schema. */
export function decisionText(decision: DecisionBody): string {
  if (decision.v !== 3) return canonicalJson(encode(DecisionBody, decision) as unknown as JsonValue);
  const { controls, facts, haltEpoch, order, outcome, sheet, tickets } = decision;
  const { rows, scopes } = shortRowsText(decision.rows);
  const head = `{"controls":"${controls}","facts":${factsText(facts)},"haltEpoch":${haltEpoch},"order":"${order}"`;
  const middle = `"outcome":"${outcome}","rows":${rows},"scopes":${canonicalJson(scopes)},"sheet":"${sheet}"`;
  const used = tickets === undefined ? '' : `,"tickets":${canonicalJson(tickets)}`;
  return `${head},${middle}${used},"v":3}`;
}

/** The canonical text of a change of state. */
export function stateText({ at, order, reason, state, venueOrder }: OrderBody): string {
  const head = `{"at":${time(at)},"order":"${order}"${optional('reason', reason)},"state":"${state}","v":1`;
  return `${head}${optional('venueOrder', venueOrder)}}`;
}

/** The canonical text of an execution. */
export function fillText(fill: FillBody): string {
  const { account, at, currency, fee, instrument, order, price, quantity, side, venue } = fill;
  const fees = `"fee":${figure(fee)}${optional('feeCurrency', fill.feeCurrency)}`;
  const head = `{"account":"${account}","at":${time(at)},"currency":"${currency}",${fees}`;
  const name = `"fill":${text(fill.fill)},"instrument":"${instrument}"${optional('liquidity', fill.liquidity)}`;
  const middle = `${name},"order":"${order}","price":${figure(price)}`;
  return `${head},${middle},"quantity":${figure(quantity)},"side":"${side}","v":1,"venue":"${venue}"}`;
}

/** The canonical text of marks, which stand before the first order of each bar. */
export function marksText({ at, day, marks }: MarksBody): string {
  const lines = marks.map((mark) => {
    return `{"at":${time(mark.at)},"instrument":"${mark.instrument}","price":${figure(mark.price)}}`;
  });
  return `{"at":${time(at)},"day":"${day}","marks":[${lines.join(',')}],"v":1}`;
}

function orderText(order: Order): string {
  if (RARE.some((name) => order[name] !== undefined)) return canonicalJson(encode(Order, order) as JsonValue);
  const { algorithm, clock } = order;
  const quality = `{"offsetNs":"${clock.offsetNs}","source":${text(clock.source)},"uncertaintyNs":"${clock.uncertaintyNs}"}`;
  const limitPrice = order.limitPrice === undefined ? '' : `,"limitPrice":${figure(order.limitPrice)}`;
  return [
    `{"account":"${order.account}","algorithm":{"id":"${algorithm.id}","version":"${algorithm.version}"}`,
    `"capacity":"${order.capacity}","client":"${order.client}","clock":${quality}${optional('counterparty', order.counterparty)}`,
    `"currency":"${order.currency}"`,
    `"decidedAt":${time(order.decidedAt)},"decisionMaker":"${order.decisionMaker}","desk":"${order.desk}"`,
    `"environment":"${order.environment}","executingPerson":"${order.executingPerson}","id":"${order.id}"`,
    `"instrument":"${order.instrument}","legalEntity":"${order.legalEntity}"${limitPrice}${optional('locate', order.locate)}${optional('parent', order.parent)}`,
    `"quantity":${figure(order.quantity)}${optional('replaces', order.replaces)}${optional('shortExemptReason', order.shortExemptReason)}`,
    `"shortSaleMark":"${order.shortSaleMark}"`,
    `"side":"${order.side}","timeInForce":"${order.timeInForce}","trader":"${order.trader}","type":"${order.type}"`,
    `"venue":"${order.venue}"}`,
  ].join(',');
}

function factsText(facts: DecisionFacts): string {
  const { clock, contact, day, files, market, now, quote, range, reference, second, volatility, wallAt } = facts;
  const parts: string[] = [];
  if (clock !== undefined) {
    const { source, offsetNs, uncertaintyNs } = clock;
    parts.push(`"clock":{"offsetNs":"${offsetNs}","source":${text(source)},"uncertaintyNs":"${uncertaintyNs}"}`);
  }
  if (contact !== undefined) parts.push(`"contact":${contactText(contact)}`);
  parts.push(`"day":"${day}"`, `"files":"${files}"`);
  if (market !== undefined) parts.push(`"market":${marketText(market)}`);
  parts.push(`"now":${time(now)}`);
  if (quote !== undefined) parts.push(`"quote":${quoteText(quote)}`);
  if (range !== undefined) {
    parts.push(`"range":{"from":${time(range.from)},"high":${figure(range.high)},"low":${figure(range.low)}}`);
  }
  if (reference !== undefined) parts.push(`"reference":${priceText(reference)}`);
  if (second !== undefined) parts.push(`"second":${priceText(second)}`);
  if (volatility !== undefined) {
    const { at, value, windowMs } = volatility;
    parts.push(`"volatility":{"at":${time(at)},"value":${figure(value)},"windowMs":${windowMs}}`);
  }
  parts.push(`"wallAt":${time(wallAt)}`);
  return `{${parts.join(',')}}`;
}

function contactText({ kind, lastAt, lease, leaseTo }: NonNullable<DecisionFacts['contact']>): string {
  const last = lastAt === undefined ? '' : `,"lastAt":${time(lastAt)}`;
  const leased = lease === undefined ? '' : `,"lease":${leaseText(lease)}`;
  const to = leaseTo === undefined ? '' : `,"leaseTo":${time(leaseTo)}`;
  return `{"kind":"${kind}"${last}${leased}${to}}`;
}

type Lease = NonNullable<NonNullable<DecisionFacts['contact']>['lease']>;

function leaseText({ amount, threshold, version }: Lease): string {
  return `{"amount":${figure(amount)},"threshold":"${threshold}","version":${version}}`;
}

function marketText({ at, band, breakerLevel, source, status }: NonNullable<DecisionFacts['market']>): string {
  const limits = band === undefined ? '' : `,"band":{"high":${figure(band.high)},"low":${figure(band.low)}}`;
  return `{"at":${time(at)}${limits},"breakerLevel":${breakerLevel},"source":${text(source)},"status":"${status}"}`;
}

function quoteText({ ask, at, bid, source }: NonNullable<DecisionFacts['quote']>): string {
  const offered = ask === undefined ? '' : `"ask":${figure(ask)},`;
  const wanted = bid === undefined ? '' : `,"bid":${figure(bid)}`;
  return `{${offered}"at":${time(at)}${wanted},"source":${text(source)}}`;
}

function priceText({ at, price, source }: NonNullable<DecisionFacts['reference']>): string {
  return `{"at":${time(at)},"price":${figure(price)},"source":${text(source)}}`;
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
