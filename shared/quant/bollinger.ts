import type { Streaming } from './ema.ts';
import { createRollingMoments } from './rolling-moments.ts';

/** A moving mean and the lines that lie some standard deviations around it. Units: those of the figures. */
export interface Bands {
  readonly lower: number;
  readonly middle: number;
  readonly upper: number;
}

/** Bollinger bands over the last `period` figures, `width` standard deviations to each side. */
export function createBollinger(period: number, width: number): Streaming<Bands> {
  const moments = createRollingMoments(period);
  return {
    next: (figure) => {
      const { mean, deviation } = moments.next(figure);
      return { lower: mean - width * deviation, middle: mean, upper: mean + width * deviation };
    },
  };
}
