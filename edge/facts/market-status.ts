import type { FactFiles } from '@gatehouse/compliance/fact-files.ts';
import type { DecisionFacts } from '@gatehouse/shared/schema/decision.ts';
import { asPrice } from '@gatehouse/shared/values/amounts.ts';
import type { Instant } from '@gatehouse/shared/values/instant.ts';

type Status = NonNullable<DecisionFacts['market']>;

/** Rows of the file that stand for the whole market. */
const WHOLE_MARKET = 'market';

const strictness: Readonly<Record<Status['status'], number>> = { trading: 0, 'limit-state': 1, paused: 2, halted: 3 };

/**
 * What the file of market states says about an instrument at a time.
 *
 * Shape: undefined where there is no file or where it does not reach so far. Of several states that hold, the strictest counts,
 *        of several bands the last.
 */
export function marketStatusAt(files: FactFiles, instrument: string, at: Instant): Status | undefined {
  const file = files.marketStatus;
  if (file === undefined || at > file.completeTo) return undefined;
  let status: Status = { status: 'trading', breakerLevel: 0, at, source: 'market-status.json' };
  for (const row of [...file.of(WHOLE_MARKET), ...file.of(instrument)]) {
    if (at < row.from || (row.to !== undefined && at >= row.to)) continue;
    const isStricter = row.status !== undefined && strictness[row.status] > strictness[status.status];
    status = {
      ...status,
      status: isStricter ? (row.status ?? status.status) : status.status,
      breakerLevel: Math.max(status.breakerLevel, row.breakerLevel ?? 0),
      ...(row.band === undefined ? {} : { band: { low: asPrice(row.band.low), high: asPrice(row.band.high) } }),
    };
  }
  return status;
}
