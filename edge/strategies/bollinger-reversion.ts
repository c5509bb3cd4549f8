import { createBollinger } from '@gatehouse/shared/quant/bollinger.ts';
import { defineStrategy, NO_PROPOSALS, type Proposal } from './define-strategy.ts';

const PERIOD = 20;
const WIDTH = 2;
const UNITS = 45;
const UNITS_MAX = 135;

/** Mean reversion: buys below the lower band, sells above the upper one, and leaves at the middle in the same steps. */
export const bollingerReversion = defineStrategy({
  id: 'bollinger-reversion',
  version: '1.0.0',
  title: 'Return to the mean from outside the Bollinger bands',
  parameters: { period: `${PERIOD}`, width: `${WIDTH}`, units: `${UNITS}`, unitsMax: `${UNITS_MAX}` },

  start() {
    const bollinger = createBollinger(PERIOD, WIDTH);
    return {
      onBar: ({ close }, view) => {
        const { lower, middle, upper } = bollinger.next(close);
        if (Number.isNaN(middle) || view.openQuantity !== 0) return NO_PROPOSALS;
        const { position } = view;
        // The band, not the close, is the limit: a market that has run far from it is not followed.
        if (close < lower && position < UNITS_MAX) return [limit('buy', UNITS, lower)];
        if (close > upper && position > -UNITS_MAX) return [limit('sell', UNITS, upper)];
        if (position > 0 && close >= middle) return [limit('sell', Math.min(UNITS, position), close)];
        if (position < 0 && close <= middle) return [limit('buy', Math.min(UNITS, -position), close)];
        return NO_PROPOSALS;
      },
    };
  },
});

function limit(side: 'buy' | 'sell', quantity: number, limitPrice: number): Proposal {
  return { side, quantity, type: 'limit', limitPrice };
}
