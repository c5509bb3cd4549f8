import ccxt from 'ccxt';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { pointAt } from './ccxt-urls.ts';
import { type BinanceEmulator, type EmulatorSetup, startBinance } from './emulator.ts';
import { symbolRules } from './symbols.ts';

let emulator: BinanceEmulator;
let exchange: InstanceType<typeof ccxt.binance>;

const SYMBOL = 'BTC/USDT';

async function begin(setup: EmulatorSetup = {}): Promise<void> {
  emulator = await startBinance(setup);
  emulator.advance({ kind: 'quote', symbol: 'BTCUSDT', bid: ['50000.00', '2'], ask: ['50001.00', '3'] });
  emulator.advance({ kind: 'trade', symbol: 'BTCUSDT', price: '50000.50', quantity: '0.1' });
  exchange = await pointAt(new ccxt.binance({ apiKey: 'emulated-key', secret: 'emulated-secret' }), emulator);
}

beforeEach(() => begin());
afterEach(async () => {
  await exchange.close();
  await emulator.stop();
});

const buy = (quantity: number, price: number, clientOrderId: string) =>
  exchange.createOrder(SYMBOL, 'limit', 'buy', quantity, price, { clientOrderId });

/** ccxt has no name for this one. */
const amend = (parameters: object) => exchange.request('order/amend/keepPriority', 'private', 'PUT', parameters);

describe('orders through ccxt', () => {
  test('a limit order rests, locks what it needs, is found by its client order id, and gives it back when cancelled', async () => {
    const placed = await buy(0.5, 49_000, 'intent-1');
    expect(placed).toMatchObject({ clientOrderId: 'intent-1', status: 'open', filled: 0 });
    expect(emulator.balance('main', 'USDT')).toEqual({ free: '975500.00000000', locked: '24500.00000000' });
    const asked = await exchange.fetchOrder('', SYMBOL, { clientOrderId: 'intent-1' });
    expect(asked).toMatchObject({ id: placed.id, status: 'open' });
    expect(await exchange.fetchOpenOrders(SYMBOL)).toMatchObject([{ clientOrderId: 'intent-1' }]);
    const cancelled = await exchange.cancelOrder('', SYMBOL, { clientOrderId: 'intent-1' });
    expect(cancelled.info).toMatchObject({ status: 'CANCELED', origClientOrderId: 'intent-1' });
    expect(cancelled.info.clientOrderId).not.toBe('intent-1');
    expect(await exchange.fetchOrder('', SYMBOL, { clientOrderId: 'intent-1' })).toMatchObject({ status: 'canceled' });
    expect(await exchange.fetchOpenOrders(SYMBOL)).toEqual([]);
    expect(emulator.balance('main', 'USDT').locked).toBe('0.00000000');
  });

  test('a market order takes the book in the order of its prices, with commission in what it receives', async () => {
    emulator.advance({
      kind: 'book',
      symbol: 'BTCUSDT',
      isSnapshot: true,
      bids: [],
      asks: [
        ['50001', '1'],
        ['50002', '5'],
      ],
    });
    const order = await exchange.createOrder(SYMBOL, 'market', 'buy', 1.5, undefined, { clientOrderId: 'm-1' });
    expect(order.info).toMatchObject({
      status: 'FILLED',
      executedQty: '1.50000000',
      cummulativeQuoteQty: '75002.00000000',
    });
    expect(order.info.fills).toEqual([
      { price: '50001.00000000', qty: '1.00000000', commission: '0.00100000', commissionAsset: 'BTC', tradeId: 2 },
      { price: '50002.00000000', qty: '0.50000000', commission: '0.00050000', commissionAsset: 'BTC', tradeId: 3 },
    ]);
    const trades = await exchange.fetchMyTrades(SYMBOL);
    expect(trades.map(({ info }) => [info.id, info.qty, info.isMaker])).toEqual([
      [2, '1.00000000', false],
      [3, '0.50000000', false],
    ]);
    const balance = await exchange.fetchBalance();
    expect(balance.info.balances).toContainEqual({ asset: 'BTC', free: '11.49850000', locked: '0.00000000' });
    expect(balance.info.balances).toContainEqual({ asset: 'USDT', free: '924998.00000000', locked: '0.00000000' });
  });

  test('a resting order makes: a trade at its price fills it, and commission in BNB is cheaper', async () => {
    await exchange.close();
    await emulator.stop();
    const keys = [{ key: 'emulated-key', secret: 'emulated-secret' }];
    await begin({ accounts: [{ id: 'main', balances: { USDT: '100000', BNB: '1' }, keys, burnsBnb: true }] });
    emulator.advance({ kind: 'trade', symbol: 'BNBUSDT', price: '500', quantity: '1' });
    await buy(0.2, 49_500, 'maker');
    emulator.advance({ kind: 'trade', symbol: 'BTCUSDT', price: '49400', quantity: '0.05', side: 'SELL' });
    expect(await exchange.fetchOrder('', SYMBOL, { clientOrderId: 'maker' })).toMatchObject({
      status: 'open',
      filled: 0.05,
    });
    emulator.advance({ kind: 'trade', symbol: 'BTCUSDT', price: '49400', quantity: '1', side: 'SELL' });
    const [first, second] = await exchange.fetchMyTrades(SYMBOL);
    expect(first?.info).toMatchObject({
      isMaker: true,
      price: '49500.00000000',
      commissionAsset: 'BNB',
      commission: '0.00371250',
    });
    expect(second?.info).toMatchObject({ qty: '0.15000000' });
    expect(emulator.balance('main', 'BTC')).toEqual({ free: '0.20000000', locked: '0.00000000' });
    expect(emulator.balance('main', 'USDT').locked).toBe('0.00000000');
  });

  test('a client order id is unique among open orders alone', async () => {
    await buy(0.1, 49_000, 'again');
    await expect(buy(0.1, 48_000, 'again')).rejects.toThrow(/-2010.*Duplicate order sent/);
    await exchange.cancelOrder('', SYMBOL, { clientOrderId: 'again' });
    const second = await buy(0.1, 48_000, 'again');
    expect(await exchange.fetchOrder('', SYMBOL, { clientOrderId: 'again' })).toMatchObject({
      id: second.id,
      price: 48_000,
    });
    expect(emulator.history.acceptedTwice('again')).toEqual(['again']);
    expect(emulator.history.mostLiveOf('again')).toBe(1);
    expect(emulator.history.liveOrdersOf('ag')).toHaveLength(1);
  });

  test('stops, take-profits, post-only orders and orders that must execute at once do as their types say', async () => {
    const stop = await exchange.createOrder(SYMBOL, 'market', 'sell', 0.5, undefined, {
      stopLossPrice: 49_000,
      clientOrderId: 's',
    });
    expect(stop.info).toMatchObject({ clientOrderId: 's' });
    await exchange.createOrder(SYMBOL, 'limit', 'sell', 0.5, 51_000, { takeProfitPrice: 51_500, clientOrderId: 't' });
    await expect(
      exchange.createOrder(SYMBOL, 'market', 'sell', 0.5, undefined, { stopLossPrice: 51_000 }),
    ).rejects.toThrow(ccxt.OrderImmediatelyFillable);
    await expect(exchange.createOrder(SYMBOL, 'limit', 'buy', 0.5, 50_001, { postOnly: true })).rejects.toThrow(
      ccxt.OrderImmediatelyFillable,
    );
    const ioc = await exchange.createOrder(SYMBOL, 'limit', 'buy', 5, 50_001, { timeInForce: 'IOC' });
    expect(ioc.info).toMatchObject({ status: 'EXPIRED', executedQty: '3.00000000' });
    const fok = await exchange.createOrder(SYMBOL, 'limit', 'buy', 5, 50_001, { timeInForce: 'FOK' });
    expect(fok.info).toMatchObject({ status: 'EXPIRED', executedQty: '0.00000000' });
    emulator.advance({ kind: 'quote', symbol: 'BTCUSDT', bid: ['48999', '2'], ask: ['49001', '2'] });
    emulator.advance({ kind: 'trade', symbol: 'BTCUSDT', price: '48999', quantity: '0.1' });
    expect((await exchange.fetchOrder('', SYMBOL, { clientOrderId: 's' })).info).toMatchObject({ status: 'FILLED' });
    expect((await exchange.fetchOrder('', SYMBOL, { clientOrderId: 't' })).info).toMatchObject({
      status: 'NEW',
      isWorking: false,
    });
  });

  test('an order is replaced by cancelling and placing, and what fails of the two is said', async () => {
    const first = await buy(0.1, 49_000, 'old');
    const edited = await exchange.editOrder(`${first.id}`, SYMBOL, 'limit', 'buy', 0.2, 48_500, {
      newClientOrderId: 'new',
    });
    expect(edited).toMatchObject({ clientOrderId: 'new', amount: 0.2 });
    expect(await exchange.fetchOrder(`${first.id}`, SYMBOL)).toMatchObject({ status: 'canceled' });
    await expect(
      exchange.editOrder(`${first.id}`, SYMBOL, 'limit', 'buy', 0.2, 48_500, { newClientOrderId: 'n2' }),
    ).rejects.toThrow(/-2022/);
    expect(emulator.history.ordersOf('n2')).toEqual([]);
    await expect(
      exchange.editOrder(`${edited.id}`, SYMBOL, 'limit', 'buy', 0.2, 50_500, {
        newClientOrderId: 'n3',
        postOnly: true,
      }),
    ).rejects.toThrow(/-2021/);
    expect(await exchange.fetchOpenOrders(SYMBOL)).toEqual([]);
  });

  test('an order is made smaller where it stands, and gets another client order id unless it keeps its own', async () => {
    await buy(0.5, 49_000, 'mine');
    const parameters = { symbol: 'BTCUSDT', origClientOrderId: 'mine', newQty: '0.3', newClientOrderId: 'mine' };
    const kept = await amend(parameters);
    expect(kept.amendedOrder).toMatchObject({ clientOrderId: 'mine', qty: '0.30000000' });
    const { newClientOrderId: _, ...rest } = { ...parameters, newQty: '0.2' };
    const renamed = await amend(rest);
    expect(renamed.amendedOrder).toMatchObject({ origClientOrderId: 'mine', qty: '0.20000000' });
    expect(renamed.amendedOrder.clientOrderId).not.toBe('mine');
    await expect(
      amend({
        ...rest,
        origClientOrderId: renamed.amendedOrder.clientOrderId,
        newQty: '1',
      }),
    ).rejects.toThrow(/-2038/);
    expect(emulator.balance('main', 'USDT').locked).toBe('9800.00000000');
  });

  test('of two orders in a list the one that begins takes the other off', async () => {
    const answer = await exchange.privatePostOrderListOco({
      symbol: 'BTCUSDT',
      side: 'SELL',
      quantity: '0.5',
      aboveType: 'LIMIT_MAKER',
      abovePrice: '51000',
      aboveClientOrderId: 'tp',
      belowType: 'STOP_LOSS',
      belowStopPrice: '49000',
      belowClientOrderId: 'sl',
    });
    expect(answer).toMatchObject({ listOrderStatus: 'EXECUTING' });
    expect(emulator.balance('main', 'BTC').locked).toBe('0.50000000');
    emulator.advance({ kind: 'quote', symbol: 'BTCUSDT', bid: ['51000', '0.2'], ask: ['51002', '2'] });
    const statuses = async () =>
      Promise.all(
        ['tp', 'sl'].map(async (id) => (await exchange.fetchOrder('', SYMBOL, { clientOrderId: id })).info.status),
      );
    expect(await statuses()).toEqual(['PARTIALLY_FILLED', 'EXPIRED']);
    await exchange.cancelOrder('', SYMBOL, { clientOrderId: 'tp' });
    expect(emulator.balance('main', 'BTC').locked).toBe('0.00000000');
  });

  test('a list takes times in force and shown parts of its orders, and only orders on the side where they belong', async () => {
    const list = (over: Record<string, string>) =>
      exchange.privatePostOrderListOco({
        ...{ symbol: 'BTCUSDT', side: 'BUY', quantity: '0.5', aboveType: 'STOP_LOSS_LIMIT', aboveStopPrice: '51000' },
        ...{ abovePrice: '51100', aboveTimeInForce: 'GTC', belowType: 'LIMIT_MAKER', belowPrice: '49000' },
        ...{ belowIcebergQty: '0.1', belowClientOrderId: 'low', ...over },
      });
    await expect(list({ aboveTimeInForce: 'SOON' })).rejects.toThrow('Invalid timeInForce');
    await expect(list({ belowIcebergQty: '0.6' })).rejects.toThrow('IcebergQty exceeds QTY');
    await expect(list({ side: 'SELL' })).rejects.toThrow('Unsupported order combination');
    await list({});
    const low = await exchange.fetchOrder('', SYMBOL, { clientOrderId: 'low' });
    expect(low.info).toMatchObject({ type: 'LIMIT_MAKER', icebergQty: '0.10000000' });
    expect(emulator.history.liveOrdersOf('')).toHaveLength(2);
  });

  test('prices are held against what was paid on average within five minutes, not against the last trade', async () => {
    await exchange.close();
    await emulator.stop();
    const startMs = Date.now() - 600_000;
    await begin({ startMs });
    const trade = (price: string, quantity: string, atMs: number) =>
      emulator.advance({ kind: 'trade', symbol: 'BTCUSDT', price, quantity, atMs });
    const average = async () => (await exchange.publicGetAvgPrice({ symbol: 'BTCUSDT' })) as { readonly price: string };
    trade('10000', '3', startMs + 1_000);
    trade('20000', '0.9', startMs + 2_000);
    // 0.1 at 50000.50, 3 at 10000 and 0.9 at 20000.
    expect((await average()).price).toBe('13250.01250000');
    await expect(buy(0.1, 66_251, 'far')).rejects.toThrow('PERCENT_PRICE_BY_SIDE');
    await expect(buy(0.1, 66_250, 'near')).resolves.toMatchObject({ clientOrderId: 'near' });
    emulator.advance({ kind: 'time', atMs: startMs + 301_500 });
    // The order has bought 0.1 at 50001 meanwhile, and what came before the window counts no more.
    expect((await average()).price).toBe('23000.10000000');
    emulator.advance({ kind: 'time', atMs: startMs + 400_000 });
    expect((await average()).price).toBe('50001.00000000');
  });

  test('a symbol has so many orders that show a part of themselves and no more', async () => {
    await exchange.close();
    await emulator.stop();
    await begin({ symbols: [symbolRules('BTC', 'USDT', { icebergOrdersMax: 1 })] });
    const shown = (id: string) =>
      exchange.createOrder(SYMBOL, 'limit', 'buy', 0.5, 49_000, { clientOrderId: id, icebergQty: '0.1' });
    await shown('first');
    await expect(shown('second')).rejects.toThrow('MAX_NUM_ICEBERG_ORDERS');
    await exchange.cancelOrder('', SYMBOL, { clientOrderId: 'first' });
    await shown('third');
  });

  test('everything open on a symbol is cancelled at once', async () => {
    await buy(0.1, 49_000, 'a');
    await buy(0.1, 48_000, 'b');
    expect(await exchange.cancelAllOrders(SYMBOL)).toHaveLength(2);
    expect(emulator.history.liveOrdersOf('')).toEqual([]);
    await expect(exchange.cancelAllOrders(SYMBOL)).rejects.toThrow(ccxt.OrderNotFound);
  });
});

describe('what the exchange refuses', () => {
  const raw = (over: Record<string, string>) =>
    exchange.privatePostOrder({
      symbol: 'BTCUSDT',
      side: 'BUY',
      type: 'LIMIT',
      timeInForce: 'GTC',
      quantity: '0.1',
      price: '49000',
      ...over,
    });

  test.each([
    ['a price off the tick', { price: '49000.001' }, /-1013.*PRICE_FILTER/],
    ['a quantity off the step', { quantity: '0.100001' }, /-1013.*LOT_SIZE/],
    ['too little money', { quantity: '0.0001', price: '49000' }, /-1013.*NOTIONAL/],
    ['a price far from the last', { price: '9000' }, /Filter failure: PERCENT_PRICE_BY_SIDE/],
    ['too many digits', { quantity: '0.123456789' }, /-1111/],
    ['a client order id that is too long', { newClientOrderId: 'x'.repeat(37) }, /-1100/],
    ['more than the account has', { quantity: '100' }, /Account has insufficient balance for requested action/],
    ['a symbol that is none', { symbol: 'NOPE' }, /-1121/],
    ['a missing price', { price: '' }, /-1102.*'price'/],
    ['a stop price without a stop', { stopPrice: '48000' }, /-1106/],
    ['an unknown type', { type: 'TRAILING' }, /-1116/],
    ['a market order beyond its limit', { type: 'MARKET', quantity: '121' }, /-1106/],
  ])('%s', async (_, over, expected) => {
    await exchange.loadMarkets();
    await expect(raw(over)).rejects.toThrow(expected);
    expect(emulator.history.ordersOf('')).toEqual([]);
    expect(emulator.balance('main', 'USDT')).toEqual({ free: '1000000.00000000', locked: '0.00000000' });
  });

  test('too many open orders', async () => {
    const { symbolRules } = await import('./symbols.ts');
    await exchange.close();
    await emulator.stop();
    await begin({ symbols: [symbolRules('BTC', 'USDT', { ordersMax: 1 })] });
    await raw({});
    await expect(raw({})).rejects.toThrow(/MAX_NUM_ORDERS/);
  });

  test('an order that is unknown: asked for -2013, cancelled -2011', async () => {
    await expect(exchange.fetchOrder('', SYMBOL, { clientOrderId: 'none' })).rejects.toThrow(/-2013/);
    await expect(exchange.cancelOrder('', SYMBOL, { clientOrderId: 'none' })).rejects.toThrow(/-2011/);
    await expect(exchange.cancelOrder('1', SYMBOL)).rejects.toThrow(ccxt.OrderNotFound);
  });

  test('a wrong secret, an unknown key, and a key that may not trade', async () => {
    await exchange.loadMarkets();
    exchange.secret = 'wrong';
    await expect(exchange.fetchBalance()).rejects.toThrow(/-1022/);
    exchange.secret = 'emulated-secret';
    emulator.permit('emulated-key', { spotTrading: false });
    await expect(raw({})).rejects.toThrow(/-2015/);
    exchange.apiKey = 'another';
    await expect(exchange.fetchBalance()).rejects.toThrow(/-2015/);
  });

  test('a time outside the window, on either side', async () => {
    await exchange.loadMarkets();
    emulator.clock.shift(60_000);
    await expect(exchange.fetchBalance()).rejects.toThrow(/-1021.*outside of the recvWindow/);
    emulator.clock.shift(-5_000);
    await expect(exchange.fetchBalance()).rejects.toThrow(ccxt.InvalidNonce);
    await exchange.loadTimeDifference();
    await expect(exchange.fetchBalance()).resolves.toBeDefined();
  });

  test('too much weight, with the seconds to wait, and then a ban', async () => {
    await exchange.loadMarkets();
    emulator.limits.figures = { ...emulator.limits.figures, weightPerMinute: 1, banAfter: 1 };
    await expect(exchange.fetchTime()).rejects.toThrow(/429.*-1003/);
    expect(exchange.last_response_headers).toMatchObject({ 'Retry-After': expect.stringMatching(/^\d+$/) });
    await expect(exchange.fetchTime()).rejects.toThrow(/418.*-1003.*banned until/);
    emulator.limits.reset();
    emulator.limits.figures = { ...emulator.limits.figures, weightPerMinute: 6_000, ordersPerTenSeconds: 1 };
    await exchange.fetchTime();
    expect(exchange.last_response_headers).toMatchObject({ 'X-Mbx-Used-Weight-1m': '1' });
    await buy(0.1, 49_000, 'one');
    expect(exchange.last_response_headers).toMatchObject({ 'X-Mbx-Order-Count-10s': '1' });
    await expect(buy(0.1, 49_000, 'two')).rejects.toThrow(/429.*-1015/);
  });

  test('a halted market', async () => {
    emulator.advance({ kind: 'status', symbol: 'BTCUSDT', status: 'HALT' });
    await expect(raw({})).rejects.toThrow(/Market is closed/);
  });
});

describe('what queries know', () => {
  test('a new order is not found until the copy that queries read has caught up, while a cancel finds it', async () => {
    emulator.queries.lagMs = 60_000;
    await buy(0.1, 49_000, 'fresh');
    await expect(exchange.fetchOrder('', SYMBOL, { clientOrderId: 'fresh' })).rejects.toThrow(/-2013/);
    expect(await exchange.fetchOpenOrders(SYMBOL)).toEqual([]);
    await buy(0.1, 49_000, 'fresher');
    await exchange.cancelOrder('', SYMBOL, { clientOrderId: 'fresher' });
    emulator.queries.lagMs = 20;
    await expect.poll(() => exchange.fetchOpenOrders(SYMBOL), { interval: 20 }).toHaveLength(1);
  });

  test('an order that ended without any execution is archived', async () => {
    await buy(0.1, 49_000, 'gone');
    await exchange.cancelOrder('', SYMBOL, { clientOrderId: 'gone' });
    emulator.queries.archiveAfterMs = -1;
    await expect(exchange.fetchOrder('', SYMBOL, { clientOrderId: 'gone' })).rejects.toThrow(/-2026/);
    emulator.queries.archiveCode = -2013;
    await expect(exchange.fetchOrder('', SYMBOL, { clientOrderId: 'gone' })).rejects.toThrow(ccxt.OrderNotFound);
    expect(await exchange.privateGetAllOrders({ symbol: 'BTCUSDT' })).toEqual([]);
  });

  test('trades are paged by id, and by at most a day of time', async () => {
    for (let index = 0; index < 3; index += 1) await exchange.createOrder(SYMBOL, 'market', 'buy', 0.1);
    const all = await exchange.privateGetMyTrades({ symbol: 'BTCUSDT' });
    const fromId = all[1].id;
    expect(await exchange.privateGetMyTrades({ symbol: 'BTCUSDT', fromId, limit: 1 })).toMatchObject([{ id: fromId }]);
    const startTime = Number(all[0].time);
    await expect(
      exchange.privateGetMyTrades({ symbol: 'BTCUSDT', startTime, endTime: startTime + 86_400_001 }),
    ).rejects.toThrow(/-1127/);
    await expect(exchange.privateGetMyTrades({ symbol: 'BTCUSDT', startTime, fromId })).rejects.toThrow(/-1128/);
    expect(await exchange.privateGetMyTrades({ symbol: 'BTCUSDT', startTime })).toHaveLength(3);
  });

  test('what a key may do is said', async () => {
    emulator.permit('emulated-key', { withdrawals: true });
    expect(await exchange.sapiGetAccountApiRestrictions()).toMatchObject({
      enableWithdrawals: true,
      enableReading: true,
    });
  });
});
