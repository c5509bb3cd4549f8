import { KitError } from '@gatehouse/shared/errors.ts';
import { genesis } from '@gatehouse/shared/journal/chain.ts';
import type { KillBody } from '@gatehouse/shared/schema/bodies.ts';
import { manualClock } from '@gatehouse/shared/values/clock.ts';
import { parseInstant } from '@gatehouse/shared/values/instant.ts';
import { expect, test } from 'vitest';
import { emptyBook } from './engine-fixture.ts';
import { createRecorder } from './recorder.ts';

const halt: KillBody = {
  v: 2,
  id: 'K-1',
  scopes: ['firm'],
  level: 'cancel',
  haltEpoch: 1,
  by: 'P-test',
  reason: 'A test.',
  at: parseInstant('2020-01-02T15:00:00Z'),
};

test('a halt that the journal had no room for is recorded with the next group', () => {
  const taken: string[][] = [];
  let isFull = true;
  const head = genesis('test');
  const recorder = createRecorder({
    book: emptyBook(),
    clock: manualClock(halt.at),
    journal: {
      head,
      append: (drafts) => {
        if (isFull) throw new KitError('QUEUE_FULL', 'no room');
        taken.push(drafts.map(({ kind }) => kind));
        return [];
      },
    },
  });
  recorder.stage({ kind: 'kill', body: halt });
  expect(() => recorder.flush()).toThrow('no room');
  isFull = false;
  recorder.stage({ kind: 'kill', body: { ...halt, haltEpoch: 2 } });
  recorder.flush();
  recorder.flush();
  expect(taken).toEqual([['kill', 'kill']]);
});

test('what cannot be written down counts for nothing', () => {
  const book = emptyBook();
  const taken: string[] = [];
  const recorder = createRecorder({
    book,
    clock: manualClock(halt.at),
    journal: {
      head: genesis('test'),
      append: (drafts) => {
        taken.push(...drafts.map(({ kind }) => kind));
        return [];
      },
    },
  });
  recorder.stage({ kind: 'kill', body: halt });
  const release = { v: 1, kill: 'K-1', haltEpoch: 2, by: ['P-1', 'P-2'], reason: 'A test.', at: halt.at } as const;
  const tooLong = { ...release, by: [...release.by], document: 'x'.repeat(20_001) };
  expect(() => recorder.stage({ kind: 'release', body: tooLong })).toThrow();
  expect(book.own.halts()).toHaveLength(1);
  recorder.stage({ kind: 'release', body: { ...tooLong, document: 'x'.repeat(20_000) } });
  expect(book.own.halts()).toEqual([]);
  recorder.flush();
  expect(taken).toEqual(['kill', 'release']);
});
