/** The bounds of everything that repeats or waits in the life of an order. Units: milliseconds, but for counts. */
export interface OrderLifeLimits {
  /** The waits before an order is asked for again; the last one repeats. */
  readonly askAfterMs: readonly number[];
  /** After so many questions about one order only a restart, a link that comes back, or the hourly repetition asks again. */
  readonly asksMax: number;
  /** So many orders are asked for at once. */
  readonly asksAtOnceMax: number;
  /** A question without an answer for so long counts as failed. */
  readonly answerMsMax: number;
  /** An order or a cancel of which the venue said nothing for so long is asked for. */
  readonly wordMsMax: number;
  /** An order that nobody knows of for so long is an alarm. */
  readonly escalateAfterMs: number;
  readonly escalateAgainMs: number;
  /** An order that waits for the end of the one that it replaces is given up after so long. */
  readonly replaceMsMax: number;
  /** A triggered order that did not get out is tried again after so long, at a later price. */
  readonly triggerAgainMs: number;
  /** A market of which no price came for so long, beyond the span of one bar, is silent. */
  readonly marketSilentMsMax: number;
}

/** What holds where a configuration says nothing else. */
export const ORDER_LIFE_LIMITS: OrderLifeLimits = {
  askAfterMs: [200, 500, 1_000, 2_000, 5_000, 10_000, 30_000],
  asksMax: 2_880,
  asksAtOnceMax: 8,
  answerMsMax: 5_000,
  wordMsMax: 5_000,
  escalateAfterMs: 60_000,
  escalateAgainMs: 3_600_000,
  replaceMsMax: 5_000,
  triggerAgainMs: 1_000,
  marketSilentMsMax: 60_000,
};
