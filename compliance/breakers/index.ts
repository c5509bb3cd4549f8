import type { Breaker } from '../define-breaker.ts';
import { crashLoop } from './crash-loop.ts';
import { drawdown } from './drawdown.ts';
import { executionThrottle } from './execution-throttle.ts';
import { feedDivergence } from './feed-divergence.ts';
import { lossStep } from './loss-step.ts';
import { profitLock } from './profit-lock.ts';
import { rejectStorm } from './reject-storm.ts';
import { volatility } from './volatility.ts';

/** Every breaker that this release can run. */
export const breakers: readonly Breaker[] = [
  lossStep,
  drawdown,
  profitLock,
  volatility,
  feedDivergence,
  rejectStorm,
  executionThrottle,
  crashLoop,
];
