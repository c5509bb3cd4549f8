import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { setCredential } from '@gatehouse/edge/credentials/credentials.ts';
import { askEdge, type EdgeQuestion } from '@gatehouse/edge/sync/local-socket.ts';
import type { EdgeStatus } from '@gatehouse/edge/sync/parent-link.ts';
import type { EntryBody } from '@gatehouse/shared/schema/bodies.ts';
import { decimal } from '@gatehouse/shared/values/decimal.ts';
import { parseInstant } from '@gatehouse/shared/values/instant.ts';
import { connectorUrls } from '../emulators/binance/ccxt-urls.ts';
import { type BinanceEmulator, startBinance } from '../emulators/binance/emulator.ts';
import {
  ACCOUNT,
  type EdgeRun,
  entriesIn,
  SECRET,
  SYMBOL,
  sessionOf,
  startEdge,
  until,
} from '../fixtures/paper-session.ts';
import { JOURNAL_COPY, type Step, type StepMessage } from './crash-steps.ts';
import { centsOf, type Signal } from './crash-strategies.ts';

/** What the session's account holds when it begins. */
export const OPENING = { BTC: '10', USDT: '1000000' } as const;

/** How a bar is shown. Units: `volume` of the instrument, of which orders get all. */
export interface Show extends Signal {
  readonly volume?: string;
}

/** An edge that can be killed at any moment, and the exchange that outlives it. */
export interface CrashSession {
  readonly data: string;
  readonly emulator: BinanceEmulator;
  /** Lets the next bar close at the exchange, whoever listens. */
  close(show?: Show): void;
  /** Lets bars close until the edge has done one. */
  pass(show?: Show): Promise<void>;
  /** Tells the process what to do at the next hand-over; resolves when it knows. */
  arm(step: Step): Promise<void>;
  /** What is on disk now. */
  entries(): readonly EntryBody[];
  /** Waits until what is on disk holds. */
  onDisk(holds: (entries: readonly EntryBody[]) => boolean, what: () => string): Promise<void>;
  /** Kills the process before the next instruction of this one. */
  killNow(): void;
  /** Resolves when the process is gone. */
  gone(): Promise<void>;
  isGone(): boolean;
  /** Starts the process and waits until it hears the exchange. */
  start(): Promise<void>;
  /** Puts the journal back to what it was at the last hand-over that was copied. */
  rewind(): void;
  ask(question: EdgeQuestion): Promise<unknown>;
  status(): Promise<EdgeStatus>;
  /** Ends the process in good order. */
  stop(): Promise<void>;
  said(): string;
  /** Ends everything. */
  end(): Promise<void>;
}

const BAR_MS = 900_000;
/** The limits want half an hour of prices before the first order. */
const WARM_UP = 4;
/** So many bars lie between the market's time and the wall's, behind which it stays. */
const BARS_MAX = 800;
const PRICE = 5_000;
const PRICES = 7;
const VOLUME = '1000';
/** A bar that the edge has not done by then is followed by another one. */
const BAR_MS_MAX = 3_000;
const POLL_MS = 10;
/** How long an order may be on its way, and from when on it certainly never arrived. Units: milliseconds. */
const USUAL: Patience = { receiveMs: 1_500, finalMs: 2_700 };
const EDGE_MAIN = fileURLToPath(new URL('./crash-edge.ts', import.meta.url));

/** How long an order may be on its way, and from when on it certainly never arrived. Units: milliseconds. */
export interface Patience {
  readonly receiveMs: number;
  readonly finalMs: number;
}

/** Opens an exchange and an edge at it. Shape: whoever opens it ends it. */
export async function openCrashSession(patience: Patience = USUAL): Promise<CrashSession> {
  const startMs = Math.floor(Date.now() / BAR_MS - BARS_MAX) * BAR_MS;
  const data = mkdtempSync(join(tmpdir(), 'gatehouse-crash-'));
  const emulator = await startBinance({
    barsAs: 'bars',
    startMs,
    engine: { participation: decimal('1') },
    // Many more restarts than a minute of a real life has.
    limits: { weightPerMinute: 100_000 },
    accounts: [{ id: 'main', balances: { ...OPENING, BNB: '0' }, keys: [SECRET], makerRate: '0', takerRate: '0' }],
  });
  const session = new LiveCrashSession(data, emulator, { startMs, ...patience });
  await setCredential(
    { folder: join(data, 'credentials') },
    { venue: 'BINANCE', account: ACCOUNT, setAt: parseInstant('2026-01-05T09:00:00Z') },
    SECRET,
  );
  for (let bar = 0; bar < WARM_UP; bar += 1) session.close();
  await session.start();
  return session;
}

class LiveCrashSession implements CrashSession {
  readonly data: string;
  readonly emulator: BinanceEmulator;
  readonly #session: string;
  readonly #startMs: number;
  readonly #finalMs: number;
  #edge: EdgeRun | undefined;
  #isGone = true;
  #isKilled = false;
  #bars = 0;
  #all = '';

  constructor(
    data: string,
    emulator: BinanceEmulator,
    { startMs, receiveMs, finalMs }: Patience & { readonly startMs: number },
  ) {
    this.#startMs = startMs;
    this.#finalMs = finalMs;
    this.data = data;
    this.emulator = emulator;
    const urls = connectorUrls(emulator);
    const quick = {
      requestTimeoutMs: 3_000,
      recvWindowMs: receiveMs,
      sweepMs: 2_000,
      reconnectMs: { first: 50, most: 500 },
    };
    this.#session = sessionOf({
      connector: 'ccxt',
      account: ACCOUNT,
      settings: { exchange: 'binance', environment: 'paper', symbol: 'BTC/USDT', urls, ...quick },
      feed: { kind: 'venue', spanMinutes: BAR_MS / 60_000, warmUp: WARM_UP },
    });
    mkdirSync(data, { recursive: true });
  }

  close({ volume = VOLUME, ...signal }: Show = {}): void {
    const cents = centsOf(signal);
    const [open, close] = [this.#bars, this.#bars + 1].map((bar) => PRICE + (bar % PRICES));
    const openMs = this.#startMs + this.#bars * BAR_MS;
    this.#bars += 1;
    this.emulator.advance({
      kind: 'bar',
      symbol: SYMBOL,
      openMs,
      closeMs: openMs + BAR_MS,
      day: new Date(openMs).toISOString().slice(0, 10),
      open: `${open}`,
      high: `${PRICE + 2 * PRICES}.0${cents.high}`,
      low: `${PRICE - PRICES}.0${cents.low}`,
      close: `${close}`,
      volume,
    });
  }

  async pass(show: Show = {}): Promise<void> {
    const edge = this.#running();
    for (let before = edge.done(), isFirst = true; ; isFirst = false) {
      this.close(isFirst ? show : {});
      const endsAt = performance.now() + BAR_MS_MAX;
      while (performance.now() < endsAt && !this.#isGone) {
        if (edge.done() > before) return;
        await sleep(POLL_MS);
      }
      if (this.#isGone) throw new Error(`the edge is gone: ${this.said().slice(-3_000)}`);
    }
  }

  async arm(step: Step): Promise<void> {
    const { child } = this.#running();
    const heard = new Promise<void>((resolve) => {
      child.on('message', (told) => {
        if ((told as StepMessage).type === 'step') resolve();
      });
    });
    child.send({ type: 'step', step } satisfies StepMessage);
    await heard;
  }

  /** Shape: of a copy, since the process holds its own file for itself alone; a copy may catch it in the middle of a write. */
  entries(): readonly EntryBody[] {
    const folder = mkdtempSync(join(tmpdir(), 'gatehouse-crash-look-'));
    try {
      cpSync(join(this.data, 'journal'), join(folder, 'journal'), { recursive: true });
      return entriesIn(folder);
    } catch (error) {
      if (error instanceof Error && /disk image|no such table|ENOENT|readonly|locked/.test(error.message)) return [];
      throw error;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  async onDisk(holds: (entries: readonly EntryBody[]) => boolean, what: () => string): Promise<void> {
    await until(
      () => holds(this.entries()),
      () => `${what()} is on disk: ${this.said().slice(-3_000)}`,
    );
  }

  killNow(): void {
    this.#isKilled = true;
    this.#edge?.child.kill('SIGKILL');
  }

  async gone(): Promise<void> {
    await until(
      () => this.#isGone,
      () => 'the edge is gone',
    );
  }

  isGone(): boolean {
    return this.#isGone;
  }

  async start(): Promise<void> {
    const from = this.emulator.log.entries().at(-1)?.seq ?? 0;
    const edge = startEdge(this.data, this.#session, { main: EDGE_MAIN, args: [`${this.#finalMs}`] });
    this.#edge = edge;
    this.#isGone = false;
    this.#isKilled = false;
    edge.child.once('exit', () => {
      this.#isGone = true;
      this.#all += edge.said();
    });
    // One that was killed meanwhile is not ready, and nobody wonders.
    await edge.ready.catch((error: unknown) => {
      if (!this.#isKilled) throw error;
    });
    // The first question for bars warms up; the second one comes when the stream of bars is heard.
    const asked = (): number =>
      this.emulator.log.requests('GET', '/api/v3/klines').filter(({ seq }) => seq > from).length;
    await until(
      () => asked() >= 2 || this.#isGone,
      () => `the edge follows the bars: ${edge.said().slice(-3_000)}`,
    );
  }

  rewind(): void {
    rmSync(join(this.data, 'journal'), { recursive: true });
    cpSync(join(this.data, JOURNAL_COPY), join(this.data, 'journal'), { recursive: true });
  }

  async ask(question: EdgeQuestion): Promise<unknown> {
    return askEdge(this.data, question);
  }

  async status(): Promise<EdgeStatus> {
    return (await this.ask({ command: 'status' })) as EdgeStatus;
  }

  async stop(): Promise<void> {
    await this.#running().stop();
  }

  said(): string {
    return this.#isGone ? this.#all : this.#all + (this.#edge?.said() ?? '');
  }

  async end(): Promise<void> {
    if (!this.#isGone) await this.#edge?.kill();
    await this.emulator.stop();
    rmSync(this.data, { recursive: true, force: true, maxRetries: 5 });
  }

  #running(): EdgeRun {
    if (this.#edge === undefined || this.#isGone) throw new Error(`no edge runs: ${this.said().slice(-3_000)}`);
    return this.#edge;
  }
}
