/** A map or a set that remembers in the order of arrival. */
type Memory = { readonly size: number; keys(): Iterable<string>; delete(key: string): boolean };

/**
 * Keeps a memory between `countMax` and twice as much, by dropping what came first.
 *
 * Shape: drops in bulk, because the first key of a map gets slow to find where many before it were deleted.
 */
export function dropOldest(memory: Memory, countMax: number): void {
  if (memory.size < 2 * countMax) return;
  let surplus = memory.size - countMax;
  for (const key of [...memory.keys()]) {
    if (surplus === 0) return;
    memory.delete(key);
    surplus -= 1;
  }
}
