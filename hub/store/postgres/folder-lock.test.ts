import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { withFolderLock } from './folder-lock.ts';

const state = { folder: '', file: '' };

beforeEach(async () => {
  state.folder = await mkdtemp(join(tmpdir(), 'gatehouse-lock-'));
  state.file = join(state.folder, 'start.lock');
});

afterEach(async () => {
  await rm(state.folder, { recursive: true });
});

test('two holders never overlap', async () => {
  const steps: string[] = [];
  const hold = (name: string) =>
    withFolderLock(state.file, async () => {
      steps.push(`${name} in`);
      await delay(60);
      steps.push(`${name} out`);
    });
  await Promise.all([hold('a'), hold('b')]);
  expect(['a in,a out,b in,b out', 'b in,b out,a in,a out']).toContain(steps.join());
});

test('a failure inside releases the lock', async () => {
  await expect(withFolderLock(state.file, () => Promise.reject(new Error('inside')))).rejects.toThrow('inside');
  expect(await withFolderLock(state.file, async () => 'free')).toBe('free');
});

test('the lock of a killed process is free at once', async () => {
  const module = new URL('./folder-lock.ts', import.meta.url).href;
  const program = `import { withFolderLock } from ${JSON.stringify(module)};
    await withFolderLock(process.argv[1], () => { console.log('held'); return new Promise((end) => setTimeout(end, 60000)); });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program, state.file]);
  await once(child.stdout, 'data');
  let isMine = false;
  const waiting = withFolderLock(state.file, async () => {
    isMine = true;
  });
  await delay(150);
  expect(isMine).toBe(false);
  child.kill('SIGKILL');
  await waiting;
  expect(isMine).toBe(true);
});
