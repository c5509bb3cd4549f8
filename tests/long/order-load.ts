import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { syntheticMinuteBars } from '@gatehouse/edge/backtest/synthetic-bars.ts';
import { DEMO_FEE_BPS } from '@gatehouse/edge/engine/demo-account.ts';
import { keepUp, strategyBar } from '@gatehouse/edge/engine/replay.ts';
import { SP500_INDEX } from '@gatehouse/edge/feeds/sp500.ts';
import { defineStrategy } from '@gatehouse/edge/strategies/define-strategy.ts';
import { openSimVenue } from '@gatehouse/edge/venues/sim/sim-venue.ts';
import type { Venue } from '@gatehouse/edge/venues/venue.ts';
import { assert } from '@gatehouse/shared/errors.ts';
import { add, decimal, subtract } from '@gatehouse/shared/values/decimal.ts';
import { addMs, parseInstant } from '@gatehouse/shared/values/instant.ts';
import { openBenchEdge } from '../../scripts/bench/bench-edge.ts';
import { inOrder, quantile } from '../../scripts/bench/figure.ts';
import { measureRawSync } from '../../scripts/bench/raw-fsync.ts';
import { EDGE_RUNTIME_FLAGS } from '../../scripts/edge-runtime.ts';

// A hundred orders a second with ten thousand ticks a second, for as many seconds as are asked for: what is lost, and what memory does.

if (!EDGE_RUNTIME_FLAGS.every((flag) => process.execArgv.includes(flag))) {
  // As an edge is started.
  const again = [...EDGE_RUNTIME_FLAGS, fileURLToPath(import.meta.url), ...process.argv.slice(2)];
  process.exit(spawnSync(process.execPath, again, { stdio: 'inherit' }).status ?? 3);
}

const SECONDS = Number(process.argv[2] ?? 3_600);
const ORDERS_PER_S = 100;
const TICKS_PER_ORDER = 100;
const WARM_UP_BARS = 60;
const BYTES_PER_MB = 1_048_576;
const REPORTS = 10;

const count = SECONDS * ORDERS_PER_S;
const bars = syntheticMinuteBars({
  instrument: SP500_INDEX.id,
  count: WARM_UP_BARS + count,
  seed: 5,
  from: parseInstant('2000-01-03T14:30:00Z'),
});
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-order-load-'));
const tookMs: number[] = [];
let shownAt = 0;
const opened: ReturnType<typeof openSimVenue>[] = [];
const { engine, book, journal } = await openBenchEdge({
  folder: join(folder, 'journal'),
  bars,
  strategies: [inTurn()],
  connect: (listener) => {
    const venue = openSimVenue({ instrument: SP500_INDEX, feeBps: DEMO_FEE_BPS, working: [], listener });
    opened.push(venue);
    return onTicks(venue);
  },
});
const [venue] = opened;
assert(venue !== undefined, 'the venue is open');
for (let index = 0; index < WARM_UP_BARS; index += 1) engine.warmUp(strategyBar(bars, index));
const rssAtStart = process.memoryUsage().rss;
const from = performance.now();
for (let index = 0; index < count; index += 1) {
  const dueMs = (index * 1_000) / ORDERS_PER_S - (performance.now() - from);
  if (dueMs > 1) await sleep(dueMs);
  const bar = strategyBar(bars, WARM_UP_BARS + index);
  for (let tick = 0; tick < TICKS_PER_ORDER; tick += 1) venue.play(quoteIn(bar.exact, tick));
  shownAt = performance.now();
  await engine.onBar(bar);
  await keepUp({ journal, book });
  if (index % Math.ceil(count / REPORTS) === 0) print(index);
}
await journal.durable(journal.head.seq);
const seconds = (performance.now() - from) / 1_000;
print(count);
const { orders = 0, approved = 0, refused = 0, filled = 0 } = book.tally;
const lost = approved - filled - book.openCount;
const took = inOrder(tookMs);
const raw = measureRawSync(folder);
say(
  `${(approved / seconds).toFixed(1)} orders/s and ${((count * TICKS_PER_ORDER) / seconds).toFixed(0)} ticks/s for ${seconds.toFixed(0)} s`,
);
say(`${orders} proposed, ${refused} refused, ${approved} sent, ${filled} filled, ${book.openCount} open, ${lost} lost`);
say(
  `order path p50 ${quantile(took, 0.5).toFixed(3)} ms, p99 ${quantile(took, 0.99).toFixed(3)} ms; raw sync p50 ${raw.p50Ms.toFixed(3)} ms, p99 ${raw.p99Ms.toFixed(3)} ms`,
);
await journal.close();
rmSync(folder, { recursive: true, force: true });
process.exitCode = lost === 0 ? 0 : 3;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function print(index: number): void {
  const { rss, heapUsed } = process.memoryUsage();
  const mb = (bytes: number): string => (bytes / BYTES_PER_MB).toFixed(1);
  say(`${index} of ${count}: rss ${mb(rss)} MB (start ${mb(rssAtStart)}), heap ${mb(heapUsed)} MB`);
}

/** Quotes around the bar's prices, spread over its minute. */
function quoteIn(
  bar: ReturnType<typeof bars.bar>,
  tick: number,
): Parameters<ReturnType<typeof openSimVenue>['play']>[0] {
  const at = addMs(bar.openAt, Math.floor((tick * 59_000) / TICKS_PER_ORDER) + 1);
  const middle = tick % 2 === 0 ? bar.open : bar.close;
  const size = decimal('1000');
  const bid = { price: subtract(middle, SP500_INDEX.tick), quantity: size };
  const ask = { price: add(middle, SP500_INDEX.tick), quantity: size };
  return { kind: 'quote', at, bid, ask };
}

/** The venue lives on ticks; bars are for the strategies alone. */
function onTicks(inner: Venue): Venue {
  return {
    submit: (order) => {
      tookMs.push(performance.now() - shownAt);
      return inner.submit(order);
    },
    cancel: (id) => inner.cancel(id),
    cancelAll: () => inner.cancelAll(),
    query: (id) => inner.query(id),
    account: () => inner.account(),
    executions: (since) => inner.executions(since),
    close: () => inner.close(),
  };
}

function inTurn() {
  return defineStrategy({
    id: 'ema-cross',
    version: '1.0.0',
    title: 'Buys and sells in turn',
    parameters: {},
    start: () => ({
      onBar: ({ index }) => [{ side: index % 2 === 0 ? 'buy' : 'sell', quantity: 1 + (index % 7), type: 'market' }],
    }),
  });
}
