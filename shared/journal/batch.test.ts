import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BATCH_BYTES_MAX, BATCH_ENTRIES_MAX, decodeBatch, encodeBatch, wireBytes } from './batch.ts';
import { type ChainHead, genesis, headOf, verifyChain } from './chain.ts';
import { BODY_BYTES_MAX, type SealedEntry, sealEntry, type WireEntry } from './entry.ts';
import { openHead, signHead } from './head-note.ts';
import { parseVerifierKey, signerFromSeed } from './note.ts';

const SIGNER = signerFromSeed('desk-1', Buffer.alloc(32, 1));
const AT = { at: '2026-01-05T09:00:01.000250000Z', clock: { source: 'ntp', offsetNs: '0', uncertaintyNs: '1' } };
const SALT = '00'.repeat(16);

interface Run {
  readonly entries: readonly SealedEntry[];
  readonly head: ChainHead;
}

function runOf(bodies: readonly string[]): Run {
  let head = genesis('desk-1');
  const entries = bodies.map((text) => {
    const entry = sealEntry({ head, at: AT, kind: 'order', body: { text }, salt: Buffer.alloc(16, text.length) });
    head = headOf(entry);
    return entry;
  });
  return { entries, head };
}

function wireOf({ headerText, salt, bodyText }: WireEntry): WireEntry {
  return { headerText, salt: Buffer.from(salt), bodyText };
}

function problemsOf(text: string): string {
  try {
    decodeBatch(Buffer.from(text));
    return 'none';
  } catch (error) {
    expect(error).toMatchObject({ code: 'MESSAGE_MALFORMED' });
    return error instanceof Error ? error.message : '';
  }
}

test('a batch arrives as it was sent, and verifies up to the head that it signs', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' }), { maxLength: 12 }), (bodies) => {
      const { entries, head } = runOf(bodies);
      const arrived = decodeBatch(encodeBatch(entries, signHead(SIGNER, head)));
      expect(arrived.entries).toEqual(entries.map(wireOf));
      const to = openHead(arrived.headNote, [parseVerifierKey(SIGNER.verifierKey)]);
      expect(verifyChain({ from: genesis('desk-1'), entries: arrived.entries, to })).toHaveLength(bodies.length);
    }),
  );
});

test('a batch is exact lines', () => {
  const entry = { headerText: '{"v":1}', salt: Buffer.alloc(16), bodyText: '{}' };
  const text = `gatehouse/batch/v1\n{"v":1}\n${SALT}\n{}\n\nhead\n`;
  expect(encodeBatch([entry], 'head\n').toString()).toBe(text);
  expect(encodeBatch([], 'head\n').toString()).toBe('gatehouse/batch/v1\n\nhead\n');
  expect(wireBytes(entry)).toBe(`{"v":1}\n${SALT}\n{}\n`.length);
});

test('the salt is written from its own bytes, also when it is a view into a larger buffer', () => {
  const salt = Buffer.from(`ff${'01'.repeat(16)}ff`, 'hex').subarray(1, 17);
  const bytes = encodeBatch([{ headerText: '{}', salt, bodyText: '{}' }], 'head\n');
  expect(decodeBatch(bytes).entries[0]?.salt).toEqual(Buffer.alloc(16, 1));
});

test('the room of a batch is the sum of the room of its entries', () => {
  const { entries, head } = runOf(['a', 'ü', '\u{1f600}']);
  const note = signHead(SIGNER, head);
  const room = entries.reduce((sum, entry) => sum + wireBytes(entry), 0);
  expect(encodeBatch(entries, note).length).toBe(room + encodeBatch([], note).length);
});

test.each([
  ['another type', 'gatehouse/batch/v2\n\nhead\n', 'line 1 is not gatehouse/batch/v1'],
  ['a byte order mark', '\ufeffgatehouse/batch/v1\n\nhead\n', 'line 1 is not'],
  ['no empty line', 'gatehouse/batch/v1\nhead\n', 'no empty line'],
  ['no head note', 'gatehouse/batch/v1\n\n', 'line 3 holds no head note'],
  ['a header alone', 'gatehouse/batch/v1\n{}\n\nhead\n', 'line 3 is empty within an entry'],
  ['no body', `gatehouse/batch/v1\n{}\n${SALT}\n\nhead\n`, 'line 4 is empty within an entry'],
  ['a header that is no object', `gatehouse/batch/v1\n[]\n${SALT}\n{}\n\nhead\n`, 'line 2 is no header'],
  ['a short salt', `gatehouse/batch/v1\n{}\n00\n{}\n\nhead\n`, 'line 3 is no salt'],
  ['a salt in capitals', `gatehouse/batch/v1\n{}\n${'AA'.repeat(16)}\n{}\n\nhead\n`, 'line 3 is no salt'],
  ['a long header', `gatehouse/batch/v1\n{${'x'.repeat(65_535)}\n${SALT}\n{}\n\nhead\n`, 'line 2 is longer than 65535'],
  ['nothing', '', 'no empty line'],
])('a batch with %s is malformed', (_name, text, message) => {
  expect(problemsOf(text)).toContain(message);
});

test('every problem is named with its line', () => {
  const entry = `{}\n${SALT}\n{}\n`;
  expect(problemsOf(`gatehouse/batch/v9\n${entry}[]\nsalt\n{}\n${entry}\nhead\n`)).toBe(
    'batch: line 1 is not gatehouse/batch/v1; line 5 is no header; line 6 is no salt of 32 lower-case hex digits',
  );
});

test('the list of problems is bounded', () => {
  const text = `gatehouse/batch/v1\n${'x\n'.repeat(900)}\nhead\n`;
  expect(problemsOf(text).split(';')).toHaveLength(20);
});

test('bytes that are not UTF-8 are refused', () => {
  const bytes = Buffer.concat([Buffer.from('gatehouse/batch/v1\n\nhead'), Uint8Array.of(0xff), Buffer.from('\n')]);
  expect(() => decodeBatch(bytes)).toThrow('not UTF-8');
});

test('a batch holds its bound of entries and no more', () => {
  const entry = { headerText: '{}', salt: Buffer.alloc(16), bodyText: '{}' };
  const full = Array.from({ length: BATCH_ENTRIES_MAX }, () => entry);
  const bytes = encodeBatch(full, 'head\n');
  expect(decodeBatch(bytes).entries).toHaveLength(BATCH_ENTRIES_MAX);
  expect(() => encodeBatch([...full, entry], 'head\n')).toThrow('batch of 1001 entries');
  const more = bytes.toString().replace('\n', `\n{}\n${SALT}\n{}\n`);
  expect(problemsOf(more)).toContain('1001 entries, more than 1000');
});

test('a batch is as long as its bound and not longer', () => {
  const spare = BATCH_BYTES_MAX - encodeBatch([], '').length;
  const note = 'x'.repeat(spare);
  expect(decodeBatch(encodeBatch([], note)).headNote).toBe(note);
  expect(() => encodeBatch([], `${note}x`)).toThrow('batch of 4194305 bytes');
  expect(() => decodeBatch(Buffer.alloc(BATCH_BYTES_MAX + 1))).toThrow('longer than 4194304 bytes');
});

test('a body of the largest size arrives and one byte more does not', () => {
  const largest = { headerText: '{}', salt: Buffer.alloc(16), bodyText: 'x'.repeat(BODY_BYTES_MAX) };
  expect(decodeBatch(encodeBatch([largest], 'head\n')).entries).toEqual([largest]);
  const longer = { ...largest, bodyText: `${largest.bodyText}x` };
  expect(() => decodeBatch(encodeBatch([longer], 'head\n'))).toThrow('line 4 is longer than 1048575 bytes');
});

test.each([
  ['an empty body', { bodyText: '' }],
  ['a body of two lines', { bodyText: '{}\n{}' }],
  ['a header of two lines', { headerText: '{}\n\n' }],
])('an entry with %s is not sent', (_name, change) => {
  const entry = { headerText: '{}', salt: Buffer.alloc(16), bodyText: '{}' };
  expect(() => encodeBatch([entry, { ...entry, ...change }], 'head\n')).toThrow('entry 2 of the batch');
});
