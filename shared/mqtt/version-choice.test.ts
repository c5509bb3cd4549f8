import { expect, test } from 'vitest';
import { createVersionChoice, SILENT_ENDS_MAX } from './version-choice.ts';

const silence = { reason: undefined, isReached: true };

test('a broker without MQTT 5 is asked again at once in 3.1.1, and stays so', () => {
  for (const reason of [1, 132]) {
    const choice = createVersionChoice();
    expect(choice.version).toBe(5);
    expect(choice.ended({ reason, isReached: true })).toBe(true);
    expect(choice.version).toBe(4);
    choice.accepted();
    for (let ends = 0; ends < 10; ends += 1) choice.ended(silence);
    expect(choice.version).toBe(4);
  }
});

test('a broker that refuses every version is not asked in a hurry', () => {
  const choice = createVersionChoice();
  const hurries = [1, 1, 1, 1].map((reason) => choice.ended({ reason, isReached: true }));
  expect(hurries).toEqual([true, false, false, false]);
});

test('another refusal, or a broker that nobody reaches, says nothing about versions', () => {
  const choice = createVersionChoice();
  for (let ends = 0; ends < 10; ends += 1) {
    expect(choice.ended({ reason: 135, isReached: true })).toBe(false);
    expect(choice.ended({ reason: undefined, isReached: false })).toBe(false);
  }
  expect(choice.version).toBe(5);
});

test('a broker that hangs up without a word is asked in both versions in turn, until it takes one', () => {
  const choice = createVersionChoice();
  const asked: number[] = [];
  for (let ends = 0; ends < 3 * SILENT_ENDS_MAX; ends += 1) {
    asked.push(choice.version);
    expect(choice.ended(silence)).toBe(false);
  }
  expect(asked).toEqual([5, 5, 4, 4, 5, 5]);
});

test('a broker that was replaced by one without MQTT 5 is found', () => {
  const choice = createVersionChoice();
  choice.accepted();
  expect(choice.ended({ reason: 1, isReached: true })).toBe(true);
  expect(choice.version).toBe(4);
});
