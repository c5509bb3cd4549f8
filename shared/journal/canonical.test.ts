import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson, isCanonical, JSON_DEPTH_MAX, type JsonValue, parseCanonical, sha256 } from './canonical.ts';

const text = fc.string({ unit: 'binary', maxLength: 12 });
const { value: anyJson } = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.constant(null),
    fc.boolean(),
    fc.maxSafeInteger(),
    text,
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(fc.oneof(text, fc.nat(200).map(String), fc.constant('__proto__')), tie('value'), { maxKeys: 6 }),
  ),
}));

function oracle(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(oracle).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${oracle(member)}`).join(',')}}`;
}

function nested(depth: number): JsonValue {
  let value: JsonValue = 0;
  for (let level = 0; level < depth; level += 1) value = [value];
  return value;
}

/** What only code without types can pass. */
function untyped(value: unknown): JsonValue {
  return value as JsonValue;
}

test('a canonical text is what sorting all keys and writing the rest as JSON gives', () => {
  fc.assert(
    fc.property(anyJson, (value) => {
      expect(canonicalJson(value)).toBe(oracle(value));
    }),
  );
});

test('a canonical text reads back as the same value and is canonical', () => {
  fc.assert(
    fc.property(anyJson, (value) => {
      const written = canonicalJson(value);
      expect(canonicalJson(parseCanonical(written))).toBe(written);
      expect(isCanonical(written)).toBe(true);
      expect(written).not.toMatch(/[\n\r\t]/);
    }),
  );
});

test('keys are sorted by UTF-16 code units, as in the example of RFC 8785 section 3.2.3', () => {
  const value = { '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\u{1f600}': 5, '\u0080': 6, '\u00f6': 7 };
  expect(canonicalJson(value)).toBe('{"\\r":2,"1":4,"\u0080":6,"\u00f6":7,"\u20ac":1,"\u{1f600}":5,"\ufb33":3}');
});

test('integer-like keys are sorted as text', () => {
  expect(canonicalJson({ '9': 0, '10': 0 })).toBe('{"10":0,"9":0}');
});

test('the largest safe integer is written and the next one is refused with its path', () => {
  expect(canonicalJson({ a: [Number.MAX_SAFE_INTEGER] })).toBe('{"a":[9007199254740991]}');
  expect(() => canonicalJson({ a: [0, 2 ** 53] })).toThrow('$.a[1] is 9007199254740992');
});

test.each([
  ['a fraction', { price: 0.5 }, '$.price'],
  ['not a number', Number.NaN, '$ is NaN'],
  ['an absent member', { a: { b: undefined } }, '$.a.b is of type undefined'],
  ['a hole in a list', [1, undefined], '$[1]'],
  ['a big integer', { n: 1n }, '$.n is of type bigint'],
  ['a date', { at: new Date(0) }, '$.at is not a plain object'],
  ['a lone surrogate', ['\ud800'], '$[0] holds a lone surrogate'],
  ['a lone surrogate in a key', { '\udc00': 1 }, '$ has a key'],
])('%s has no canonical text', (_name, value, message) => {
  expect(() => canonicalJson(untyped(value))).toThrow(message);
});

test('minus zero is zero', () => {
  expect(canonicalJson(-0)).toBe('0');
});

test('nesting is bounded on both sides of the border', () => {
  expect(canonicalJson(nested(JSON_DEPTH_MAX))).toHaveLength(2 * JSON_DEPTH_MAX + 1);
  expect(() => canonicalJson(nested(JSON_DEPTH_MAX + 1))).toThrow(`deeper than ${JSON_DEPTH_MAX}`);
  expect(isCanonical(`${'['.repeat(100_000)}${']'.repeat(100_000)}`)).toBe(false);
});

test.each([
  ['white space', '{"a": 1}'],
  ['another order', '{"b":1,"a":1}'],
  ['a repeated key', '{"a":1,"a":1}'],
  ['another spelling of a number', '[1.0]'],
  ['an exponent', '[1e2]'],
  ['minus zero', '[-0]'],
  ['another escape', '["\\u0041"]'],
  ['upper-case hex in an escape', '["\\u001F"]'],
  ['an escaped slash', '["\\/"]'],
  ['an escaped lone surrogate', '["\\ud800"]'],
  ['a byte order mark', '\ufeff1'],
  ['half a text', '{"a":'],
  ['nothing', ''],
])('%s is not canonical', (_name, written) => {
  expect(isCanonical(written)).toBe(false);
  expect(() => parseCanonical(written)).toThrow(expect.objectContaining({ code: 'MESSAGE_MALFORMED' }));
});

test('parts hash like their bytes in one piece', () => {
  const whole = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
  expect(sha256('abc').toString('hex')).toBe(whole);
  expect(sha256('a', Buffer.from('b'), '', 'c').toString('hex')).toBe(whole);
  expect(sha256().toString('hex')).toBe(sha256('').toString('hex'));
});
