import { readFileSync } from 'node:fs';
import ccxt from 'ccxt';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { type FaultAnswer, message, request } from '../kit/faults.ts';
import { pointAt, urlsOf } from './ccxt-urls.ts';
import { type BinanceEmulator, type EmulatorSetup, startBinance } from './emulator.ts';
import { FAULT_ANSWERS } from './fault-answers.ts';

const SYMBOL = 'BTC/USDT';
const PRO = ccxt.pro.binance;

let emulator: BinanceEmulator;
let exchange: InstanceType<typeof PRO>;

async function begin(setup: EmulatorSetup = {}): Promise<void> {
  emulator = await startBinance(setup);
  exchange = await pointAt(new PRO({ apiKey: 'emulated-key', secret: 'emulated-secret', newUpdates: true }), emulator);
}

function quote(bid = '50000', ask = '50001'): void {
  emulator.advance({ kind: 'quote', symbol: 'BTCUSDT', bid: [bid, '2'], ask: [ask, '3'] });
}

function trade(price: string, quantity = '1', side: 'BUY' | 'SELL' = 'SELL'): void {
  emulator.advance({ kind: 'trade', symbol: 'BTCUSDT', price, quantity, side });
}

const buy = (quantity: number, price: number, clientOrderId: string) =>
  exchange.createOrder(SYMBOL, 'limit', 'buy', quantity, price, { clientOrderId });

beforeEach(() => begin());
afterEach(async () => {
  await exchange.close();
  await emulator.stop();
});

/** The reports of the user data stream, as they come to ccxt, in their order. */
function hearReports(): { readonly reports: Record<string, unknown>[]; readonly errors: string[]; stop(): void } {
  const reports: Record<string, unknown>[] = [];
  const errors: string[] = [];
  let isOn = true;
  const handle = exchange.handleOrderUpdate.bind(exchange);
  exchange.handleOrderUpdate = (client: Parameters<typeof handle>[0], report: Record<string, unknown>) => {
    reports.push(report);
    handle(client, report);
  };
  const listen = async (): Promise<void> => {
    while (isOn) {
      try {
        await exchange.watchOrders(SYMBOL);
      } catch (error) {
        errors.push(`${error}`);
        if (errors.length > 20) return;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  };
  void listen();
  return {
    reports,
    errors,
    stop() {
      isOn = false;
    },
  };
}

async function subscribed(): Promise<void> {
  await expect.poll(() => emulator.userStreams(), { timeout: 5_000 }).toBe(1);
}

describe('the user data stream through ccxt', () => {
  test('an order is told from its acceptance to its last execution, with ids, amounts and commission', async () => {
    quote();
    const { reports, stop } = hearReports();
    await subscribed();
    await buy(0.3, 50_000, 'intent');
    trade('49999', '0.1');
    quote('49990', '49999');
    await expect.poll(() => reports.length).toBe(3);
    stop();
    expect(reports.map(({ c, x, X, l, z, L, n, N, m, w }) => ({ c, x, X, l, z, L, n, N, m, w }))).toMatchObject([
      { c: 'intent', x: 'NEW', X: 'NEW', w: true, N: null },
      {
        x: 'TRADE',
        X: 'PARTIALLY_FILLED',
        l: '0.10000000',
        z: '0.10000000',
        L: '50000.00000000',
        n: '0.00010000',
        N: 'BTC',
        m: true,
      },
      { x: 'TRADE', X: 'FILLED', l: '0.20000000', z: '0.30000000', w: false },
    ]);
    const ids = (await exchange.privateGetMyTrades({ symbol: 'BTCUSDT' })).map(({ id }: { id: number }) => id);
    expect(reports.slice(1).map(({ t }) => t)).toEqual(ids);
  });

  test('the report of a cancel carries the id of the cancel, and the order by its original one', async () => {
    quote();
    const { reports, stop } = hearReports();
    await subscribed();
    await buy(0.3, 49_000, 'kept');
    await exchange.cancelOrder('', SYMBOL, { clientOrderId: 'kept', newClientOrderId: 'the-cancel' });
    await expect.poll(() => reports.at(-1)).toMatchObject({ x: 'CANCELED', X: 'CANCELED', c: 'the-cancel', C: 'kept' });
    await buy(0.3, 49_000, 'foreign');
    emulator.expireByVenue('foreign');
    await expect.poll(() => reports.at(-1)).toMatchObject({ x: 'EXPIRED', c: 'foreign', C: '' });
    emulator.placeByHand('main', { symbol: 'BTCUSDT', side: 'SELL', type: 'MARKET', quantity: '0.1' });
    await expect.poll(() => reports.at(-1)).toMatchObject({ x: 'TRADE', S: 'SELL', X: 'FILLED' });
    stop();
  });

  test('balances come with every change, and a deposit says its amount', async () => {
    quote();
    const balance = exchange.watchBalance();
    await subscribed();
    await buy(0.1, 49_000, 'b');
    expect((await balance)['USDT']).toMatchObject({ free: 995_100, used: 4_900 });
    emulator.transfer('main', 'ETH', '-1.5');
    await expect.poll(() => exchange.balance['spot']?.['ETH']?.free).toBe(98.5);
    expect(
      emulator.log.entries().some(({ text }) => text.includes('"e":"balanceUpdate"') && text.includes('-1.5')),
    ).toBe(true);
  });

  test('a stream that is ended, cut or dropped fails its watchers, and is subscribed again', async () => {
    quote();
    const { reports, errors, stop } = hearReports();
    await subscribed();
    emulator.dropSockets();
    await expect.poll(() => errors.length).toBe(1);
    await subscribed();
    emulator.faults.onMessage({ kind: 'cut' }, { match: message('executionReport') });
    await buy(0.1, 49_000, 'cut');
    await expect.poll(() => errors.length).toBe(2);
    await subscribed();
    await buy(0.1, 49_000, 'heard');
    await expect.poll(() => reports.map(({ c }) => c)).toEqual(['heard']);
    stop();
  });

  test('reports can come twice, late, out of order, or never', async () => {
    quote();
    const { reports, stop } = hearReports();
    await subscribed();
    const about = (id: string) => ({ match: message('executionReport', `"c":"${id}"`) });
    emulator.faults.onMessage({ kind: 'duplicate' }, about('twice'));
    emulator.faults.onMessage({ kind: 'drop' }, about('never'));
    emulator.faults.onMessage({ kind: 'reorder', behind: 3 }, about('after'));
    for (const id of ['twice', 'never', 'after', 'before']) await buy(0.1, 49_000, id);
    await expect.poll(() => reports.map(({ c }) => c)).toEqual(['twice', 'twice', 'before', 'after']);
    emulator.faults.onMessage({ kind: 'delay', ms: 80 }, about('late'));
    await buy(0.1, 49_000, 'late');
    expect(reports).toHaveLength(4);
    await expect.poll(() => reports.at(-1)?.['c']).toBe('late');
    stop();
  });

  test('a muted stream stays open and says nothing', async () => {
    quote();
    const { reports, errors, stop } = hearReports();
    await subscribed();
    emulator.faults.onMessage({ kind: 'mute' });
    await buy(0.1, 49_000, 'unheard');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect({ reports, errors }).toEqual({ reports: [], errors: [] });
    stop();
  });

  test('ended user data streams fail their watchers with the connection still there', async () => {
    quote();
    const { errors, stop } = hearReports();
    await subscribed();
    emulator.terminateUserStreams();
    await expect
      .poll(() => emulator.log.entries().some(({ text }) => text.includes('eventStreamTerminated')))
      .toBe(true);
    expect(emulator.userStreams()).toBe(0);
    expect(errors).toEqual([]);
    stop();
  });

  test('orders can be placed, asked for and cancelled in the socket', async () => {
    quote();
    const placed = await exchange.createOrderWs(SYMBOL, 'limit', 'buy', 0.1, 49_000, { newClientOrderId: 'ws-1' });
    expect(placed).toMatchObject({ clientOrderId: 'ws-1', status: 'open' });
    expect(await exchange.fetchOrderWs(`${placed.id}`, SYMBOL)).toMatchObject({ clientOrderId: 'ws-1' });
    expect(await exchange.cancelOrderWs(`${placed.id}`, SYMBOL)).toMatchObject({ status: 'canceled' });
    await expect(exchange.fetchOrderWs('999', SYMBOL)).rejects.toThrow(/-2013/);
    emulator.faults.onRequest({ kind: 'drop-answer', how: 'reset' }, { match: request('WS', 'order.place') });
    await expect(
      exchange.createOrderWs(SYMBOL, 'limit', 'buy', 0.1, 49_000, { newClientOrderId: 'ws-2' }),
    ).rejects.toThrow(ccxt.NetworkError);
    expect(emulator.history.liveOrdersOf('ws-')).toMatchObject([{ clientOrderId: 'ws-2' }]);
  });
});

describe('what an order POST meets on the way', () => {
  test.each([
    ['its answer is lost', { kind: 'drop-answer', how: 'reset' }, ccxt.NetworkError, 1],
    ['its answer is cut', { kind: 'partial-answer' }, Error, 1],
    [
      'its answer is an error though it was done',
      { kind: 'error-after', answer: FAULT_ANSWERS.timeout },
      ccxt.NetworkError,
      1,
    ],
    ['it never arrives', { kind: 'lose-request', how: 'reset' }, ccxt.NetworkError, 0],
    ['it is refused at the door', { kind: 'error-before', answer: FAULT_ANSWERS.gateway }, ccxt.NetworkError, 0],
    ['nothing comes in time', { kind: 'drop-answer', how: 'silence' }, ccxt.RequestTimeout, 1],
    ['it arrives after its sender gave up', { kind: 'delay-request', ms: 600 }, ccxt.RequestTimeout, 1],
  ] as const)('%s: the client sees an error, whatever the exchange did', async (_, fault, expected, live) => {
    quote();
    await exchange.loadMarkets();
    exchange.timeout = 300;
    emulator.faults.onRequest(fault, { match: request('POST', '/api/v3/order') });
    await expect(buy(0.1, 49_000, 'intent')).rejects.toThrow(expected);
    await new Promise((resolve) => setTimeout(resolve, fault.kind === 'delay-request' ? 500 : 0));
    expect(emulator.history.liveOrdersOf('intent')).toHaveLength(live);
    expect(emulator.log.requests('POST', '/api/v3/order')).toHaveLength(1);
  });

  test.each([
    ['too many requests', FAULT_ANSWERS.tooMany(7), ccxt.DDoSProtection],
    ['a ban', FAULT_ANSWERS.banned(120), ccxt.DDoSProtection],
    ['an unexpected answer inside', FAULT_ANSWERS.unexpected, ccxt.BaseError],
    ['an internal error', FAULT_ANSWERS.internal, ccxt.BaseError],
    ['a busy server', FAULT_ANSWERS.busy, ccxt.BaseError],
    ['a firewall', FAULT_ANSWERS.firewall, ccxt.BaseError],
  ] as const)(
    '%s instead of the answer is an error of ccxt, with the headers that were sent',
    async (_, answer, expected) => {
      await exchange.loadMarkets();
      emulator.faults.onRequest({ kind: 'error-after', answer }, { match: request('POST', '/api/v3/order') });
      await expect(buy(0.1, 49_000, 'intent')).rejects.toThrow(expected);
      expect(emulator.history.liveOrdersOf('intent')).toHaveLength(1);
      const { headers = {} }: FaultAnswer = answer;
      expect(exchange.last_response_headers?.['Retry-After']).toBe(headers['retry-after']);
    },
  );

  test('a request that a proxy repeats is one order while the first is open', async () => {
    quote();
    emulator.faults.onRequest({ kind: 'repeat-request' }, { match: request('POST', '/api/v3/order') });
    await buy(0.1, 49_000, 'intent');
    expect(emulator.history.ordersOf('intent')).toHaveLength(1);
    // What is done at once is the awkward case: its id is free again.
    emulator.faults.onRequest({ kind: 'repeat-request' }, { match: request('POST', '/api/v3/order') });
    await exchange.createOrder(SYMBOL, 'market', 'buy', 0.1, undefined, { clientOrderId: 'twice' });
    expect(emulator.history.acceptedTwice('')).toEqual(['twice']);
  });
});

describe('market streams through ccxt', () => {
  test('trades, best prices and the book follow the market', async () => {
    quote();
    const trades = exchange.watchTrades(SYMBOL);
    const book = exchange.watchOrderBook(SYMBOL);
    const best = exchange.watchBidsAsks([SYMBOL]);
    await expect.poll(() => emulator.log.requests('WS', 'SUBSCRIBE').length).toBe(3);
    trade('50000.5', '0.25', 'BUY');
    quote('50002', '50003');
    expect((await trades)[0]?.info).toMatchObject({ p: '50000.50000000', q: '0.25000000', m: false });
    await best;
    await expect.poll(() => exchange.bidsasks[SYMBOL]).toMatchObject({ bid: 50_002, ask: 50_003 });
    expect(await book).toMatchObject({ bids: [[50_002, 2]], asks: [[50_003, 3]] });
    await buy(0.5, 50_001, 'mine');
    await expect
      .poll(async () => (await exchange.fetchOrderBook(SYMBOL)).bids)
      .toEqual([
        [50_002, 2],
        [50_001, 0.5],
      ]);
    await expect.poll(() => exchange.orderbooks[SYMBOL]?.bids[1]).toEqual([50_001, 0.5]);
  });

  test('a kline is open until its time is over, closed once, and an empty one follows a quiet minute', async () => {
    await exchange.close();
    await emulator.stop();
    const startMs = Date.UTC(2026, 0, 5, 9, 0);
    await begin({ startMs });
    const socket = new WebSocket(`${urlsOf(emulator).streams}/btcusdt@kline_1m`);
    const klines: { t: number; c: string; v: string; x: boolean }[] = [];
    socket.on('message', (data) => klines.push(JSON.parse(data.toString()).k));
    await expect.poll(() => socket.readyState).toBe(WebSocket.OPEN);
    emulator.advance({ kind: 'trade', symbol: 'BTCUSDT', price: '100', quantity: '1', atMs: startMs + 1_000 });
    emulator.advance({ kind: 'trade', symbol: 'BTCUSDT', price: '101', quantity: '2', atMs: startMs + 59_999 });
    emulator.advance({ kind: 'time', atMs: startMs + 120_000 });
    await expect
      .poll(() => klines)
      .toMatchObject([
        { t: startMs, c: '100.00000000', v: '1.00000000', x: false },
        { t: startMs, c: '101.00000000', v: '3.00000000', x: false },
        { t: startMs, c: '101.00000000', v: '3.00000000', x: true },
        { t: startMs + 60_000, c: '101.00000000', v: '0.00000000', x: true },
      ]);
    const rows = await exchange.publicGetKlines({ symbol: 'BTCUSDT', interval: '1m', startTime: startMs, limit: 2 });
    expect(rows.map((row: readonly unknown[]) => [row[0], row[4], row[8]])).toEqual([
      [startMs, '101.00000000', 2],
      [startMs + 60_000, '101.00000000', 0],
    ]);
    socket.close();
  });

  test('bars are klines, and an order that a bar decided fills at the open of the next', async () => {
    await exchange.close();
    await emulator.stop();
    const startMs = Date.UTC(2026, 0, 5, 9, 0);
    await begin({ startMs, barsAs: 'bars' });
    const watched = exchange.watchOHLCV(SYMBOL, '1m');
    await expect.poll(() => emulator.log.requests('WS', 'SUBSCRIBE').length).toBe(1);
    const bar = (index: number, open: string, close: string) =>
      emulator.advance({
        kind: 'bar',
        symbol: 'BTCUSDT',
        openMs: startMs + index * 60_000,
        closeMs: startMs + (index + 1) * 60_000,
        day: '2026-01-05',
        open,
        high: close,
        low: open,
        close,
        volume: '7',
      });
    bar(0, '50000', '50010');
    expect((await watched)[0]).toEqual([startMs, 50_000, 50_010, 50_000, 50_010, 7]);
    const order = await exchange.createOrder(SYMBOL, 'market', 'buy', 0.1, undefined, { clientOrderId: 'next' });
    expect(order.info).toMatchObject({ status: 'NEW' });
    bar(1, '50020', '50030');
    const [fill] = await exchange.fetchMyTrades(SYMBOL);
    expect(fill?.info).toMatchObject({ price: '50020.00000000', qty: '0.10000000' });
    const closed = emulator.log.entries().filter(({ text }) => text.includes('"x":true') && text.includes('"i":"1m"'));
    expect(closed).toHaveLength(2);
  });

  test('who sends too much on a stream connection is cut off', async () => {
    const socket = new WebSocket(urlsOf(emulator).streams);
    await expect.poll(() => socket.readyState).toBe(WebSocket.OPEN);
    const closed = new Promise<number>((resolve) => socket.on('close', resolve));
    for (let id = 0; id < 7; id += 1) socket.send(JSON.stringify({ method: 'LIST_SUBSCRIPTIONS', id }));
    expect(await closed).toBe(1008);
  });

  test('a plug that is pulled and put back leaves orders and history as they were', async () => {
    quote();
    await buy(0.1, 49_000, 'survivor');
    await emulator.unplug();
    await expect(exchange.fetchTime()).rejects.toThrow(ccxt.NetworkError);
    trade('48000', '5');
    await emulator.plug();
    expect((await exchange.fetchOrder('', SYMBOL, { clientOrderId: 'survivor' })).info).toMatchObject({
      status: 'FILLED',
    });
  });
});

test('the README stays short', () => {
  const text = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(40);
});
