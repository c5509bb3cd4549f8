import { parseInstant } from '@gatehouse/shared/values/instant.ts';
import { expect, test } from 'vitest';
import { createRunProgress } from './run-progress.ts';

const EARLY = parseInstant('2020-01-02T00:00:00Z');
const LATE = parseInstant('2021-01-02T00:00:00Z');

test('a run that another one interrupted goes on where it was, and is never begun again', () => {
  const progress = createRunProgress(undefined);
  progress.start('R1-a');
  progress.reach(EARLY);
  progress.complete();
  progress.start('R1-b');
  expect(progress.run).toEqual({ id: 'R1-b', isCompleted: false, intents: [] });
  progress.reach(LATE);

  const again = createRunProgress(progress.run, progress.earlier);
  expect(again.find('R1-a')).toMatchObject({ isCompleted: true, progressAt: EARLY });
  again.start('R1-a');
  expect(again.run).toMatchObject({ id: 'R1-a', isCompleted: true, progressAt: EARLY });
  expect(again.earlier).toMatchObject([{ id: 'R1-b', isCompleted: false, progressAt: LATE }]);
  expect(again.find('R1-c')).toBeUndefined();
});

test('beginning the run that goes on already changes nothing', () => {
  const progress = createRunProgress({ id: 'R1-a', isCompleted: false, progressAt: EARLY, intents: ['R1-a-1-x-0'] });
  progress.start('R1-a');
  expect(progress.run?.progressAt).toBe(EARLY);
  expect(progress.isIntended('R1-a-1-x-0')).toBe(true);
});
