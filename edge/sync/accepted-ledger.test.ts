import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256 } from '@gatehouse/shared/journal/canonical.ts';
import { generateSigner, parseVerifierKey } from '@gatehouse/shared/journal/note.ts';
import type { EntryBody } from '@gatehouse/shared/schema/bodies.ts';
import { manualClock } from '@gatehouse/shared/values/clock.ts';
import { parseInstant } from '@gatehouse/shared/values/instant.ts';
import { expect, onTestFinished, test } from 'vitest';
import { acceptLedger, readDispute, refutedFile, takeAcceptedLedger } from './accepted-ledger.ts';
import { createAckJudge } from './ack-judge.ts';
import { openLedgerWitness, TO_BE_PROVEN } from './ledger-witness.ts';

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
  for (const side of ['what was seen', 'what contradicts it'])
    expect(JSON.stringify(entries)).toContain(sha256(side).toString('hex'));
  expect(names()).toEqual(['hub.ledger', 'hub.ledger.20260105090000', 'hub.ledger.refuted.20260105090000']);
  expect(readFileSync(`${seenLedger}.20260105090000`, 'utf8')).toBe('what was seen');
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

for (const left of ['nothing', 'the file that is to be proven']) {
  test(`a start that died between both files, with ${left} in place of the first, goes on with the second`, async () => {
    const { seenLedger, start, names, entries } = disputed();
    await acceptLedger(seenLedger, word);
    renameSync(seenLedger, `${seenLedger}.20260105090000`);
    if (left !== 'nothing') writeFileSync(seenLedger, TO_BE_PROVEN);
    await start();
    expect(names()).toEqual(['hub.ledger', 'hub.ledger.20260105090000', 'hub.ledger.refuted.20260105090000']);
    expect(readFileSync(`${seenLedger}.20260105090000`, 'utf8')).toBe('what was seen');
    expect(entries).toHaveLength(1);
  });
}

test('after a person’s word the hub is believed by its proofs alone', async () => {
  const { seenLedger, start } = disputed();
  const hub = [parseVerifierKey(generateSigner('hub').verifierKey)];
  const judge = async () => {
    const witness = await openLedgerWitness({ path: seenLedger, hub, epoch: 1 });
    const ack = { edge: 'edge-1', epoch: 1, seq: 3, hash: 'ab'.repeat(32), leaves: null, checkpoint: '' };
    return createAckJudge({ hub, witness, leavesOf: async () => undefined })(ack, false);
  };
  await acceptLedger(seenLedger, word);
  await start();
  expect(await judge()).toMatchObject({ kind: 'refuted', message: expect.stringContaining('without a proof') });
  // An edge that never saw a proof may have a hub of a release that gives none.
  rmSync(seenLedger);
  expect(await judge()).toEqual({ kind: 'good' });
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
