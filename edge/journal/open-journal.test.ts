import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { genesis } from '@gatehouse/shared/journal/chain.ts';
import { signerFromSeed } from '@gatehouse/shared/journal/note.ts';
import { expect, test } from 'vitest';
import { signHeadRecord } from './head-file.ts';
import { openJournal } from './journal.ts';
import { codeOf, crashImage, drafts, EDGE, imageOf, optionsOf, signer, temporaryFolder } from './journal-fixture.ts';
import { takeLock } from './lock-file.ts';
import { verifyJournal } from './verify-journal.ts';

const place = (folder: string) => ({ folder, edge: EDGE, verifierKey: signer.verifierKey });

/** A closed journal of three segments with ten entries in each. */
async function closedJournal(): Promise<string> {
  const folder = temporaryFolder();
  const { journal } = await openJournal(optionsOf(folder));
  for (const state of [{ day: 1 }, { day: 2 }]) {
    journal.append(drafts(9));
    await journal.roll(state);
  }
  journal.append(drafts(9));
  await journal.close();
  return folder;
}

async function openAndClose(folder: string): Promise<number> {
  const { journal } = await openJournal(optionsOf(folder));
  await journal.close();
  return journal.head.seq;
}

test('three segments open, and verify sees every entry without a change to the folder', async () => {
  const folder = await closedJournal();
  const before = readFileSync(join(folder, 'head'));
  expect(await verifyJournal(place(folder), () => 0)).toMatchObject({
    segments: 3,
    keptFromSeq: 1,
    entries: 30,
    wasClosed: true,
    head: { seq: 30 },
  });
  expect(readFileSync(join(folder, 'head'))).toEqual(before);
  expect(await openAndClose(folder)).toBe(30);
});

test('pruned segments are missing from the start only', async () => {
  const folder = await closedJournal();
  rmSync(join(folder, 'segment-000001.db'));
  expect(await verifyJournal(place(folder), () => 0)).toMatchObject({
    keptFromSegment: 2,
    keptFromSeq: 11,
    entries: 20,
  });
  const { journal, notices } = await openJournal(optionsOf(imageOf(folder)));
  expect(notices.map(({ code }) => code)).toEqual(['SEGMENTS_PRUNED']);
  expect(await codeOf(() => journal.read(10, { entries: 1, bytes: 1 }))).toBe('NOT_FOUND');
  expect(await journal.read(11, { entries: 1, bytes: 1 })).toHaveLength(1);
  await journal.close();
});

const damages: readonly (readonly [string, (folder: string) => void])[] = [
  ['no head file', (folder) => rmSync(join(folder, 'head'))],
  ['no segments', (folder) => ['1', '2', '3'].forEach((n) => void rmSync(join(folder, `segment-00000${n}.db`)))],
  ['the last segment gone', (folder) => rmSync(join(folder, 'segment-000003.db'))],
  ['a segment between gone', (folder) => rmSync(join(folder, 'segment-000002.db'))],
  ['a longer sealed file', (folder) => appendFileSync(join(folder, 'segment-000001.db'), 'x')],
  ['a shorter closed file', (folder) => truncateSync(join(folder, 'segment-000003.db'), 4_096)],
  ['a log beside a closed file', (folder) => writeFileSync(join(folder, 'segment-000003.db-wal'), 'x')],
  ['an empty head', (folder) => writeFileSync(join(folder, 'head'), '')],
  [
    'a head signed by another key',
    (folder) =>
      writeFileSync(join(folder, 'head'), signHeadRecord(signerFromSeed(EDGE, Buffer.alloc(32, 8)), genesis(EDGE))),
  ],
  [
    'a head beyond the end',
    (folder) => writeFileSync(join(folder, 'head'), signHeadRecord(signer, { ...genesis(EDGE), seq: 31 })),
  ],
  [
    'a head with another hash',
    (folder) => writeFileSync(join(folder, 'head'), signHeadRecord(signer, { ...genesis(EDGE), seq: 12 })),
  ],
  [
    'a head of another epoch',
    (folder) => writeFileSync(join(folder, 'head'), signHeadRecord(signer, { ...genesis(EDGE), epoch: 2 })),
  ],
];

test.each(damages)('%s is damage, for opening and for verify', async (_, damage) => {
  const folder = await closedJournal();
  damage(folder);
  const image = imageOf(folder);
  expect(await codeOf(() => verifyJournal(place(folder), () => 0))).toBe('JOURNAL_DAMAGED');
  expect(await codeOf(() => openAndClose(image))).toBe('JOURNAL_DAMAGED');
});

test('the words for a missing end name both ends', async () => {
  const folder = await closedJournal();
  writeFileSync(join(folder, 'head'), signHeadRecord(signer, { ...genesis(EDGE), seq: 31 }));
  await expect(openAndClose(folder)).rejects.toThrow(/the end of the journal is missing: local 30 .*, signed head 31 /);
});

test('what a killed roll or start left half-made is removed', async () => {
  const folder = await closedJournal();
  for (const name of ['segment-000004.new', 'segment-000004.new-journal', 'head.tmp'])
    writeFileSync(join(folder, name), 'x');
  expect(await openAndClose(folder)).toBe(30);
  expect(readdirSync(folder).sort()).toEqual(['head', ...['1', '2', '3'].map((n) => `segment-00000${n}.db`)]);

  const unborn = temporaryFolder();
  writeFileSync(join(unborn, 'head'), signHeadRecord(signer, genesis(EDGE)));
  expect(await openAndClose(unborn)).toBe(1);
});

test('a crash right after a roll leaves a head behind the newest segment', async () => {
  const folder = temporaryFolder();
  const { journal } = await openJournal(optionsOf(folder, { bounds: { headEveryMs: 60_000 } }));
  journal.append(drafts(3));
  await journal.roll({ day: 1 });
  const image = crashImage(folder);
  await journal.close();
  expect(await verifyJournal(place(image), () => 0)).toMatchObject({ entries: 5, wasClosed: false });
  expect(await openAndClose(image)).toBe(5);
});

test('a file that is no journal’s is named and left alone', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'holiday.jpg'), 'x');
  await expect(openAndClose(folder)).rejects.toThrow(/"holiday.jpg"/);
  expect(await codeOf(() => openAndClose(folder))).toBe('FOLDER_FOREIGN');
  expect(readdirSync(folder)).toEqual(['holiday.jpg']);
  const other = temporaryFolder();
  mkdirSync(join(other, 'segment-000001.dbx'));
  expect(await codeOf(() => openAndClose(other))).toBe('FOLDER_FOREIGN');
});

test('a folder that cannot be is unusable, and a journal of another edge is damage', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'file'), 'x');
  expect(await codeOf(() => openAndClose(join(folder, 'file', 'journal')))).toBe('FOLDER_UNUSABLE');
  const closed = await closedJournal();
  expect(await codeOf(() => openJournal({ ...optionsOf(closed), edge: 'edge-2' }))).toBe('JOURNAL_DAMAGED');
});

test('a journal that is open is locked, and a refused opening lets go of its lock', async () => {
  const folder = temporaryFolder();
  const { journal } = await openJournal(optionsOf(folder));
  await expect(openAndClose(folder)).rejects.toThrow(`held by process ${process.pid}`);
  expect(await codeOf(() => verifyJournal(place(folder), () => 0))).toBe('JOURNAL_LOCKED');
  await journal.close();
  rmSync(join(folder, 'head'));
  expect(await codeOf(() => openAndClose(folder))).toBe('JOURNAL_DAMAGED');
  takeLock(folder).release();
});
