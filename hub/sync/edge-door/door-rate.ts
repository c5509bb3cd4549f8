/** Counts attempts of each address in a window of a minute. */
export interface DoorRate {
  /** Whether one more attempt may be looked at. */
  admits(address: string): boolean;
}

/** How many requests without a certificate one address may make in a minute. */
export const ATTEMPTS_A_MINUTE_MAX = 30;
/** How many requests without a certificate all addresses may make in a minute. */
export const ATTEMPTS_OF_ALL_A_MINUTE_MAX = 600;

const MINUTE_MS = 60_000;
const ADDRESSES_MAX = 10_000;

/** A count that starts again each minute; where too many addresses come, all of them wait for the next one. */
export function createDoorRate(monotonicMs: () => number): DoorRate {
  let fromMs = monotonicMs();
  let all = 0;
  const attempts = new Map<string, number>();
  return {
    admits(address) {
      if (monotonicMs() - fromMs >= MINUTE_MS) {
        fromMs = monotonicMs();
        all = 0;
        attempts.clear();
      }
      const before = attempts.get(address);
      if (all >= ATTEMPTS_OF_ALL_A_MINUTE_MAX || (before ?? 0) >= ATTEMPTS_A_MINUTE_MAX) return false;
      if (before === undefined && attempts.size >= ADDRESSES_MAX) return false;
      attempts.set(address, (before ?? 0) + 1);
      all += 1;
      return true;
    },
  };
}
