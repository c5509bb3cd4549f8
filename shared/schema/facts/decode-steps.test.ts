import { expect, test } from 'vitest';
import { KitError } from '../../errors.ts';
import { atOnce } from '../../values/steps.ts';
import { decode } from '../decode.ts';
import { decodingFacts } from './decode-steps.ts';
import { FactsDocument } from './index.ts';

const head = { v: 1, asOf: '2026-01-05T08:00:00.000000000Z', source: 'Compliance.' };
const parties = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ party: `p-${n}`, list: 'ofac-sdn', entry: `${n}` }));
const sanctions = (rows: readonly object[], change: object = {}) => ({
  ...{ ...head, kind: 'sanctions', lists: [{ list: 'ofac-sdn', version: '1' }], rows },
  ...change,
});
const locate = (id: string) => ({
  ...{ id, account: 'main', instrument: 'GME', quantity: '5', lender: 'A broker.' },
  ...{ from: '2026-01-05T12:00:00Z', to: '2026-01-05T21:00:00Z' },
});
const locates = (ids: readonly string[]) => ({
  ...head,
  kind: 'locates',
  easyToBorrow: ['SPY'],
  rows: ids.map(locate),
});
const ids = Array.from({ length: 2_500 }, (_, n) => `L-${n}`);

function problemsOf(read: () => unknown): readonly string[] {
  try {
    read();
  } catch (error) {
    if (error instanceof KitError) return error.problems;
    throw error;
  }
  return [];
}

test.each([
  ['a long list', sanctions(parties(2_500))],
  ['a list of exactly one step', sanctions(parties(1_000))],
  ['a list of one row more', sanctions(parties(1_001))],
  ['rows whose fields are read', locates(ids)],
  ['short lists', sanctions(parties(3))],
])('a file decodes in steps as it does at once: %s', (_, wire) => {
  expect(atOnce(decodingFacts(wire, 'the file'))).toEqual(decode(FactsDocument, wire, 'the file'));
});

test.each([
  ['a row with a fault', sanctions([...parties(1_700), { party: '', list: 'x', entry: '1' }, ...parties(3)])],
  [
    'a row with a key that nobody knows',
    sanctions([...parties(1_700), { party: 'x', list: 'x', entry: '1', more: 1 }]),
  ],
  [
    'more rows than a list may have',
    locates([...ids, ...ids.map((id) => `${id}-2`), ...Array.from({ length: 15_001 }, (_, n) => `M-${n}`)]),
  ],
  ['a key that stands twice far apart', locates([...ids, 'L-0'])],
  ['a head with a fault', sanctions(parties(2_000), { source: '' })],
  ['another list that is missing', sanctions(parties(2_000), { lists: [] })],
  ['a key of the head that nobody knows', sanctions(parties(2_000), { more: 1 })],
])('a file that is refused at once is refused in steps, with the same problems: %s', (_, wire) => {
  const problems = problemsOf(() => atOnce(decodingFacts(wire, 'the file')));
  expect(problems).not.toEqual([]);
  expect(problems).toEqual(problemsOf(() => decode(FactsDocument, wire, 'the file')));
});

test('what is no file of facts is refused', () => {
  for (const wire of [null, 5, 'x', [], {}, { kind: 'toString', rows: parties(2_000) }]) {
    expect(problemsOf(() => atOnce(decodingFacts(wire, 'the file')))).not.toEqual([]);
  }
});
