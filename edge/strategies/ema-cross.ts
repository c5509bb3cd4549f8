import { createEma } from '@gatehouse/shared/quant/ema.ts';
import { defineStrategy, NO_PROPOSALS, type Strategy } from './define-strategy.ts';

const FAST = 10;
const SLOW = 20;
const UNITS = 25;

/** Momentum: long while the fast average lies above the slow one, short while it lies below. */
export const emaCross = sizedFor(UNITS);

function sizedFor(units: number): Strategy {
  return defineStrategy({
    id: 'ema-cross',
    version: '1.0.0',
    title: 'Crossing of a fast and a slow exponential average',
    parameters: { fast: `${FAST}`, slow: `${SLOW}`, units: `${units}` },
    sized: sizedFor,

    start() {
      const fast = createEma(FAST);
      const slow = createEma(SLOW);
      let before = Number.NaN;
      return {
        onBar: ({ close }, view) => {
          const distance = fast.next(close) - slow.next(close);
          const crossed = before * distance < 0;
          // A distance of exactly zero is no side; the cross is judged against the last side taken.
          if (distance !== 0) before = distance;
          if (!crossed || view.openQuantity !== 0) return NO_PROPOSALS;

          const change = (distance > 0 ? units : -units) - view.position;
          if (change === 0) return NO_PROPOSALS;
          return [{ side: change > 0 ? 'buy' : 'sell', quantity: Math.abs(change), type: 'market' }];
        },
      };
    },
  });
}
