import fc from 'fast-check';
import { expect, test } from 'vitest';
import { atOnce } from '../values/steps.ts';
import { sha256 } from './canonical.ts';
import { hashingText, parsingJson, STEP_LENGTH } from './json-steps.ts';

const LONG = 'x'.repeat(1_000);
const rows = (count: number, of: unknown = { party: LONG, list: 'a"\\\\', entry: ['[', '{', ',', ':'] }) =>
  JSON.stringify(Array.from({ length: count }, () => of));

/** What a reading comes to: its value, or that it fails. */
function outcome(read: () => unknown): unknown {
  try {
    return { value: read() };
  } catch (error) {
    expect(error).toBeInstanceOf(SyntaxError);
    return 'no JSON';
  }
}

function expectSame(text: string): void {
  const whole = outcome(() => JSON.parse(text));
  const steps = outcome(() => atOnce(parsingJson(text)));
  expect(steps).toEqual(whole);
  if (whole !== 'no JSON') expect(JSON.stringify(steps)).toBe(JSON.stringify(whole));
}

const long = rows(400);

test.each([
  ['a list between other keys', `{"v":1,"lists":[{"list":"a"}],"rows":${long},"end":"}]"}`],
  ['white space everywhere', ` \n{ "rows" : [ ${long.slice(1, -1)} ] \t, "v" : 1 }\r\n`],
  ['two long lists', `{"a":${long},"b":${rows(300, [1, [2, { c: 3 }], 'y'.repeat(900)])}}`],
  ['a key that stands twice, the long one first', `{"rows":${long},"rows":[1]}`],
  ['a key that stands twice, the long one last', `{"rows":5,"rows":${long}}`],
  ['a key that is spelt in two ways', `{"rows":${long},"ro\\u0077s":[2]}`],
  ['a key with a meaning of its own', `{"__proto__":${long},"v":1}`],
  ['a long list within a list', `{"rows":[${long}]}`],
  ['a long list that is the whole', long],
  ['a long word', JSON.stringify({ word: LONG.repeat(500), rows: [1] })],
  ['an element that is missing at the end', `{"rows":[${long.slice(1, -1)},]}`],
  ['an element that is missing at the start', `{"rows":[,${long.slice(1, -1)}]}`],
  ['a list of nothing but blanks', `{"rows":[${' '.repeat(2 * STEP_LENGTH)}],"v":1}`],
  ['brackets that cross', `{"rows":[${long.slice(1, -1)}}]`],
  ['a bracket too many', `{"rows":${long}}]`],
  ['a bracket too few', `{"rows":${long}`],
  ['a word without an end', `{"rows":${long},"x`],
  ['two values', `{"rows":${long}}{}`],
  ['a colon without a key', `{:${long}}`],
  ['no comma between keys', `{"rows":${long}"v":1}`],
])('a long text reads in steps as it reads at once: %s', (_, text) => {
  expect(text.length).toBeGreaterThan(STEP_LENGTH);
  expectSame(text);
});

test('an element that is missing where a piece ends is found', () => {
  const element = JSON.stringify(LONG);
  const many = Array.from({ length: 500 }, () => element);
  for (let place = 120; place < 140; place += 1) {
    const list = [...many.slice(0, place), '', ...many.slice(place)].join(',');
    expectSame(`{"rows":[${list}]}`);
  }
});

test('whatever is changed in a long text, it reads in steps as it reads at once', () => {
  const text = `{"v":1,"rows":${long},"more":[1,{"x":"y"}]}`;
  const edit = fc.record({
    at: fc.nat(text.length),
    cut: fc.nat(3),
    put: fc.constantFrom('', '"', '\\', ',', '[', ']', '{', '}', ':', ' ', '1'),
  });
  fc.assert(
    fc.property(edit, ({ at, cut, put }) => expectSame(text.slice(0, at) + put + text.slice(at + cut))),
    { numRuns: 150 },
  );
});

test('many steps lie between, and a text has the hash of all of it, also where a character lies on a border', () => {
  const text = `{"rows":${rows(2_000)}}`;
  expect([...parsingJson(text)].length).toBeGreaterThan(20);
  for (const one of ['', 'é', `${'a'.repeat(STEP_LENGTH - 1)}😀${'é'.repeat(STEP_LENGTH)}`, text]) {
    expect(atOnce(hashingText(one))).toBe(sha256(one).toString('hex'));
  }
});
