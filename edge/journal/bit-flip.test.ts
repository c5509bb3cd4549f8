import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KitError } from '@gatehouse/shared/errors.ts';
import type { ChainHead } from '@gatehouse/shared/journal/chain.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { signHeadRecord } from './head-file.ts';
import { type Journal, openJournal } from './journal.ts';
import { crashImage, drafts, EDGE, flipBit, imageOf, optionsOf, signer } from './journal-fixture.ts';
import { libsqlDriver } from './libsql-driver.ts';
import { unpackEntries } from './messages.ts';
import { createStore } from './store.ts';

const FLIPS = Number(process.env['GATEHOUSE_FLIPS'] ?? 60);
const TIMEOUT_MS = 30_000 + FLIPS * 2_000;
const WIDE = { entries: 1_000, bytes: 10_000_000 };
const FOUND = ['JOURNAL_DAMAGED', 'DISK_FAILED'];

/** What became of a changed image: refused, or open with everything, or open with less than was acknowledged. */
type Outcome = 'refused' | 'whole' | 'lost' | 'different';

interface Image {
  readonly folder: string;
  readonly head: ChainHead;
  readonly hashes: readonly string[];
}

const kept = mkdtempSync(join(tmpdir(), 'gatehouse-journal-'));
afterAll(() => rmSync(kept, { recursive: true, force: true }));

let crashed: Image;
let closed: Image;

beforeAll(async () => {
  const [live, crash, clean] = ['live', 'crash', 'clean'].map((name) => join(kept, name)) as [string, string, string];
  mkdirSync(crash);
  const { journal } = await openJournal(optionsOf(live));
  for (let group = 0; group < 20; group += 1) await journal.durable(journal.append(drafts(3)).at(-1)?.header.seq ?? 0);
  crashed = { folder: crashImage(live, crash), head: journal.head, hashes: await hashesOf(journal) };
  await journal.close();
  closed = { ...crashed, folder: imageOf(live, clean) };
});

async function hashesOf(journal: Journal): Promise<readonly string[]> {
  return (await journal.read(1, WIDE)).map((entry) => entry.hash);
}

/** Opens an image as the store's thread does and compares its end with the last acknowledged entry. */
async function outcomeOf(folder: string, original: Image): Promise<Outcome> {
  const store = createStore({ folder, edge: EDGE, verifierKey: signer.verifierKey }, libsqlDriver);
  try {
    await store.inspect();
    const { head } = await store.open({ headNote: signHeadRecord(signer, original.head) });
    const rows = unpackEntries(store.read(1, WIDE));
    await store.close();
    if (head.seq < original.head.seq) return 'lost';
    return rows.map((row) => row.hash).join() === original.hashes.join() ? 'whole' : 'different';
  } catch (error) {
    if (error instanceof KitError && FOUND.includes(error.code)) return 'refused';
    throw error;
  }
}

/** Counts what became of images with one bit of one file changed. */
async function flipMany(original: Image, name: string): Promise<Readonly<Partial<Record<Outcome, number>>>> {
  const counts: Partial<Record<Outcome, number>> = {};
  const bits = statSync(join(original.folder, name)).size * 8;
  for (let flip = 0; flip < FLIPS; flip += 1) {
    const folder = imageOf(original.folder);
    flipBit(join(folder, name), Math.floor(Math.random() * bits));
    const outcome = await outcomeOf(folder, original);
    counts[outcome] = (counts[outcome] ?? 0) + 1;
  }
  return counts;
}

test('unchanged images are whole', async () => {
  expect(await outcomeOf(imageOf(crashed.folder), crashed)).toBe('whole');
  expect(await outcomeOf(imageOf(closed.folder), closed)).toBe('whole');
  expect(readdirSync(closed.folder).sort()).toEqual(['head', 'segment-000001.db']);
});

test('I11 every changed bit of a closed database is found', { timeout: TIMEOUT_MS }, async () => {
  expect(await flipMany(closed, 'segment-000001.db')).toEqual({ refused: FLIPS });
});

test('I11 every changed bit of a head file is found', { timeout: TIMEOUT_MS }, async () => {
  expect(await flipMany(closed, 'head')).toEqual({ refused: FLIPS });
  expect(await flipMany(crashed, 'head')).toEqual({ refused: FLIPS });
});

test('I11 a changed bit of a crashed database or its log is found or changes nothing', {
  timeout: TIMEOUT_MS,
}, async () => {
  for (const name of ['segment-000001.db-wal', 'segment-000001.db']) {
    const { refused = 0, lost = 0, whole = 0 } = await flipMany(crashed, name);
    expect({ name, judged: refused + lost + whole }).toEqual({ name, judged: FLIPS });
  }
});

test('a log cut short anywhere never opens with less than was acknowledged', { timeout: TIMEOUT_MS }, async () => {
  const name = 'segment-000001.db-wal';
  const { size } = statSync(join(crashed.folder, name));
  for (let cut = 0; cut < FLIPS; cut += 1) {
    const folder = imageOf(crashed.folder);
    truncateSync(join(folder, name), Math.floor((cut * size) / FLIPS));
    expect(['refused', 'lost']).toContain(await outcomeOf(folder, crashed));
  }
});
