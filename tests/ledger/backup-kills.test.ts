import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { copiesFolder, copyNames } from '@gatehouse/hub/store/postgres/backup/backup-folder.ts';
import { looksWhole } from '@gatehouse/hub/store/postgres/backup/manifest.ts';
import { readPostmasterFile } from '@gatehouse/hub/store/postgres/postmaster-file.ts';
import { isServerProcess } from '@gatehouse/hub/store/postgres/process-table.ts';
import { expect, test } from 'vitest';
import { archivedLedger, leavesIn, passableFolder, restoredLedger } from '../fixtures/archived-ledger.ts';
import { seededDice } from '../fixtures/seeded-dice.ts';

// Both jobs, killed at moments of one seed.

const KILLS = Number(process.env['GATEHOUSE_BACKUP_KILLS'] ?? 3);
const DELAY_MS_MAX = 2_500;
const MS_MAX = 120_000 + KILLS * 60_000;

/** Runs a program until it has begun, kills it some time later, and says how far it came. */
async function killed(program: string, args: readonly string[], afterMs: number): Promise<readonly string[]> {
  const path = fileURLToPath(new URL(program, import.meta.url));
  const child = spawn(process.execPath, [path, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  await once(reader, 'line');
  const timer = setTimeout(() => child.kill('SIGKILL'), afterMs);
  await once(child, 'exit');
  clearTimeout(timer);
  return lines;
}

test('a backup that is killed at any moment is offered to nobody, and the next one is whole', {
  timeout: MS_MAX,
}, async () => {
  const ledger = await archivedLedger();
  const { host, port, user, password, database } = ledger.server.connection;
  const url = `postgres://${user}:${encodeURIComponent(password)}@${host}:${port}/${database}`;
  const dice = seededDice('backup kills');
  const made: string[] = [];
  for (let round = 0; round < KILLS; round += 1) {
    await ledger.act(`round ${round}`);
    const args = [url, join(ledger.data, 'pg'), ledger.backups];
    const [, name] = await killed('./back-up-until-killed.ts', args, dice(DELAY_MS_MAX));
    if (name !== undefined) made.push(name);
    const names = await copyNames(ledger.backups);
    // A name appears in one step, perhaps just before the process could say so.
    expect(names.length - made.length).toBeLessThanOrEqual(1);
    for (const one of names) expect(await looksWhole(ledger.backups, one)).toBe(true);
    made.splice(0, made.length, ...names);
  }
  await ledger.act('end');
  await ledger.backup();
  expect(readdirSync(copiesFolder(ledger.backups)).filter((name) => name.startsWith('making'))).toEqual([]);
  const restored = await restoredLedger(ledger);
  expect(await leavesIn(restored)).toEqual(await leavesIn(ledger));
  process.stdout.write(`backup: ${KILLS} kills, ${made.length} were done before; all that was offered is whole\n`);
});

test('a restore that is killed at any moment leaves no database and no server, and the next one succeeds', {
  timeout: MS_MAX,
}, async () => {
  const ledger = await archivedLedger();
  await ledger.backup();
  await ledger.act('a', 'b');
  await ledger.archived();
  const dice = seededDice('restore kills');
  for (let round = 0; round < KILLS; round += 1) {
    const to = passableFolder('killed');
    const said = await killed('./restore-until-killed.ts', [ledger.backups, to], 300 + dice(DELAY_MS_MAX));
    const names = readdirSync(to);
    const left = names.filter((name) => name.startsWith('pg.restoring-'));
    if (said.includes('restored')) expect(left).toEqual([]);
    if (names.includes('pg')) continue;
    const again = await killed('./restore-until-killed.ts', [ledger.backups, to], MS_MAX);
    expect(again.at(-1)).toBe('restored');
    expect(readdirSync(to).filter((name) => name.startsWith('pg'))).toEqual(['pg']);
    for (const name of left) {
      const file = await readPostmasterFile(join(to, name, 'data'));
      expect(file === undefined ? false : await isServerProcess(file.pid, file.dataFolder)).toBe(false);
    }
    const opened = await archivedLedger({ data: to, signer: ledger.hub.signer });
    expect(await leavesIn(opened)).toEqual(await leavesIn(ledger));
  }
});
