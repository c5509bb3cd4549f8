import { expect, test } from 'vitest';
import { KitError } from '../errors.ts';
import { attempt, repeated } from './problem-list.ts';

test('a step that works gives its value and adds no problem', () => {
  const problems: string[] = [];
  expect(attempt(problems, () => 7)).toBe(7);
  expect(problems).toEqual([]);
});

test('a failure is taken apart into its problems where it has several', () => {
  const problems = ['before'];
  const fail = (listed: readonly string[]) => () => {
    throw new KitError('VALUE_MALFORMED', 'all of it', { problems: listed });
  };
  expect(attempt(problems, fail(['one', 'two']))).toBeUndefined();
  expect(attempt(problems, fail([]))).toBeUndefined();
  expect(problems).toEqual(['before', 'one', 'two', 'all of it']);
});

test('a fault of our own is no problem of the document', () => {
  const fault = () => {
    throw new TypeError('a fault');
  };
  expect(() => attempt([], fault)).toThrow('a fault');
});

test('repeated names are named once', () => {
  expect(repeated(['a', 'b', 'a', 'c', 'b', 'a'])).toEqual(['a', 'b']);
});
