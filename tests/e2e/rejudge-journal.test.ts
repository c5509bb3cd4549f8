import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createAggregates } from '@gatehouse/compliance/aggregates/aggregates.ts';
import { loadEdgeKey } from '@gatehouse/edge/journal/edge-key.ts';
import { type Journal, openJournal } from '@gatehouse/edge/journal/journal.ts';
import type { EntryBody } from '@gatehouse/shared/schema/bodies.ts';
import { manualClock } from '@gatehouse/shared/values/clock.ts';
import { parseInstant } from '@gatehouse/shared/values/instant.ts';
import { expect, onTestFinished, test } from 'vitest';
import { journalIn, visitJournalEntries } from '../../scripts/journal-entries.ts';
import { command } from '../../scripts/rejudge.ts';
import { isAsRecorded, recordDifference, rejudgeJournal } from '../../scripts/rejudge-journal.ts';
import { tradedJournal, wireOf } from '../fixtures/example-entries.ts';

const SCRIPT = fileURLToPath(new URL('../../scripts/gatehouse.ts', import.meta.url));
const EDGE = 'edge-7';

async function openIn(root: string): Promise<Journal> {
  const { signer } = await loadEdgeKey(root, EDGE);
  const { journal } = await openJournal({
    folder: join(root, 'journal'),
    edge: EDGE,
    signer,
    clock: manualClock(parseInstant('2026-01-05T09:00:00.000000000Z')),
    random: (bytes) => randomBytes(bytes),
    emptyState: {},
    onNotice: () => {},
  });
  return journal;
}

/** An edge's folder with these entries, in two segments where a cut is given. */
async function edgeWith(entries: readonly EntryBody[], cut = entries.length): Promise<string> {
  const root = mkdtempSync(join(tmpdir(), 'gatehouse-rejudge-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const journal = await openIn(root);
  const own = createAggregates();
  for (const [index, entry] of entries.entries()) {
    if (index === cut) await journal.roll({ own: own.snapshot() });
    own.fold(entry);
    const { kind, body } = wireOf(entry);
    journal.append([{ kind: kind as EntryBody['kind'], body }]);
  }
  await journal.close();
  return root;
}

/** Every entry of the journal that an edge's folder holds, by kind. */
async function kindsIn(root: string): Promise<readonly string[]> {
  const kinds: string[] = [];
  await visitJournalEntries(journalIn(root), {
    onStart: () => {},
    onEntry: ({ kind, body }) => kinds.push(kind === 'incident' ? body.code : kind),
    onUnreadable: () => kinds.push('unreadable'),
  });
  return kinds;
}

const { entries } = tradedJournal('O');
const lied = entries.map(
  (entry): EntryBody =>
    entry.kind === 'decision' && entry.body.outcome === 'refused'
      ? { kind: 'decision', body: { ...entry.body, outcome: 'approved' } }
      : entry,
);

test('I17 the decisions of a journal come out as recorded, across its segments', async () => {
  const root = await edgeWith(entries, entries.length - 2);
  expect(await rejudgeJournal(root)).toMatchObject({
    decisions: 2,
    equal: 2,
    findings: [],
    unreadable: 0,
    keptFromSeq: 1,
  });
});

test('a decision that was written down otherwise than it was made is told, and recorded where that is asked', async () => {
  const root = await edgeWith(lied);
  const { status, stdout, stderr } = spawnSync(process.execPath, [SCRIPT, 'rejudge', 'journal', root], {
    encoding: 'utf8',
  });
  expect(status).toBe(3);
  expect(stdout).toContain('1 of 2 decisions come out the same');
  expect(stderr).toMatch(/^entry \d+, order O-2: outcome: was approved, is refused/m);
  expect(await kindsIn(root)).not.toContain('REJUDGE_DIFFERENCE');
  const result = await rejudgeJournal(root);
  expect(isAsRecorded(result)).toBe(false);
  await recordDifference(root, result);
  expect((await kindsIn(root)).at(-1)).toBe('REJUDGE_DIFFERENCE');
  expect((await rejudgeJournal(root)).findings).toEqual(result.findings);
});

test('a journal whose first segment is gone starts from its snapshot', async () => {
  const journal = tradedJournal('O');
  const cut = journal.entries.length;
  // What decisions name by hash stands in the kept part again, as a journal that is to be judged by itself must have it.
  journal.add(...journal.entries.filter(({ kind }) => kind === 'facts' || kind === 'limits' || kind === 'controls'));
  journal.decide({ id: 'O-3', quantity: '30' });
  const root = await edgeWith(journal.entries, cut);
  rmSync(join(root, 'journal', 'segment-000001.db'));
  const result = await rejudgeJournal(root);
  expect(result).toMatchObject({ decisions: 1, equal: 1, findings: [] });
  expect(result.keptFromSeq).toBeGreaterThan(cut);
});

test('a running edge, a folder without one and strange words are refused', async () => {
  const root = await edgeWith(entries);
  const journal = await openIn(root);
  await expect(rejudgeJournal(root)).rejects.toMatchObject({ code: 'JOURNAL_LOCKED' });
  await journal.close();
  await expect(rejudgeJournal(join(root, 'journal'))).rejects.toMatchObject({ code: 'NOT_FOUND' });
  for (const words of [
    ['journal', root, 'more'],
    ['journal', '--what'],
    ['ledger', '--record'],
    ['ledger', root],
    ['x'],
  ]) {
    expect(() => command.run(words)).toThrow(expect.objectContaining({ code: 'COMMAND_INVALID' }));
  }
});
