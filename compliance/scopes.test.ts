import { expect, test } from 'vitest';
import { exampleOrder } from './examples/base.ts';
import { appliesTo, parseScope, scopesOf } from './scopes.ts';

const order = exampleOrder();

test('an order lies in eight scopes, each of its own kind', () => {
  expect(scopesOf(order)).toEqual([
    'firm',
    'desk:index',
    'trader:p-7f3a',
    'client:house',
    'account:main',
    'algorithm:ema-cross',
    'instrument:demo-index',
    'venue:paper',
  ]);
});

test.each(scopesOf(order))('what holds for %s holds for the order', (scope) => {
  expect(appliesTo(scope, order)).toBe(true);
});

test.each([...scopesOf(order)].filter((scope) => scope !== 'firm'))(
  'what holds for another than %s does not',
  (scope) => {
    expect(appliesTo(`${scope}-2`, order)).toBe(false);
  },
);

test('an id counts only in its own kind', () => {
  expect(appliesTo('desk:main', order)).toBe(false);
  expect(appliesTo('account:main', order)).toBe(true);
});

test('a scope comes apart at its colon', () => {
  expect(parseScope('firm')).toEqual({ kind: 'firm', id: '' });
  expect(parseScope('algorithm:ema-cross')).toEqual({ kind: 'algorithm', id: 'ema-cross' });
});

test.each(['', 'firm:', 'firm:x', 'desk', 'desk:', 'Desk:index', 'planet:earth', 'desk:a b', ' firm'])(
  '%o is no scope',
  (text) => {
    expect(() => parseScope(text)).toThrow('a scope written as');
  },
);
