import { crossedBook } from './crossed-book.ts';
import { exchangeOutage } from './exchange-outage.ts';
import { feedLoss } from './feed-loss.ts';
import { flashCrash } from './flash-crash.ts';
import { gapOpen } from './gap-open.ts';
import { haltAndResume } from './halt-and-resume.ts';
import { limitUpDown } from './limit-up-down.ts';
import { liquidityDrought } from './liquidity-drought.ts';
import type { ScriptedDay } from './scripted-day.ts';
import { venueThrottling } from './venue-throttling.ts';
import { volatilitySpike } from './volatility-spike.ts';

/** All scripted days. */
export const SCRIPTED_DAYS: readonly ScriptedDay[] = [
  crossedBook,
  exchangeOutage,
  feedLoss,
  flashCrash,
  gapOpen,
  haltAndResume,
  limitUpDown,
  liquidityDrought,
  venueThrottling,
  volatilitySpike,
];
