import type { Order } from '@gatehouse/shared/schema/order.ts';
import { price, quantity } from '@gatehouse/shared/values/amounts.ts';
import { decimal } from '@gatehouse/shared/values/decimal.ts';
import { expect, test } from 'vitest';
import { createCcxtBinance } from './ccxt-exchange.ts';
import { changedByCcxt } from './ccxt-precision.ts';
import { marketRules, orderFaults, statedLimits, stepFault } from './market-rules.ts';
import { orderForm } from './order-form.ts';

const SYMBOL = {
  ...{ symbol: 'BTCUSDT', status: 'TRADING', baseAsset: 'BTC', quoteAsset: 'USDT', baseAssetPrecision: 8 },
  ...{ quoteAssetPrecision: 8, quotePrecision: 8, icebergAllowed: true, isSpotTradingAllowed: true },
  orderTypes: ['LIMIT', 'LIMIT_MAKER', 'MARKET', 'STOP_LOSS_LIMIT', 'TAKE_PROFIT_LIMIT'],
  permissions: [],
  permissionSets: [],
  filters: [
    { filterType: 'PRICE_FILTER', minPrice: '0.01000000', maxPrice: '1000000.00000000', tickSize: '0.01000000' },
    { filterType: 'LOT_SIZE', minQty: '0.00001000', maxQty: '9000.00000000', stepSize: '0.00001000' },
    { filterType: 'MARKET_LOT_SIZE', minQty: '0.00000000', maxQty: '50.00000000', stepSize: '0.00000000' },
  ],
};
const ANSWER = {
  rateLimits: [
    { rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1, limit: 6000 },
    { rateLimitType: 'ORDERS', interval: 'SECOND', intervalNum: 10, limit: 100 },
    { rateLimitType: 'SOMETHING_NEW', interval: 'MINUTE', intervalNum: 1, limit: 1 },
  ],
  symbols: [SYMBOL],
};
const RULES = marketRules(ANSWER, 'BTC/USDT');

function order(changes: Readonly<Partial<Record<keyof Order, unknown>>>): Order {
  return { id: 'O-1', side: 'buy', type: 'limit', timeInForce: 'gtc', quantity: quantity('1'), ...changes } as Order;
}

const limit = { limitPrice: price('10.50') };

test.each([
  ['a market order', { type: 'market' }, { type: 'MARKET', quantity: '1' }],
  ['a limit order', limit, { type: 'LIMIT', price: '10.5', timeInForce: 'GTC' }],
  ['one that takes or goes', { ...limit, timeInForce: 'ioc' }, { type: 'LIMIT', timeInForce: 'IOC' }],
  ['one that only makes', { ...limit, postOnly: true }, { type: 'LIMIT_MAKER', price: '10.5' }],
  ['one that shows a part', { ...limit, displayQuantity: quantity('0.10') }, { icebergQty: '0.1' }],
  ['a stop', { type: 'stop', stopPrice: price('9') }, { type: 'STOP_LOSS', stopPrice: '9' }],
  [
    'a stop with a limit',
    { ...limit, type: 'stop-limit', stopPrice: price('9') },
    { type: 'STOP_LOSS_LIMIT', stopPrice: '9' },
  ],
  ['a stop that the edge watched', { type: 'stop', stopPrice: price('9'), emulates: ['trigger'] }, { type: 'MARKET' }],
  ['an expiry that the edge watches', { ...limit, timeInForce: 'day', emulates: ['expiry'] }, { timeInForce: 'GTC' }],
])('%s has the exchange’s own words', (_, changes, expected) => {
  expect(orderForm(order(changes))).toMatchObject({ parameters: { side: 'BUY', ...expected } });
});

test.each([
  ['an auction', { ...limit, auction: 'open' }],
  ['an order that only reduces', { ...limit, reduceOnly: true }],
  ['a day order that nobody watches', { ...limit, timeInForce: 'day' }],
  ['a trailing stop that nobody watches', { type: 'trailing-stop', trailing: { by: 'bps', distance: decimal('10') } }],
  ['a group that nobody watches', { ...limit, group: { id: 'G-1', kind: 'oco', role: 'entry' } }],
  ['a market order that is all or nothing', { type: 'market', timeInForce: 'fok' }],
  ['a part shown of an order that does not stand', { ...limit, timeInForce: 'ioc', displayQuantity: quantity('0.1') }],
])('%s has none', (_, changes) => {
  expect(orderForm(order(changes))).toHaveProperty('fault');
});

test('a stop whose trigger the edge watched carries no stop price any more', () => {
  const form = orderForm(order({ ...limit, type: 'stop-limit', stopPrice: price('9'), emulates: ['trigger'] }));
  expect(form).toMatchObject({ parameters: { type: 'LIMIT' } });
  expect(form).not.toHaveProperty('parameters.stopPrice');
});

test.each([
  ['a quantity on its step', { ...limit, quantity: quantity('2.25040') }, []],
  ['a quantity beside its step', { ...limit, quantity: quantity('2.250401') }, ['steps of 0.00001']],
  ['a limit on its tick', { limitPrice: price('10.500') }, []],
  ['a limit beside its tick', { limitPrice: price('10.505') }, ['steps of 0.01']],
  ['the smallest quantity', { ...limit, quantity: quantity('0.00001') }, []],
  ['less than the smallest', { ...limit, quantity: quantity('0.000001') }, ['below 0.00001']],
  ['the largest market order', { type: 'market', quantity: quantity('50') }, []],
  ['more than the largest market order', { type: 'market', quantity: quantity('50.00001') }, ['above 50']],
  ['a type that the symbol lacks', { type: 'stop', stopPrice: price('9') }, ['no STOP_LOSS orders']],
])('%s', (_, changes, expected) => {
  const wanted = order(changes);
  const form = orderForm(wanted);
  const faults = 'fault' in form ? [form.fault] : orderFaults(wanted, form, RULES);
  expect(faults.length > 0).toBe(expected.length > 0);
  for (const part of expected) expect(faults.join('; ')).toContain(part);
});

test('2.2504 stays 2.2504, and what ccxt would cut or round is found', async () => {
  const exchange = await createCcxtBinance({
    settings: { urls: undefined, requestTimeoutMs: 1_000, recvWindowMs: 5_000, symbol: 'BTC/USDT' },
    transport: { fetch: () => Promise.reject(new Error('nothing is sent here')) },
    serverMs: () => 0,
    log: () => undefined,
    onMessage: () => false,
    onEnd: () => undefined,
  });
  exchange.setMarkets([exchange.parseMarket(SYMBOL)]);
  const changed = (changes: Readonly<Record<string, unknown>>) => changedByCcxt(exchange, 'BTC/USDT', order(changes));
  expect(changed({ ...limit, quantity: quantity('2.25040') })).toEqual([]);
  expect(changed({ ...limit, quantity: quantity('2.250409') })).toEqual([
    'ccxt would make the quantity 2.250409 into 2.2504',
  ]);
  expect(changed({ limitPrice: price('10.505') })[0]).toMatch(/limit 10.505 into 10.5/);
});

test('limits that the exchange states are read, and kinds that nobody knows are left out', () => {
  expect(statedLimits(ANSWER)).toEqual([
    { counts: 'weight', header: '1m', intervalMs: 60_000, max: 6000 },
    { counts: 'orders', header: '10s', intervalMs: 10_000, max: 100 },
  ]);
  expect(() => marketRules(ANSWER, 'ETH/USDT')).toThrow(/does not list ETH/);
  expect(stepFault(decimal('5'), { min: undefined, max: undefined, step: undefined }, 'price')).toBeUndefined();
});
