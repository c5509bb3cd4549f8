/** A map or a set that remembers in the order of arrival. */
type Memory = { readonly size: number; keys(): Iterable<string>; delete(key: string): boolean };

/** Drops in bulk at twice the size: the first key of a map gets slow to find where many before it were deleted. */
export function dropOldest(memory: Memory, countMax: number): void {
  if (memory.size < 2 * countMax) return;
  for (const key of [...memory.keys()].slice(0, memory.size - countMax)) memory.delete(key);
}
