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

const tests = Object.values(isPartKnown);
const places: ReadonlyMap<string, number> = new Map(Object.keys(isPartKnown).map((name, place) => [name, place]));

/** Parts by name as a set. Shape: a name that is not of a part stands for all of them, so that it is never there. */
export function partSet(names: readonly PartName[]): PartSet {
  return names.reduce((set, name) => set | (1 << (places.get(name) ?? EVERY_PLACE)), 0);
}

/** The place of a part that nobody knows; it is in each set of what is absent. */
const EVERY_PLACE = 30;

/** All parts that a decision does not know. */
export function absentParts(input: CheckInput): PartSet {
  let absent = 1 << EVERY_PLACE;
  for (let place = 0; place < tests.length; place += 1) if (tests[place]?.(input) !== true) absent |= 1 << place;
  return absent;
}
