import { expect, test } from 'vitest';
import { scrub } from './scrub.ts';

const secret = { key: 'KEY0123456789', secret: 'SECRET0123456789' };

test.each([
  'binance DELETE https://api.binance.com/api/v3/order?symbol=BTCUSDT&timestamp=1&signature=00ffee request timed out',
  'symbol=BTCUSDT&timestamp=1&signature=00ffee',
  '{"params":{"apiKey":"KEY0123456789","signature":"00ffee"}}',
  'the headers {"X-MBX-APIKEY":"KEY0123456789"} and SECRET0123456789, signature: 00ffee',
])('%s loses what could sign', (text) => {
  const clean = scrub(text, secret);
  expect(clean).not.toMatch(/00ffee|KEY0123456789|SECRET0123456789/);
});

test('words stay as they are', () => {
  const text = 'Account has insufficient balance for requested action.';
  expect(scrub(text, secret)).toBe(text);
});
