import { expect, test } from 'vitest';
import { parseFacts } from './facts-folder.ts';

/** A text whose quotation marks take two bytes each within an entry. */
const textOf = (marks: number): string => '"'.repeat(marks);

test('a file that its entry cannot hold whole is refused by its name, one that just fits is read', () => {
  expect(() => parseFacts('instruments', textOf(450_000))).toThrow(
    'instruments.json is longer than an entry of the journal can hold',
  );
  expect(() => parseFacts('instruments', textOf(449_999))).not.toThrow('longer than an entry');
});

test('a list of sanctions comes in several entries where it is longer', () => {
  expect(() => parseFacts('sanctions', textOf(450_000))).not.toThrow('longer than an entry');
});
