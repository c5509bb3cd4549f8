import { join } from 'node:path';
import type { ApprovedOrder } from '@gatehouse/compliance/gate.ts';
import { syntheticMinuteBars } from '@gatehouse/edge/backtest/synthetic-bars.ts';
import { DEMO_FEE_BPS } from '@gatehouse/edge/engine/demo-account.ts';
import { keepUp, strategyBar } from '@gatehouse/edge/engine/replay.ts';
import { SP500_INDEX } from '@gatehouse/edge/feeds/sp500.ts';
import { defineStrategy, type Strategy } from '@gatehouse/edge/strategies/define-strategy.ts';
import { sim } from '@gatehouse/edge/venues/sim.ts';
import type { Venue } from '@gatehouse/edge/venues/venue.ts';
import { assert } from '@gatehouse/shared/errors.ts';
import { parseInstant } from '@gatehouse/shared/values/instant.ts';
import { openBenchEdge } from './bench-edge.ts';
import { inOrder, type Measurement, quantile } from './figure.ts';
import { measureRawSync, quickest, type RawSync } from './raw-fsync.ts';

const FROM = parseInstant('2020-03-02T14:30:00Z');
const GROUP_ORDERS = 24;
const SINGLE: Load = { ordersABar: 1, before: 600, bars: 400 };
const GROUPED: Load = { ordersABar: GROUP_ORDERS, before: 60, bars: 120 };
const ROUNDS = 3;
/** So many minutes are shown first, because some controls want a past. */
const WARM_UP_BARS = 60;
const ENTRIES_AN_ORDER = 3;

/**
 * An order from its proposal through the whole gate, the journal on disk and the last look at the halt to the venue.
 *
 * Shape: the demonstration's full sheet and its simulated venue; nothing is left out that a trader's order meets. The clock starts as
 *        the strategy answers, on an edge that has traded for some minutes: orders of a process that has just begun are not counted. Of the rounds the
 *        best one counts, and of the raw syncs between them the quickest.
 * Units: `order_path.p50_over_fsync` is what exceeds 0.2 ms, in syncs of the same disk; `order_path.per_s` counts intent, decision
 *        and sent, of groups of orders of one bar.
 */
export const orderPath: Measurement = {
  figures: [
    { name: 'order_path.p50_ms', unit: 'ms', digits: 3, bar: '≤ 1.5 × one fsync + 0.2 ms' },
    { name: 'order_path.p99_ms', unit: 'ms', digits: 3, bar: 'none' },
    { name: 'order_path.p50_over_fsync', unit: '× fsync', digits: 2, bar: '≤ 1.5 after 0.2 ms' },
    { name: 'order_path.per_s', unit: 'entries/s', digits: 0, bar: '≥ 10,000 in groups' },
  ],
  async measure(folder) {
    const raws: RawSync[] = [];
    const singles: (readonly number[])[] = [];
    const rates: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      raws.push(measureRawSync(folder));
      const single = await pathOf(join(folder, `single-${round}`), SINGLE);
      singles.push(inOrder(single.tookMs));
      const grouped = await pathOf(join(folder, `grouped-${round}`), GROUPED);
      rates.push(grouped.tookMs.length / grouped.seconds);
    }
    const raw = quickest(raws);
    const p50 = Math.min(...singles.map((sorted) => quantile(sorted, 0.5)));
    const p99 = Math.min(...singles.map((sorted) => quantile(sorted, 0.99)));
    const n = ROUNDS * SINGLE.bars;
    const baselineName = 'raw 4 KiB append + fdatasync';
    return {
      'order_path.p50_ms': { value: p50, baseline: raw.p50Ms, baselineName, n },
      'order_path.p99_ms': { value: p99, baseline: raw.p99Ms, baselineName, n },
      'order_path.p50_over_fsync': { value: Math.max(0, p50 - 0.2) / raw.p50Ms, baseline: 1, baselineName, n },
      'order_path.per_s': {
        value: Math.max(...rates) * ENTRIES_AN_ORDER,
        baseline: raw.perS,
        baselineName: `${baselineName}, one each`,
        n: ROUNDS * GROUPED.bars * GROUP_ORDERS,
      },
    };
  },
};

/** How many bars bring orders that are measured, and how many bring orders before that. */
interface Load {
  readonly ordersABar: number;
  readonly before: number;
  readonly bars: number;
}

/** Units: how long each order took from its proposal to the venue, in milliseconds; `seconds` for all of them. */
async function pathOf(
  folder: string,
  { ordersABar, before, bars: count }: Load,
): Promise<{ readonly tookMs: readonly number[]; readonly seconds: number }> {
  const first = WARM_UP_BARS + before;
  const bars = syntheticMinuteBars({ instrument: SP500_INDEX.id, count: first + count, seed: 11, from: FROM });
  let tookMs: number[] = [];
  let askedAt = 0;
  const { engine, book, journal } = await openBenchEdge({
    folder,
    bars,
    strategies: [
      takingTurns(ordersABar, () => {
        askedAt = performance.now();
      }),
    ],
    connect: (listener) =>
      timedVenue(sim.connect({ instrument: SP500_INDEX, feeBps: DEMO_FEE_BPS, working: [], listener }), () =>
        tookMs.push(performance.now() - askedAt),
      ),
  });
  for (let index = 0; index < WARM_UP_BARS; index += 1) engine.warmUp(strategyBar(bars, index));
  const trade = async (index: number, end: number): Promise<void> => {
    for (let at = index; at < end; at += 1) {
      await engine.onBar(strategyBar(bars, at));
      await keepUp({ journal, book });
    }
    await journal.durable(journal.head.seq);
  };
  await trade(WARM_UP_BARS, first);
  tookMs = [];
  const from = performance.now();
  await trade(first, bars.length);
  const seconds = (performance.now() - from) / 1_000;
  await journal.close();
  const refused = book.tally['refused'] ?? 0;
  assert(refused * 10 < tookMs.length, `most orders go out, and ${tookMs.length} did, ${refused} were refused`);
  return { tookMs, seconds };
}

function timedVenue(inner: Venue, onSubmit: () => void): Venue {
  return {
    submit: (order: ApprovedOrder) => {
      onSubmit();
      return inner.submit(order);
    },
    cancel: (id) => inner.cancel(id),
    cancelAll: () => inner.cancelAll(),
    query: (id) => inner.query(id),
    account: () => inner.account(),
    executions: (since) => inner.executions(since),
    onBar: (bar) => inner.onBar?.(bar),
    close: () => inner.close(),
  };
}

/** Buys on one bar and sells on the next, so that what is held stays small. */
function takingTurns(orders: number, onAsked: () => void): Strategy {
  return defineStrategy({
    id: 'ema-cross',
    version: '1.0.0',
    title: 'Buys and sells in turn',
    parameters: {},
    start: () => ({
      onBar: ({ index }) => {
        onAsked();
        const side = index % 2 === 0 ? 'buy' : 'sell';
        return Array.from({ length: orders }, (_, ordinal) => ({ side, quantity: 1 + ordinal, type: 'market' }));
      },
    }),
  });
}
