import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openServerLog, type ServerLog } from './server-log.ts';

const state = { folder: '', file: '', lines: [] as string[] };

beforeEach(async () => {
  state.folder = await mkdtemp(join(tmpdir(), 'gatehouse-log-'));
  state.file = join(state.folder, 'postgres.log');
  state.lines = [];
});

afterEach(async () => {
  await rm(state.folder, { recursive: true });
});

function open(bytesMax: number): Promise<ServerLog> {
  return openServerLog(state.file, (line) => state.lines.push(line), bytesMax);
}

async function write(log: ServerLog, text: string): Promise<void> {
  const handle = await log.append();
  await handle.writeFile(text);
  await handle.close();
}

test('each line is passed on once, when it is whole', async () => {
  const log = await open(1_000);
  await write(log, 'one\ntw');
  await log.read();
  expect(state.lines).toEqual(['one']);
  await write(log, 'o\n');
  await Promise.all([log.read(), log.read()]);
  expect(state.lines).toEqual(['one', 'two']);
});

test('lines from before the opening are not repeated', async () => {
  await write(await open(1_000), 'old\n');
  const log = await open(1_000);
  await write(log, 'new\n');
  await log.read();
  expect(state.lines).toEqual(['new']);
});

test('a mark keeps the lines of its time', async () => {
  const log = await open(1_000);
  await write(log, 'before\n');
  await log.read();
  const since = log.mark();
  await write(log, 'within\n');
  await log.read();
  expect(since()).toEqual(['within']);
});

test('a file at its bound stays, one above it is put aside, and two older ones are kept', async () => {
  const log = await open(10);
  const writer = await log.append();
  for (const text of ['123456789\n', 'a', '\n', 'second-file\n', 'third-file-\n']) {
    await writer.appendFile(text);
    await log.read();
  }
  await writer.close();
  expect((await stat(state.file)).size).toBe(0);
  expect(await readFile(`${state.file}.1`, 'utf8')).toBe('third-file-\n');
  expect(await readFile(`${state.file}.2`, 'utf8')).toBe('\nsecond-file\n');
  expect(state.lines).toEqual(['123456789', 'a', 'second-file', 'third-file-']);
});

test('a flood is kept in the file and only its end is passed on', async () => {
  const log = await open(1_000_000);
  await write(log, 'x'.repeat(199_999).concat('\nlast\n'));
  await log.read();
  expect(state.lines[0]).toContain('not repeated');
  expect(state.lines.at(-1)).toBe('last');
  expect(state.lines.join('').length).toBeLessThan(70_000);
});
