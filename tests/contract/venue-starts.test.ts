import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setCredential } from '@gatehouse/edge/credentials/credentials.ts';
import { fileKill } from '@gatehouse/edge/kill/kill-file.ts';
import { askEdge } from '@gatehouse/edge/sync/local-socket.ts';
import { parseInstant } from '@gatehouse/shared/values/instant.ts';
import { expect, onTestFinished, test } from 'vitest';
import { connectorUrls } from '../emulators/binance/ccxt-urls.ts';
import { type BinanceEmulator, startBinance } from '../emulators/binance/emulator.ts';
import { FAULT_ANSWERS } from '../emulators/binance/fault-answers.ts';
import { request } from '../emulators/kit/faults.ts';
import { temporaryFolder } from '../fixtures/firm.ts';
import { ACCOUNT, type EdgeRun, SECRET, sessionOf, startEdge, until } from '../fixtures/paper-session.ts';

// Starts at a venue that cannot be: what is wrong is one line that names the place and the cure, or a wait that a kill does not have to wait for.

const MS_MAX = 120_000;
const START_MS = Date.UTC(2018, 3, 4, 23, 50);
const MINUTE_MS = 60_000;
const MANY = 100_000;
const SET_AT = parseInstant('2026-01-05T09:00:00Z');

interface Setting {
  readonly data: string;
  readonly emulator: BinanceEmulator;
  readonly start: (changes?: { readonly symbol?: string; readonly account?: string }) => EdgeRun;
}

async function setting(secret: string = SECRET.secret): Promise<Setting> {
  const data = join(temporaryFolder('venue-starts'), 'edge');
  mkdirSync(data, { recursive: true });
  const emulator = await startBinance({ barsAs: 'bars', startMs: START_MS });
  onTestFinished(() => emulator.stop());
  for (let bar = 0; bar < 3; bar += 1) {
    const openMs = START_MS + bar * MINUTE_MS;
    emulator.advance({
      ...{ kind: 'bar', symbol: 'BTCUSDT', openMs, closeMs: openMs + MINUTE_MS, day: '2018-04-04', volume: '4' },
      ...{ open: '4600', high: '4610', low: '4590', close: '4605' },
    });
  }
  const place = { venue: 'BINANCE', account: ACCOUNT, setAt: SET_AT };
  await setCredential({ folder: join(data, 'credentials') }, place, { key: SECRET.key, secret });
  const start: Setting['start'] = ({ symbol = 'BTC/USDT', account = ACCOUNT } = {}) => {
    const settings = { exchange: 'binance', environment: 'paper', symbol, urls: connectorUrls(emulator) };
    const feed = { kind: 'venue', spanMinutes: 1, warmUp: 1 };
    const edge = startEdge(data, sessionOf({ connector: 'ccxt', account, settings, feed }));
    onTestFinished(() => edge.kill());
    return edge;
  };
  return { data, emulator, start };
}

/** The exit code and the last line of an edge that ends by itself. */
async function ending(edge: EdgeRun): Promise<string> {
  const exit = await new Promise<number | null>((resolve) => {
    edge.child.once('exit', (code) => resolve(code));
  });
  const line = edge
    .said()
    .split('\n')
    .findLast((text) => text.startsWith('edge: '));
  return `${exit} ${line}`;
}

test(
  'a symbol that the exchange does not list ends the start with the venue, the account and the cure',
  async () => {
    const { start } = await setting();
    expect(await ending(start({ symbol: 'NOPE/USDT' }))).toMatch(
      /^2 edge: BINANCE, account paper, BTC-USDT: the exchange does not list NOPEUSDT\. Correct the symbol .*\.$/,
    );
  },
  MS_MAX,
);

test(
  'an account without a credential ends the start with its name and the command that seals one',
  async () => {
    const { start } = await setting();
    expect(await ending(start({ account: 'other' }))).toMatch(
      /^2 edge: BINANCE, account other, BTC-USDT: there is no file .*\. Set the credential with "gatehouse credentials set".*$/,
    );
  },
  MS_MAX,
);

test(
  'a key that the exchange refuses ends the start with the venue, the account and the cure',
  async () => {
    const { start } = await setting('not-the-secret');
    expect(await ending(start())).toMatch(
      /^2 edge: BINANCE, account paper, BTC-USDT: the exchange does not say what the key may do: .*\. Check that the sealed key .*$/,
    );
  },
  MS_MAX,
);

test(
  'an exchange that is down at the very first start is waited for, with a line that says so, and a kill filed meanwhile holds',
  async () => {
    const { data, emulator, start } = await setting();
    await emulator.unplug();
    const edge = start();
    await until(
      () => edge.said().includes('Tried again in'),
      () => `the edge waits: ${edge.said()}`,
    );
    expect(edge.said()).toMatch(
      /edge: BINANCE, account paper, BTC-USDT: .* Tried again in \d+\.\d s and for \d+ min at most; nothing is traded/,
    );
    const kill = { v: 2, id: 'K-waiting', scopes: ['firm'], level: 'cancel', by: 'p-01', reason: 'A test.' } as const;
    await fileKill(data, { ...kill, scopes: ['firm'], at: SET_AT });
    await emulator.plug();
    await edge.ready;
    expect(await askEdge(data, { command: 'status' })).toMatchObject({
      trading: 'halted',
      halts: [{ id: 'K-waiting', scopes: ['firm'], level: 'cancel' }],
    });
  },
  MS_MAX,
);

test(
  'a kill is taken up while the edge waits for a venue that answers nobody, and stands when it is there',
  async () => {
    const { data, emulator, start } = await setting();
    const match = request('GET', '/sapi/v1/account/apiRestrictions');
    const down = emulator.faults.onRequest(
      { kind: 'error-before', answer: FAULT_ANSWERS.busy },
      { match, times: MANY },
    );
    const edge = start();
    await until(
      () => edge.said().includes('Tried again in'),
      () => `the edge waits: ${edge.said()}`,
    );
    const kill = { scopes: ['firm'], level: 'cancel', by: 'p-01', reason: 'A test.', id: 'K-early' } as const;
    const from = performance.now();
    const progress = await askEdge(data, { command: 'kill', ...kill, scopes: ['firm'] });
    expect(performance.now() - from).toBeLessThan(3_000);
    expect(progress).toMatchObject({ id: 'K-early' });
    expect(await askEdge(data, { command: 'status' })).toMatchObject({ trading: 'halted' });
    down.disarm();
    await edge.ready;
    expect(await askEdge(data, { command: 'status' })).toMatchObject({ trading: 'halted', halts: [{ id: 'K-early' }] });
  },
  MS_MAX,
);

test(
  'an edge that waits for its venue ends in good order when it is asked to',
  async () => {
    const { emulator, start } = await setting();
    await emulator.unplug();
    const edge = start();
    await until(
      () => edge.said().includes('Tried again in'),
      () => `the edge waits: ${edge.said()}`,
    );
    await edge.stop();
    await edge.ended;
  },
  MS_MAX,
);
