import { fork } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { connectorUrls } from '../emulators/binance/ccxt-urls.ts';
import { startBinance } from '../emulators/binance/emulator.ts';
import { seededRandom } from '../faults/fault-plan.ts';
import type { Sequence, StreamReport, StreamTick, StreamWish } from './stream-report.ts';
import { inTurn } from './stream-troubles.ts';

// A session of the connector at an exchange that misbehaves all the while, for as many seconds as are asked for: what is lost, and what memory does.

const SECONDS = Number(process.argv[2] ?? 3_600);
const SEED = Number(process.argv[3] ?? Math.floor(Math.random() * 1_000_000));
const MARKET_EVERY_MS = 100;
const PAUSE_MS = { least: 1_000, more: 5_000 } as const;
const END_MS = 15_000;
const REPORTS = 12;
const BYTES_PER_MB = 1_048_576;
const SECRET = { key: 'emulated-key', secret: 'emulated-secret' };

const random = seededRandom(SEED);
const emulator = await startBinance({
  accounts: [{ id: 'main', balances: { BTC: '100000', USDT: '1000000000', BNB: '0' }, keys: [SECRET] }],
  // An hour of troubles asks for more than one of a usual day.
  limits: { weightPerMinute: 60_000 },
});
let middle = 100;
const moving = setInterval(move, MARKET_EVERY_MS);
move();
const wish: StreamWish = { urls: connectorUrls(emulator), secret: SECRET, isLoud: process.argv[4] === '--loud' };
const child = fork(fileURLToPath(new URL('./stream-client.ts', import.meta.url)), [JSON.stringify(wish)]);
let begun: StreamTick | undefined;
let last: StreamTick | undefined;
const reported = new Promise<StreamReport | undefined>((resolve) => {
  child.on('message', (message: StreamTick | StreamReport) => {
    if (message.kind === 'begun') begun = message;
    if (message.kind === 'tick') last = message;
    if (message.kind === 'report') resolve(message);
  });
  child.on('exit', () => resolve(undefined));
});
say(`seed ${SEED}, ${SECONDS} s`);
const struck = await trouble();
emulator.faults.clear();
await emulator.plug();
await sleep(END_MS);
clearInterval(moving);
await sleep(1_000);
child.send('stop');
const report = await reported;
const book = await truth();
process.exitCode = report === undefined ? 70 : finalReport(report);
if (child.connected || child.exitCode === null) await new Promise((resolve) => child.once('exit', resolve));
await emulator.stop();

/** A market that moves a little ten times a second, and trades as often as not. */
function move(): void {
  middle = Math.max(50, Math.min(200, middle + (random() - 0.5) * 0.2));
  const [bid, ask] = [(middle - 0.01).toFixed(2), (middle + 0.01).toFixed(2)];
  emulator.advance({ kind: 'quote', symbol: 'BTCUSDT', bid: [bid, '50'], ask: [ask, '50'] });
  if (random() < 0.5) {
    const side = random() < 0.5 ? 'BUY' : 'SELL';
    emulator.advance({ kind: 'trade', symbol: 'BTCUSDT', price: side === 'BUY' ? ask : bid, quantity: '0.5', side });
  }
}

async function trouble(): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  const from = performance.now();
  const troubles = inTurn(random);
  let shown = 0;
  while (performance.now() - from < SECONDS * 1_000 && child.exitCode === null) {
    await sleep(PAUSE_MS.least + random() * PAUSE_MS.more);
    const one = troubles.next().value;
    counts.set(one.name, (counts.get(one.name) ?? 0) + 1);
    await one.make(emulator, random);
    const share = (performance.now() - from) / (SECONDS * 1_000);
    if (share * REPORTS < shown + 1 || last === undefined) continue;
    shown = Math.floor(share * REPORTS);
    const { links, orders, quotes } = last;
    say(
      `${Math.round(share * SECONDS)} s: ${memory(last)}; reconnects ${JSON.stringify(links)}; ${orders.accepted} orders accepted, ${orders.unresolved} unknown; book built anew ${quotes.gaps} times`,
    );
  }
  return counts;
}

function finalReport(made: StreamReport): number {
  const { links, orders, trades, bars, quotes, standing, open, executions, missed, invented } = made;
  say(`troubles: ${[...struck].map(([name, count]) => `${name} ${count}`).join(', ')}`);
  say(`memory: ${begun === undefined ? 'unknown' : memory(begun)} at the start, ${memory(made)} at the end`);
  say(`connections: venue ${links.venue}, quotes and trades ${links.market}, bars ${links.bars + 1}`);
  say(`orders: ${JSON.stringify(orders.outcomes)}`);
  say(
    `orders at the end: ${orders.unresolved} unknown, ${open} open, ${standing} standing; ${executions} executions, ${missed} missed, ${orders.twice} told twice, ${invented} invented`,
  );
  say(`bars: ${sequenceText(bars)}`);
  say(`trades: ${sequenceText(trades)}`);
  const unknownShare = ((quotes.unknown / Math.max(1, quotes.looks)) * 100).toFixed(1);
  say(
    `book: built anew ${quotes.gaps} times, ${quotes.quotes} quotes, none ${unknownShare} % of the time, the oldest given ${quotes.oldestMs} ms old`,
  );
  const isSame = JSON.stringify(made.book) === JSON.stringify(book);
  say(
    `book at the end: ${isSame ? 'the exchange’s own' : `another one: ${made.book?.join(', ')} / ${book.join(', ')}`}`,
  );
  const twiceMade = emulator.history.acceptedTwice('R-').length;
  const live = emulator.history.liveOrdersOf('R-').length;
  say(`at the exchange: ${twiceMade} orders made twice, ${live} live`);
  const faults = [orders.unresolved, open, standing, missed, invented, orders.twice, twiceMade, live];
  const isSound =
    faults.every((count) => count === 0) && isSame && [bars, trades].every(isWhole) && quotes.oldestMs < 5_000;
  say(isSound ? 'everything is accounted for' : 'NOT everything is accounted for');
  return isSound ? 0 : 3;
}

function isWhole({ first, last: end, told, wrong, missing }: Sequence): boolean {
  return first !== undefined && wrong === 0 && told + missing === end - first + 1;
}

function sequenceText({ first, last: end, told, wrong, missing }: Sequence): string {
  return `${told} told of ${first === undefined ? 0 : end - first + 1}, ${missing} said to be missing, ${wrong} out of their order`;
}

/** The book as the exchange answers it to anybody. */
async function truth(): Promise<readonly string[]> {
  const answer = await fetch(`http://127.0.0.1:${emulator.port}/api/v3/depth?symbol=BTCUSDT&limit=50`);
  const { lastUpdateId, bids, asks } = (await answer.json()) as {
    readonly lastUpdateId: number;
    readonly bids: readonly (readonly string[])[];
    readonly asks: readonly (readonly string[])[];
  };
  const rows = (side: typeof bids): string[] => side.map((row) => row.map(Number).join(' '));
  return [`${lastUpdateId}`, ...rows(bids), '|', ...rows(asks)];
}

function memory({ rss, heapUsed }: Pick<StreamTick, 'rss' | 'heapUsed'>): string {
  return `rss ${(rss / BYTES_PER_MB).toFixed(1)} MB, heap ${(heapUsed / BYTES_PER_MB).toFixed(1)} MB`;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
