import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { judgeArchive } from '@gatehouse/hub/ledger/backup/judge-archive.ts';
import { copiesFolder, copyNames } from '@gatehouse/hub/store/postgres/backup/backup-folder.ts';
import { expireBackups } from '@gatehouse/hub/store/postgres/backup/expire-backups.ts';
import { restoreBackup } from '@gatehouse/hub/store/postgres/backup/restore-backup.ts';
import { archiveState } from '@gatehouse/hub/store/postgres/backup/server-state.ts';
import { listArchive, packArchive, readSegment } from '@gatehouse/hub/store/postgres/backup/wal-archive.ts';
import { addMs } from '@gatehouse/shared/values/instant.ts';
import { expect, onTestFinished, test } from 'vitest';
import {
  type ArchivedLedger,
  archivedLedger,
  leavesIn,
  passableFolder,
  restoredLedger,
} from '../fixtures/archived-ledger.ts';

// The real server, the real archive: what is restored is compared leaf by leaf, and verified.

const MS_MAX = 300_000;
const DAY_MS = 86_400_000;
const SEGMENT_BYTES = 16_777_216;

test('a restore to a moment between two commits holds exactly the commits before it', { timeout: MS_MAX }, async () => {
  const ledger = await archivedLedger();
  await ledger.act('a', 'b');
  await ledger.backup();
  await ledger.act('c');
  const [before, at] = [await leavesIn(ledger), await ledger.moment()];
  await ledger.act('d', 'e');
  await ledger.archived();
  const restored = await restoredLedger(ledger, { at });
  expect(await leavesIn(restored)).toEqual(before);
  expect(await restored.hub.verify()).toMatchObject({ leaves: 3, findings: [] });
  const late = restoredLedger(ledger, { at: await ledger.moment() });
  await expect(late).rejects.toMatchObject({ code: 'NOT_FOUND', message: expect.stringContaining('log ends before') });
});

test('what was archived before a power cut comes back, through folders whose names a shell would misread', {
  timeout: MS_MAX,
}, async () => {
  const backups = join(passableFolder('place'), "Büro & Co's; `x` $HOME");
  const ledger = await archivedLedger({ backups });
  await ledger.backup();
  await ledger.act('a', 'b');
  await ledger.archived();
  const archived = await leavesIn(ledger);
  await ledger.act('c');
  await ledger.kill();
  const restored = await restoredLedger(ledger);
  expect(await leavesIn(restored)).toEqual(archived);
});

test('a restored database goes on, and an older backup leads on into what it wrote', { timeout: MS_MAX }, async () => {
  const ledger = await archivedLedger();
  await ledger.act('a');
  await ledger.backup();
  await ledger.act('b');
  await ledger.archived();
  const restored = await restoredLedger(ledger, { backups: ledger.backups });
  await restored.act('c');
  await restored.archived();
  const again = await restoredLedger(ledger);
  expect(await leavesIn(again)).toEqual(await leavesIn(restored));
  expect(await leavesIn(again)).toHaveLength(3);
});

test('a restore that left the newest commits behind is what later restores follow, however much log was left', {
  timeout: MS_MAX,
}, async () => {
  const ledger = await archivedLedger();
  await ledger.act('a');
  await ledger.backup();
  await ledger.act('b');
  const at = await ledger.moment();
  for (const name of ['left 1', 'left 2', 'left 3']) {
    await ledger.act(name);
    await ledger.archived();
  }
  await ledger.kill();
  const restored = await restoredLedger(ledger, { at, backups: ledger.backups });
  await restored.act('x');
  await restored.archived();
  const again = await restoredLedger(ledger);
  expect(await leavesIn(again)).toEqual(await leavesIn(restored));
  expect(await leavesIn(again)).toHaveLength(3);
});

test('a database that is there is never restored over', { timeout: MS_MAX }, async () => {
  const ledger = await archivedLedger();
  await ledger.backup();
  const { backups, data: to, clock } = ledger;
  const over = restoreBackup({ backups, to, clock, log: () => undefined });
  await expect(over).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
  await ledger.act('still here');
});

test('a damaged or missing file of a copy is named, and the copy before it leads to the same end', {
  timeout: MS_MAX,
}, async () => {
  const ledger = await archivedLedger();
  await ledger.act('a');
  const { name: first } = await ledger.backup();
  ledger.clock.set(later(ledger, DAY_MS));
  await ledger.act('b');
  const { name: second, files } = await ledger.backup();
  const data = join(copiesFolder(ledger.backups), second, 'data');
  const [flipped, gone] = files.filter(({ path, bytes }) => path.startsWith('base/') && bytes > 8_192);
  flip(join(data, flipped?.path ?? ''));
  rmSync(join(data, gone?.path ?? ''));
  await expect(restoredLedger(ledger)).rejects.toMatchObject({
    code: 'BACKUP_DAMAGED',
    problems: expect.arrayContaining([`${flipped?.path} has other bytes than were copied`, `${gone?.path} is missing`]),
  });
  const restored = await restoredLedger(ledger, { from: first });
  expect(await leavesIn(restored)).toEqual(await leavesIn(ledger));
});

test('a damaged segment of the log is found, packed or not, and one that is missing is named', {
  timeout: MS_MAX,
}, async () => {
  const ledger = await archivedLedger();
  await ledger.backup();
  for (const name of ['a', 'b', 'c', 'd']) {
    await ledger.act(name);
    await ledger.archived();
  }
  const wal = await ledger.wal();
  const [, , , last] = segmentsIn(wal).slice(-4);
  const middle = segmentsIn(wal).at(-3) ?? '';
  const whole = readFileSync(join(wal, middle));

  // As the server put it there: a record that is damaged looks like the end of the log.
  flip(join(wal, middle), 2_000);
  await expect(restoredLedger(ledger)).rejects.toMatchObject({
    code: 'BACKUP_DAMAGED',
    message: expect.stringContaining(`though the archive goes on to ${last}`),
  });

  writeFileSync(join(wal, middle), whole);

  // Inside the last one nothing that follows shows it.
  const end = readFileSync(join(wal, last ?? ''));
  flip(join(wal, last ?? ''), 2_000);
  await expect(restoredLedger(ledger)).rejects.toMatchObject({
    code: 'BACKUP_DAMAGED',
    message: expect.stringMatching(new RegExp(`ended at .* in segment ${last}`)),
  });
  writeFileSync(join(wal, last ?? ''), end);

  await packArchive(wal, SEGMENT_BYTES);
  expect(statSync(join(wal, `${middle}.zst`)).size).toBeLessThan(1_000_000);
  const packed = readFileSync(join(wal, `${middle}.zst`));
  flip(join(wal, `${middle}.zst`));
  const message = expect.stringContaining(`${middle}.zst is damaged`);
  await expect(restoredLedger(ledger)).rejects.toMatchObject({ code: 'BACKUP_DAMAGED', message });

  writeFileSync(join(wal, `${middle}.zst`), packed);
  renameSync(join(wal, `${middle}.zst`), join(passableFolder('aside'), 'segment'));
  const place = passableFolder('gap');
  const { backups, clock } = ledger;
  const restored = await restoreBackup({ backups, to: place, clock, log: () => undefined });
  expect(restored).toMatchObject({ missing: middle, checkpoint: { size: 1 } });

  // The server hands a segment on again that it had handed on before: the packed one stays the only one.
  writeFileSync(join(wal, `${middle}.zst`), packed);
  writeFileSync(join(wal, middle), whole);
  await packArchive(wal, SEGMENT_BYTES);
  expect(segmentsIn(wal)).toEqual([]);
  writeFileSync(join(wal, middle), Buffer.alloc(SEGMENT_BYTES, 1));
  await ledger.act('e');
  await ledger.archived();
  await expect(packArchive(wal, SEGMENT_BYTES)).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' });
  expect(segmentsIn(wal), 'one that clashes holds up no other').toEqual([middle]);
});

test('a segment that a hub packs while it is restored is read all the same', { timeout: MS_MAX }, async () => {
  const ledger = await archivedLedger();
  await ledger.act('a');
  await ledger.archived();
  const wal = await ledger.wal();
  const [segment] = (await listArchive(wal, SEGMENT_BYTES)).segments;
  if (segment === undefined) throw new Error('nothing was archived');
  expect(segment.isPacked).toBe(false);
  const bytes = await readSegment(wal, segment, SEGMENT_BYTES);
  await packArchive(wal, SEGMENT_BYTES);
  expect(Buffer.compare(await readSegment(wal, segment, SEGMENT_BYTES), bytes)).toBe(0);
});

test('log goes only where every copy was read: one that cannot be read at this moment still needs its own', {
  timeout: MS_MAX,
}, async () => {
  const ledger = await archivedLedger();
  await ledger.act('a');
  const { name } = await ledger.backup();
  ledger.clock.set(later(ledger, DAY_MS));
  await ledger.act('b');
  await ledger.backup();
  const before = readdirSync(await ledger.wal()).length;
  const manifest = join(copiesFolder(ledger.backups), name, 'backup.json');
  const aside = join(passableFolder('aside'), 'backup.json');
  renameSync(manifest, aside);
  // A folder in its place fails to be read as a broken disk does, whoever asks.
  mkdirSync(manifest);
  await expect(expireBackups(ledger.backups, ledger.clock)).rejects.toThrow('EISDIR');
  expect(readdirSync(await ledger.wal()).length).toBe(before);
  rmSync(manifest, { recursive: true });
  renameSync(aside, manifest);
  expect(await leavesIn(await restoredLedger(ledger, { from: name }))).toEqual(await leavesIn(ledger));
});

test('a copy of seven days ago restores with all of the log since then; copies go on their day, the newest never', {
  timeout: MS_MAX,
}, async () => {
  const ledger = await archivedLedger();
  const { backups, clock } = ledger;
  const names: string[] = [];
  for (let day = 0; day <= 7; day += 1) {
    await ledger.act(`day ${day}`);
    names.push((await ledger.backup()).name);
    clock.set(later(ledger, DAY_MS));
  }
  await ledger.act('after all copies');
  await ledger.archived();
  await packArchive(await ledger.wal(), SEGMENT_BYTES);
  expect(await expireBackups(backups, clock)).toEqual({ copies: [], segments: expect.any(Number) });
  const [oldest = '', second = ''] = names;
  const restored = await restoredLedger(ledger, { from: oldest });
  expect(await leavesIn(restored)).toEqual(await leavesIn(ledger));

  clock.set(later(ledger, 22 * DAY_MS - 1));
  expect((await expireBackups(backups, clock)).copies).toEqual([]);
  clock.set(later(ledger, 1));
  expect((await expireBackups(backups, clock)).copies).toEqual([oldest]);
  const segments = readdirSync(await ledger.wal()).length;
  clock.set(later(ledger, 365 * DAY_MS));
  const expired = await expireBackups(backups, clock);
  expect(expired.copies).toEqual(names.slice(1, -1));
  expect(expired.copies[0]).toBe(second);
  expect(await copyNames(backups)).toEqual(names.slice(-1));
  expect(readdirSync(await ledger.wal()).length).toBeLessThan(segments);
  expect(await leavesIn(await restoredLedger(ledger))).toEqual(await leavesIn(ledger));
});

test('an archive that cannot be written is an alarm, records go on, and nothing of them is lost', {
  timeout: MS_MAX,
}, async () => {
  const ledger = await archivedLedger();
  await ledger.backup();
  const wal = await ledger.wal();
  expect(judgeArchive(await archiveState(ledger.database), wal)).toEqual([]);
  chmodSync(wal, 0o500);
  await ledger.act('a');
  await ledger.database`SELECT pg_switch_wal()`;
  const failing = async () => judgeArchive(await archiveState(ledger.database), wal).map(({ code }) => code);
  await expect.poll(failing, { timeout: 30_000 }).toEqual(['WAL_ARCHIVE_FAILING']);
  await ledger.act('b');
  await expect(ledger.backup()).rejects.toMatchObject({ code: 'DISK_FAILED' });
  expect(await copyNames(ledger.backups)).toHaveLength(1);
  chmodSync(wal, 0o700);
  await ledger.archived();
  await expect.poll(failing, { timeout: 30_000 }).toEqual([]);
  expect(await leavesIn(await restoredLedger(ledger))).toEqual(await leavesIn(ledger));
});

test('an archive on a full disk is an alarm, records go on, and all of them follow once there is room', {
  timeout: MS_MAX,
}, async ({ skip }) => {
  const backups = passableFolder('small');
  const disk = join(backups, 'wal');
  mkdirSync(disk);
  if (!mounted(disk, 'size=40m,mode=0755'))
    return skip('only root on Linux can mount the small disk that this test fills');
  const ledger = await archivedLedger({ backups });
  await ledger.backup();
  const wal = await ledger.wal();
  const codes = async () => judgeArchive(await archiveState(ledger.database), wal).map(({ code }) => code);
  for (const name of ['a', 'b']) {
    await ledger.act(name);
    await ledger.database`SELECT pg_switch_wal()`;
  }
  await expect.poll(codes, { timeout: 30_000 }).toEqual(['WAL_ARCHIVE_FAILING']);
  await ledger.act('c');
  expect(mounted(disk, 'remount,size=400m')).toBe(true);
  await ledger.archived();
  expect(await leavesIn(await restoredLedger(ledger))).toEqual(await leavesIn(ledger));
});

/** Mounts a disk in memory for the rest of the test, or changes it. */
function mounted(folder: string, options: string): boolean {
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder]);
  if (status === 0 && !options.startsWith('remount')) onTestFinished(() => void spawnSync('umount', ['-l', folder]));
  return status === 0;
}

function later({ clock }: ArchivedLedger, ms: number) {
  return addMs(clock.now(), ms);
}

/** The segments that the server put there and nobody has packed. */
function segmentsIn(wal: string): readonly string[] {
  return readdirSync(wal)
    .filter((name) => /^[0-9A-F]{24}$/.test(name))
    .sort();
}

function flip(file: string, at?: number): void {
  const bytes = readFileSync(file);
  const place = at ?? Math.floor(bytes.length / 2);
  bytes.writeUInt8((bytes[place] ?? 0) ^ 1, place);
  writeFileSync(file, bytes);
}
