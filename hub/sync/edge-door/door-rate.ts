/** Counts the requests of each address that show no certificate, in a window of a minute. */
export interface DoorRate {
  /** Whether one more request may be looked at. */
  admits(address: string): boolean;
  /** Counts one that was refused: whoever guesses is slowed down long before whoever waits for an answer. */
  failed(address: string): void;
}

/** What one address, and all of them together, may do in a minute. */
export const DOOR_RATE_MAX = { requests: 1_200, requestsOfAll: 12_000, failures: 30, failuresOfAll: 600 } as const;

const MINUTE_MS = 60_000;
const ADDRESSES_MAX = 10_000;

/** A count that starts again each minute; where too many addresses come, all new ones wait for the next one. */
export function createDoorRate(monotonicMs: () => number): DoorRate {
  let fromMs = monotonicMs();
  let [requests, failures] = [0, 0];
  const known = new Map<string, { requests: number; failures: number }>();
  const countOf = (address: string) => {
    if (monotonicMs() - fromMs >= MINUTE_MS) {
      fromMs = monotonicMs();
      [requests, failures] = [0, 0];
      known.clear();
    }
    const count = known.get(address) ?? { requests: 0, failures: 0 };
    if (known.size < ADDRESSES_MAX) known.set(address, count);
    return known.get(address);
  };
  return {
    admits(address) {
      const count = countOf(address);
      if (count === undefined) return false;
      if (requests >= DOOR_RATE_MAX.requestsOfAll || failures >= DOOR_RATE_MAX.failuresOfAll) return false;
      if (count.requests >= DOOR_RATE_MAX.requests || count.failures >= DOOR_RATE_MAX.failures) return false;
      count.requests += 1;
      requests += 1;
      return true;
    },
    failed(address) {
      const count = countOf(address);
      failures += 1;
      if (count !== undefined) count.failures += 1;
    },
  };
}
