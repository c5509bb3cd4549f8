import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readEdgeConfig } from '@gatehouse/edge/config.ts';
import { systemClock } from '@gatehouse/edge/engine/system-clock.ts';
import { openSession } from '@gatehouse/edge/session/open-session.ts';
import { sessionSheet } from '@gatehouse/edge/session/session-sheet.ts';
import type { TradingSession } from '@gatehouse/edge/session/trading-session.ts';
import { assert } from '@gatehouse/shared/errors.ts';
import { parseInstant } from '@gatehouse/shared/values/instant.ts';
import { expect, onTestFinished, test } from 'vitest';
import { connectorUrls } from '../emulators/binance/ccxt-urls.ts';
import { startBinance } from '../emulators/binance/emulator.ts';
import { temporaryFolder } from '../fixtures/firm.ts';
import { sessionOf } from '../fixtures/paper-session.ts';

const START_MS = Date.UTC(2018, 3, 4, 23, 50);
const MINUTE_MS = 60_000;

/** The session of a file at an exchange that has two closed bars. */
async function open(time: 'wall' | 'market'): Promise<TradingSession> {
  const emulator = await startBinance({ barsAs: 'bars', startMs: START_MS });
  onTestFinished(() => emulator.stop());
  for (const openMs of [START_MS, START_MS + MINUTE_MS]) {
    const figures = { open: '4600', high: '4610', low: '4590', close: '4605', volume: '4' };
    const span = { openMs, closeMs: openMs + MINUTE_MS, day: '2018-04-04' };
    emulator.advance({ kind: 'bar', symbol: 'BTCUSDT', ...span, ...figures });
  }
  const folder = temporaryFolder('wall-session');
  const file = join(folder, 'session.json');
  const settings = { exchange: 'binance', environment: 'paper', symbol: 'BTC/USDT', urls: connectorUrls(emulator) };
  const feed = { kind: 'venue', spanMinutes: 1, warmUp: 1 };
  writeFileSync(file, sessionOf({ connector: 'ccxt', account: 'paper', time, settings, feed }));
  const config = readEdgeConfig([], { GATEHOUSE_EDGE_DATA: folder, GATEHOUSE_EDGE_SESSION: file });
  const session = await openSession(config, {
    clock: systemClock(),
    monotonicMs: () => performance.now(),
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    random: (bytes) => new Uint8Array(bytes),
    log: () => undefined,
  });
  onTestFinished(() => session.live?.close());
  onTestFinished(() => session.market?.close());
  return session;
}

/** What the first sheet of a session says of the prices by which its orders are judged. */
function figuresOf(session: TradingSession, control: string): Readonly<Record<string, unknown>> {
  const { terms } = session;
  assert(terms !== undefined, 'the session comes from a file');
  const from = parseInstant('2026-01-05T09:00:00Z');
  const made = { sequence: 1, from, instruments: ['BTC-USDT'], pace: 'minute' } as const;
  const line = sessionSheet({ ...session, terms })(made).controls.find((one) => one.control === control);
  return line !== undefined && 'on' in line ? (line.on[0]?.figures ?? {}) : {};
}

test.each([
  ['wall', true, 'quote', 'required'],
  ['market', false, 'reference', 'not-required'],
] as const)(
  'a session in the time of the %s has quotes: %s, and its limits go by them',
  async (time, isQuoted, basis, quote) => {
    const session = await open(time);
    expect(session.market !== undefined).toBe(isQuoted);
    expect(figuresOf(session, 'worst-price')).toMatchObject({ basis });
    expect(figuresOf(session, 'market-data-age')).toMatchObject({ quote });
  },
);
