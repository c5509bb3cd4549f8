import { chmodSync, cpSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { announceRestore } from '@gatehouse/hub/ledger/backup/announce-restore.ts';
import { type DrillRequest, drill } from '@gatehouse/hub/ledger/backup/drill.ts';
import { keepDrill, newestDrill, newestDrillAt } from '@gatehouse/hub/ledger/backup/drill-file.ts';
import { recordDrill } from '@gatehouse/hub/ledger/backup/record-backup.ts';
import { runBackups } from '@gatehouse/hub/ledger/backup/run-backups.ts';
import { copiesFolder, copyNames } from '@gatehouse/hub/store/postgres/backup/backup-folder.ts';
import { restoreBackup } from '@gatehouse/hub/store/postgres/backup/restore-backup.ts';
import { KitError } from '@gatehouse/shared/errors.ts';
import { signCheckpoint } from '@gatehouse/shared/journal/checkpoint.ts';
import { parseVerifierKey } from '@gatehouse/shared/journal/note.ts';
import { expect, test } from 'vitest';
import { type ArchivedLedger, archivedLedger, passableFolder } from '../fixtures/archived-ledger.ts';
import { publisherOf } from '../fixtures/log-archive.ts';

// Drills and the schedule over a real server, with its published log beside it.

const MS_MAX = 300_000;
const DAY_MS = 86_400_000;

function requestOf(ledger: ArchivedLedger, change: Partial<DrillRequest> = {}): DrillRequest {
  return {
    backups: ledger.backups,
    data: ledger.data,
    verifier: parseVerifierKey(ledger.hub.signer.verifierKey),
    logFolder: join(ledger.data, 'log'),
    seen: [],
    live: ledger.database,
    clock: ledger.clock,
    elapsedMs: () => performance.now(),
    log: () => undefined,
    ...change,
  };
}

test('a drill says what a restore takes and what a failure would lose, and leaves nothing behind', {
  timeout: MS_MAX,
}, async () => {
  const ledger = await archivedLedger();
  await ledger.act('a', 'b');
  await ledger.backup();
  await ledger.act('c');
  await ledger.archived();
  const whole = await drill(requestOf(ledger));
  expect(whole).toMatchObject({ size: 3, leaves: 3, missing: 0, rpoSeconds: 0, findings: [] });
  expect(whole.rtoSeconds).toBeGreaterThan(0);

  await ledger.act('d', 'e');
  await (await publisherOf(ledger.hub, join(ledger.data, 'log'))).publish();
  ledger.clock.advance(90_000);
  const behind = await drill(requestOf(ledger));
  expect(behind).toMatchObject({ size: 3, missing: 2, rpoSeconds: 90, findings: [] });
  expect(behind.compared.map(({ says }) => says)).toEqual([
    '2 of 5 leaves of the published log are not in it; it is the beginning of the published log',
    '2 of 5 leaves of the database in use are not in it; it is the beginning of the published log',
  ]);
  expect(readdirSync(ledger.data).filter((name) => name.startsWith('drill-'))).toEqual([]);
  await keepDrill(ledger.backups, behind);
  expect(await newestDrill(ledger.backups)).toEqual(behind);
  expect(await newestDrillAt(ledger.backups, ledger.clock.now())).toBe(ledger.clock.now());
});

test('a drill finds that fewer leaves came back than the copy was made of, and that the archive lost its end', {
  timeout: MS_MAX,
}, async () => {
  const ledger = await archivedLedger();
  await ledger.act('a');
  const { name } = await ledger.backup();
  ledger.clock.advance(1_000);
  await ledger.act('b');
  await ledger.archived();
  await ledger.act('c');
  await ledger.archived();
  const wal = await ledger.wal();
  for (const file of readdirSync(wal).sort().slice(-2)) renameSync(join(wal, file), join(passableFolder('gone'), file));
  ledger.clock.advance(301_000);
  const late = await drill(requestOf(ledger));
  expect(late).toMatchObject({ size: 1, missing: 2, findings: [expect.stringContaining('ends too early')] });

  const file = join(copiesFolder(ledger.backups), name, 'backup.json');
  const manifest = JSON.parse(readFileSync(file, 'utf8'));
  writeFileSync(file, JSON.stringify({ ...manifest, ledger: { ...manifest.ledger, size: 2 } }));
  const fewer = await drill(requestOf(ledger, { live: undefined }));
  expect(fewer.findings).toEqual(['the copy was made of 2 leaves, and 1 came back']);
});

test('copies of another database in the folder, and one that a wrong clock has dated to come, cost no copy a look', {
  timeout: MS_MAX,
}, async () => {
  const [ledger, other] = [await archivedLedger(), await archivedLedger()];
  const { database, backups, clock, hub } = ledger;
  clock.advance(60_000);
  const { name } = await ledger.backup();
  const copies = copiesFolder(backups);
  const foreign = (await other.backup()).name;
  cpSync(join(copiesFolder(other.backups), foreign), join(copies, '20260105T100200Z'), { recursive: true });
  cpSync(join(copiesFolder(other.backups), foreign), join(copies, '20270105T100200Z'), { recursive: true });
  clock.advance(3_600_000);
  const folders = { postgres: join(ledger.data, 'pg'), backups };
  const { appendAct } = hub.hubStream;
  const run = { database, appendAct, folders, clock, release: 'test', log: () => undefined };
  const pace = { lookMs: 50, restMs: 0, retryMs: 60_000 };
  const stop = runBackups({ ...run, drill: async () => undefined }, pace);
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  expect(await copyNames(backups)).toEqual([name, '20260105T100200Z', '20270105T100200Z']);
  clock.advance(DAY_MS);
  await expect.poll(() => copyNames(backups), { timeout: 60_000 }).toHaveLength(4);
  await stop();
});

test('copies expire on their day although no new one can be made', { timeout: MS_MAX }, async () => {
  const ledger = await archivedLedger();
  const { database, backups, clock, hub } = ledger;
  await ledger.backup();
  clock.advance(DAY_MS);
  const { name } = await ledger.backup();
  chmodSync(await ledger.wal(), 0o500);
  clock.advance(29 * DAY_MS - 1);
  const folders = { postgres: join(ledger.data, 'pg'), backups };
  const drillNever = async () => undefined;
  const run = { database, folders, clock, release: 'test', drill: drillNever, log: () => undefined };
  const { appendAct } = hub.hubStream;
  const pace = { lookMs: 50, restMs: 10 * DAY_MS, retryMs: 60_000 };
  const stop = runBackups({ ...run, appendAct }, pace);
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(await copyNames(backups)).toHaveLength(2);
  clock.advance(1);
  await expect.poll(() => copyNames(backups), { timeout: 60_000 }).toEqual([name]);
  await stop();
});

test('a drill finds a record that was changed before the backup, and a ledger that somebody saw differently', {
  timeout: MS_MAX,
}, async () => {
  const ledger = await archivedLedger();
  await ledger.act('a', 'b', 'c');
  await ledger.database`UPDATE ledger_leaf SET header = replace(header, '"kind":"act"', '"kind":"acc"') WHERE leaf = 1`;
  await ledger.backup();
  const { origin, signer } = ledger.hub.ledger;
  const other = signCheckpoint(signer, { origin, size: 2, root: Buffer.alloc(32, 7) });
  const result = await drill(requestOf(ledger, { live: undefined, seen: [{ who: 'an auditor', note: other }] }));
  expect(result.missing).toBeNull();
  expect(result.findings.join('\n')).toMatch(/root-differs|checkpoint-differs/);
  expect(result.findings.join('\n')).toContain('does not begin with the 2 leaves of an auditor');
  await recordDrill({ database: ledger.database, appendAct: ledger.hub.hubStream.appendAct }, result, 'system');
  const alarms = await ledger.database`SELECT code, severity FROM alarm`;
  expect([...alarms]).toEqual([{ code: 'BACKUP_DRILL', severity: 'alarm' }]);
});

test('a hub that was restored without its last leaves says so once, on record, and sets the longer log aside', {
  timeout: MS_MAX,
}, async () => {
  const ledger = await archivedLedger();
  await ledger.act('a');
  await ledger.backup();
  await ledger.act('b', 'c');
  const to = passableFolder('restored');
  await restoreBackup({ backups: ledger.backups, to, clock: ledger.clock, log: () => undefined });
  await (await publisherOf(ledger.hub, join(to, 'log'))).publish();
  const restored = await archivedLedger({ data: to, signer: ledger.hub.signer });
  const folders = { data: to, postgres: join(to, 'pg'), log: join(to, 'log') };
  const { database, hub, clock } = restored;
  const { appendAct } = hub.hubStream;
  const deps = { database, signer: hub.signer, appendAct, clock, folders, log: () => undefined };
  expect(await announceRestore(deps)).toContain('its ledger has 1 leaves, 2 fewer than were published');
  expect(await announceRestore(deps)).toBeUndefined();
  expect([...(await database`SELECT code FROM alarm`)]).toEqual([{ code: 'HUB_RESTORED' }]);
  expect(readdirSync(to).filter((name) => name.startsWith('log'))).toEqual(['log-before-20260105T100000Z']);
  expect(await (await publisherOf(hub, folders.log)).publish()).toBe(2);
  expect(await hub.verify()).toMatchObject({ leaves: 2, findings: [] });
});

test('the schedule makes a copy each day, has a drill made each month, and tells a failure once', {
  timeout: MS_MAX,
}, async () => {
  const ledger = await archivedLedger();
  const { database, backups, clock, hub } = ledger;
  const lines: string[] = [];
  let drills = 0;
  const stop = runBackups(
    {
      database,
      appendAct: hub.hubStream.appendAct,
      folders: { postgres: join(ledger.data, 'pg'), backups },
      release: 'test',
      clock,
      drill: async () => {
        drills += 1;
        if (drills === 1) throw new KitError('DISK_FULL', 'no room for a drill');
        await keepDrill(backups, await drill(requestOf(ledger)));
      },
      log: (line) => lines.push(line),
    },
    { lookMs: 50, restMs: 0, retryMs: 60_000 },
  );
  const made = async () => (await copyNames(backups)).length;
  await expect.poll(made, { timeout: 60_000 }).toBe(1);
  clock.advance(DAY_MS - 1);
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect([await made(), drills]).toEqual([1, 0]);
  clock.advance(1);
  await expect.poll(made, { timeout: 60_000 }).toBe(2);
  await expect.poll(() => drills, { timeout: 60_000 }).toBe(1);
  await new Promise((resolve) => setTimeout(resolve, 500));
  clock.advance(60_000);
  await expect.poll(() => newestDrillAt(backups, clock.now()), { timeout: 60_000 }).toBeDefined();
  clock.advance(DAY_MS - 60_000);
  await expect.poll(made, { timeout: 60_000 }).toBe(3);
  expect(drills).toBe(2);
  await stop();
  expect(lines.filter((line) => line.startsWith('backups:'))).toEqual(['backups: drill: no room for a drill']);
  expect([...(await database`SELECT code FROM alarm`)]).toEqual([{ code: 'BACKUP_FAILED' }]);
  const acts = await database<{ count: number }[]>`SELECT count(*) AS count FROM ledger_leaf WHERE kind = 'act'`;
  expect(acts[0]?.count).toBe(3);
});
