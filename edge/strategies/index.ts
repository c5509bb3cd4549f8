import { bollingerReversion } from './bollinger-reversion.ts';
import type { Strategy } from './define-strategy.ts';
import { emaCross } from './ema-cross.ts';

/** All strategies, in the order in which they see a bar. */
export const STRATEGIES: readonly Strategy[] = [emaCross, bollingerReversion];
