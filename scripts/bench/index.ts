import { backtest } from './backtest.ts';
import { catchUp } from './catch-up.ts';
import type { Measurement } from './figure.ts';
import { gate } from './gate.ts';
import { journal } from './journal.ts';
import { kill } from './kill.ts';
import { killCrowd } from './kill-crowd.ts';
import { ledger } from './ledger.ts';
import { matching } from './matching.ts';
import { orderPath } from './order-path.ts';
import { replay } from './replay.ts';
import { report } from './report.ts';
import { shapes } from './shapes.ts';
import { uplink } from './uplink.ts';

/** All that can be measured, in the order in which it is printed. */
export const measurements: readonly Measurement[] = [
  gate,
  journal,
  orderPath,
  kill,
  killCrowd,
  backtest,
  matching,
  replay,
  uplink,
  ledger,
  catchUp,
  shapes,
  report,
];
