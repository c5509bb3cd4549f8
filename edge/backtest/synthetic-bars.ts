import { type BarSeries, seriesOfColumns } from '@gatehouse/shared/market/bar-series.ts';
import { dayOf, type Instant, instant } from '@gatehouse/shared/values/instant.ts';

/** What made-up bars are made from. Shape: equal requests give equal bars. */
export interface SyntheticRequest {
  readonly instrument: string;
  readonly count: number;
  readonly seed: number;
  readonly from: Instant;
}

const NANOS_PER_MINUTE = 60_000_000_000n;
const MINUTES_PER_DAY = 390;
const NANOS_PER_DAY = 86_400_000_000_000n;
const START_CENTS = 100_000;
const STEP_CENTS = 40;
const LEAST_CENTS = 10_000;
const SCALE = 2;
const UINT32 = 2 ** 32;

/** A random walk of minute bars, 390 to a day, for speed measurements and tests; it stands for no market. */
export function syntheticMinuteBars({ instrument, count, seed, from }: SyntheticRequest): BarSeries {
  const next = createGenerator(seed);
  const column = (): BigInt64Array => new BigInt64Array(count);
  const [openAt, closeAt, open, high, low, close] = [column(), column(), column(), column(), column(), column()];
  const days: string[] = [];
  let cents = START_CENTS;
  let day = '';
  for (let index = 0; index < count; index += 1) {
    const minute = index % MINUTES_PER_DAY;
    const dayFrom = from + BigInt(Math.floor(index / MINUTES_PER_DAY)) * NANOS_PER_DAY;
    if (minute === 0) day = dayOf(instant(dayFrom));
    days.push(day);
    openAt[index] = dayFrom + BigInt(minute) * NANOS_PER_MINUTE + 1n;
    closeAt[index] = dayFrom + BigInt(minute + 1) * NANOS_PER_MINUTE;
    const before = cents;
    cents = Math.max(LEAST_CENTS, cents + Math.round((next() - 0.5) * 2 * STEP_CENTS));
    open[index] = BigInt(before);
    close[index] = BigInt(cents);
    high[index] = BigInt(Math.max(before, cents) + Math.round(next() * STEP_CENTS));
    low[index] = BigInt(Math.min(before, cents) - Math.round(next() * STEP_CENTS));
  }
  return seriesOfColumns({ instrument, scale: SCALE, days, openAt, closeAt, units: { open, high, low, close } });
}

/** A small generator (mulberry32): fast, the same everywhere, and of no use where someone might guess. */
function createGenerator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / UINT32;
  };
}
