import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  canWatchProcesses,
  isAlive,
  kill,
  type Part,
  type Running,
  type TestFirm,
  testFirm,
  until,
} from '../fixtures/firm.ts';

// What is left of a firm whose end was not the one it wanted.

const MS_MAX = 90_000;
const START_MS_MAX = 30_000;
const END_MS_MAX = 20_000;

describe.skipIf(!canWatchProcesses)('the end of a firm in the middle of a replay', () => {
  test(
    'Ctrl-C leaves no process, and everything that is durable has reached the hub',
    async () => {
      const { firm, start } = await replayingFirm();
      start.signal('SIGINT');
      const { exit, stdout } = await start.ended;
      expect(stdout).toContain('Stopped. Everything is on disk');
      expect(exit).toBe(0);
      expect(await firm.idle(END_MS_MAX)).toEqual([]);

      const verified = await firm.command('verify');
      expect(verified.stderr).toBe('');
      expect(verified.exit).toBe(0);
      expect(await firm.idle(END_MS_MAX)).toEqual([]);
      await goesOnAndEnds(firm);
    },
    MS_MAX,
  );

  test(
    'a closed terminal leaves no process',
    async () => {
      const { firm, start } = await replayingFirm();
      start.hangUp();
      expect((await start.ended).exit).not.toBeNull();
      expect(await firm.idle(END_MS_MAX)).toEqual([]);
      await goesOnAndEnds(firm);
    },
    MS_MAX,
  );

  test(
    'kill -9 of the door leaves no process',
    async () => {
      const { firm, start } = await replayingFirm();
      kill(start.pid, 'SIGKILL');
      expect((await start.ended).signal).toBe('SIGKILL');
      expect(await firm.idle(END_MS_MAX)).toEqual([]);
      expect(start.said()).not.toContain('    at ');
      await goesOnAndEnds(firm);
    },
    MS_MAX,
  );

  test(
    'kill -9 of the watching process leaves no process',
    async () => {
      const { firm, start } = await replayingFirm();
      killed(firm, 'start');
      expect((await start.ended).exit).toBe(137);
      expect(await firm.idle(END_MS_MAX)).toEqual([]);
      await goesOnAndEnds(firm);
    },
    MS_MAX,
  );

  test(
    'kill -9 of everything but PostgreSQL: the next start adopts the server and goes on',
    async () => {
      const { firm, start } = await replayingFirm();
      const postgres = firm.pid('postgres') ?? 0;
      for (const part of ['start', 'hub', 'edge'] as const) killed(firm, part);
      await start.ended;
      expect(isAlive(postgres)).toBe(true);
      await goesOnAndEnds(firm);
      const log = readFileSync(join(firm.data, 'log', 'gatehouse.log'), 'utf8');
      expect(log).toMatch(new RegExp(`is adopted on port \\d+, process ${postgres}\\b`));
      expect(isAlive(postgres)).toBe(false);
    },
    MS_MAX,
  );
});

interface Replaying {
  readonly firm: TestFirm;
  readonly start: Running;
}

/** A firm that has come some way into a replay that would take minutes. */
async function replayingFirm(): Promise<Replaying> {
  const firm = await testFirm();
  const start = firm.run('start', '--pace', '200', '--until-done');
  const isTrading = await until(async () => ((await firm.status())?.tally['filled'] ?? 0) > 0, START_MS_MAX);
  expect(isTrading, start.said()).toBe(true);
  return { firm, start };
}

function killed(firm: TestFirm, part: Part): void {
  const pid = firm.pid(part);
  expect(pid, `the ${part} runs`).toBeDefined();
  expect(kill(pid ?? 0, 'SIGKILL')).toBe(true);
}

/** The next start continues in the middle of the series, and its Ctrl-C leaves nothing. */
async function goesOnAndEnds(firm: TestFirm): Promise<void> {
  const again = firm.run('start', '--pace', '200');
  expect(await until(() => again.said().includes('going on at bar '), START_MS_MAX), again.said()).toBe(true);
  again.signal('SIGINT');
  const { exit, stdout } = await again.ended;
  expect(stdout).not.toContain('going on at bar 1\n');
  expect(exit).toBe(0);
  expect(await firm.idle(END_MS_MAX)).toEqual([]);
}
