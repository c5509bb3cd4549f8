import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  canWatchProcesses,
  EDGE,
  type Ended,
  type TestFirm,
  temporaryFolder,
  testFirm,
  until,
} from '../fixtures/firm.ts';
import { readJournal } from './firm-facts.ts';

// What a person did wrong is said in one line with its cure, with the exit code of the table, and nothing is left half done.

const MS_MAX = 180_000;
const READY_MS_MAX = 90_000;
const IDLE_MS_MAX = 45_000;
const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;

/** One line on the terminal's error stream, whose words say what and how to cure it, and exit code 2. */
async function expectLine(firm: TestFirm, ended: Ended, words: RegExp): Promise<void> {
  expect(ended.stderr).toMatch(words);
  expect(ended.stderr.trimEnd().split('\n').length).toBe(1);
  expect(ended.exit).toBe(2);
  expect(await firm.idle(IDLE_MS_MAX)).toEqual([]);
}

describe.skipIf(!canWatchProcesses)('a start that cannot be', () => {
  test(
    'the port of the console is in use',
    async () => {
      const firm = await testFirm();
      const server = createServer().listen(firm.port, '127.0.0.1');
      onTestFinished(() => void server.close());
      const ended = await firm.command('start', '--until-done');
      await expectLine(firm, ended, new RegExp(`^hub: .*port ${firm.port}.*\\. .*GATEHOUSE_PORT.*\\n$`));
    },
    MS_MAX,
  );

  test(
    'the data folder cannot be written',
    async ({ skip }) => {
      const parent = temporaryFolder('closed');
      chmodSync(parent, 0o555);
      const identity = isRoot ? { uid: NOBODY, gid: NOBODY } : {};
      if (isRoot && !isReadableTo(NOBODY))
        return skip('another user cannot read this checkout, so none can be refused its data');
      const firm = await testFirm({ folder: join(parent, 'data'), identity });
      await expectLine(
        firm,
        await firm.command('start'),
        /^gatehouse: the data folder .* cannot be written \(EACCES\)\. Give .*\n$/,
      );
    },
    MS_MAX,
  );

  test(
    'the data folder holds something else',
    async () => {
      const firm = await testFirm();
      writeFileSync(join(firm.data, 'thesis.txt'), 'Chapter 1');
      const foreign =
        /^gatehouse: the data folder .* holds thesis\.txt, which Gatehouse did not make\. Name an empty folder .*\n$/;
      await expectLine(firm, await firm.command('start'), foreign);
      await expectLine(firm, await firm.command('start', '--fresh', '--yes'), foreign);
      expect(readdirSync(firm.data)).toEqual(['thesis.txt']);
    },
    MS_MAX,
  );

  test(
    'the data folder was made by a newer release',
    async () => {
      const firm = await testFirm();
      writeFileSync(join(firm.data, 'gatehouse.json'), '{"product":"gatehouse","format":99}\n');
      const newer =
        /^gatehouse: .*gatehouse\.json has format 99, and this release reads 1\. .*the release that made this one\.\n$/;
      await expectLine(firm, await firm.command('start'), newer);
      await expectLine(firm, await firm.command('start', '--fresh', '--yes'), newer);
      expect(readdirSync(firm.data)).toEqual(['gatehouse.json']);
    },
    MS_MAX,
  );

  test(
    'an option, a pace or a file that is not there',
    async () => {
      const firm = await testFirm();
      await expectLine(
        firm,
        await firm.command('start', '--pace', 'fast'),
        /^gatehouse: fast is not a pace\. Give seconds .*\n$/,
      );
      const missing = join(firm.data, 'none.csv');
      const noFile = new RegExp(
        `^gatehouse: there is no file ${missing}\\. Name a CSV file of bars after --data\\.\\n$`,
      );
      await expectLine(firm, await firm.command('start', '--data', missing), noFile);
      const unknown = await firm.command('start', '--speed', '3');
      expect(unknown.stderr).toMatch(/^gatehouse: Unknown option '--speed'\. Usage: npm start/);
      expect(unknown.exit).toBe(2);
      expect(readdirSync(firm.data)).toEqual([]);
    },
    MS_MAX,
  );

  test(
    'two starts on one folder: the second is refused and the first goes on',
    async () => {
      const firm = await testFirm();
      const first = firm.run('start', '--pace', '200', '--until-done');
      expect(await until(async () => (await firm.status()) !== undefined, READY_MS_MAX), first.said()).toBe(true);
      for (const args of [['start'], ['start', '--fresh', '--yes']]) {
        const { exit, stderr } = await firm.command(...args);
        expect(stderr).toMatch(/^gatehouse: .* is held by process \d+\. .*\n$/);
        expect(stderr.trimEnd().split('\n').length).toBe(1);
        expect(exit).toBe(2);
      }
      const before = (await firm.status())?.done ?? 0;
      expect(await until(async () => ((await firm.status())?.done ?? 0) > before, READY_MS_MAX)).toBe(true);
      first.signal('SIGINT');
      expect((await first.ended).exit).toBe(0);
      expect((await firm.command('verify')).exit).toBe(0);
      expect(await firm.idle(IDLE_MS_MAX)).toEqual([]);
    },
    MS_MAX,
  );

  test(
    'a file of bars that is not right: line and column are named, and no bar of it was used',
    async () => {
      const firm = await testFirm();
      const header = 'date,open,high,low,close';
      const good = '2020-01-02,10,11,9,10.5';
      const faults: readonly (readonly [string, RegExp])[] = [
        [`date,open,high,close\n2020-01-02,10,11,10.5\n`, /line 1: no column named low/],
        [`${header}\n${good}\n2020-01-03,10,eleven,9,10\n`, /line 3, column high: "eleven" is not a decimal number/],
        [
          `${header}\n${good}\n2020-01-01,10,11,9,10\n`,
          /line 3, column 1: the time is earlier than that of the bar before/,
        ],
        [`${header}\n${good}\n2020-01-03,10,11,9\n`, /line 3: 4 cells under 5 columns/],
        ['', /the file is empty/],
      ];
      const file = join(temporaryFolder('bars'), 'bars.csv');
      for (const [text, words] of faults) {
        writeFileSync(file, text);
        const ended = await firm.command('start', '--data', file, '--pace', '0', '--until-done');
        await expectLine(firm, ended, words);
        expect(ended.stderr).toContain('no bar of it was used');
      }
      expect(runsIn(firm)).toEqual([]);
      writeFileSync(file, `${header}\n${good}\n2020-01-03,10,11,9,10\n`);
      expect((await firm.command('start', '--data', file, '--pace', '0', '--until-done')).exit).toBe(0);
      expect(runsIn(firm)).toEqual(['run-started', 'run-completed']);
    },
    MS_MAX * 2,
  );
});

/** The runs that a journal tells of. */
function runsIn({ data }: TestFirm): readonly string[] {
  if (!existsSync(join(data, 'edge', EDGE, 'journal'))) return [];
  return readJournal(data)
    .filter(({ kind, body }) => kind === 'session' && `${body['event']}`.startsWith('run-'))
    .map(({ body }) => `${body['event']}`);
}

/** Whether another user can run this checkout. */
function isReadableTo(uid: number): boolean {
  const file = new URL('../../scripts/run.mjs', import.meta.url).pathname;
  expect(readFileSync(file).length).toBeGreaterThan(0);
  return spawnSync('test', ['-r', file], { uid, gid: uid }).status === 0;
}
