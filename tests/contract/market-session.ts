import { systemClock } from '@gatehouse/edge/engine/system-clock.ts';
import type { MarketEvent, MarketFeed, MarketLevel } from '@gatehouse/edge/feeds/market-feed.ts';
import { ccxt } from '@gatehouse/edge/venues/ccxt.ts';
import { assert } from '@gatehouse/shared/errors.ts';
import { toText, trim } from '@gatehouse/shared/values/decimal.ts';
import { expect, onTestFinished } from 'vitest';
import { connectorUrls } from '../emulators/binance/ccxt-urls.ts';
import { type BinanceEmulator, startBinance } from '../emulators/binance/emulator.ts';
import { BTC_USDT, quote, soon } from './ccxt-session.ts';

/** Market data that says nothing for so long is stale. */
export const STALE_MS = 1_500;
/** What a message of the book's stream and one of the trades' have in them. */
export const DEPTH = '"depthUpdate"';
export const TRADE = '"aggTrade"';

/** A market feed at an emulated exchange, with all that it said. */
export interface Hearing {
  readonly emulator: BinanceEmulator;
  readonly feed: MarketFeed;
  readonly events: MarketEvent[];
  links(): readonly string[];
  trades(): readonly string[];
  gaps(): readonly string[];
  /** Bid and ask that the feed quotes now. */
  quoted(): string;
  isUp(times?: number): Promise<void>;
}

/** Listens to an exchange whose book has 100 bid and 101 asked, once that is heard. */
export async function listen(change: (emulator: BinanceEmulator) => void = () => undefined): Promise<Hearing> {
  // Loading it is no part of what is waited for.
  await import('ccxt');
  const emulator = await startBinance();
  onTestFinished(() => emulator.stop());
  quote(emulator, '100.00', '101.00');
  change(emulator);
  const feed = ccxt.market?.({
    instrument: BTC_USDT,
    settings: {
      exchange: 'binance',
      environment: 'paper',
      symbol: 'BTC/USDT',
      urls: connectorUrls(emulator),
      requestTimeoutMs: 1_000,
      staleMs: STALE_MS,
      heartbeatMs: 400,
      reconnectMs: { first: 30, most: 200 },
    },
    services: {
      clock: systemClock(),
      monotonicMs: () => performance.now(),
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      random: (bytes) => new Uint8Array(bytes).fill(128),
      log: () => undefined,
    },
  });
  assert(feed !== undefined, 'the connector has quotes');
  onTestFinished(() => feed.close());
  const events: MarketEvent[] = [];
  feed.start((event) => events.push(event));
  const links = () => events.flatMap((event) => (event.kind === 'link' ? [event.state] : []));
  const hearing: Hearing = {
    ...{ emulator, feed, events, links },
    trades: () => events.flatMap((event) => (event.kind === 'trade' ? [toText(trim(event.trade.price))] : [])),
    gaps: () => events.flatMap((event) => (event.kind === 'gap' ? [`${event.of}: ${event.says}`] : [])),
    quoted: () => {
      const now = feed.quote();
      return now === undefined ? 'unknown' : `${textOf(now.bid)} ${textOf(now.ask)}`;
    },
    isUp: (times = 1) => soon(() => expect(links().filter((state) => state === 'up')).toHaveLength(times)),
  };
  await hearing.isUp();
  return hearing;
}

/** A price as short text. */
export function textOf(level: MarketLevel | undefined): string {
  return level === undefined ? '-' : toText(trim(level.price));
}

/** Lets the market trade. */
export function trade(emulator: BinanceEmulator, price: string): void {
  emulator.advance({ kind: 'trade', symbol: 'BTCUSDT', price, quantity: '0.5', side: 'SELL' });
}
