import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson, type JsonValue } from './canonical.ts';
import { genesis } from './chain.ts';
import {
  BODY_BYTES_MAX,
  bodyHash,
  type EntryDraft,
  type EntryHeader,
  entryHash,
  GENESIS_HASH,
  HEADER_BYTES_MAX,
  headerText,
  parseBody,
  parseHeader,
  sealEntry,
} from './entry.ts';

const CLOCK = { source: 'chrony', offsetNs: '-1200', uncertaintyNs: '500000' };
const AT = { at: '2026-01-05T09:00:01.000250000Z', clock: CLOCK };
const SALT = Buffer.alloc(16, 7);

const HEADER: EntryHeader = {
  v: 1,
  edge: 'desk-1',
  epoch: 1,
  seq: 1,
  at: AT.at,
  clock: CLOCK,
  kind: 'intent',
  bodyHash: bodyHash(SALT, '{}'),
  prev: GENESIS_HASH,
};

const hex64 = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('hex'));
const count = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
const clock = fc.record({
  source: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9 :._/+-]{0,63}$/),
  offsetNs: fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }).map(String),
  uncertaintyNs: fc.bigInt({ min: 0n, max: 10n ** 18n }).map(String),
});
const header: fc.Arbitrary<EntryHeader> = fc.record({
  v: fc.constant(1),
  edge: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/),
  epoch: count,
  seq: count,
  at: fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }).map(toNanoseconds),
  clock,
  kind: fc.stringMatching(/^[a-z][a-z-]{0,31}$/),
  bodyHash: hex64,
  prev: hex64,
});

function toNanoseconds(date: Date): string {
  return date.toISOString().replace('Z', '000000Z');
}

function draft(change: Partial<EntryDraft> = {}): EntryDraft {
  return { head: genesis('desk-1'), at: AT, kind: 'intent', body: { side: 'buy' }, salt: SALT, ...change };
}

/** The text of a header with some fields of another form. */
function headerWith(change: Readonly<Record<string, JsonValue>>): string {
  return canonicalJson({ ...HEADER, clock: { ...CLOCK }, ...change });
}

test('the hand-written header text is the canonical text, and it parses back', () => {
  fc.assert(
    fc.property(header, (value) => {
      const text = headerText(value);
      expect(text).toBe(canonicalJson({ ...value, clock: { ...value.clock } }));
      expect(parseHeader(text)).toEqual(value);
    }),
  );
});

test('the header text is canonical for any text in its fields', () => {
  fc.assert(
    fc.property(header, fc.string({ unit: 'binary' }), (value, odd) => {
      const bent = { ...value, edge: odd, kind: odd, clock: { ...value.clock, source: odd } };
      expect(headerText(bent)).toBe(canonicalJson(bent));
    }),
  );
});

test('hashes are those that anyone can compute from the bytes', () => {
  const text = headerText(HEADER);
  expect(entryHash(text)).toBe(createHash('sha256').update(`gatehouse/entry/v1\n${text}`).digest('hex'));
  expect(bodyHash(SALT, '{"ö":1}')).toBe(createHash('sha256').update(SALT).update('{"ö":1}').digest('hex'));
});

test('the format does not change unseen', () => {
  const entry = sealEntry(draft());
  expect(entry.headerText).toBe(
    '{"at":"2026-01-05T09:00:01.000250000Z","bodyHash":"9495474c8bcafa69cdd0b7f19ffe1c25cc1fa1ed69a885381b6d189e8246c261",' +
      '"clock":{"offsetNs":"-1200","source":"chrony","uncertaintyNs":"500000"},"edge":"desk-1","epoch":1,"kind":"intent",' +
      `"prev":"${GENESIS_HASH}","seq":1,"v":1}`,
  );
  expect(entry.hash).toBe('3ca996d01b12780f18933b7b9b819a11ad6b72eef11451451acf9a4805582f80');
});

test('an entry follows its head and keeps the body as canonical text', () => {
  const entry = sealEntry(draft({ head: { edge: 'desk-1', epoch: 3, seq: 8, hash: 'ab'.repeat(32) } }));
  expect(entry.header).toMatchObject({ edge: 'desk-1', epoch: 3, seq: 9, prev: 'ab'.repeat(32), kind: 'intent' });
  expect(entry.bodyText).toBe('{"side":"buy"}');
  expect(sealEntry(draft({ body: '{"side":"buy"}' })).hash).toBe(sealEntry(draft()).hash);
});

test('the same body under another salt has another hash', () => {
  expect(bodyHash(Buffer.alloc(16, 1), '{}')).not.toBe(bodyHash(Buffer.alloc(16, 2), '{}'));
});

test.each<[string, Partial<EntryDraft>, string]>([
  ['a salt of 15 bytes', { salt: Buffer.alloc(15) }, 'salt of 15 bytes'],
  ['a kind in capitals', { kind: 'Fill' }, 'kind is not a kind'],
  ['an instant in milliseconds', { at: { ...AT, at: '2026-01-05T09:00:01.000Z' } }, 'at is not an instant'],
  ['a body with a float', { body: { price: 1.5 } }, '$.price'],
  ['a body text with a line break', { body: '{\n}' }, 'raw line break'],
  ['an empty body text', { body: '' }, 'empty body'],
  ['a body text with a lone surrogate', { body: '"\ud800"' }, 'lone surrogate'],
])('%s is refused when sealing', (_name, change, message) => {
  expect(() => sealEntry(draft(change))).toThrow(message);
  expect(() => sealEntry(draft(change))).toThrow(expect.objectContaining({ code: 'VALUE_MALFORMED' }));
});

test('a body of the largest size is taken and one byte more is not', () => {
  const body = `"${'x'.repeat(BODY_BYTES_MAX - 2)}"`;
  expect(parseBody(sealEntry(draft({ body })).bodyText)).toHaveLength(BODY_BYTES_MAX - 2);
  const longer = `"${'x'.repeat(BODY_BYTES_MAX - 1)}"`;
  expect(() => sealEntry(draft({ body: longer }))).toThrow('body over 1048575 bytes');
  expect(() => parseBody(longer)).toThrow('body longer than 1048575 bytes');
  expect(() => parseBody('{ }')).toThrow('canonical');
});

test.each<[string, Readonly<Record<string, JsonValue>>, string]>([
  ['version 2', { v: 2 }, 'v is not 1'],
  ['seq 0', { seq: 0 }, 'seq is not'],
  ['seq as text', { seq: '1' }, 'seq is not'],
  ['epoch 0', { epoch: 0 }, 'epoch is not'],
  ['an edge with a slash', { edge: 'a/b' }, 'edge is not'],
  ['an edge of 65 letters', { edge: 'a'.repeat(65) }, 'edge is not'],
  ['a kind of 33 letters', { kind: 'a'.repeat(33) }, 'kind is not'],
  ['month 13', { at: '2026-13-05T09:00:01.000250000Z' }, 'at is not'],
  ['a day that does not exist', { at: '2026-02-29T09:00:01.000250000Z' }, 'at is not'],
  ['eight digits of a second', { at: '2026-01-05T09:00:01.00025000Z' }, 'at is not'],
  ['hour 24', { at: '2026-01-05T24:00:01.000250000Z' }, 'at is not'],
  ['an hour offset', { at: '2026-01-05T09:00:01.000250000+01:00' }, 'at is not'],
  ['a hash in capitals', { prev: 'AB'.repeat(32) }, 'prev is not'],
  ['a hash of 63 digits', { bodyHash: 'a'.repeat(63) }, 'bodyHash is not'],
  ['no clock', { clock: null }, 'clock.source is not'],
  ['an offset of minus zero', { clock: { ...CLOCK, offsetNs: '-0' } }, 'clock.offsetNs is not'],
  ['a negative uncertainty', { clock: { ...CLOCK, uncertaintyNs: '-1' } }, 'clock.uncertaintyNs is not'],
  ['an unknown key', { extra: 1 }, 'unknown key "extra"'],
  ['an unknown key of the clock', { clock: { ...CLOCK, drift: '1' } }, 'unknown key "drift"'],
])('a header with %s is refused', (_name, change, message) => {
  expect(() => parseHeader(headerWith(change))).toThrow(message);
  expect(() => parseHeader(headerWith(change))).toThrow(expect.objectContaining({ code: 'MESSAGE_MALFORMED' }));
});

test('a header with its longest names and largest number is taken', () => {
  const change = { edge: 'a'.repeat(64), kind: 'a'.repeat(32), seq: Number.MAX_SAFE_INTEGER };
  expect(parseHeader(headerWith(change))).toMatchObject(change);
});

test('every problem of a header is listed', () => {
  expect(() => parseHeader(headerWith({ seq: 0, kind: '', more: true }))).toThrow(
    /seq is not .*; kind is not .*; unknown key "more"/,
  );
});

test.each([
  ['white space', headerText(HEADER).replace(',', ', ')],
  ['another order of keys', JSON.stringify(HEADER)],
  ['a repeated key', headerText(HEADER).replace('"v":1', '"v":1,"v":1')],
  ['another spelling of a number', headerText(HEADER).replace('"seq":1', '"seq":1.0')],
  ['an escaped letter', headerText(HEADER).replace('intent', '\\u0069ntent')],
  ['a line break at the end', `${headerText(HEADER)}\n`],
  ['a list', '[]'],
  ['no JSON', '{'],
  ['more than its size', headerWith({ extra: 'x'.repeat(HEADER_BYTES_MAX) })],
])('a header text with %s is refused', (_name, text) => {
  expect(() => parseHeader(text)).toThrow(expect.objectContaining({ code: 'MESSAGE_MALFORMED' }));
});

test.each([1_000, 1_001])('the hash of a body of %d letters is that of its bytes, however it is computed', (length) => {
  const body = 'ö'.repeat(length);
  expect(bodyHash(SALT, body)).toBe(createHash('sha256').update(SALT).update(body).digest('hex'));
});
