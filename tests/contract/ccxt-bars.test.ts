import { systemClock } from '@gatehouse/edge/engine/system-clock.ts';
import { ccxtBars } from '@gatehouse/edge/feeds/ccxt-bars.ts';
import type { LiveFeed } from '@gatehouse/edge/feeds/live-feed.ts';
import type { Bar } from '@gatehouse/shared/market/bar.ts';
import { toText } from '@gatehouse/shared/values/decimal.ts';
import { fromMillis, instantText } from '@gatehouse/shared/values/instant.ts';
import { expect, onTestFinished, test } from 'vitest';
import { connectorUrls } from '../emulators/binance/ccxt-urls.ts';
import { type BinanceEmulator, startBinance } from '../emulators/binance/emulator.ts';
import { message } from '../emulators/kit/faults.ts';
import { BTC_USDT, soon } from './ccxt-session.ts';

const START_MS = Date.UTC(2018, 3, 4, 23, 50);
const MINUTE_MS = 60_000;

/** Trades one minute; its number tells its prices. */
function minute(emulator: BinanceEmulator, count: number): void {
  const openMs = START_MS + count * MINUTE_MS;
  const at = (more: number): string => `${7_000 + count}.${more}0`;
  emulator.advance({
    ...{ kind: 'bar', symbol: 'BTCUSDT', openMs, closeMs: openMs + MINUTE_MS, day: '2018-04-04', volume: '4' },
    ...{ open: at(1), high: at(9), low: at(0), close: at(5) },
  });
}

interface Listening {
  readonly emulator: BinanceEmulator;
  readonly feed: LiveFeed;
  readonly gaps: { readonly fromMs: number; readonly toMs: number }[];
  readonly bars: Bar[];
  readonly stop: () => void;
  readonly done: () => Promise<void>;
  listen(afterMinute: number): Promise<void>;
  shown(): readonly string[];
}

async function start(minutes: number): Promise<Listening> {
  const emulator = await startBinance({ startMs: START_MS });
  onTestFinished(() => emulator.stop());
  for (let count = 0; count < minutes; count += 1) minute(emulator, count);
  const gaps: { readonly fromMs: number; readonly toMs: number }[] = [];
  const feed = ccxtBars({
    instrument: BTC_USDT,
    interval: '1m',
    settings: {
      exchange: 'binance',
      environment: 'paper',
      symbol: 'BTC/USDT',
      urls: connectorUrls(emulator),
      requestTimeoutMs: 1_000,
      staleMs: 1_000,
      heartbeatMs: 250,
      reconnectMs: { first: 30, most: 200 },
    },
    services: {
      clock: systemClock(),
      monotonicMs: () => performance.now(),
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      random: (bytes) => new Uint8Array(bytes).fill(128),
      log: () => undefined,
    },
    onGap: (gap) => gaps.push(gap),
  });
  const abort = new AbortController();
  const bars: Bar[] = [];
  let listening: Promise<void> = Promise.resolve();
  onTestFinished(async () => {
    abort.abort();
    await listening;
    await feed.close();
  });
  return {
    ...{ emulator, feed, gaps, bars },
    stop: () => abort.abort(),
    done: () => listening,
    async listen(afterMinute) {
      listening = (async () => {
        for await (const bar of feed.bars(fromMillis(START_MS + afterMinute * MINUTE_MS), abort.signal)) bars.push(bar);
      })();
      const isSubscribed = () => emulator.log.entries().filter(({ text }) => text.includes('btcusdt@kline_1m')).length;
      await soon(() => expect(isSubscribed()).toBeGreaterThan(0));
    },
    shown: () => bars.map(({ close }) => toText(close)),
  };
}

function closes(from: number, to: number): readonly string[] {
  return Array.from({ length: to - from }, (_, count) => `${7_000 + from + count}.50000000`);
}

test('bars come as they close, each once, with the exchange’s exact texts and the times of files', async () => {
  const { emulator, listen, shown, bars } = await start(0);
  await listen(0);
  for (let count = 0; count < 12; count += 1) minute(emulator, count);
  await soon(() => expect(shown()).toEqual(closes(0, 12)));
  const [first] = bars;
  expect(first === undefined ? [] : [first.openAt, first.closeAt].map(instantText)).toEqual([
    '2018-04-04T23:50:00.000000001Z',
    '2018-04-04T23:51:00.000000000Z',
  ]);
  expect(bars.map(({ index }) => index - START_MS / MINUTE_MS)).toEqual(
    Array.from({ length: 12 }, (_, count) => count),
  );
  expect(bars.flatMap(({ endsDay, day }) => (endsDay ? [day] : []))).toEqual(['2018-04-04']);
  expect(toText(first?.low ?? { units: 0n, scale: 0 })).toBe('7000.00000000');
});

test('the bar that still grows is not shown, and neither is it in the history', async () => {
  const { emulator, feed } = await start(5);
  emulator.advance({
    kind: 'trade',
    symbol: 'BTCUSDT',
    price: '9999',
    quantity: '1',
    atMs: START_MS + 5 * MINUTE_MS + 30_000,
  });
  const history = await feed.history(3);
  expect(history.map(({ close }) => toText(close))).toEqual(closes(2, 5));
  expect((await feed.history(1_000)).map(({ close }) => toText(close))).toEqual(closes(0, 5));
});

test('what closed between the history and the stream is filled in, once', async () => {
  const { emulator, listen, shown } = await start(6);
  await listen(3);
  minute(emulator, 6);
  await soon(() => expect(shown()).toEqual(closes(3, 7)));
});

test('a bar that the stream lost is asked for as soon as the next one comes', async () => {
  const { emulator, listen, shown, gaps } = await start(1);
  await listen(1);
  emulator.faults.onMessage({ kind: 'drop' }, { match: message('"i":"1m"', '"x":true'), times: 2 });
  for (let count = 1; count < 5; count += 1) minute(emulator, count);
  await soon(() => expect(shown()).toEqual(closes(1, 5)));
  expect(gaps).toEqual([]);
});

test('bars that come twice or turned round are shown once, in order', async () => {
  const { emulator, listen, shown } = await start(1);
  await listen(1);
  const match = message('"i":"1m"', '"x":true');
  emulator.faults.onMessage({ kind: 'duplicate' }, { match, times: 2 });
  emulator.faults.onMessage({ kind: 'reorder', behind: 6 }, { match });
  for (let count = 1; count < 9; count += 1) minute(emulator, count);
  await soon(() => expect(shown()).toEqual(closes(1, 9)));
});

test.each([
  ['sockets break', (emulator: BinanceEmulator) => emulator.dropSockets()],
  ['the stream falls silent', (emulator: BinanceEmulator) => emulator.faults.onMessage({ kind: 'mute' })],
])('%s: bars go on where they ended', async (_, breakIt) => {
  const { emulator, listen, shown } = await start(1);
  await listen(1);
  minute(emulator, 1);
  await soon(() => expect(shown()).toEqual(closes(1, 2)));
  breakIt(emulator);
  for (let count = 2; count < 6; count += 1) minute(emulator, count);
  const subscriptions = () => emulator.log.entries().filter(({ text }) => text.includes('"SUBSCRIBE"')).length;
  await soon(() => expect(subscriptions()).toBeGreaterThan(1));
  minute(emulator, 6);
  await soon(() => expect(shown()).toEqual(closes(1, 7)));
});

test('an aborted listener ends, and nothing is shown to it any more', async () => {
  const { emulator, listen, shown, stop, done } = await start(1);
  await listen(1);
  minute(emulator, 1);
  await soon(() => expect(shown()).toEqual(closes(1, 2)));
  stop();
  await done();
  minute(emulator, 2);
  expect(shown()).toEqual(closes(1, 2));
});

test('an exchange that cannot be asked is an error of the history', async () => {
  const { emulator, feed } = await start(1);
  await emulator.unplug();
  await expect(feed.history(1)).rejects.toMatchObject({ code: 'VENUE_UNREACHABLE' });
});

test('bars are had in a minute of which others have used more than the tightest limits', async () => {
  const { emulator, feed } = await start(3);
  emulator.limits.charge(2_000);
  expect(await feed.history(2)).toHaveLength(2);
});
