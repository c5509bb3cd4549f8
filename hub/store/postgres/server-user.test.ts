import { execFile } from 'node:child_process';
import { chmod, chown, cp, lstat, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isRunning } from './process-table.ts';
import { findServerPackage } from './server-package.ts';
import { type PostgresServer, startPostgres } from './start-postgres.ts';
import { makeScratch, removeScratch, runStarter } from './testing/scratch.ts';

const TEST_MS_MAX = 120_000;
const NOBODY = { uid: 65_534, gid: 65_534 };
const run = promisify(execFile);
const state = { scratch: '', folder: '' };

beforeEach(async ({ skip }) => {
  state.scratch = await makeScratch();
  state.folder = join(state.scratch, 'pg');
  skip(process.getuid?.() !== 0, 'only root can change users');
});

afterEach(async () => {
  expect(await removeScratch(state.scratch)).toBe(0);
});

function start(folder = state.folder): Promise<PostgresServer> {
  return startPostgres({ folder, log: () => undefined });
}

async function giveToNobody(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await chown(folder, NOBODY.uid, NOBODY.gid);
}

async function userOf(pid: number): Promise<number> {
  return (await stat(`/proc/${pid}`)).uid;
}

test('root gives the server to a user without rights', { timeout: TEST_MS_MAX }, async () => {
  const server = await start();
  const data = await stat(join(state.folder, 'data'));
  expect(data.uid).not.toBe(0);
  expect(data.mode & 0o777).toBe(0o700);
  if (process.platform === 'linux') expect(await userOf(server.pid)).toBe(data.uid);
  expect((await stat(join(state.folder, 'server'))).uid).toBe(0);
  await server.stop();
});

test('records keep the user that they were made for', { timeout: TEST_MS_MAX }, async () => {
  await (await start()).stop();
  await run('chown', ['-R', `${NOBODY.uid}:${NOBODY.gid}`, join(state.folder, 'data')]);
  const server = await start();
  if (process.platform === 'linux') expect(await userOf(server.pid)).toBe(NOBODY.uid);
  await server.stop();
});

test('root names the folder above that the server cannot enter', { timeout: TEST_MS_MAX }, async () => {
  const closed = join(state.scratch, 'closed');
  await mkdir(closed, { mode: 0o700 });
  await expect(start(join(closed, 'pg'))).rejects.toMatchObject({
    code: 'FOLDER_UNUSABLE',
    message: expect.stringContaining(`${closed} cannot be entered`),
    hint: expect.stringContaining(`chmod o+x '${closed}'`),
  });
  await chmod(closed, 0o711);
  await (await start(join(closed, 'pg'))).stop();
});

test('an ordinary user who cannot write node_modules runs a copy', { timeout: TEST_MS_MAX }, async () => {
  await giveToNobody(state.folder);
  const starter = await runStarter(state.folder, NOBODY);
  expect(starter.report).toMatchObject({ adopted: false });
  expect(await readdir(join(state.folder, 'server'))).toHaveLength(1);
  await starter.stop();
  expect(isRunning(starter.report.pid ?? 0)).toBe(false);
});

test('an ordinary user who owns node_modules runs the programs in place', { timeout: TEST_MS_MAX }, async () => {
  const packageFolder = join(state.scratch, 'package');
  await cp(findServerPackage().folder, packageFolder, { recursive: true });
  await run('chown', ['-R', `${NOBODY.uid}:${NOBODY.gid}`, packageFolder]);
  await giveToNobody(state.folder);
  const starter = await runStarter(state.folder, { ...NOBODY, packageFolder });
  expect(starter.report).toMatchObject({ adopted: false });
  expect(await readdir(state.folder)).not.toContain('server');
  if (process.platform === 'linux') {
    expect((await lstat(join(packageFolder, 'native/lib/libicuuc.so.60'))).isSymbolicLink()).toBe(true);
  }
  await starter.stop();
});

test('a folder that the user cannot write is refused', { timeout: TEST_MS_MAX }, async () => {
  await mkdir(state.folder);
  const existing = await runStarter(state.folder, NOBODY);
  expect(existing.report).toMatchObject({ failed: 'FOLDER_UNUSABLE', message: expect.stringContaining(state.folder) });
  const missing = await runStarter(join(state.folder, 'deeper'), NOBODY);
  expect(missing.report).toMatchObject({ failed: 'FOLDER_UNUSABLE' });
});

test('a full disk is called full, and a start with room succeeds', { timeout: TEST_MS_MAX }, async ({ skip }) => {
  const disk = join(state.scratch, 'disk');
  await mkdir(disk);
  const mounted = await run('mount', ['-t', 'tmpfs', '-o', 'size=40m,mode=755', 'tmpfs', disk]).catch(() => undefined);
  if (mounted === undefined) skip('no file system can be mounted here');
  try {
    await expect(start(join(disk, 'pg'))).rejects.toMatchObject({ code: 'DISK_FULL' });
    await run('mount', ['-o', 'remount,size=80m', disk]);
    await expect(start(join(disk, 'pg'))).rejects.toMatchObject({ code: 'DISK_FULL' });
    await run('mount', ['-o', 'remount,size=400m', disk]);
    await (await start(join(disk, 'pg'))).stop();
  } finally {
    await run('umount', [disk]);
    await rm(disk, { recursive: true });
  }
});
