import { parseInstant } from '@gatehouse/shared/values/instant.ts';
import { expect, test } from 'vitest';
import { syntheticMinuteBars } from '../backtest/synthetic-bars.ts';
import { SP500_INDEX } from '../feeds/sp500.ts';
import type { JournalNotice } from '../journal/journal-types.ts';
import { entriesOf, startMemoryEdge } from './engine-fixture.ts';
import { createNoticeDesk } from './notice-desk.ts';
import { noticeEntry } from './start-entries.ts';

const from = parseInstant('2020-03-02T14:30:00Z');
const bars = syntheticMinuteBars({ instrument: SP500_INDEX.id, count: 10, seed: 3, from });

function notice(code: JournalNotice['code']): JournalNotice {
  return { code, message: 'the clock shows an earlier time', hint: 'Check the time source.' };
}

test('what the journal says in the middle of a group is on record after it, and what it said before is handed over', async () => {
  const { engine, journal } = await startMemoryEdge({ bars });
  const desk = createNoticeDesk();
  desk.take(notice('UNCLEAN_STOP'));
  const before = desk.handOver((said) => engine.report(noticeEntry(said)));
  expect(before.map(({ code }) => code)).toEqual(['UNCLEAN_STOP']);

  const stop = journal.onDurable(() => {
    stop();
    desk.take(notice('CLOCK_BEHIND'));
  });
  engine.recorder.stage(noticeEntry(notice('SEGMENTS_PRUNED')));
  engine.recorder.flush();
  await Promise.resolve();
  const last = (await entriesOf(journal)).slice(-2).map(({ bodyText }) => JSON.parse(bodyText).code);
  expect(last).toEqual(['SEGMENTS_PRUNED', 'CLOCK_BEHIND']);
  expect(before).toHaveLength(1);
});
