import { expect, test } from 'vitest';
import { seesTransaction } from '../../store/shapes/shape-rows.ts';
import type { TableInfo } from '../../store/shapes/table-info.ts';
import { createShape, type Shape } from './shape.ts';
import { nextCursor } from './shape-answers.ts';
import { BEFORE_ALL, offsetText, readOffset } from './shape-offset.ts';
import { waitForNews } from './wait-for-news.ts';

const table: TableInfo = { oid: 7, schema: 'public', table: 'items', columns: [], keys: ['id'], signature: 's' };

/** It saw transactions below 100, but for 7, and nothing that was committed after position 500. */
const moment = { visibility: { xmin: 7n, xmax: 100n, running: [7n] }, databaseLsn: 500n };

function open(snapshot: readonly string[] = ['{"a":1}', '{"end":1}']): Shape {
  const definition = { table, columns: ['id'], filter: { kind: 'all' }, replica: 'default', log: 'full' } as const;
  return createShape({ handle: '1-1', definition, snapshot, moment, chunkBytes: 300, now: () => 0 });
}

function append(shape: Shape, commitLsn: bigint, count = 1): void {
  const operations = Array.from({ length: count }, (_, at) => ({
    op: 2 * at,
    operation: 'insert' as const,
    key: `${commitLsn}/${at}`,
    value: { id: `${at}` },
  }));
  shape.append({ xid: 1, commitLsn }, operations);
}

/** Every place from the start to the end, and all that was read. */
function walk(shape: Shape): { readonly places: readonly string[]; readonly keys: readonly string[] } {
  const places: string[] = [];
  const keys: string[] = [];
  let at = BEFORE_ALL;
  for (let chunk = shape.read(at); ; chunk = shape.read(at)) {
    at = chunk.end;
    places.push(offsetText(at));
    keys.push(...chunk.messages.flatMap((message) => /"key":"([^"]*)"/.exec(message)?.[1] ?? []));
    if (chunk.isEnd) return { places, keys };
  }
}

test('a snapshot is read chunk by chunk and never says that it is the end', () => {
  expect(walk(open()).places).toEqual(['0_0', '0_1', '0_inf']);
});

test('whoever reads from any place gets what comes after it, once and in order', () => {
  const shape = open();
  append(shape, 800n, 3);
  append(shape, 808n, 4);
  const { keys } = walk(shape);
  expect(keys).toEqual(['800/0', '800/1', '800/2', '808/0', '808/1', '808/2', '808/3']);
  for (const [at, offset] of ['0_inf', '800_0', '800_2', '800_4', '808_0', '808_2', '808_4', '808_6'].entries()) {
    const rest: string[] = [];
    let place = readOffset(offset) ?? BEFORE_ALL;
    for (let chunk = shape.read(place); ; chunk = shape.read(place)) {
      rest.push(...chunk.messages.flatMap((message) => /"key":"([^"]*)"/.exec(message)?.[1] ?? []));
      place = chunk.end;
      if (chunk.isEnd) break;
    }
    expect(rest).toEqual(keys.slice(at));
  }
});

test('a place between two commits has what comes after it and nothing before', () => {
  const shape = open();
  append(shape, 800n);
  append(shape, 808n);
  expect(shape.read({ transaction: 801n, operation: 0 }).text).toContain('808/0');
  expect(shape.hasAfter({ transaction: 809n, operation: 0 })).toBe(false);
  expect(offsetText(shape.read({ transaction: 809n, operation: 0 }).end)).toBe('809_0');
});

test('all who read from one place get the same text, made once, until there is more', () => {
  const shape = open();
  append(shape, 800n);
  const from = { transaction: 0n, operation: Number.POSITIVE_INFINITY };
  expect(shape.read(from)).toBe(shape.read(from));
  const before = shape.read(from);
  append(shape, 808n);
  expect(shape.read(from)).not.toBe(before);
});

test('a wait ends with news, with silence, with the shape, or with whoever waits', async () => {
  const shape = open();
  const after = shape.lastOffset;
  const never = new AbortController().signal;
  const news = waitForNews(shape, { after, ms: 1_000, signal: never });
  append(shape, 800n);
  expect(await news).toBe('news');
  expect(await waitForNews(shape, { after, ms: 1_000, signal: never })).toBe('news');
  expect(await waitForNews(shape, { after: shape.lastOffset, ms: 5, signal: never })).toBe('silence');
  expect(await waitForNews(shape, { after: shape.lastOffset, ms: 1_000, signal: AbortSignal.abort() })).toBe('left');
  const dropped = waitForNews(shape, { after: shape.lastOffset, ms: 1_000, signal: never });
  shape.drop();
  expect(await dropped).toBe('dropped');
});

test.each(['', '1', 'x', '1_', '_1', '-2', '1_-1', '0_infx', '18446744073709551616_0', '1.5_0', ' 0_0'])(
  'what is no place is read as none: %j',
  (text) => {
    expect(readOffset(text)).toBeUndefined();
  },
);

test('a snapshot sees a transaction by the low half of its id, also where the halves wrap', () => {
  const wrap = 2n ** 32n;
  const at = { xmin: wrap - 2n, xmax: wrap + 3n, running: [wrap + 1n] };
  const seen = [2 ** 32 - 3, 2 ** 32 - 1, 0, 1, 2, 3].map((xid) => seesTransaction(at, xid));
  expect(seen).toEqual([true, true, true, false, true, false]);
});

test('a cursor is the next border of the waiting time, and always beyond the one before', () => {
  const at = { nowMs: Date.UTC(2024, 9, 9, 0, 0, 30), longPollMs: 20_000, random: () => 0 };
  expect(nextCursor(at, undefined)).toBe('40');
  expect(nextCursor(at, '20')).toBe('40');
  expect(nextCursor(at, '40')).toBe('41');
  expect(nextCursor(at, 'nonsense')).toBe('40');
  expect(nextCursor({ ...at, longPollMs: 500 }, undefined)).toBe('0');
});

test('what the snapshot holds already is not told once more, and ids of transactions that come round again are', () => {
  const shape = open();
  const operations = [{ op: 0, operation: 'insert' as const, key: 'k', value: { id: '1' } }];
  for (const [xid, commitLsn, isTold] of [
    [50, 480n, false],
    [7, 488n, true],
    [100, 496n, true],
    [50, 504n, true],
  ] as const) {
    const before = shape.lastOffset;
    shape.append({ xid, commitLsn }, operations);
    expect(shape.lastOffset !== before).toBe(isTold);
  }
});

test('a shape is in use for as long as somebody waits for its next change', () => {
  const at = { ms: 0 };
  const definition = { table, columns: ['id'], filter: { kind: 'all' }, replica: 'default', log: 'full' } as const;
  const shape = createShape({ handle: '1-1', definition, snapshot: ['x'], moment, chunkBytes: 300, now: () => at.ms });
  const leave = shape.onNext(() => {});
  at.ms = 100_000;
  expect(shape.usedAt).toBe(100_000);
  leave();
  expect(shape.usedAt).toBe(0);
});
