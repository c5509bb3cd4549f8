import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { expectLegalLives } from '../faults/expect-sound.ts';
import { oneBySeed } from '../faults/fault-plan.ts';
import { readJournal } from '../faults/firm-facts.ts';
import { CHECKOUT, canWatchProcesses, temporaryFolder, testFirm } from '../fixtures/firm.ts';

// Prices of the user's own, in each of the forms that `--data` promises to read.

const MS_MAX = 300_000;
const XZ_BYTES_MAX = 64_000_000;
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const BARS = 420;

const shared = join(resolve(CHECKOUT, process.env['GATEHOUSE_TEST_DATA'] ?? '../shared'), 'data', 'market');

describe.skipIf(!canWatchProcesses)('a file of bars of one’s own', () => {
  test(
    'days are replayed to the end',
    async () => {
      const date = (index: number) => new Date(Date.UTC(2019, 0, 1) + index * DAY_MS).toISOString().slice(0, 10);
      await expectReplayed(waves('date', date), BARS);
    },
    MS_MAX,
  );

  test(
    'minutes in UTC are replayed to the end, whatever the order and the case of the columns',
    async () => {
      const time = (index: number) => new Date(Date.UTC(2021, 5, 1, 13, 30) + index * MINUTE_MS).toISOString();
      // No market moves in minutes as far as in days, and the sheet halts where one does.
      const text = waves('Time', time, { row: (cells) => [...cells, '1000'].toReversed().join(','), swing: 0.03 });
      await expectReplayed(text, BARS);
    },
    MS_MAX,
  );

  test.for(
    oneBySeed([
      { name: 'spy_daily_1998_2021_raw.csv.xz', column: 'date' },
      { name: 'btcusd_minute_trades_coinbase.csv.xz', column: 'time' },
    ]),
  )('real prices are replayed to the end: $name', { timeout: MS_MAX }, async ({ name, column }, { skip }) => {
    if (!existsSync(join(shared, name)))
      return skip(`${name} is not in ${shared}; GATEHOUSE_TEST_DATA names its place`);
    const text = unpacked(name);
    expect(text.split('\n').length).toBeGreaterThan(5_000);
    await expectReplayed(text.replace(/^[^,]+/, column), text.trimEnd().split('\n').length - 1);
  });
});

/** Replays a file with real processes; both sides then hold one whole run over as many bars as the file has. */
async function expectReplayed(text: string, bars: number): Promise<void> {
  const file = join(temporaryFolder('bars'), 'own bars.csv');
  writeFileSync(file, text);
  const firm = await testFirm();
  const { exit, stdout, stderr } = await firm.command('start', '--data', file, '--pace', '0', '--until-done');
  expect(stderr).toBe('');
  expect(stdout).toContain(`PAPER — DEMO: ${bars} bars of own bars.csv`);
  expect(stdout).toMatch(/fills at the open .*bar/);
  expect(stdout).toContain(`${bars}/${bars} bars`);
  expect(stdout).toContain('The replay is complete.');
  expect(exit).toBe(0);
  const entries = readJournal(firm.data);
  // The last one was written after the summary, when the edge stopped.
  expect(stdout).toContain(`${entries.length - 1} of ${entries.length - 1} acknowledged by the hub`);
  expectLegalLives(entries);
  const venues = entries.flatMap(({ kind, body }) => (kind === 'venue' ? [body['connector']] : []));
  expect(venues).toEqual(['sim']);
  const runs = entries.filter(({ kind, body }) => kind === 'session' && 'run' in body);
  expect(runs.map(({ body }) => body['event'])).toEqual(['run-started', 'run-completed']);
  expect(runs.map(({ body }) => (body['run'] as { readonly bars: number }).bars)).toEqual([bars, bars]);
  expect(entries.some(({ kind }) => kind === 'fill')).toBe(true);
}

interface WaveForm {
  readonly row?: (cells: readonly string[]) => string;
  /** How wide the waves are, one standing for days. */
  readonly swing?: number;
}

/** Bars that rise and fall often enough to be traded. */
function waves(
  column: string,
  time: (index: number) => string,
  { row = (cells) => [...cells, '1000'].join(','), swing = 1 }: WaveForm = {},
): string {
  const price = (index: number) => 1_000 + swing * (90 * Math.sin(index / 9) + 35 * Math.sin(index / 2.3));
  const lines = Array.from({ length: BARS }, (_, index) => {
    const [open, close] = [price(index), price(index + 1)];
    const prices = [open, Math.max(open, close) + 3 * swing, Math.min(open, close) - 3 * swing, close];
    return row([time(index), ...prices.map((value) => value.toFixed(2))]);
  });
  const names = [column, 'open', 'HIGH', 'low', 'close'];
  return `${row(names).replace('1000', 'volume')}\n${lines.join('\n')}\n`;
}

/** The text of a packed file of the shared test data. */
function unpacked(name: string): string {
  const path = join(shared, name);
  const { status, stdout } = spawnSync('xz', ['-dc', path], { encoding: 'utf8', maxBuffer: XZ_BYTES_MAX });
  expect(status, `${path} can be unpacked`).toBe(0);
  return stdout;
}
