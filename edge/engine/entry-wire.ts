import type { JsonObject, JsonValue } from '@gatehouse/shared/journal/canonical.ts';
import {
  bodySchemas,
  type EntryBody,
  type EntryKind,
  type FillBody,
  type OrderBody,
} from '@gatehouse/shared/schema/bodies.ts';
import type { DecisionBody, DecisionFacts } from '@gatehouse/shared/schema/decision.ts';
import { decode, encode } from '@gatehouse/shared/schema/decode.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import { toText } from '@gatehouse/shared/values/decimal.ts';
import { instantText } from '@gatehouse/shared/values/instant.ts';

/** A body in the form in which it is journalled. */
export interface WireBody {
  readonly kind: EntryKind;
  readonly body: JsonValue;
}

/**
 * The wire form of a body; equal to what its schema encodes.
 *
 * Shape: the kinds that every order needs are written by hand, since a schema's walk would be most of the order's cost.
 */
export function toWireBody(entry: EntryBody): WireBody {
  const { kind } = entry;
  switch (kind) {
    case 'intent':
      return { kind, body: { v: 1, order: orderWire(entry.body.order) } };
    case 'decision':
      return { kind, body: decisionWire(entry.body) };
    case 'order':
      return { kind, body: stateWire(entry.body) };
    case 'fill':
      return { kind, body: fillWire(entry.body) };
    default:
      return { kind, body: encode(bodySchemas[kind] as never, entry.body as never) as JsonValue };
  }
}

/** A body of the journal as trusted values; undefined for a kind that this release does not know. */
export function fromWireBody(kind: string, bodyText: string): EntryBody | undefined {
  if (!isKnown(kind)) return undefined;
  return { kind, body: decode(bodySchemas[kind], JSON.parse(bodyText), `an entry of kind ${kind}`) } as EntryBody;
}

function isKnown(kind: string): kind is EntryKind {
  return Object.hasOwn(bodySchemas, kind);
}

function orderWire(order: Order): JsonObject {
  const { quantity, limitPrice, decidedAt, ...same } = order;
  return {
    ...same,
    quantity: toText(quantity),
    decidedAt: instantText(decidedAt),
    ...(limitPrice === undefined ? {} : { limitPrice: toText(limitPrice) }),
  } as JsonObject;
}

function decisionWire({ facts, ...same }: DecisionBody): JsonObject {
  return { ...same, facts: factsWire(facts) } as JsonObject;
}

function factsWire(facts: DecisionFacts): JsonObject {
  const { now, haltEpoch, reference, position, open, recent, states, multiplier } = facts;
  return {
    now: instantText(now),
    haltEpoch,
    ...(reference === undefined
      ? {}
      : { reference: { price: toText(reference.price), at: instantText(reference.at), source: reference.source } }),
    ...(position === undefined ? {} : { position: { quantity: toText(position.quantity), asOfSeq: position.asOfSeq } }),
    ...(open === undefined ? {} : { open: { buy: toText(open.buy), sell: toText(open.sell) } }),
    ...(recent === undefined ? {} : { recent: { windowMs: recent.windowMs, orders: recent.orders.map(recentWire) } }),
    ...(states === undefined ? {} : { states: states as unknown as JsonValue }),
    ...(multiplier === undefined ? {} : { multiplier: toText(multiplier) }),
  };
}

function recentWire(recent: NonNullable<DecisionFacts['recent']>['orders'][number]): JsonObject {
  const { quantity, limitPrice, decidedAt, ...same } = recent;
  return {
    ...same,
    quantity: toText(quantity),
    decidedAt: instantText(decidedAt),
    ...(limitPrice === undefined ? {} : { limitPrice: toText(limitPrice) }),
  };
}

function stateWire({ at, ...same }: OrderBody): JsonObject {
  return { ...same, at: instantText(at) } as JsonObject;
}

function fillWire({ quantity, price, fee, at, ...same }: FillBody): JsonObject {
  return { ...same, quantity: toText(quantity), price: toText(price), fee: toText(fee), at: instantText(at) };
}
