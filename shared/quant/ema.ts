import { assert } from '../errors.ts';

/** An indicator that is fed one figure at a time. Shape: `next` is NaN until enough figures were seen. */
export interface Streaming<Result> {
  next(figure: number): Result;
}

/**
 * The exponential moving average with weight `2 / (period + 1)`.
 *
 * Shape: starts from the plain mean of the first `period` figures.
 */
export function createEma(period: number): Streaming<number> {
  assert(Number.isInteger(period) && period > 0, `an average over ${period} figures`);
  const weight = 2 / (period + 1);
  let seen = 0;
  let value = 0;
  return {
    next: (figure) => {
      if (seen < period) {
        seen += 1;
        value += (figure - value) / seen;
        return seen === period ? value : Number.NaN;
      }
      value += weight * (figure - value);
      return value;
    },
  };
}
