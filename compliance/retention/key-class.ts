import type { EntryKind } from '@gatehouse/shared/schema/bodies.ts';

/**
 * The classes that records are stored under, each with a key for every month.
 *
 * Shape: all records of one have the same clock events and the same maxima, so that within a month they may go together; what sets
 *        customers apart is sealed under the key of each. Records under `unknown` have no rule and never go.
 */
export const KEY_CLASSES = [
  'trading',
  'market-access',
  'reviews',
  'customer',
  'screening',
  'blocked-property',
  'surveillance',
  'filings',
  'firm',
  'hub-acts',
  'retention',
  'unknown',
] as const;

/** One of the classes that records are stored under. */
export type KeyClass = (typeof KEY_CLASSES)[number];

/**
 * The class of each kind of entry.
 *
 * Shape: what a later reader needs to judge an order again lies under `trading`, snapshots too, which repeat it; what was in use for a
 *        time and then was replaced lies under `market-access`. Acts are told apart by their names.
 */
const CLASS_OF_KIND: Readonly<Record<Exclude<EntryKind, 'act'>, KeyClass>> = {
  intent: 'trading',
  decision: 'trading',
  order: 'trading',
  trigger: 'trading',
  fill: 'trading',
  'fill-change': 'trading',
  'corporate-action': 'trading',
  break: 'trading',
  adjustment: 'trading',
  cash: 'trading',
  valuation: 'trading',
  marks: 'trading',
  session: 'trading',
  venue: 'trading',
  kill: 'trading',
  'kill-report': 'trading',
  release: 'trading',
  override: 'trading',
  command: 'trading',
  lease: 'trading',
  clock: 'trading',
  incident: 'trading',
  epoch: 'trading',
  snapshot: 'trading',
  limits: 'market-access',
  controls: 'market-access',
  algorithm: 'market-access',
  trust: 'market-access',
  facts: 'market-access',
};

/** The class of each family of acts, which is the first word of an act's name. */
const CLASS_OF_FAMILY: Readonly<Record<string, KeyClass>> = {
  limits: 'market-access',
  files: 'market-access',
  review: 'reviews',
  customer: 'customer',
  screening: 'screening',
  blocked: 'blocked-property',
  surveillance: 'surveillance',
  alert: 'surveillance',
  case: 'surveillance',
  transfer: 'surveillance',
  filing: 'filings',
  hub: 'hub-acts',
  firm: 'firm',
  archive: 'hub-acts',
  backup: 'hub-acts',
  command: 'hub-acts',
  device: 'hub-acts',
  edge: 'hub-acts',
  lease: 'hub-acts',
  ledger: 'hub-acts',
  person: 'hub-acts',
  record: 'hub-acts',
  rejudge: 'hub-acts',
  report: 'hub-acts',
  session: 'hub-acts',
  retention: 'retention',
};

/** Acts that do not lie with their family. */
const CLASS_OF_ACT: Readonly<Record<string, KeyClass>> = {
  'records.exported': 'hub-acts',
  'records.disposed': 'retention',
  'records.disposed-again': 'retention',
  // Without these nobody can say any more by which key a stream was signed.
  'edge.registered': 'firm',
  'edge.epoch-opened': 'firm',
};

/** The same as maps, in which no name that every object has is found. */
const kindClasses: ReadonlyMap<string, KeyClass> = new Map(Object.entries(CLASS_OF_KIND));
const familyClasses: ReadonlyMap<string, KeyClass> = new Map(Object.entries(CLASS_OF_FAMILY));
const actClasses: ReadonlyMap<string, KeyClass> = new Map(Object.entries(CLASS_OF_ACT));

/**
 * The class under whose key an entry is stored.
 *
 * Shape: total: a kind, or an act, that this release does not know lies under `unknown`. `action` is the name of an act, null for
 *        every other kind.
 */
export function keyClassOf(kind: string, action: string | null): KeyClass {
  if (kind !== 'act') return kindClasses.get(kind) ?? 'unknown';
  if (action === null) return 'unknown';
  return actClasses.get(action) ?? familyClasses.get(action.replace(/\..*$/s, '')) ?? 'unknown';
}

/** Whether a text names a class that records are stored under. */
export function isKeyClass(text: string): text is KeyClass {
  return (KEY_CLASSES as readonly string[]).includes(text);
}
