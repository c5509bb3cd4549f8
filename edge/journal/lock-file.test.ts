import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { codeOf, temporaryFolder } from './journal-fixture.ts';
import { takeLock } from './lock-file.ts';

const lockText = (folder: string): string => readFileSync(join(folder, 'lock'), 'utf8');

test('a held lock is refused with the pid of its holder and free after its release', async () => {
  const folder = temporaryFolder();
  const lock = takeLock(folder);
  expect(() => takeLock(folder)).toThrow(`held by process ${process.pid}`);
  lock.release();
  expect(readdirSync(folder)).toEqual([]);
  takeLock(folder).release();
});

test('another living process keeps its lock', async () => {
  const folder = temporaryFolder();
  const source = `import { takeLock } from ${JSON.stringify(join(import.meta.dirname, 'lock-file.ts'))};
    takeLock(${JSON.stringify(folder)}); console.log('held'); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', source]);
  await once(child.stdout, 'data');
  expect(() => takeLock(folder)).toThrow(`held by process ${child.pid}`);
  child.kill('SIGKILL');
  await once(child, 'close');
  takeLock(folder).release();
});

test('a lock whose process is gone, was born at another time or lived in another boot is taken over', () => {
  const folder = temporaryFolder();
  const lock = takeLock(folder);
  const self = JSON.parse(lockText(folder));
  lock.release();
  const gone = spawnSync(process.execPath, ['--version']).pid;
  const dead = [
    { ...self, pid: gone },
    ...(self.started === 'unknown' ? [] : [{ ...self, started: '1' }]),
    ...(self.boot === 'unknown' ? [] : [{ ...self, boot: 'an earlier one' }]),
  ];
  for (const holder of dead) {
    writeFileSync(join(folder, 'lock'), JSON.stringify(holder));
    const taken = takeLock(folder);
    expect(JSON.parse(lockText(folder))).toEqual(self);
    taken.release();
  }
});

test('a process that has ended but is not yet reaped by its parent holds nothing', async ({ skip }) => {
  skip(process.platform !== 'linux', 'only Linux tells the state of a process by a file');
  const folder = temporaryFolder();
  // The child ends once its parent has become a program that never asks for it.
  const parent = spawn('sh', ['-c', 'sleep 1 & echo $!; exec sleep 10']);
  const [pid] = await once(parent.stdout, 'data');
  const stat = () => readFileSync(`/proc/${Number(pid)}/stat`, 'utf8');
  await expect.poll(stat, { timeout: 8_000 }).toContain(') Z ');
  writeFileSync(join(folder, 'lock'), JSON.stringify({ pid: Number(pid), started: 'unknown', boot: 'unknown' }));
  takeLock(folder).release();
  parent.kill('SIGKILL');
  await once(parent, 'close');
});

test('a lock that a crash of the machine emptied is taken over', () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'lock'), '');
  takeLock(folder).release();
  expect(readdirSync(folder)).toEqual([]);
});

test('a release leaves the lock of a successor', async () => {
  const folder = temporaryFolder();
  const lock = takeLock(folder);
  writeFileSync(join(folder, 'lock'), JSON.stringify({ pid: 1, started: 'x', boot: 'y' }));
  lock.release();
  expect(readdirSync(folder)).toEqual(['lock']);
});

test('a folder that is a file cannot be locked', async () => {
  const path = join(temporaryFolder(), 'file');
  writeFileSync(path, '');
  expect(await codeOf(() => takeLock(path))).toBe('FOLDER_UNUSABLE');
});
