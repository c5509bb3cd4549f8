import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ControlRow, openControlStore } from '@gatehouse/edge/journal/control-store.ts';
import { libsqlDriver } from '@gatehouse/edge/journal/libsql-driver.ts';
import { createShapeReader, type ShapeReader } from '@gatehouse/edge/sync/downlink/shape-reader.ts';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestDatabase, type TestServer } from '../fixtures/postgres.ts';
import { openShapeStage, type ShapeStage } from '../fixtures/shape-stage.ts';

let server: TestServer;
const closers: (() => Promise<void> | void)[] = [];

beforeAll(async () => {
  server = await startTestServer();
});

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

afterAll(() => server.stop());

/** The hub's shapes on a socket, asked by edge-1. */
async function openStage(): Promise<{ readonly stage: ShapeStage; readonly test: TestDatabase }> {
  const made = await server.database();
  const stage = await openShapeStage(made, { callerOf: () => ({ kind: 'edge', edge: 'edge-1' }) });
  closers.push(() => stage.close());
  return { stage, test: made };
}

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-control-'));
  closers.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

interface Reading {
  readonly reader: ShapeReader;
  /** Every note that was told of, in order. */
  readonly told: string[];
  readonly asked: string[];
  cut: boolean;
  stop(): void;
}

function read(url: string, folder: string): Reading {
  const { store } = openControlStore(join(folder, 'control.db'), libsqlDriver);
  const told: string[] = [];
  const asked: string[] = [];
  const reading = { told, asked, cut: false };
  const reader = createShapeReader({
    shape: 'objects',
    address: url,
    fetch: (input, init) => {
      asked.push(String(input));
      return reading.cut ? Promise.reject(new Error('the network is cut')) : fetch(input, init);
    },
    store,
    monotonicMs: () => performance.now(),
    random: () => 0,
    onRows: (rows) => told.push(...rows.map((row) => row['note'] ?? '')),
    log: () => {},
  });
  let isOpen = true;
  const stop = (): void => {
    if (!isOpen) return;
    isOpen = false;
    reader.stop();
    store.close();
  };
  closers.push(stop);
  return Object.assign(reading, { reader, stop });
}

async function put(
  { database }: TestDatabase,
  rows: readonly (readonly [edge: string, name: string, version: number])[],
) {
  for (const [edge, name, version] of rows) {
    await database`
      INSERT INTO control_objects (edge, kind, name, version, note, at)
      VALUES (${edge}, 'sheet', ${name}, ${version}, ${`${edge} ${name} ${version}`}, '2026')
      ON CONFLICT (edge, kind, name) DO UPDATE SET version = excluded.version, note = excluded.note`;
  }
}

const notesOf = ({ reader }: Reading): readonly string[] =>
  [...reader.rows.values()].map((row: ControlRow) => row['note'] ?? '').sort();

test('an edge reads its own rows alone, and a change within moments', async () => {
  const { stage, test: made } = await openStage();
  await put(made, [
    ['edge-1', 'limits', 1],
    ['edge-2', 'limits', 9],
  ]);
  const reading = read(stage.url, newFolder());
  await expect.poll(() => notesOf(reading)).toEqual(['edge-1 limits 1']);
  await put(made, [['edge-1', 'limits', 2]]);
  await expect.poll(() => notesOf(reading)).toEqual(['edge-1 limits 2']);
  expect([...reading.reader.rows.values()][0]).toMatchObject({ kind: 'sheet', name: 'limits', version: '2' });
  expect(reading.told).toEqual(['edge-1 limits 1', 'edge-1 limits 2']);
});

test('after a restart the rows are there before the hub answers, and only what is new is fetched', async () => {
  const { stage, test: made } = await openStage();
  await put(made, [
    ['edge-1', 'a', 1],
    ['edge-1', 'b', 1],
  ]);
  const folder = newFolder();
  const first = read(stage.url, folder);
  await expect.poll(() => notesOf(first)).toHaveLength(2);
  first.stop();
  await put(made, [['edge-1', 'b', 2]]);
  const second = read(stage.url, folder);
  expect(notesOf(second)).toEqual(['edge-1 a 1', 'edge-1 b 1']);
  await expect.poll(() => notesOf(second)).toEqual(['edge-1 a 1', 'edge-1 b 2']);
  expect(second.asked.some((url) => url.includes('offset=-1'))).toBe(false);
});

test('a hub that starts anew is read from the start, and what counted counts on until the new rows are whole', async () => {
  const { stage, test: made } = await openStage();
  await put(made, [
    ['edge-1', 'a', 1],
    ['edge-1', 'b', 1],
  ]);
  const reading = read(stage.url, newFolder());
  await expect.poll(() => notesOf(reading)).toHaveLength(2);
  const seen: number[] = [];
  const watch = setInterval(() => seen.push(reading.reader.rows.size), 1);
  closers.push(() => clearInterval(watch));
  await stage.restart();
  await put(made, [['edge-1', 'c', 1]]);
  await expect.poll(() => notesOf(reading), { timeout: 15_000 }).toEqual(['edge-1 a 1', 'edge-1 b 1', 'edge-1 c 1']);
  expect(Math.min(...seen)).toBe(2);
}, 20_000);

test('a cut network is survived, and what changed meanwhile comes once it is back', async () => {
  const { stage, test: made } = await openStage();
  await put(made, [['edge-1', 'a', 1]]);
  const reading = read(stage.url, newFolder());
  await expect.poll(() => notesOf(reading)).toHaveLength(1);
  reading.cut = true;
  await expect.poll(() => reading.reader.isConnected, { timeout: 10_000 }).toBe(false);
  await put(made, [
    ['edge-1', 'a', 2],
    ['edge-1', 'b', 1],
  ]);
  expect(notesOf(reading)).toEqual(['edge-1 a 1']);
  reading.cut = false;
  await expect.poll(() => notesOf(reading), { timeout: 10_000 }).toEqual(['edge-1 a 2', 'edge-1 b 1']);
}, 25_000);

test('a shape that is asked for again replaces what is stored and loses nothing that counts', async () => {
  const { stage, test: made } = await openStage();
  await put(made, [['edge-1', 'a', 1]]);
  const reading = read(stage.url, newFolder());
  await expect.poll(() => notesOf(reading)).toHaveLength(1);
  reading.reader.refetch();
  expect(notesOf(reading)).toHaveLength(1);
  // What is held is offered once more, and then what was fetched.
  await expect.poll(() => reading.told).toEqual(['edge-1 a 1', 'edge-1 a 1', 'edge-1 a 1']);
  expect(reading.asked.filter((url) => url.includes('offset=-1'))).toHaveLength(2);
});

test('what cannot be stored counts all the same, and comes again until it is stored', async () => {
  const { stage, test: made } = await openStage();
  await put(made, [['edge-1', 'a', 1]]);
  const { store } = openControlStore(join(newFolder(), 'control.db'), libsqlDriver);
  const disk = { isFull: true };
  const told: string[] = [];
  const lines: string[] = [];
  const reader = createShapeReader({
    shape: 'objects',
    address: stage.url,
    fetch,
    store: {
      ...{ load: (shape) => store.load(shape), forget: (shape) => store.forget(shape), close: () => store.close() },
      save: (shape, change) => {
        if (disk.isFull) throw new Error('the disk is full');
        store.save(shape, change);
      },
    },
    monotonicMs: () => performance.now(),
    random: () => 0,
    onRows: (rows) => told.push(...rows.map((row) => row['note'] ?? '')),
    log: (line) => lines.push(line),
  });
  closers.push(() => {
    reader.stop();
    store.close();
  });
  await expect.poll(() => told[0], { timeout: 10_000 }).toBe('edge-1 a 1');
  expect(lines.some((line) => line.startsWith('ALARM CONTROL_STORE_FAILED'))).toBe(true);
  disk.isFull = false;
  await expect.poll(() => store.load('objects')?.rows.size, { timeout: 10_000 }).toBe(1);
}, 25_000);
