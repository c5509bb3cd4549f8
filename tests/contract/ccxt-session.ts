import { systemClock } from '@gatehouse/edge/engine/system-clock.ts';
import { ccxt } from '@gatehouse/edge/venues/ccxt.ts';
import type { VenueSecret, WorkingOrder } from '@gatehouse/edge/venues/define-connector.ts';
import type { Venue, VenueEvent } from '@gatehouse/edge/venues/venue.ts';
import type { Instrument } from '@gatehouse/shared/market/instrument.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import { price, quantity } from '@gatehouse/shared/values/amounts.ts';
import { currency } from '@gatehouse/shared/values/currency.ts';
import { decimal, toText } from '@gatehouse/shared/values/decimal.ts';
import { parseInstant } from '@gatehouse/shared/values/instant.ts';
import { expect, onTestFinished, vi } from 'vitest';
import { connectorUrls } from '../emulators/binance/ccxt-urls.ts';
import { type BinanceEmulator, type EmulatorSetup, startBinance } from '../emulators/binance/emulator.ts';
import { approve, orderFor } from './approved-orders.ts';

export { approve } from './approved-orders.ts';

const DECIDED_AT = parseInstant('2020-03-02T21:00:00Z');
/** Longer than anything here takes on a busy machine. */
const PATIENCE = { timeout: 8_000, interval: 15 };

/** The instrument of the tests. */
export const BTC_USDT: Instrument = {
  id: 'BTC-USDT',
  title: 'Bitcoin in Tether on Binance',
  venue: 'BINANCE',
  currency: currency('USDT'),
  tick: decimal('0.01'),
  lot: decimal('0.00001'),
  multiplier: decimal('1'),
  zone: 'UTC',
};

/** An order to buy one bitcoin at the market, with changes. */
export function anOrder(id: string, changes: Partial<Order> = {}): Order {
  return orderFor(BTC_USDT, { id, timeInForce: 'gtc', quantity: quantity('1'), decidedAt: DECIDED_AT, ...changes });
}

/** A limit order below the market, which rests. */
export function aRestingOrder(id: string, changes: Partial<Order> = {}): Order {
  return anOrder(id, { limitPrice: price('90.00'), ...changes });
}

/** How a session of the tests differs from the plain one. */
export interface SessionSetup {
  readonly emulator?: EmulatorSetup;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly working?: readonly WorkingOrder[];
  readonly secret?: () => VenueSecret;
  readonly mayStillGo?: () => boolean;
  /** The exchange of a session before, in place of a new one. */
  readonly at?: BinanceEmulator;
}

/** A connection of the real connector to an emulated exchange, with all that was heard and said. */
export interface CcxtSession {
  readonly emulator: BinanceEmulator;
  readonly venue: Venue;
  readonly events: VenueEvent[];
  readonly lines: string[];
  /** What was told, without the link, as short texts. */
  told(): readonly string[];
  links(): readonly string[];
  submit(order: Order): Promise<void>;
  /** How often an order of this client id was asked for over the wire. */
  placed(clientId: string): number;
}

/** Starts an exchange whose book has 100 bid and 101 asked. */
export async function startExchange(setup: EmulatorSetup = {}): Promise<BinanceEmulator> {
  const emulator = await startBinance(setup);
  onTestFinished(() => emulator.stop());
  quote(emulator, '100.00', '101.00');
  return emulator;
}

/** Moves the market. */
export function quote(emulator: BinanceEmulator, bid: string, ask: string, size = '1000'): void {
  emulator.advance({ kind: 'quote', symbol: 'BTCUSDT', bid: [bid, size], ask: [ask, size] });
}

/** Makes the connector for an exchange, not opened yet. */
export function sessionAt(emulator: BinanceEmulator, setup: SessionSetup = {}): CcxtSession {
  const events: VenueEvent[] = [];
  const lines: string[] = [];
  let seed = 0;
  const venue = ccxt.connect({
    instrument: BTC_USDT,
    feeBps: decimal('0'),
    working: setup.working ?? [],
    ...(setup.mayStillGo === undefined ? {} : { mayStillGo: setup.mayStillGo }),
    listener: (event) => events.push(event),
    services: {
      clock: systemClock(),
      monotonicMs: () => performance.now(),
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      random: (bytes) => {
        seed = (seed + 37) % 256;
        return new Uint8Array(bytes).fill(seed);
      },
      log: (line) => lines.push(line),
    },
    secret: setup.secret ?? (() => ({ key: 'emulated-key', secret: 'emulated-secret' })),
    settings: {
      exchange: 'binance',
      environment: 'paper',
      symbol: 'BTC/USDT',
      urls: connectorUrls(emulator),
      requestTimeoutMs: 1_000,
      recvWindowMs: 1_500,
      staleMs: 1_200,
      heartbeatMs: 300,
      sweepMs: 300,
      reconnectMs: { first: 50, most: 300 },
      ...setup.settings,
    },
  });
  onTestFinished(() => venue.close());
  return {
    emulator,
    venue,
    events,
    lines,
    told: () => events.flatMap((event) => (event.kind === 'link' ? [] : [showEvent(event)])),
    links: () => events.flatMap((event) => (event.kind === 'link' ? [event.state] : [])),
    submit: async (order) => venue.submit(approve(order)),
    placed: (clientId) =>
      emulator.log
        .requests('POST', '/api/v3/order')
        .filter(({ text }) => text.includes(`newClientOrderId=${clientId}&`)).length,
  };
}

/** An open session with an exchange of its own, or with one that stands. */
export async function openSession(setup: SessionSetup = {}): Promise<CcxtSession> {
  const session = sessionAt(setup.at ?? (await startExchange(setup.emulator)), setup);
  await session.venue.open?.();
  return session;
}

/** Waits until a claim holds. */
export async function soon(claim: () => void, patience = PATIENCE): Promise<void> {
  await vi.waitFor(claim, patience);
}

/** Waits until the session has told at least these. */
export async function hears(session: CcxtSession, ...expected: readonly string[]): Promise<void> {
  await soon(() => expect(session.told()).toEqual(expected));
}

/** Waits until the link is up again after it was not. */
export async function isUpAgain(session: CcxtSession): Promise<void> {
  await soon(() => {
    expect(session.links().length).toBeGreaterThan(2);
    expect(session.links().at(-1)).toBe('up');
  });
}

function showEvent(event: Exclude<VenueEvent, { kind: 'link' }>): string {
  if (event.kind === 'foreign') return 'foreign';
  if (event.kind !== 'filled') return `${event.order} ${event.kind}`;
  const { quantity: filled, price: at } = event.fill;
  return `${event.order} filled ${short(toText(filled))} at ${short(toText(at))}${event.isLast ? ' last' : ''}`;
}

function short(text: string): string {
  return text.replace(/\.?0+$/, '');
}
