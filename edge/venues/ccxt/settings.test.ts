import { expect, test } from 'vitest';
import { readCcxtSettings } from './settings.ts';

const live = { exchange: 'binance', environment: 'live', symbol: 'BTC/USDT' };
const local = {
  rest: 'http://127.0.0.1:9000',
  streams: 'ws://127.0.0.1:9000/ws',
  userStream: 'ws://127.0.0.1:9000/ws-api/v3',
};
const testnet = {
  rest: 'https://testnet.binance.vision',
  streams: 'wss://stream.testnet.binance.vision/ws',
  userStream: 'wss://ws-api.testnet.binance.vision/ws-api/v3',
};
const own = { ...testnet, rest: 'https://api1.binance.com' };
const demo = {
  rest: 'https://demo-api.binance.com',
  streams: 'wss://demo-stream.binance.com/ws',
  userStream: 'wss://demo-ws-api.binance.com/ws-api/v3',
};
const onPaper = (rest: string): object => ({ ...live, environment: 'paper', urls: { ...testnet, rest } });

test.each([
  ['the exchange itself, live', live, true],
  ['the exchange itself, on paper', { ...live, environment: 'paper' }, false],
  ['an emulator on this machine, on paper', { ...live, environment: 'paper', urls: local }, true],
  ['an emulator on this machine, live', { ...live, urls: local }, false],
  ['the test network, on paper', { ...live, environment: 'paper', urls: testnet }, true],
  ['one of the exchange’s own hosts, on paper', { ...live, environment: 'paper', urls: own }, false],
  ['one of the exchange’s own hosts, live', { ...live, urls: own }, true],
  ['the demo network, on paper', { ...live, environment: 'paper', urls: demo }, true],
  ['the demo network, live', { ...live, urls: demo }, false],
  ['the exchange’s own host with the dot of the root, on paper', onPaper('https://api.binance.com.'), false],
  ['the exchange’s host in a country, on paper', onPaper('https://api.binance.th'), false],
  ['a relay that may pass orders on, on paper', onPaper('https://relay.example.com'), false],
  [
    'a name that only begins like the demo network, on paper',
    onPaper('https://demo-api.binance.com.example.net'),
    false,
  ],
  ['a name that only ends like the test network, on paper', onPaper('https://nottestnet.binance.vision'), false],
  [
    'an unencrypted way over the network',
    { ...live, environment: 'paper', urls: { ...local, rest: 'http://10.0.0.1' } },
    false,
  ],
  [
    'an address with a question in it',
    { ...live, environment: 'paper', urls: { ...local, rest: 'https://x.test/?a=b' } },
    false,
  ],
  ['a live key whose rights nobody told', { ...live, mayTradeUnasked: true }, false],
  ['a heartbeat that is too slow for the limit', { ...live, staleMs: 2_999, heartbeatMs: 1_500 }, false],
  ['a heartbeat that just fits', { ...live, staleMs: 3_000, heartbeatMs: 1_500 }, true],
  ['another exchange', { ...live, exchange: 'kraken' }, false],
  ['a key that nobody knows', { ...live, apiKey: 'x' }, false],
])('%s', (_, settings, isGood) => {
  if (isGood) expect(readCcxtSettings(settings).staleMs).toBeGreaterThan(0);
  else expect(() => readCcxtSettings(settings)).toThrow(/settings of the connector ccxt/);
});

test('every problem is listed', () => {
  expect(() => readCcxtSettings({ exchange: 'x', environment: 'y', symbol: 'z' })).toThrow(
    /exchange.*environment.*symbol/,
  );
});
