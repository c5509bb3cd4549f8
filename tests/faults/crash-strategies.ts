import {
  defineStrategy,
  NO_PROPOSALS,
  type Proposal,
  type Strategy,
  type StrategyBar,
} from '@gatehouse/edge/strategies/define-strategy.ts';

// Strategies that do what a bar tells them to, so that a test decides when which order is made.

/** What a bar tells the strategies: what kind of order to trade with, and how many to leave far from the market. */
export interface Signal {
  readonly trades?: 'market' | 'limit';
  readonly rests?: number;
}

/** Who trades and who leaves orders standing. Shape: names of strategies that there are, since their files are hashed. */
export const TRADER = 'ema-cross';
export const RESTER = 'bollinger-reversion';

/** The last two digits of a bar's high and low carry the signal. */
const CENTS = 100;
const KINDS = { none: 0, market: 1, limit: 2 } as const;
const UNITS_LEAST = 0.1;
const UNITS_STEP = 0.01;
const SIZES = 7;
/** Orders of one firm on two sides would meet, and the gate refuses the second. */
const BARS_OF_SIDE = 8;
const FAR = 0.97;
const NEAR = 0.01;

/** The cents of a bar's high and low that carry a signal. */
export function centsOf({ trades, rests = 0 }: Signal): { readonly high: number; readonly low: number } {
  return { high: KINDS[trades ?? 'none'], low: rests };
}

/** Both. */
export const CRASH_STRATEGIES: readonly Strategy[] = [
  strategyOf(TRADER, ({ high, close, index }) => {
    const kind = centsIn(high);
    if (kind === KINDS.none) return NO_PROPOSALS;
    const side = Math.floor(index / BARS_OF_SIDE) % 2 === 0 ? 'buy' : 'sell';
    const quantity = UNITS_LEAST + UNITS_STEP * (index % SIZES);
    if (kind === KINDS.market) return [{ side, quantity, type: 'market' }];
    const limitPrice = close * (side === 'buy' ? 1 + NEAR : 1 - NEAR);
    return [{ side, quantity, type: 'limit', limitPrice }];
  }),
  strategyOf(RESTER, ({ low, close }) =>
    Array.from({ length: centsIn(low) }, (_, index) => {
      const quantity = UNITS_LEAST + UNITS_STEP * index;
      return { side: 'buy', quantity, type: 'limit', limitPrice: close * FAR };
    }),
  ),
];

function strategyOf(id: string, onBar: (bar: StrategyBar) => readonly Proposal[]): Strategy {
  const title = 'Does what the bars tell it to';
  return defineStrategy({ id, version: '1.0.0', title, parameters: {}, start: () => ({ onBar }) });
}

function centsIn(price: number): number {
  return Math.round(price * CENTS) % CENTS;
}
