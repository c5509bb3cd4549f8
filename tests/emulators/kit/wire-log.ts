/**
 * One thing that went over the wire, or should have.
 *
 * Shape: `seq` counts everything in the order in which it happened; `in` came from a client and `out` went to one; `fault` names
 *        what was done to it. `status` and `body` of an incoming request are those of the answer the venue made, sent or not.
 */
export interface WireEntry {
  readonly seq: number;
  readonly atMs: number;
  readonly direction: 'in' | 'out';
  readonly connection: number;
  /** HTTP method, `WS` for a request in a socket, `OPEN`/`CLOSE` for the life of one, `MESSAGE` for what the venue sends. */
  readonly method: string;
  readonly path: string;
  readonly text: string;
  status?: number;
  answer?: string;
  fault?: string;
}

/** All that went over the wire, oldest first. Shape: bounded; `forgotten` counts what was let go to stay so. */
export interface WireLog {
  add(entry: Omit<WireEntry, 'seq' | 'atMs'>): WireEntry;
  entries(): readonly WireEntry[];
  /** The requests of one method and path, in the order in which they came. */
  requests(method: string, path: string): readonly WireEntry[];
  forgotten(): number;
  clear(): void;
}

/** An empty log of at most `max` entries. */
export function createWireLog(max = 50_000): WireLog {
  let kept: WireEntry[] = [];
  let seq = 0;
  let forgotten = 0;
  return {
    add(entry) {
      seq += 1;
      const added: WireEntry = { seq, atMs: Date.now(), ...entry };
      kept.push(added);
      // The older half goes at once, so that a long run pays for it once in a while and not with every entry.
      if (kept.length > max) {
        forgotten += kept.length - Math.floor(max / 2);
        kept = kept.slice(-Math.floor(max / 2));
      }
      return added;
    },
    entries: () => [...kept],
    requests: (method, path) =>
      kept.filter((entry) => entry.direction === 'in' && entry.method === method && entry.path === path),
    forgotten: () => forgotten,
    clear() {
      kept = [];
    },
  };
}
