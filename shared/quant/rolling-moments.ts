import { assert } from '../errors.ts';
import type { Streaming } from './ema.ts';

/** Mean and spread of a window. Units: those of the figures; the deviation is that of the whole window, not of a sample. */
export interface Moments {
  readonly mean: number;
  readonly deviation: number;
}

/** After so many steps the sums are made anew from the window, so that rounding cannot pile up over a long run. */
const STEPS_PER_RESUM = 256;

/**
 * Mean and standard deviation of the last `period` figures.
 *
 * Shape: updates mean and squared distance from it (Welford's method, with a window), never a sum of squares.
 */
export function createRollingMoments(period: number): Streaming<Moments> {
  assert(Number.isInteger(period) && period > 0, `a window of ${period} figures`);
  const window = new Float64Array(period);
  let seen = 0;
  let mean = 0;
  let squares = 0;

  function slide(figure: number): void {
    const oldest = window[seen % period] ?? 0;
    const before = mean;
    mean += (figure - oldest) / period;
    squares += (figure - oldest) * (figure - mean + (oldest - before));
  }

  function grow(figure: number): void {
    const distance = figure - mean;
    mean += distance / (seen + 1);
    squares += distance * (figure - mean);
  }

  return {
    next: (figure) => {
      if (seen < period) grow(figure);
      else slide(figure);
      window[seen % period] = figure;
      seen += 1;
      if (seen > period && seen % STEPS_PER_RESUM === 0) ({ mean, squares } = resummed(window));
      if (seen < period) return { mean: Number.NaN, deviation: Number.NaN };
      return { mean, deviation: Math.sqrt(Math.max(0, squares) / period) };
    },
  };
}

function resummed(window: Float64Array): { readonly mean: number; readonly squares: number } {
  const mean = window.reduce((total, figure) => total + figure, 0) / window.length;
  const squares = window.reduce((total, figure) => total + (figure - mean) ** 2, 0);
  return { mean, squares };
}
