import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { genesis } from '@gatehouse/shared/journal/chain.ts';
import { parseVerifierKey } from '@gatehouse/shared/journal/note.ts';
import { openDocument } from '@gatehouse/shared/journal/typed-note.ts';
import { instantText } from '@gatehouse/shared/values/instant.ts';
import { expect, test } from 'vitest';
import { drivers } from './drivers.ts';
import { type JournalNotice, openJournal } from './journal.ts';
import {
  clockAt,
  codeOf,
  collect,
  crashImage,
  drafts,
  EDGE,
  optionsOf,
  signer,
  temporaryFolder,
} from './journal-fixture.ts';

const WIDE = { entries: 1_000, bytes: 10_000_000 };

for (const { name: driver } of Object.values(drivers)) {
  test(`${driver}: what was durable is there after a clean close, with state and order`, async () => {
    const options = optionsOf(temporaryFolder(), { driver });
    const { journal, state, notices } = await openJournal(options);
    expect({ state, notices, seq: journal.head.seq }).toEqual({ state: { orders: [] }, notices: [], seq: 1 });
    const sealed = [...journal.append(drafts(2)), ...journal.append(drafts(1))];
    expect(sealed.map((entry) => entry.header.seq)).toEqual([2, 3, 4]);
    await journal.durable(4);
    expect(journal.durableSeq).toBe(4);
    await journal.close();
    expect(readdirSync(options.folder).sort()).toEqual(['head', 'segment-000001.db']);

    const again = await openJournal(options);
    expect(await collect(again.entries)).toEqual(sealed);
    expect(await collect(again.entries)).toEqual(sealed);
    expect(again.notices).toEqual([]);
    expect(again.journal.head).toEqual({ edge: EDGE, epoch: 1, seq: 4, hash: sealed[2]?.hash });
    await again.journal.close();
  });

  test(`${driver}: a roll seals the file, carries the state and takes along what was appended meanwhile`, async () => {
    const options = optionsOf(temporaryFolder(), { driver });
    const { journal } = await openJournal(options);
    journal.append(drafts(3));
    const rolled = journal.roll({ orders: ['A'] });
    const meanwhile = journal.append(drafts(2));
    await rolled;
    const after = journal.append(drafts(1));
    await journal.durable(after[0]?.header.seq ?? 0);
    expect((await journal.read(1, WIDE)).map((entry) => entry.header.kind)).toEqual([
      ...['snapshot', 'clock', 'clock', 'clock'],
      ...['clock', 'clock', 'snapshot', 'clock'],
    ]);
    await journal.close();

    const again = await openJournal(options);
    expect(again.state).toEqual({ orders: ['A'] });
    expect(await collect(again.entries)).toEqual([...meanwhile, ...after]);
    const [snapshot] = await again.journal.read(7, { entries: 1, bytes: 1 });
    expect(JSON.parse(snapshot?.bodyText ?? '{}').previous).toMatchObject({
      file: 'segment-000001.db',
      firstSeq: 1,
      lastSeq: 4,
    });
    expect((await again.journal.read(4, { entries: 3, bytes: 1_000_000 })).map(({ header }) => header.seq)).toEqual([
      4, 5, 6,
    ]);
    await again.journal.close();
  });

  test(`${driver}: a crash leaves a journal that opens with every durable entry and says so`, async () => {
    const folder = temporaryFolder();
    const { journal } = await openJournal(optionsOf(folder, { driver, bounds: { headEveryMs: 1 } }));
    await journal.durable(journal.append(drafts(5)).at(-1)?.header.seq ?? 0);
    await expect.poll(() => readFileSync(join(folder, 'head'), 'utf8')).toContain('"seq":6');
    const image = crashImage(folder);
    const { head } = journal;
    await journal.close();
    const crashed = await openJournal(optionsOf(image, { driver }));
    expect(crashed.journal.head).toEqual(head);
    expect(crashed.notices.map(({ code }) => code)).toEqual(['UNCLEAN_STOP']);
    await crashed.journal.close();
  });

  test(`${driver}: a large state lies beside the entries`, async () => {
    const options = optionsOf(temporaryFolder(), { driver });
    const { journal } = await openJournal(options);
    const state = { text: 'x'.repeat(2_000_000) };
    await journal.roll(state);
    await journal.close();
    const again = await openJournal(options);
    expect(again.state).toEqual(state);
    await again.journal.close();
  });
}

test('a group with one bad draft leaves the chain where it was', async () => {
  const { journal } = await openJournal(optionsOf(temporaryFolder()));
  const bad = [...drafts(1), { kind: 'clock', body: { note: 0.5 } } as const];
  expect(await codeOf(() => journal.append(bad))).toBe('VALUE_MALFORMED');
  expect(journal.append(drafts(1))[0]?.header.seq).toBe(2);
  await journal.close();
});

test('a queue holds its bound and one more is refused', async () => {
  const { journal } = await openJournal(optionsOf(temporaryFolder(), { bounds: { queueEntriesMax: 10 } }));
  journal.append(drafts(10));
  expect(await codeOf(() => journal.append(drafts(1)))).toBe('QUEUE_FULL');
  await journal.durable(11);
  expect(journal.append(drafts(10))).toHaveLength(10);
  await journal.close();
});

test('a clock that falls behind is told once until it has caught up', async () => {
  const clock = clockAt();
  const notices: JournalNotice[] = [];
  const onNotice = (notice: JournalNotice): unknown => notices.push(notice);
  const { journal } = await openJournal(optionsOf(temporaryFolder(), { clock, onNotice }));
  clock.advance(-1);
  const [early] = journal.append(drafts(2));
  expect(early?.header.at).toBe(instantText(clock.now()));
  expect(notices.map(({ code }) => code)).toEqual(['CLOCK_BEHIND']);
  clock.advance(1);
  journal.append(drafts(1));
  clock.advance(-1);
  journal.append(drafts(1));
  expect(notices).toHaveLength(2);
  await journal.close();
});

test('an acknowledgement is ahead, equal, lost or forked', async () => {
  const { journal } = await openJournal(optionsOf(temporaryFolder()));
  const [second, third] = journal.append(drafts(2));
  await journal.durable(3);
  expect(await journal.compareWithAck(0, genesis(EDGE).hash)).toBe('ahead');
  expect(await journal.compareWithAck(2, second?.hash ?? '')).toBe('ahead');
  expect(await journal.compareWithAck(2, third?.hash ?? '')).toBe('forked');
  expect(await journal.compareWithAck(3, third?.hash ?? '')).toBe('equal');
  expect(await journal.compareWithAck(3, second?.hash ?? '')).toBe('forked');
  expect(await journal.compareWithAck(4, third?.hash ?? '')).toBe('lost');
  await journal.close();
});

test('the signed head says what was acknowledged and, once closed, what the file is', async () => {
  const options = optionsOf(temporaryFolder());
  const { journal } = await openJournal(options);
  journal.append(drafts(1));
  journal.acknowledge(1);
  await journal.close();
  const note = readFileSync(join(options.folder, 'head'), 'utf8');
  const { value } = openDocument(note, 'gatehouse/head/v1', [parseVerifierKey(signer.verifierKey)]);
  expect(value).toMatchObject({ edge: EDGE, epoch: 1, seq: 2, ackedSeq: 1, clean: { file: 'segment-000001.db' } });
});

test('listeners hear what became durable until they let go', async () => {
  const { journal } = await openJournal(optionsOf(temporaryFolder()));
  const heard: number[] = [];
  const letGo = journal.onDurable((seq) => heard.push(seq));
  await journal.durable(journal.append(drafts(1))[0]?.header.seq ?? 0);
  letGo();
  await journal.durable(journal.append(drafts(1))[0]?.header.seq ?? 0);
  expect(heard).toEqual([2]);
  await journal.close();
});

test('what nobody waits for is in the commit of what somebody waits for, and otherwise comes by itself', async () => {
  const { journal } = await openJournal(optionsOf(temporaryFolder(), { bounds: { lingerMs: 50 } }));
  const commits: number[] = [];
  journal.onDurable((seq) => commits.push(seq));
  journal.append(drafts(2));
  journal.append(drafts(1));
  await journal.durable(journal.append(drafts(2)).at(-1)?.header.seq ?? 0);
  expect(commits).toEqual([6]);
  journal.append(drafts(1));
  await expect.poll(() => commits).toEqual([6, 7]);
  await journal.close();
});

for (const count of [1, 7, 8, 9, 16, 23]) {
  test(`a commit of ${count} entries is read back as it was`, async () => {
    const { journal } = await openJournal(optionsOf(temporaryFolder()));
    const sealed = journal.append(drafts(count));
    await journal.durable(sealed.at(-1)?.header.seq ?? 0);
    expect(await journal.read(2, WIDE)).toEqual(
      sealed.map(({ salt, ...rest }) => ({ ...rest, salt: Buffer.from(salt) })),
    );
    await journal.close();
  });
}

test('a closed journal refuses entries, and closing again is nothing', async () => {
  const { journal } = await openJournal(optionsOf(temporaryFolder()));
  await journal.close();
  await journal.close();
  expect(await codeOf(() => journal.append(drafts(1)))).toBe('JOURNAL_CLOSED');
  expect(await codeOf(() => journal.reopen())).toBe('JOURNAL_CLOSED');
});

test('the main loop turns while the disk works', async () => {
  const { journal } = await openJournal(optionsOf(temporaryFolder()));
  let turns = 0;
  const turning = setInterval(() => {
    turns += 1;
  }, 1);
  for (let group = 0; group < 10; group += 1) journal.append(drafts(500, 'n'.repeat(1_000)));
  const rolled = journal.roll({});
  const before = turns;
  await rolled;
  clearInterval(turning);
  expect(turns - before).toBeGreaterThan(3);
  await journal.close();
});
