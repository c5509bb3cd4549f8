import { expect, test } from 'vitest';
import { CCXT_ERRORS, treatmentOf } from './error-map.ts';

test('every class of error that ccxt exports has a treatment, and no other name has one', async () => {
  const { default: ccxt } = await import('ccxt');
  const exported = Object.entries(ccxt)
    .filter(([, value]) => typeof value === 'function' && (value === Error || value.prototype instanceof Error))
    .map(([name]) => name);
  expect(exported.length).toBeGreaterThan(30);
  expect(Object.keys(CCXT_ERRORS).sort()).toEqual([...exported].sort());
});

test('a name that ccxt adds later is unknown once the request has left, and never a refusal', () => {
  expect(treatmentOf({ name: 'SomethingNew', left: true })).toBe('unknown');
  expect(treatmentOf({ name: 'SomethingNew', left: false })).toBe('retry');
});

test('whatever the class says, no answer to a request that left means that nobody knows', () => {
  for (const name of Object.keys(CCXT_ERRORS)) expect(treatmentOf({ name, left: true })).toBe('unknown');
});

test.each([
  ['a 5xx says nothing of what was done', { status: 503, code: undefined }, 'unknown'],
  ['a 5xx with a code of a refusal says nothing either', { status: 500, code: -2010 }, 'unknown'],
  ['the exchange’s own timeout', { status: 400, code: -1007 }, 'unknown'],
  ['an unexpected answer of its inner bus', { status: 400, code: -1006 }, 'unknown'],
  ['too little money', { status: 400, code: -2010 }, 'refuse'],
  [
    'an order that stands already under this id',
    { status: 400, code: -2010, text: 'Duplicate order sent.' },
    'unknown',
  ],
  ['an unknown order to cancel', { status: 400, code: -2011 }, 'refuse'],
  ['time outside the window', { status: 400, code: -1021 }, 'retry'],
  ['too many orders', { status: 429, code: -1015 }, 'retry'],
  ['a ban', { status: 418, code: -1003 }, 'retry'],
  ['a throttle without a body', { status: 429, code: undefined }, 'retry'],
  ['a firewall', { status: 403, code: undefined }, 'refuse'],
  ['a request that timed out on the way', { status: 408, code: undefined }, 'unknown'],
  ['an answer of success that could not be read', { status: 200, code: undefined }, 'unknown'],
  // ccxt calls this one a denial of service once a key has worked before, which would look like something to try again.
  ['a key that is not valid any more', { status: 401, code: -2015 }, 'refuse'],
] as const)('%s', (_, facts, expected) => {
  expect(treatmentOf({ name: 'DDoSProtection', left: true, ...facts })).toBe(expected);
});
