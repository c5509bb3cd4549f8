import { existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SealedEntry } from '@gatehouse/shared/journal/entry.ts';
import { expect, test } from 'vitest';
import { openJournal } from './journal.ts';
import { EDGE, optionsOf, signer, temporaryFolder } from './journal-fixture.ts';
import { finishRebuild, rebuildJournal } from './rebuild-journal.ts';
import { verifyJournal } from './verify-journal.ts';

const INCIDENT = { kind: 'incident', body: { v: 1, code: 'MADE_UP', severity: 'notice', message: 'n' } } as const;

/** A journal of two segments, and all that it holds. */
async function written(folder: string): Promise<readonly SealedEntry[]> {
  const { journal } = await openJournal(optionsOf(folder));
  journal.append([INCIDENT, INCIDENT, INCIDENT]);
  await journal.roll({ orders: ['O-1'] });
  journal.append([INCIDENT]);
  await journal.durable(journal.head.seq);
  const entries = await journal.read(1, { entries: 100, bytes: 1_000_000 });
  await journal.close();
  return entries;
}

async function* inPages(entries: readonly SealedEntry[], size: number): AsyncGenerator<readonly SealedEntry[]> {
  for (let from = 0; from < entries.length; from += size) yield entries.slice(from, from + size);
}

test('a journal that is written again from its entries verifies, goes on and keeps the old one beside it', async () => {
  const folder = join(temporaryFolder(), 'journal');
  const entries = await written(folder);
  const head = await rebuildJournal({ folder, edge: EDGE, signer, pages: inPages(entries, 2), mark: '1' });
  expect(head).toMatchObject({ seq: 6, hash: entries.at(-1)?.hash });
  const place = { folder, edge: EDGE, verifierKey: signer.verifierKey };
  expect(await verifyJournal(place, () => 0)).toMatchObject({ entries: 6, segments: 1, wasClosed: true });
  expect(readdirSync(`${folder}.lost-1`)).toContain('segment-000002.db');

  const { journal, state } = await openJournal(optionsOf(folder));
  expect(state).toEqual({ orders: [] });
  journal.append([INCIDENT]);
  await journal.roll({ orders: ['O-2'] });
  expect(await journal.read(1, { entries: 6, bytes: 1_000_000 })).toEqual(entries);
  await journal.close();
  expect(await verifyJournal(place, () => 0)).toMatchObject({ entries: 8, segments: 2 });
});

test('entries that are no whole journal change nothing', async () => {
  const folder = join(temporaryFolder(), 'journal');
  const entries = await written(folder);
  const without = inPages(entries.slice(1), 10);
  await expect(rebuildJournal({ folder, edge: EDGE, signer, pages: without, mark: '1' })).rejects.toMatchObject({
    code: 'JOURNAL_DAMAGED',
  });
  await finishRebuild(folder);
  expect(readdirSync(join(folder, '..'))).toEqual(['journal']);
  expect(await rebuildJournal({ folder, edge: EDGE, signer, pages: inPages([], 1), mark: '1' })).toBeUndefined();
  expect(readdirSync(folder)).toContain('segment-000002.db');
});

test('a process that died between the renames leaves the new journal, one that died before leaves the old one', async () => {
  const folder = join(temporaryFolder(), 'journal');
  const entries = await written(folder);
  mkdirSync(`${folder}.refetched`);
  writeFileSync(join(`${folder}.refetched`, 'segment-000001.db'), 'half');
  await finishRebuild(folder);
  expect(existsSync(`${folder}.refetched`)).toBe(false);

  await rebuildJournal({ folder, edge: EDGE, signer, pages: inPages(entries, 10), mark: '1' });
  renameSync(folder, `${folder}.refetched`);
  await finishRebuild(folder);
  const { journal } = await openJournal(optionsOf(folder));
  expect(journal.head.seq).toBe(6);
  await journal.close();
});
