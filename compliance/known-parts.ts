import type { CheckInput, FactName, FileName } from './check-input.ts';

/** Something that a decision may know: a fact from outside, or a dated file. */
export type PartName = FactName | FileName;

/** A set of parts as bits, so that one comparison tells for each control whether all that it needs is there. */
export type PartSet = number;

/** What tells whether a part is there. Shape: asked by a name that is written here, since looking up one that varies is slow. */
export const isPartKnown: Readonly<Record<PartName, (input: CheckInput) => boolean>> = {
  reference: ({ facts }) => facts.reference !== undefined,
  second: ({ facts }) => facts.second !== undefined,
  quote: ({ facts }) => facts.quote !== undefined,
  range: ({ facts }) => facts.range !== undefined,
  volatility: ({ facts }) => facts.volatility !== undefined,
  market: ({ facts }) => facts.market !== undefined,
  clock: ({ facts }) => facts.clock !== undefined,
  contact: ({ facts }) => facts.contact !== undefined,
  instruments: ({ files }) => files.instruments !== undefined,
  calendars: ({ files }) => files.calendars !== undefined,
  rates: ({ files }) => files.rates !== undefined,
  liquidity: ({ files }) => files.liquidity !== undefined,
  margins: ({ files }) => files.margins !== undefined,
  portfolio: ({ files }) => files.portfolio !== undefined,
  marketStatus: ({ files }) => files.marketStatus !== undefined,
  restrictions: ({ files }) => files.restrictions !== undefined,
  personRestrictions: ({ files }) => files.personRestrictions !== undefined,
  sanctions: ({ files }) => files.sanctions !== undefined,
  locates: ({ files }) => files.locates !== undefined,
  shortSale: ({ files }) => files.shortSale !== undefined,
  entitlements: ({ files }) => files.entitlements !== undefined,
};

/** One bit for each part. */
const bit = {
  reference: 1 << 0,
  second: 1 << 1,
  quote: 1 << 2,
  range: 1 << 3,
  volatility: 1 << 4,
  market: 1 << 5,
  clock: 1 << 6,
  contact: 1 << 7,
  instruments: 1 << 8,
  calendars: 1 << 9,
  rates: 1 << 10,
  liquidity: 1 << 11,
  margins: 1 << 12,
  portfolio: 1 << 13,
  marketStatus: 1 << 14,
  restrictions: 1 << 15,
  personRestrictions: 1 << 16,
  sanctions: 1 << 17,
  locates: 1 << 18,
  shortSale: 1 << 19,
  entitlements: 1 << 20,
} as const satisfies Readonly<Record<PartName, PartSet>>;

/** Something that nobody knows; it is in each set of what is absent. */
const NEVER_KNOWN = 1 << 30;

/** Parts by name as a set. Shape: a name that is not of a part stands for what is never known. */
export function partSet(names: readonly PartName[]): PartSet {
  const bits: Readonly<Record<string, PartSet>> = bit;
  return names.reduce((set, name) => set | (bits[name] ?? NEVER_KNOWN), 0);
}

/** All parts that a decision does not know. Shape: written out, because it is asked with each order. */
export function absentParts({ facts, files }: CheckInput): PartSet {
  let absent = NEVER_KNOWN;
  if (facts.reference === undefined) absent |= bit.reference;
  if (facts.second === undefined) absent |= bit.second;
  if (facts.quote === undefined) absent |= bit.quote;
  if (facts.range === undefined) absent |= bit.range;
  if (facts.volatility === undefined) absent |= bit.volatility;
  if (facts.market === undefined) absent |= bit.market;
  if (facts.clock === undefined) absent |= bit.clock;
  if (facts.contact === undefined) absent |= bit.contact;
  if (files.instruments === undefined) absent |= bit.instruments;
  if (files.calendars === undefined) absent |= bit.calendars;
  if (files.rates === undefined) absent |= bit.rates;
  if (files.liquidity === undefined) absent |= bit.liquidity;
  if (files.margins === undefined) absent |= bit.margins;
  if (files.portfolio === undefined) absent |= bit.portfolio;
  if (files.marketStatus === undefined) absent |= bit.marketStatus;
  if (files.restrictions === undefined) absent |= bit.restrictions;
  if (files.personRestrictions === undefined) absent |= bit.personRestrictions;
  if (files.sanctions === undefined) absent |= bit.sanctions;
  if (files.locates === undefined) absent |= bit.locates;
  if (files.shortSale === undefined) absent |= bit.shortSale;
  if (files.entitlements === undefined) absent |= bit.entitlements;
  return absent;
}
