import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  canWatchProcesses,
  isAlive,
  kill,
  type Part,
  type Running,
  type TestFirm,
  temporaryFolder,
  testFirm,
  until,
} from '../fixtures/firm.ts';

// What is left of a firm whose end was not the one it wanted.

const MS_MAX = 300_000;
const START_MS_MAX = 90_000;
const END_MS_MAX = 45_000;

describe.skipIf(!canWatchProcesses)('the end of a firm in the middle of a replay', () => {
  test(
    'Ctrl-C leaves no process and two sides that verify',
    async () => {
      const firm = await testFirm();
      const start = await replaying(firm);
      start.signal('SIGINT');
      const { exit, stdout, stderr } = await start.ended;
      expect(stderr).toBe('');
      expect(stdout).toContain('Stopped. Everything is on disk');
      expect(exit).toBe(0);
      expect(await firm.idle(END_MS_MAX)).toEqual([]);
      const verified = await firm.command('verify');
      expect(verified.stderr).toBe('');
      expect(verified.exit).toBe(0);
      expect(await firm.idle(END_MS_MAX)).toEqual([]);
    },
    MS_MAX,
  );

  test(
    'whatever is killed or closed, no process is left, and each next start goes on in the middle',
    async () => {
      const firm = await testFirm();
      const closed = await replaying(firm);
      closed.hangUp();
      expect((await closed.ended).exit).toBe(0);
      expect(await firm.idle(END_MS_MAX), 'after a closed terminal').toEqual([]);

      const door = await goingOn(firm);
      kill(door.pid, 'SIGKILL');
      expect((await door.ended).signal).toBe('SIGKILL');
      expect(await firm.idle(END_MS_MAX), 'after kill -9 of the door').toEqual([]);
      expect(door.said()).not.toContain('    at ');

      const watcher = await goingOn(firm);
      killed(firm, 'start');
      expect((await watcher.ended).exit).toBe(137);
      expect(await firm.idle(END_MS_MAX), 'after kill -9 of the watching process').toEqual([]);

      const orphan = await goingOn(firm);
      const postgres = firm.pid('postgres') ?? 0;
      for (const part of ['start', 'hub', 'edge'] as const) killed(firm, part);
      await orphan.ended;
      expect(isAlive(postgres)).toBe(true);
      const adopting = await goingOn(firm);
      adopting.signal('SIGINT');
      expect((await adopting.ended).exit).toBe(0);
      const log = readFileSync(join(firm.data, 'log', 'gatehouse.log'), 'utf8');
      expect(log).toMatch(new RegExp(`is adopted on port \\d+, process ${postgres}\\b`));
      expect(await firm.idle(END_MS_MAX), 'after the adopted database was stopped').toEqual([]);

      const left = await goingOn(firm);
      for (const part of ['start', 'hub', 'edge'] as const) killed(firm, part);
      await left.ended;
      const server = firm.pid('postgres') ?? 0;
      expect(isAlive(server)).toBe(true);
      const fresh = await firm.command('start', '--fresh', '--yes', '--data', twoBars(), '--pace', '0', '--until-done');
      expect(fresh.stderr).toBe('');
      expect(fresh.exit).toBe(0);
      expect(isAlive(server)).toBe(false);
      expect(await firm.idle(END_MS_MAX), 'after a fresh start over a database that was left').toEqual([]);
    },
    MS_MAX,
  );
});

/** The shortest replay that there is. */
function twoBars(): string {
  const file = join(temporaryFolder('bars'), 'bars.csv');
  writeFileSync(file, 'date,open,high,low,close\n2020-01-02,10,11,9,10\n2020-01-03,10,11,9,10\n');
  return file;
}

/** A start that has come some way into a replay that would take minutes. */
async function replaying(firm: TestFirm): Promise<Running> {
  const start = firm.run('start', '--pace', '200', '--until-done');
  const isTrading = await until(async () => ((await firm.status())?.tally['filled'] ?? 0) > 0, START_MS_MAX);
  expect(isTrading, start.said()).toBe(true);
  return start;
}

/** The next start, which continues in the middle of the series. */
async function goingOn(firm: TestFirm): Promise<Running> {
  const start = await replaying(firm);
  const saysSo = await until(() => /going on at bar ([2-9]|\d{2,})\n/.test(start.said()), START_MS_MAX);
  expect(saysSo, start.said()).toBe(true);
  return start;
}

function killed(firm: TestFirm, part: Part): void {
  const pid = firm.pid(part);
  expect(kill(pid, 'SIGKILL'), `the ${part} runs`).toBe(true);
}
