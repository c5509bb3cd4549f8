import { copyFile, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { assertDurability } from './assert-durability.ts';
import { isRunning } from './process-table.ts';
import { type PostgresServer, startPostgres } from './start-postgres.ts';
import { isGoneWithin } from './stop-postmaster.ts';
import { makeScratch, removeScratch, runStarter, withSql } from './testing/scratch.ts';

const TEST_MS_MAX = 120_000;
const WINDOWS = process.platform === 'win32';
const state = { scratch: '', folder: '', lines: [] as string[] };

beforeEach(async () => {
  state.scratch = await makeScratch();
  state.folder = join(state.scratch, 'pg');
  state.lines = [];
});

afterEach(async () => {
  expect(await removeScratch(state.scratch)).toBe(0);
});

function start(folder = state.folder): Promise<PostgresServer> {
  return startPostgres({ folder, log: (line) => state.lines.push(line) });
}

async function settings(server: PostgresServer): Promise<Record<string, string>> {
  const names = ['data_checksums', 'wal_level', 'TimeZone', 'listen_addresses', 'unix_socket_directories'];
  return withSql(server.connection, async (sql) => {
    const rows = await sql`select name, current_setting(name) as value from pg_settings where name in ${sql(names)}`;
    return Object.fromEntries(rows.map((row) => [row['name'], row['value']]));
  });
}

test('an empty folder becomes a durable database that only this machine reaches', {
  timeout: TEST_MS_MAX,
}, async () => {
  const server = await start();
  expect(server).toMatchObject({ adopted: false, version: '18.4' });
  expect(await settings(server)).toEqual({
    data_checksums: 'on',
    wal_level: 'logical',
    TimeZone: 'UTC',
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
  });
  expect(await withSql(server.connection, (sql) => assertDurability(sql))).toEqual([]);
  expect((await readFile(join(state.folder, 'port'), 'utf8')).trim()).toBe(`${server.connection.port}`);
  if (!WINDOWS) expect((await stat(join(state.folder, 'password'))).mode & 0o777).toBe(0o600);
  await server.stop();
  expect(isRunning(server.pid)).toBe(false);
  expect(state.lines.some((line) => line.includes('database system is shut down'))).toBe(true);
  expect((await readdir(state.folder)).filter((name) => /new|pwfile/.test(name))).toEqual([]);
});

test('a wrong password is refused', { timeout: TEST_MS_MAX }, async () => {
  const server = await start();
  const wrong = { ...server.connection, password: 'wrong' };
  await expect(withSql(wrong, (sql) => sql`select 1`)).rejects.toMatchObject({ code: '28P01' });
  await server.stop();
});

test('ALTER SYSTEM cannot switch durability off', { timeout: TEST_MS_MAX }, async () => {
  const first = await start();
  await withSql(first.connection, (sql) => sql`alter system set fsync = off`);
  await first.stop();
  const second = await start();
  expect(await withSql(second.connection, (sql) => assertDurability(sql))).toEqual([]);
  await second.stop();
});

test('every committed row survives the killing of the server, and its end is told', {
  timeout: TEST_MS_MAX,
}, async () => {
  const first = await start();
  const exits: string[] = [];
  first.onExit((reason) => exits.push(reason));
  await withSql(first.connection, (sql) => sql`create table kept (id int primary key)`);
  const acknowledged = await insertUntilKilled(first);
  expect(acknowledged.length).toBeGreaterThan(100);
  expect(exits).toEqual([`process ${first.pid} ended with SIGKILL`]);

  const second = await start();
  expect(second.adopted).toBe(false);
  const found = await withSql(second.connection, (sql) => sql<{ id: number }[]>`select id from kept`);
  const ids = new Set(found.map(({ id }) => id));
  expect(acknowledged.filter((id) => !ids.has(id))).toEqual([]);
  await second.stop();
});

async function insertUntilKilled(server: PostgresServer): Promise<readonly number[]> {
  const acknowledged: number[] = [];
  return withSql(server.connection, async (sql) => {
    const writer = async (first: number): Promise<void> => {
      for (let id = first; ; id += 4) {
        await sql`insert into kept values (${id})`;
        acknowledged.push(id);
        if (acknowledged.length === 500) process.kill(server.pid, 'SIGKILL');
      }
    };
    const ends = await Promise.allSettled([0, 1, 2, 3].map(writer));
    expect(ends.every(({ status }) => status === 'rejected')).toBe(true);
    await isGoneWithin(server.pid, 5_000);
    await delay(100);
    return acknowledged;
  });
}

test('the server outlives a killed hub and a Ctrl-C, and the next hub adopts it', {
  timeout: TEST_MS_MAX,
}, async () => {
  const { child, report } = await runStarter(state.folder);
  const pid = report.pid ?? 0;
  expect(report).toMatchObject({ adopted: false });
  process.kill(-(child.pid ?? 0), 'SIGINT');
  await delay(300);
  expect(isRunning(pid)).toBe(true);
  child.kill('SIGKILL');
  await rm(join(state.folder, 'port'));

  const server = await start();
  expect(server).toMatchObject({ adopted: true, pid });
  expect(server.connection.port).toBe(report.connection?.port);
  expect((await readFile(join(state.folder, 'port'), 'utf8')).trim()).toBe(`${server.connection.port}`);
  expect(await withSql(server.connection, (sql) => sql`select 1 as one`)).toEqual([{ one: 1 }]);
  await server.stop();
  expect(isRunning(pid)).toBe(false);
});

test('the end of an adopted server is told', { timeout: TEST_MS_MAX }, async () => {
  const first = await start();
  const adopted = await start();
  const told = new Promise<string>((resolve) => adopted.onExit(resolve));
  await first.stop();
  expect(await told).toBe(`process ${first.pid} is gone`);
});

test('a wanted stop is not told as an exit', { timeout: TEST_MS_MAX }, async () => {
  const server = await start();
  const exits: string[] = [];
  server.onExit((reason) => exits.push(reason));
  await server.stop();
  await server.stop();
  await delay(100);
  expect(exits).toEqual([]);
});

test('hubs that start at once share one server', { timeout: TEST_MS_MAX }, async () => {
  const others = Promise.all([runStarter(state.folder), runStarter(state.folder)]);
  const ours = await start();
  const starters = await others;
  const pids = [ours.pid, ...starters.map(({ report }) => report.pid)];
  expect(new Set(pids).size).toBe(1);
  expect([ours.adopted, ...starters.map(({ report }) => report.adopted)].filter((adopted) => !adopted)).toHaveLength(1);
  for (const { child } of starters) child.kill('SIGKILL');
  await ours.stop();
});

test('a killed first start leaves nothing that hinders the next', { timeout: TEST_MS_MAX }, async () => {
  await mkdir(join(state.folder, 'data.new-0123456789ab'), { recursive: true });
  await writeFile(join(state.folder, 'data.new-0123456789ab', 'PG_VERSION'), '18\n');
  await writeFile(join(state.folder, 'pwfile-0123456789ab'), 'secret');
  const server = await start();
  expect((await readdir(state.folder)).filter((name) => name.includes('0123456789ab'))).toEqual([]);
  await server.stop();
});

test('a pid file that names another program is cleared', { timeout: TEST_MS_MAX }, async () => {
  const first = await start();
  const pidFile = join(state.folder, 'data', 'postmaster.pid');
  await copyFile(pidFile, join(state.scratch, 'copy'));
  await first.stop();
  const text = await readFile(join(state.scratch, 'copy'), 'utf8');
  await writeFile(pidFile, text.replace(/^\d+/, `${process.ppid}`));
  const second = await start();
  expect(second.adopted).toBe(false);
  await second.stop();
});

test('a pid file that a power failure left empty is cleared', { timeout: TEST_MS_MAX }, async () => {
  await (await start()).stop();
  await writeFile(join(state.folder, 'data', 'postmaster.pid'), '');
  const server = await start();
  expect(server.adopted).toBe(false);
  await server.stop();
});

test('a folder with spaces and letters of other scripts serves', { timeout: TEST_MS_MAX }, async () => {
  const folder = join(state.scratch, "Handel & Büro 日本's");
  const first = await start(folder);
  const adopted = await start(folder);
  expect(adopted).toMatchObject({ adopted: true, pid: first.pid });
  await first.stop();
  const second = await start(folder);
  await second.stop();
});

test('a folder that initdb would misread is refused before anything is made', { timeout: TEST_MS_MAX }, async () => {
  const folder = join(state.scratch, 'a$b');
  await expect(start(folder)).rejects.toMatchObject({ code: 'FOLDER_UNUSABLE', message: expect.stringContaining('$') });
  expect(await readdir(folder)).not.toContain('data');
});

test('a fixed port that is taken is named', { timeout: TEST_MS_MAX }, async () => {
  const first = await start();
  const { port } = first.connection;
  const second = startPostgres({ folder: join(state.scratch, 'other'), log: () => undefined, port });
  await expect(second).rejects.toMatchObject({ code: 'PORT_TAKEN', message: expect.stringContaining(`${port}`) });
  await first.stop();
});

test('records of another release, or without their password, are refused', { timeout: TEST_MS_MAX }, async () => {
  const data = join(state.folder, 'data');
  await (await start()).stop();
  await writeFile(join(data, 'PG_VERSION'), '19\n');
  await expect(start()).rejects.toMatchObject({ code: 'FOLDER_FOREIGN', message: expect.stringContaining('19') });
  await writeFile(join(data, 'PG_VERSION'), '18\n');
  await writeFile(join(state.folder, 'password'), '');
  await expect(start()).rejects.toMatchObject({ code: 'FOLDER_FOREIGN', message: expect.stringContaining('password') });
});
