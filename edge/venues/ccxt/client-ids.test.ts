import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createClientIds } from './client-ids.ts';

const BINANCE = /^[.A-Z:/a-z0-9_-]{1,36}$/;

test('an id that both sides take is used as it is, with 36 characters and not with 37', () => {
  const ids = createClientIds();
  const longest = 'R1-00000000-123456-ema-cross-000001-a';
  expect(ids.of(longest.slice(0, 36))).toBe(longest.slice(0, 36));
  expect(ids.of(longest)).toMatch(/^gh:[\w-]{33}$/);
});

test('any id has a form that the exchange takes, comes back from it, and is the same after a restart', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, maxLength: 80 }), (order) => {
      const ids = createClientIds();
      const clientId = ids.of(order);
      expect(clientId).toMatch(BINANCE);
      expect(createClientIds().of(order)).toBe(clientId);
      if (!/^(?:web_|and_|ios_|mac_|win_|electron_|x-|autoclose-|adl_autoclose|amzn_)/.test(clientId))
        expect(ids.toOurs(clientId)).toBe(order);
    }),
  );
});

test('no two ids share a form', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.string({ minLength: 30, maxLength: 60 }), { minLength: 2, maxLength: 50 }),
      (orders) => {
        const ids = createClientIds();
        expect(new Set(orders.map((order) => ids.of(order))).size).toBe(orders.length);
      },
    ),
  );
});

test('what the exchange’s pages and ccxt name their orders is not ours, nor is a long form that was never made', () => {
  const ids = createClientIds();
  for (const foreign of ['web_0a1b2c', 'ios_77', 'x-TKT5PX2F0123456789', `gh:${'a'.repeat(33)}`, 'with/slash'])
    expect(ids.toOurs(foreign)).toBeUndefined();
  expect(ids.toOurs('R1-00000000-12-ema-cross-1')).toBe('R1-00000000-12-ema-cross-1');
});
