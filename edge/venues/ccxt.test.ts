import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { currency } from '@gatehouse/shared/values/currency.ts';
import { decimal } from '@gatehouse/shared/values/decimal.ts';
import { expect, test } from 'vitest';
import { ccxt } from './ccxt.ts';

const live = { exchange: 'binance', environment: 'live', symbol: 'BTC/USDT' };
const deps = {
  instrument: {
    ...{ id: 'BTC-USDT', title: 'Bitcoin', venue: 'BINANCE', currency: currency('USDT'), zone: 'UTC' },
    ...{ tick: decimal('0.01'), lot: decimal('0.00001'), multiplier: decimal('1') },
  },
  feeBps: decimal('0'),
  working: [],
  listener: () => undefined,
};

test('an edge that trades elsewhere does not load ccxt', () => {
  const index = fileURLToPath(new URL('./index.ts', import.meta.url));
  const script = `
    import { registerHooks } from 'node:module';
    const asked = new Set();
    registerHooks({ resolve: (name, context, next) => (asked.add(name), next(name, context)) });
    await import(${JSON.stringify(index)});
    process.stdout.write([...asked].join(' '));`;
  const asked = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }).split(' ');
  expect(asked).toContain('./ccxt.ts');
  expect(asked).not.toContain('ccxt');
});

test('whether real money moves is what the settings say, and the graver of the two where nobody asks', () => {
  expect(ccxt.environment).toBe('live');
  expect(ccxt.environmentOf?.(live)).toBe('live');
  expect(() => ccxt.environmentOf?.({ ...live, environment: 'paper' })).toThrow(/addresses of an emulator/);
});

test('without settings, a clock or a key there is no connection', () => {
  expect(() => ccxt.connect(deps)).toThrow(/settings of the connector ccxt/);
  expect(() => ccxt.connect({ ...deps, settings: live })).toThrow(/no clock to go by or no key/);
});
