import { genesis, headOf, verifyEntry } from '@gatehouse/shared/journal/chain.ts';
import { expect, test } from 'vitest';
import { clockAt, codeOf, drafts, EDGE, optionsOf } from './journal-fixture.ts';
import { openMemoryJournal } from './memory-journal.ts';

const options = (keep: 'all' | 'hash') => ({
  ...optionsOf('unused', { clock: clockAt() }),
  // The same salts each time, so that two runs can be compared.
  random: (bytes: number) => new Uint8Array(bytes),
  keep,
});

test('entries are durable at once and form the chain that a disk would hold', async () => {
  const { journal, state } = openMemoryJournal(options('all'));
  expect(state).toEqual({ orders: [] });
  journal.append(drafts(3));
  await journal.roll({ day: 1 });
  await journal.durable(journal.head.seq);
  let head = genesis(EDGE);
  for (const { headerText, salt, bodyText } of await journal.read(1, { entries: 100, bytes: 1_000_000 })) {
    head = headOf(verifyEntry({ head, headerText, salt, bodyText }));
  }
  expect(head).toEqual(journal.head);
  expect(head.seq).toBe(5);
});

test('the hash alone ends where all entries would', async () => {
  const all = openMemoryJournal(options('all')).journal;
  const hash = openMemoryJournal(options('hash')).journal;
  for (const journal of [all, hash]) journal.append(drafts(100));
  expect(hash.head).toEqual(all.head);
  expect(await codeOf(() => hash.read(1, { entries: 1, bytes: 1 }))).toBe('NOT_FOUND');
});

test('reading keeps to its bounds', async () => {
  const { journal } = openMemoryJournal(options('all'));
  journal.append(drafts(9));
  expect(await journal.read(3, { entries: 4, bytes: 1_000_000 })).toHaveLength(4);
  expect(await journal.read(3, { entries: 4, bytes: 1 })).toHaveLength(1);
  expect(await journal.read(11, { entries: 4, bytes: 1 })).toHaveLength(0);
});

test('what was never assigned is never durable, and a closed journal refuses', async () => {
  const { journal } = openMemoryJournal(options('hash'));
  expect(await codeOf(() => journal.durable(2))).toBe('NOT_FOUND');
  expect(await journal.compareWithAck(2, journal.head.hash)).toBe('lost');
  expect(await journal.compareWithAck(1, journal.head.hash)).toBe('equal');
  await journal.close();
  expect(await codeOf(() => journal.append(drafts(1)))).toBe('JOURNAL_CLOSED');
});
