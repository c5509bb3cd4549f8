/** The key of an owner, an account or an algorithm, and an instrument; neither id can hold the bar. */
export function keyOf(owner: string, instrument: string): string {
  return `${owner}|${instrument}`;
}

/** The owner and the instrument of a key. */
export function placeOf(key: string): readonly [owner: string, instrument: string] {
  const [owner = '', instrument = ''] = key.split('|');
  return [owner, instrument];
}

/** The entries of a map by their keys, so that equal maps read equal. */
export function sorted<Value>(map: ReadonlyMap<string, Value>): readonly (readonly [string, Value])[] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}
