import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Checkpoint, checkpointText, openCheckpoint, parseCheckpoint, signCheckpoint } from './checkpoint.ts';
import { EMPTY_ROOT } from './merkle.ts';
import { cosign, parseVerifierKey, signerFromSeed } from './note.ts';

const LOG = signerFromSeed('hub.example/ledger', Buffer.alloc(32, 1));
const WITNESS = signerFromSeed('desk-1', Buffer.alloc(32, 2));
const VERIFIERS = [parseVerifierKey(LOG.verifierKey)];
const EMPTY: Checkpoint = { origin: 'hub.example/ledger', size: 0, root: EMPTY_ROOT };
const ROOT = 'CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=';

test('the example of the specification reads and is written the same', () => {
  const text = `example.com/behind-the-sofa\n20852163\n${ROOT}\n`;
  const checkpoint = parseCheckpoint(text);
  expect(checkpoint).toMatchObject({ origin: 'example.com/behind-the-sofa', size: 20852163 });
  expect(checkpointText(checkpoint)).toBe(text);
});

test('a signed checkpoint opens as the same checkpoint', () => {
  const root = fc.uint8Array({ minLength: 32, maxLength: 32 });
  fc.assert(
    fc.property(fc.maxSafeNat(), root, (size, bytes) => {
      const opened = openCheckpoint(signCheckpoint(LOG, { ...EMPTY, size, root: bytes }), VERIFIERS);
      expect(opened).toMatchObject({ origin: EMPTY.origin, size, signedBy: ['hub.example/ledger'] });
      expect(Buffer.from(opened.root)).toEqual(Buffer.from(bytes));
    }),
  );
});

test('a witness signs the same checkpoint', () => {
  const note = cosign(signCheckpoint(LOG, EMPTY), WITNESS);
  const opened = openCheckpoint(note, [...VERIFIERS, parseVerifierKey(WITNESS.verifierKey)]);
  expect(opened.signedBy).toEqual(['hub.example/ledger', 'desk-1']);
});

test('a checkpoint with another size has no valid signature', () => {
  const note = signCheckpoint(LOG, EMPTY).replace('\n0\n', '\n1\n');
  expect(() => openCheckpoint(note, VERIFIERS)).toThrow(expect.objectContaining({ code: 'SIGNATURE_INVALID' }));
});

test.each([
  ['a leading zero', `a.example/l\n01\n${ROOT}\n`],
  ['a negative size', `a.example/l\n-1\n${ROOT}\n`],
  ['a size beyond the safe integers', `a.example/l\n9007199254740992\n${ROOT}\n`],
  ['a short root', 'a.example/l\n1\nAAAA\n'],
  ['a root with loose bits', `a.example/l\n1\n${ROOT.replace('2I=', '2J=')}\n`],
  ['no origin', `\n1\n${ROOT}\n`],
  ['an origin with a space', `a l\n1\n${ROOT}\n`],
  ['an origin with a plus sign', `a+l\n1\n${ROOT}\n`],
  ['an origin with a control character', `a\0l\n1\n${ROOT}\n`],
  ['an extension line', `a.example/l\n1\n${ROOT}\nmore\n`],
  ['no line break at the end', `a.example/l\n1\n${ROOT}`],
  ['nothing', ''],
])('a checkpoint with %s is malformed', (_name, text) => {
  expect(() => parseCheckpoint(text)).toThrow(expect.objectContaining({ code: 'MESSAGE_MALFORMED' }));
});

test('the largest size is taken', () => {
  expect(parseCheckpoint(`a.example/l\n9007199254740991\n${ROOT}\n`).size).toBe(Number.MAX_SAFE_INTEGER);
});

test.each<[string, Partial<Checkpoint>]>([
  ['an origin with a line break', { origin: 'a\nb' }],
  ['a fraction as size', { size: 0.5 }],
  ['a negative size', { size: -1 }],
  ['a root of 31 bytes', { root: new Uint8Array(31) }],
])('%s is not signed', (_name, change) => {
  const signed = () => signCheckpoint(LOG, { ...EMPTY, ...change });
  expect(signed).toThrow(expect.objectContaining({ code: 'VALUE_MALFORMED' }));
});
