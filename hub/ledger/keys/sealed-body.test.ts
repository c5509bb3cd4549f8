import { randomBytes } from 'node:crypto';
import { GENESIS_HASH, sealEntry } from '@gatehouse/shared/journal/entry.ts';
import { expect, test } from 'vitest';
import { bodyOpener, bodySealer } from './sealed-body.ts';

function entryOf(text: string) {
  const head = { edge: 'edge-1', epoch: 1, seq: 0, hash: GENESIS_HASH };
  const clock = { source: 'manual', offsetNs: '0', uncertaintyNs: '0' };
  const at = { at: '2026-01-05T09:00:00.000000000Z', clock };
  return sealEntry({ head, at, kind: 'incident', body: { v: 1, text }, salt: randomBytes(16) });
}

test('every body of a batch opens by itself, whatever its length', () => {
  const key = randomBytes(32);
  const seal = bodySealer(key);
  const open = bodyOpener();
  const entries = ['', 'é', ...Array.from({ length: 70 }, (_, length) => 'x'.repeat(length))].map(entryOf);
  const sealed = [...seal(entries.slice(0, 30)), ...seal([]), ...seal(entries.slice(30))];
  for (const [index, entry] of entries.entries()) {
    const opened = open(key, sealed[index] ?? Buffer.alloc(0), entry.headerText);
    expect(opened?.body).toBe(entry.bodyText);
    expect(Buffer.from(opened?.salt ?? [])).toEqual(Buffer.from(entry.salt));
  }
});

test('no two bodies have a block of the cipher in common, also where they are the same', () => {
  const key = randomBytes(32);
  const entry = entryOf('x'.repeat(100));
  const [a, b] = [bodySealer(key), bodySealer(key)];
  const counters = [...a([entry, entry]), ...a([entry]), ...b([entry])].map((sealed) => sealed.subarray(0, 16));
  expect(new Set(counters.map((counter) => counter.toString('hex'))).size).toBe(4);
  const blocks = Math.ceil((16 + Buffer.byteLength(entry.bodyText)) / 16);
  expect(counters.map((counter) => counter.readUInt32BE(12))).toEqual([0, blocks, 2 * blocks, 0]);
});

test('a changed bit, another key, another header or a shorter text opens nothing', () => {
  const key = randomBytes(32);
  const entry = entryOf('words');
  const [sealed = Buffer.alloc(0)] = bodySealer(key)([entry]);
  expect(bodyOpener()(key, sealed, entry.headerText)?.body).toBe(entry.bodyText);
  const open = bodyOpener();
  for (let at = 0; at < sealed.length; at += 1) {
    const changed = Buffer.from(sealed);
    changed[at] = (changed[at] ?? 0) ^ 1;
    expect(open(key, changed, entry.headerText)).toBeUndefined();
  }
  expect(open(randomBytes(32), sealed, entry.headerText)).toBeUndefined();
  expect(open(key, sealed, entryOf('words').headerText)).toBeUndefined();
  expect(open(key, sealed.subarray(0, -1), entry.headerText)).toBeUndefined();
  expect(open(key, sealed.subarray(0, 20), entry.headerText)).toBeUndefined();
});
