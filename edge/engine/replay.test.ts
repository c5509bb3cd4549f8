import { parseInstant } from '@gatehouse/shared/values/instant.ts';
import { expect, test } from 'vitest';
import { syntheticMinuteBars } from '../backtest/synthetic-bars.ts';
import { SP500_INDEX } from '../feeds/sp500.ts';
import { startMemoryEdge } from './engine-fixture.ts';
import { type ReplayProgress, replay } from './replay.ts';

const bars = syntheticMinuteBars({
  instrument: SP500_INDEX.id,
  count: 10,
  seed: 3,
  from: parseInstant('2020-03-02T14:30:00Z'),
});

test('a stop during a long wait between bars is noticed within a tenth of a second, and progress is shown meanwhile', async () => {
  const edge = await startMemoryEdge({ bars });
  const stop = new AbortController();
  const seen: ReplayProgress[] = [];
  let nowMs = 0;
  const outcome = await replay({
    ...edge,
    from: 0,
    paceSeconds: 600,
    monotonicMs: () => nowMs,
    sleep: async (ms) => {
      nowMs += ms;
      if (nowMs >= 90_000) stop.abort();
    },
    signal: stop.signal,
    onProgress: (progress) => seen.push(progress),
  });
  expect(outcome).toBe('interrupted');
  expect(nowMs).toBe(90_000);
  expect(seen.map(({ done }) => done)).toEqual([1, 2]);
});
