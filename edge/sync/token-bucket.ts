/** A cap on how much is sent in the long run. */
export interface TokenBucket {
  /** Counts what was sent; more than there is makes a debt that must be waited for. */
  spend(bytes: number): void;
  /** How long until something may be sent again; 0 where it may now. Units: milliseconds. */
  waitMs(): number;
}

const BURST_SECONDS = 1;

/**
 * A bucket that fills steadily and holds at most a second's worth.
 *
 * Units: `bytesPerSecond`; undefined is no cap. Shape: a message of any size passes once the bucket is not in debt, so that one
 *        larger than a second's worth is not stuck for ever.
 */
export function createTokenBucket(bytesPerSecond: number | undefined, monotonicMs: () => number): TokenBucket {
  if (bytesPerSecond === undefined) return { spend: () => {}, waitMs: () => 0 };
  const room = bytesPerSecond * BURST_SECONDS;
  let tokens = room;
  let atMs = monotonicMs();
  const fill = (): void => {
    const nowMs = monotonicMs();
    tokens = Math.min(room, tokens + ((nowMs - atMs) * bytesPerSecond) / 1_000);
    atMs = nowMs;
  };
  return {
    spend: (bytes) => {
      fill();
      tokens -= bytes;
    },
    waitMs: () => {
      fill();
      return tokens > 0 ? 0 : Math.ceil(((1 - tokens) / bytesPerSecond) * 1_000);
    },
  };
}
