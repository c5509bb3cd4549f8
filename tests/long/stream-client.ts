import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { systemClock } from '@gatehouse/edge/engine/system-clock.ts';
import { ccxtBars } from '@gatehouse/edge/feeds/ccxt-bars.ts';
import type { MarketEvent } from '@gatehouse/edge/feeds/market-feed.ts';
import { ccxt } from '@gatehouse/edge/venues/ccxt.ts';
import type { VenueEvent } from '@gatehouse/edge/venues/venue.ts';
import { assert, describeError } from '@gatehouse/shared/errors.ts';
import type { Instrument } from '@gatehouse/shared/market/instrument.ts';
import { price, quantity } from '@gatehouse/shared/values/amounts.ts';
import { currency } from '@gatehouse/shared/values/currency.ts';
import { decimal, toNumber } from '@gatehouse/shared/values/decimal.ts';
import { ageMs } from '@gatehouse/shared/values/instant.ts';
import { approve, orderFor } from '../contract/approved-orders.ts';
import type { StreamReport, StreamTick, StreamWish } from './stream-report.ts';

// One session of the real connector and its feeds, which places orders all the while and accounts for everything that it was told.

const wish = JSON.parse(process.argv[2] ?? '{}') as StreamWish;
const BTC_USDT: Instrument = {
  id: 'BTC-USDT',
  title: 'Bitcoin in Tether on Binance',
  venue: 'BINANCE',
  currency: currency('USDT'),
  tick: decimal('0.01'),
  lot: decimal('0.00001'),
  multiplier: decimal('1'),
  zone: 'UTC',
};
const ORDER_EVERY_MS = 1_000;
const LOOK_EVERY_MS = 100;
const CANCEL_AFTER_MS = 1_500;
const ASK_EVERY_MS = 1_000;
const ASKS_MAX = 300;
const SETTLE_MS_MAX = 120_000;
const FAR = 0.97;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const clock = systemClock();
const services = { clock, monotonicMs: () => performance.now(), sleep, random: randomBytes, log };
const settings = {
  exchange: 'binance',
  environment: 'paper',
  symbol: 'BTC/USDT',
  urls: wish.urls,
  requestTimeoutMs: 3_000,
  reconnectMs: { first: 200, most: 3_000 },
};

const links = { venue: 0, market: 0, bars: 0 };
const outcomes: Record<string, number> = {};
const unresolved = new Set<string>();
const accepted = new Set<string>();
const ended = new Set<string>();
const fills = new Map<string, number>();
const trades = { first: undefined as number | undefined, last: 0, told: 0, wrong: 0, missing: 0 };
const bars = { first: undefined as number | undefined, last: 0, told: 0, wrong: 0, missing: 0 };
const book = { gaps: 0, quotes: 0, oldestMs: 0, looks: 0, unknown: 0 };
let isOver = false;

const venue = ccxt.connect({
  instrument: BTC_USDT,
  feeBps: decimal('10'),
  working: [],
  listener: hearVenue,
  services,
  settings,
  secret: () => wish.secret,
});
const from = clock.now();
await retried(async () => venue.open?.());
const market = ccxt.market?.({ instrument: BTC_USDT, settings, services });
assert(market !== undefined, 'the connector has quotes');
market.start(hearMarket);
const feed = ccxtBars({
  instrument: BTC_USDT,
  interval: '1s',
  settings,
  services,
  onGap: ({ fromMs, toMs }) => {
    bars.missing += (toMs - fromMs) / 1_000;
    // Bars before a gap were told, and those after it follow on its end.
    bars.last = toMs / 1_000 - 1;
  },
});
const listening = new AbortController();
const heard = (async () => {
  for await (const { index } of feed.bars(clock.now(), listening.signal)) {
    bars.first ??= index;
    if (bars.told > 0 && index !== bars.last + 1) bars.wrong += 1;
    bars.last = index;
    bars.told += 1;
  }
})();
const looking = setInterval(look, LOOK_EVERY_MS);
process.on('message', () => {
  isOver = true;
});
tell('begun');
for (let count = 0; !isOver; count += 1) {
  void place(count);
  await sleep(ORDER_EVERY_MS);
  if (count % 10 === 0) tell('tick');
}
await finish();

function hearVenue(event: VenueEvent): void {
  if (event.kind === 'link') {
    if (event.state === 'up') links.venue += 1;
    return;
  }
  if (event.kind === 'foreign') return;
  if (event.kind === 'accepted') accepted.add(event.order);
  if (event.kind === 'filled') {
    fills.set(event.fill.id, (fills.get(event.fill.id) ?? 0) + 1);
    if (event.isLast) ended.add(event.order);
  }
  if (event.kind === 'cancelled' || event.kind === 'expired' || event.kind === 'rejected') ended.add(event.order);
}

function hearMarket(event: MarketEvent): void {
  if (event.kind === 'link' && event.state === 'up') links.market += 1;
  if (event.kind === 'quote') book.quotes += 1;
  if (event.kind === 'gap' && event.of === 'book') book.gaps += 1;
  if (event.kind === 'gap' && event.of === 'trades') {
    const [first = 0, last = 0] = (/trades (\d+) to (\d+)/.exec(event.says) ?? []).slice(1).map(Number);
    trades.missing += last - first + 1;
    trades.last = last;
  }
  if (event.kind !== 'trade') return;
  const id = Number(event.trade.id);
  trades.first ??= id;
  if (trades.told > 0 && id !== trades.last + 1) trades.wrong += 1;
  trades.last = id;
  trades.told += 1;
}

function look(): void {
  const quote = market?.quote();
  book.looks += 1;
  if (quote === undefined) book.unknown += 1;
  else book.oldestMs = Math.max(book.oldestMs, ageMs(quote.at, clock.now()));
}

/** Every kind of order in turn: at the market, at a price that trades, and one that rests and is taken back. */
async function place(count: number): Promise<void> {
  const id = `R-${process.pid}-${count}`;
  const bid = market?.quote()?.bid;
  const side = count % 2 === 0 ? 'buy' : 'sell';
  const near = bid === undefined ? 100 : toNumber(bid.price);
  const rests = count % 3 === 2;
  const limit = rests ? near * FAR : near * (side === 'buy' ? 1.01 : 0.99);
  const order = orderFor(BTC_USDT, {
    id,
    decidedAt: clock.now(),
    quantity: quantity('0.1'),
    timeInForce: 'gtc',
    side: rests ? 'buy' : side,
    ...(count % 3 === 0 ? {} : { limitPrice: price(limit.toFixed(2)) }),
  });
  const code = await codeOf(() => venue.submit(approve(order)));
  outcomes[code] = (outcomes[code] ?? 0) + 1;
  if (code === 'VENUE_SILENT') await resolve(id);
  if (!rests || (code !== 'sent' && !accepted.has(id))) return;
  await sleep(CANCEL_AFTER_MS);
  const cancelled = await codeOf(() => venue.cancel(id));
  outcomes[`cancel ${cancelled}`] = (outcomes[`cancel ${cancelled}`] ?? 0) + 1;
}

/** Asks until it is known what became of an order whose answer was lost. */
async function resolve(id: string): Promise<void> {
  unresolved.add(id);
  for (let asked = 0; asked < ASKS_MAX; asked += 1) {
    try {
      const { state } = await venue.query(id);
      unresolved.delete(id);
      outcomes[`found ${state}`] = (outcomes[`found ${state}`] ?? 0) + 1;
      return;
    } catch {
      await sleep(ASK_EVERY_MS);
    }
  }
}

async function codeOf(act: () => Promise<void> | void): Promise<string> {
  try {
    await act();
    return 'sent';
  } catch (error) {
    return (error as { readonly code?: string }).code ?? describeError(error);
  }
}

async function finish(): Promise<void> {
  await sleep(CANCEL_AFTER_MS * 2);
  await retried(async () => venue.cancelAll());
  const endsAt = performance.now() + SETTLE_MS_MAX;
  const isQuiet = (): boolean => unresolved.size === 0 && [...accepted].every((id) => ended.has(id));
  while (!isQuiet() && performance.now() < endsAt) await sleep(ASK_EVERY_MS);
  clearInterval(looking);
  const executed = await retried(async () => await venue.executions(from));
  const account = await retried(async () => await venue.account());
  const known = new Set(executed.map(({ fill }) => fill.id));
  const report: StreamReport = {
    kind: 'report',
    ...snapshot(),
    standing: account.orders.length,
    open: [...accepted].filter((id) => !ended.has(id)).length,
    executions: known.size,
    missed: [...known].filter((id) => !fills.has(id)).length,
    invented: [...fills.keys()].filter((id) => !known.has(id)).length,
    book: market?.book(50) === undefined ? undefined : bookText(),
  };
  process.send?.(report);
  listening.abort();
  await heard;
  await feed.close();
  market?.close();
  await venue.close();
  process.disconnect();
}

function bookText(): readonly string[] {
  const { id, bids, asks } = market?.book(50) ?? { id: '', bids: [], asks: [] };
  const rows = (side: typeof bids): string[] =>
    side.map((level) => `${toNumber(level.price)} ${toNumber(level.quantity)}`);
  return [id, ...rows(bids), '|', ...rows(asks)];
}

async function retried<Result>(act: () => Promise<Result>): Promise<Result> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await act();
    } catch (error) {
      if (tries >= ASKS_MAX) throw error;
      await sleep(ASK_EVERY_MS);
    }
  }
}

function snapshot(): Omit<StreamTick, 'kind'> {
  collect();
  const { rss, heapUsed } = process.memoryUsage();
  const twice = [...fills.values()].filter((times) => times > 1).length;
  const orders = { outcomes, unresolved: unresolved.size, accepted: accepted.size, fills: fills.size, twice };
  return { rss, heapUsed, links, orders, trades, bars, quotes: book };
}

function tell(kind: 'begun' | 'tick'): void {
  process.send?.({ kind, ...snapshot() } satisfies StreamTick);
}

function log(line: string): void {
  if (line.startsWith('bars of')) links.bars += 1;
  if (wish.isLoud) process.stdout.write(`${line}\n`);
}
