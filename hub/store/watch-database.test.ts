import { expect, test } from 'vitest';
import { watchDatabase } from './watch-database.ts';

const never = () => new Promise(() => undefined);

function silences(probes: readonly (() => Promise<unknown>)[], waitMs: number): Promise<number> {
  let count = 0;
  const stop = watchDatabase({ probes, everyMs: 5, answerMsMax: 40, onSilent: () => (count += 1) });
  return new Promise((resolve) => {
    setTimeout(() => {
      stop();
      resolve(count);
    }, waitMs);
  });
}

test('answers and refusals are no silence, however many come', async () => {
  let asked = 0;
  const answer = async () => {
    asked += 1;
  };
  const refusal = async () => Promise.reject(new Error('the disk is full'));
  expect(await silences([answer, refusal], 200)).toBe(0);
  expect(asked).toBeGreaterThan(3);
});

test('one probe that never settles is told once, though another answers', async () => {
  expect(await silences([async () => 1, never], 300)).toBe(1);
});

test('an answer within the bound is taken, and a watch that was stopped tells nothing', async () => {
  expect(await silences([() => new Promise((resolve) => setTimeout(resolve, 10))], 200)).toBe(0);
  expect(await silences([never], 10)).toBe(0);
});
