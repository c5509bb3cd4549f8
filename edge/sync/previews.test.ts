import { manualClock } from '@gatehouse/shared/values/clock.ts';
import { parseInstant } from '@gatehouse/shared/values/instant.ts';
import { expect, test } from 'vitest';
import { openMemoryJournal } from '../journal/memory-journal.ts';
import { createPreviews, PREVIEW_BACKLOG_MIN } from './previews.ts';

for (const behind of [0, 199, 200, 5_000]) {
  test(`a kill with ${behind} entries after it that became durable with it is shown once`, async () => {
    const { journal } = openMemoryJournal({
      edge: 'edge-1',
      clock: manualClock(parseInstant('2026-01-05T09:00:00Z')),
      random: (bytes) => new Uint8Array(bytes),
      emptyState: {},
      onNotice: () => {},
      keep: 'all',
    });
    const previews = createPreviews({ journal, monotonicMs: () => 0 });
    expect(await previews.look(journal.durableSeq, journal.durableSeq)).toEqual([]);
    const sentSeq = journal.durableSeq;
    const ordinary = { kind: 'clock', body: 'null' } as const;
    const others = (count: number) => Array.from({ length: count }, () => ordinary);
    journal.append([...others(PREVIEW_BACKLOG_MIN), { kind: 'kill', body: 'null' }, ...others(behind)]);
    const shown = await previews.look(journal.durableSeq, sentSeq);
    expect(shown.map(({ header }) => header.seq)).toEqual([journal.durableSeq - behind]);
    expect(await previews.look(journal.durableSeq, sentSeq)).toEqual([]);
  });
}
