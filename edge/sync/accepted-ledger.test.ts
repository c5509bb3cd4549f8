import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EntryBody } from '@gatehouse/shared/schema/bodies.ts';
import { manualClock } from '@gatehouse/shared/values/clock.ts';
import { parseInstant } from '@gatehouse/shared/values/instant.ts';
import { expect, onTestFinished, test } from 'vitest';
import { acceptLedger, readDispute, refutedFile, takeAcceptedLedger } from './accepted-ledger.ts';

const at = parseInstant('2026-01-05T09:00:00Z');
const word = { by: 'P-anna', reason: 'The hub was restored on Sunday.', at };

function disputed() {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-accepted-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const seenLedger = join(folder, 'hub.ledger');
  writeFileSync(seenLedger, 'what was seen');
  writeFileSync(refutedFile(seenLedger), 'what contradicts it');
  const entries: EntryBody[] = [];
  const lines: string[] = [];
  const start = (record = async (entry: EntryBody): Promise<void> => void entries.push(entry)) =>
    takeAcceptedLedger({ seenLedger, record, clock: manualClock(at), log: (line) => void lines.push(line) });
  return { folder, seenLedger, entries, lines, start, names: () => readdirSync(folder).toSorted() };
}

test('a start without a word changes nothing', async () => {
  const { start, names, entries } = disputed();
  await start();
  expect([names(), entries]).toEqual([['hub.ledger', 'hub.ledger.refuted'], []]);
});

test('a named person’s word with a reason is on record, and both sides are set aside, not lost', async () => {
  const { seenLedger, start, names, entries, lines } = disputed();
  await acceptLedger(seenLedger, word);
  await start();
  expect(entries).toMatchObject([{ kind: 'incident', body: { code: 'HUB_ACCEPTED', severity: 'alarm' } }]);
  expect(JSON.stringify(entries)).toContain('P-anna accepted');
  expect(JSON.stringify(entries)).toContain('The hub was restored on Sunday.');
  expect(names()).toEqual(['hub.ledger.20260105090000', 'hub.ledger.refuted.20260105090000']);
  expect(lines).toHaveLength(1);
  await start();
  expect(entries).toHaveLength(1);
});

test('a word that cannot be put on record sets nothing aside, and waits', async () => {
  const { seenLedger, start, names } = disputed();
  await acceptLedger(seenLedger, word);
  const failing = start(async () => {
    throw new Error('no disk');
  });
  await expect(failing).rejects.toThrow('no disk');
  expect(names()).toEqual(['hub.ledger', 'hub.ledger.accepted', 'hub.ledger.refuted']);
});

test('a start that died between both files goes on with the second', async () => {
  const { seenLedger, start, names, entries } = disputed();
  await acceptLedger(seenLedger, word);
  rmSync(seenLedger);
  await start();
  expect(names()).toEqual(['hub.ledger.refuted.20260105090000']);
  expect(entries).toHaveLength(1);
});

test('a word on one contradiction is none on the next one', async () => {
  const { seenLedger, start, names, entries, lines } = disputed();
  await acceptLedger(seenLedger, word);
  writeFileSync(refutedFile(seenLedger), 'another contradiction');
  await start();
  expect(entries).toEqual([]);
  expect(lines[0]).toContain('another contradiction than the one that is kept');
  expect(names()).toEqual(['hub.ledger', 'hub.ledger.refuted']);
});

test('there is nothing to accept without a contradiction, and no word without a name and a reason', async () => {
  const { seenLedger } = disputed();
  await expect(acceptLedger(seenLedger, { ...word, reason: '' })).rejects.toMatchObject({ code: 'MESSAGE_MALFORMED' });
  await expect(acceptLedger(seenLedger, { ...word, by: '' })).rejects.toMatchObject({ code: 'MESSAGE_MALFORMED' });
  expect(await readDispute(seenLedger)).toEqual({ seen: 'what was seen', refuted: 'what contradicts it' });
  rmSync(refutedFile(seenLedger));
  await expect(acceptLedger(seenLedger, word)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  expect(existsSync(`${seenLedger}.accepted`)).toBe(false);
});
