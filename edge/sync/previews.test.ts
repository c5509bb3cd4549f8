import type { SealedEntry } from '@gatehouse/shared/journal/entry.ts';
import { manualClock } from '@gatehouse/shared/values/clock.ts';
import { parseInstant } from '@gatehouse/shared/values/instant.ts';
import { expect, test } from 'vitest';
import { openMemoryJournal } from '../journal/memory-journal.ts';
import { createPreviews, PREVIEW_BACKLOG_MIN, URGENT_MAX } from './previews.ts';

function openJournal() {
  return openMemoryJournal({
    edge: 'edge-1',
    clock: manualClock(parseInstant('2026-01-05T09:00:00Z')),
    random: (bytes) => new Uint8Array(bytes),
    emptyState: {},
    onNotice: () => {},
    keep: 'all',
  }).journal;
}

const ordinary = { kind: 'clock', body: 'null' } as const;
const kill = { kind: 'kill', body: 'null' } as const;
const others = (count: number) => Array.from({ length: count }, () => ordinary);
const seqsOf = (entries: readonly SealedEntry[]) => entries.map(({ header }) => header.seq);

for (const behind of [0, 199, 200, 5_000]) {
  test(`a kill with ${behind} entries after it that became durable with it is shown once`, async () => {
    const journal = openJournal();
    const previews = createPreviews({ journal, monotonicMs: () => 0 });
    expect(await previews.look(journal.durableSeq, journal.durableSeq)).toEqual([]);
    const sentSeq = journal.durableSeq;
    journal.append([...others(PREVIEW_BACKLOG_MIN), kill, ...others(behind)]);
    const shown = await previews.look(journal.durableSeq, sentSeq);
    expect(shown.map(({ header }) => header.seq)).toEqual([journal.durableSeq - behind]);
    expect(await previews.look(journal.durableSeq, sentSeq)).toEqual([]);
  });
}

test('a kill from while the hub was away is shown with each connection until it is acknowledged', async () => {
  const journal = openJournal();
  const previews = createPreviews({ journal, monotonicMs: () => 0 });
  const acked = journal.durableSeq;
  await previews.look(acked, acked);
  journal.append([...others(PREVIEW_BACKLOG_MIN), kill, ...others(10)]);
  const at = journal.durableSeq - 10;
  // Nobody hears what this look finds.
  await previews.look(journal.durableSeq, acked);
  journal.append(others(PREVIEW_BACKLOG_MIN));
  await previews.look(journal.durableSeq, acked);
  expect(seqsOf(await previews.again(acked, journal.durableSeq))).toEqual([at]);
  expect(seqsOf(await previews.again(acked, journal.durableSeq))).toEqual([at]);
  expect(seqsOf(await previews.again(at, journal.durableSeq))).toEqual([]);
});

test('a kill that comes soon by itself is not shown ahead', async () => {
  const journal = openJournal();
  const acked = journal.durableSeq;
  journal.append([...others(PREVIEW_BACKLOG_MIN - 1), kill, ...others(PREVIEW_BACKLOG_MIN)]);
  const previews = createPreviews({ journal, monotonicMs: () => 0 });
  expect(seqsOf(await previews.again(acked, journal.durableSeq))).toEqual([]);
  const further = createPreviews({ journal, monotonicMs: () => 0 });
  expect(await further.again(acked - 1, journal.durableSeq)).toHaveLength(1);
});

test('a kill from before the edge was started anew is shown as well, and of very many the newest', async () => {
  const journal = openJournal();
  const acked = journal.durableSeq;
  journal.append([...others(PREVIEW_BACKLOG_MIN), ...Array.from({ length: URGENT_MAX + 5 }, () => kill)]);
  const previews = createPreviews({ journal, monotonicMs: () => 0 });
  const shown = seqsOf(await previews.again(acked, journal.durableSeq));
  expect([shown.length, shown.at(-1)]).toEqual([URGENT_MAX, journal.durableSeq]);
});
