import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { expectSameRecords, expectSound } from '../faults/expect-sound.ts';
import { readFacts } from '../faults/firm-facts.ts';
import { tradingOf, uninterruptedTrading } from '../faults/uninterrupted.ts';
import { canWatchProcesses, EDGE, type TestFirm, temporaryFolder, testFirm } from '../fixtures/firm.ts';

// What `npm start` promises, of the real processes, from an empty folder to a second start and a fresh one.

const MS_MAX = 300_000;
const IDLE_MS_MAX = 45_000;
/** What a hub puts on record by itself: its edge, figures to begin with, and what each of its jobs has done. */
const OWN_ACTS_MAX = 12;

describe.skipIf(!canWatchProcesses)('a firm that nothing disturbs', () => {
  test(
    'both sides hold the same records, reports come out again byte by byte, and a second start adds no order',
    async () => {
      const firm = await testFirm();
      const summary = await completed(firm);
      const facts = await expectSound(firm);
      expect(tradingOf(facts.ledger)).toEqual(await uninterruptedTrading(firm.data));

      const tables = facts.projections;
      expect(summary.number('Orders')).toBe(tables['orders']?.length);
      expect(summary.number('Fills')).toBe(tables['fill']?.length);
      expect(summary.number('Orders')).toBe(tradingOf(facts.journal).lives.size);
      expect(summary.line('Orders')).toContain(`${refused(facts.journal.map(({ body }) => body))} refused`);
      const [acked, entries] = summary.numbers('Entries sent');
      expect(acked).toBe(entries);
      // The entries of the stop are written after the summary.
      expect(facts.journal.length - (entries ?? 0)).toBe(1);
      expect(summary.line('Equity')).toContain(equityIn(tables['valuation'] ?? []));
      expect(summary.files.map((file) => [file, existsSync(file)])).toEqual(summary.files.map((file) => [file, true]));
      expect(summary.files.length).toBe(2);
      await expectSameReports(firm);

      const again = await completed(firm);
      expect(again.number('Orders')).toBe(summary.number('Orders'));
      expect(again.number('Fills')).toBe(summary.number('Fills'));
      expect(again.line('Equity')).toBe(summary.line('Equity'));
      const later = await readFacts(firm.data);
      expectSameRecords(later);
      expect(tradingOf(later.ledger)).toEqual(tradingOf(facts.ledger));
      expect(later.journal.slice(0, facts.journal.length)).toEqual(facts.journal);

      await startsAnew(firm);
    },
    MS_MAX,
  );
});

interface Summary {
  readonly files: readonly string[];
  line(label: string): string;
  numbers(label: string): readonly number[];
  number(label: string): number | undefined;
}

/** A start to its summary; nothing of it is left running. */
async function completed(firm: TestFirm, ...args: readonly string[]): Promise<Summary> {
  const { exit, stdout, stderr } = await firm.command('start', '--pace', '0', '--until-done', ...args);
  expect(stderr).toBe('');
  expect(stdout).toContain('The replay is complete.');
  expect(exit).toBe(0);
  expect(await firm.idle(IDLE_MS_MAX)).toEqual([]);
  // The rules of the run stand before it, and one of them begins with the same word.
  const told = stdout.slice(stdout.indexOf('The replay is complete.'));
  const line = (label: string) => new RegExp(`^ {2}${label} .*$`, 'm').exec(told)?.[0] ?? '';
  const numbers = (label: string) => [...line(label).matchAll(/\d+/g)].map(([text]) => Number(text));
  const files = [...stdout.matchAll(/\S+\.(?:pdf|xlsx)$/gm)].map(([file]) => file);
  return { files, line, numbers, number: (label) => numbers(label)[0] };
}

function refused(bodies: readonly Readonly<Record<string, unknown>>[]): number {
  return bodies.filter((body) => body['outcome'] === 'refused').length;
}

/** The equity of the last day, to the cent. */
function equityIn(valuations: readonly string[]): string {
  const days = valuations.map((row) => JSON.parse(row) as { day: string; equity: string });
  const last = days.toSorted((left, right) => (left.day < right.day ? -1 : 1)).at(-1);
  return Number(last?.equity).toFixed(2);
}

async function expectSameReports(firm: TestFirm): Promise<void> {
  const list = await firm.command('report', 'list');
  const [run] = list.stdout.match(/^daily-activity-\S+/m) ?? [];
  expect(run).toBeDefined();
  const rerun = await firm.command('report', 'rerun', run ?? '');
  expect(rerun.stderr).toBe('');
  expect(rerun.stdout).toContain('the same bytes again (pdf, xlsx)');
  expect(rerun.exit).toBe(0);
}

async function startsAnew(firm: TestFirm): Promise<void> {
  const key = () => readFileSync(join(firm.data, 'edge', EDGE, 'edge.vkey'), 'utf8');
  const before = key();
  const unasked = await firm.command('start', '--fresh', '--until-done');
  expect(unasked.exit).toBe(2);
  expect(unasked.stderr).toContain('--yes');
  expect(key()).toBe(before);

  const file = join(temporaryFolder('bars'), 'bars.csv');
  writeFileSync(file, 'date,open,high,low,close\n2020-01-02,10,11,9,10\n2020-01-03,10,11,9,10\n');
  const fresh = await completed(firm, '--fresh', '--yes', '--data', file);
  expect(key()).not.toBe(before);
  expect(fresh.number('Orders')).toBe(0);
  expect(fresh.number('Ledger')).toBeLessThan((fresh.number('Entries sent') ?? 0) + OWN_ACTS_MAX);
}
