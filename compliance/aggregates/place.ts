import type { ScopeText } from '@gatehouse/shared/schema/decision.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';

/** The names by which an order lies in scopes. */
export interface PlaceNames {
  readonly desk: string;
  readonly trader: string;
  readonly client: string;
  readonly account: string;
  readonly algorithm: string;
  readonly instrument: string;
  readonly venue: string;
}

/** Where an order lies. Shape: `scopes` in the order of `scopesOf`. */
export interface Place extends PlaceNames {
  /** The same for the same names. */
  readonly key: string;
  readonly scopes: readonly ScopeText[];
}

/** Places by their names, each made once while it is remembered. */
export interface Places {
  of(order: Order): Place;
  at(names: PlaceNames): Place;
}

/** The most places remembered; they can be made again, so all are forgotten beyond it. */
export const PLACES_MAX = 20_000;

/** A memory of places, so that the eight names of a scope are put together once and not for each order. */
export function createPlaces(): Places {
  const known = new Map<string, Place>();

  function place(key: string, names: PlaceNames): Place {
    const found = known.get(key);
    if (found !== undefined) return found;
    if (known.size >= PLACES_MAX) known.clear();
    const made = { ...names, key, scopes: scopesAt(names) };
    known.set(key, made);
    return made;
  }

  return {
    of: (order) => {
      const { desk, trader, client, account, instrument, venue } = order;
      const algorithm = order.algorithm.id;
      // No identifier holds the bar, so different names give different keys.
      const key = `${account}|${instrument}|${algorithm}|${venue}|${desk}|${trader}|${client}`;
      return known.get(key) ?? place(key, { desk, trader, client, account, algorithm, instrument, venue });
    },
    at: (names) => place(keyOf(names), names),
  };
}

function keyOf({ desk, trader, client, account, algorithm, instrument, venue }: PlaceNames): string {
  return `${account}|${instrument}|${algorithm}|${venue}|${desk}|${trader}|${client}`;
}

function scopesAt({ desk, trader, client, account, algorithm, instrument, venue }: PlaceNames): readonly ScopeText[] {
  return [
    'firm',
    `desk:${desk}`,
    `trader:${trader}`,
    `client:${client}`,
    `account:${account}`,
    `algorithm:${algorithm}`,
    `instrument:${instrument}`,
    `venue:${venue}`,
  ];
}
