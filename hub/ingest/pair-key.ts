/** The key of two names in the maps of the work. */
export function pairKey(first: string, second: string): string {
  return `${first}\n${second}`;
}

/** Pairs by their keys, each once. */
export type Pairs = Map<string, readonly [string, string]>;

/** Adds a pair to those that are to be loaded. */
export function addPair(pairs: Pairs, first: string, second: string): void {
  pairs.set(pairKey(first, second), [first, second]);
}
