import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { type ControlStore, openControlStore } from './control-store.ts';
import type { SqlDriver } from './driver.ts';
import { drivers } from './drivers.ts';

const closers: (() => void)[] = [];

afterEach(() => {
  for (const close of closers.splice(0).reverse()) close();
});

function newPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-control-store-'));
  closers.push(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'control.db');
}

function open(path: string, driver: SqlDriver): { readonly store: ControlStore; readonly isFresh: boolean } {
  const opened = openControlStore(path, driver);
  closers.push(() => {
    try {
      opened.store.close();
    } catch {
      // The test has closed it.
    }
  });
  return opened;
}

const CHANGE = {
  handle: 'h1',
  offset: '5_0',
  isWhole: false,
  rows: new Map([
    ['a', { note: 'one' }],
    ['b', { note: 'two' }],
  ]),
  gone: [],
};

describe.each(Object.entries(drivers))('on %s', (_name, driver) => {
  test('rows, handle and offset come back together, and a shape that is whole takes the place of the one before', () => {
    const path = newPath();
    const { store, isFresh } = open(path, driver);
    expect([isFresh, store.load('objects')]).toEqual([true, undefined]);
    store.save('objects', CHANGE);
    store.save('commands', { ...CHANGE, handle: 'h2' });
    store.save('objects', { ...CHANGE, offset: '6_0', rows: new Map([['b', { note: 'three' }]]), gone: ['a'] });
    store.close();
    const again = open(path, driver);
    expect(again.isFresh).toBe(false);
    expect(again.store.load('objects')).toEqual({
      handle: 'h1',
      offset: '6_0',
      rows: new Map([['b', { note: 'three' }]]),
    });
    again.store.save('objects', { ...CHANGE, isWhole: true, rows: new Map([['c', { note: 'four' }]]) });
    expect([...(again.store.load('objects')?.rows.keys() ?? [])]).toEqual(['c']);
    again.store.forget('objects');
    expect(again.store.load('objects')).toBeUndefined();
    expect(again.store.load('commands')?.rows.size).toBe(2);
  });

  test('a change that fails in the middle leaves nothing of itself', () => {
    const { store } = open(newPath(), driver);
    store.save('objects', CHANGE);
    const bad = new Map([
      ['c', { note: 'fine' }],
      ['d\u0000', { note: 'a key that no text can hold' }],
    ]);
    expect(() => store.save('objects', { ...CHANGE, offset: '9_0', isWhole: true, rows: bad })).toThrow('NUL');
    expect(store.load('objects')).toMatchObject({ offset: '5_0' });
    expect(store.load('objects')?.rows.size).toBe(2);
  });

  test.each(['no database at all', ''])('a file that cannot be used is begun anew: %j', (content) => {
    const path = newPath();
    writeFileSync(path, content);
    const { store, isFresh } = open(path, driver);
    expect(isFresh).toBe(true);
    store.save('objects', CHANGE);
    expect(store.load('objects')?.offset).toBe('5_0');
  });
});
