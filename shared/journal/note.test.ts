import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  cosign,
  decodeSignerKey,
  encodeSignerKey,
  generateSigner,
  NOTE_SIGNATURES_MAX,
  openNote,
  parseVerifierKey,
  type Signer,
  signerFromSeed,
} from './note.ts';

/** The example of C2SP signed-note. */
const SPEC_KEY = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k';
const SPEC_NOTE =
  'This is an example message.\n\n' +
  '— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n';

/** The example of golang.org/x/mod/sumdb/note. */
const GO_SIGNER = 'PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz';
const GO_VERIFIER = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
const GO_TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const GO_NOTE =
  `${GO_TEXT}\n` +
  '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n';

const seed = fc.uint8Array({ minLength: 32, maxLength: 32 });
const noteText = fc
  .array(fc.string({ unit: 'grapheme', maxLength: 20 }), { minLength: 1, maxLength: 6 })
  .map((lines) => `${lines.join('\n')}\n`);

function verifierOf(signer: Signer) {
  return parseVerifierKey(signer.verifierKey);
}

function signerNumber(number: number, name = `desk-${number}`): Signer {
  return signerFromSeed(name, Buffer.alloc(32, number));
}

test('the example of the specification opens', () => {
  const opened = openNote(SPEC_NOTE, [parseVerifierKey(SPEC_KEY)]);
  expect(opened).toEqual({ text: 'This is an example message.\n', signedBy: ['example.com/foo'] });
});

test('we sign and open what the Go implementation signs, to the byte', () => {
  const signer = decodeSignerKey(GO_SIGNER);
  expect(signer.verifierKey).toBe(GO_VERIFIER);
  expect(encodeSignerKey(signer)).toBe(GO_SIGNER);
  expect(signer.sign(GO_TEXT)).toBe(GO_NOTE);
  expect(openNote(GO_NOTE, [parseVerifierKey(GO_VERIFIER)]).text).toBe(GO_TEXT);
});

test('a seed of zeros gives the key that the Go implementation makes of it', () => {
  const signer = signerFromSeed('EnochRoot', Buffer.alloc(32));
  expect(signer.verifierKey).toBe('EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop');
});

test('what is signed opens again, after the key was written and read too', () => {
  fc.assert(
    fc.property(seed, noteText, (bytes, text) => {
      const signer = signerFromSeed('hub.example/ledger', bytes);
      const again = decodeSignerKey(`${encodeSignerKey(signer)}\n`);
      expect(openNote(again.sign(text), [verifierOf(signer)])).toEqual({ text, signedBy: ['hub.example/ledger'] });
    }),
  );
});

test('new keys differ from each other', () => {
  const [one, two] = [generateSigner('desk-1'), generateSigner('desk-1')];
  expect(one.verifierKey).not.toBe(two.verifierKey);
  expect(openNote(one.sign('a\n'), [verifierOf(one)]).signedBy).toEqual(['desk-1']);
  expect(() => openNote(one.sign('a\n'), [verifierOf(two)])).toThrow('signed by no known key, only by desk-1');
});

test('a change of any character of the text is refused', () => {
  const signer = signerNumber(1);
  const text = 'units 100\nlimit 10.20';
  const note = signer.sign(`${text}\n`);
  const verifiers = [verifierOf(signer)];
  for (let place = 0; place < text.length; place += 1) {
    const altered = `${note.slice(0, place)}~${note.slice(place + 1)}`;
    expect(() => openNote(altered, verifiers)).toThrow(expect.objectContaining({ code: 'SIGNATURE_INVALID' }));
  }
});

test('a change of any character of the signature line is refused', () => {
  const signer = signerNumber(1);
  const note = signer.sign('a\n');
  for (let place = 'a\n\n'.length; place < note.length; place += 1) {
    const altered = `${note.slice(0, place)}${note[place] === 'B' ? 'C' : 'B'}${note.slice(place + 1)}`;
    expect(() => openNote(altered, [verifierOf(signer)])).toThrow();
  }
});

test('two signers are both named, and unknown ones are ignored', () => {
  const [one, two] = [signerNumber(1), signerNumber(2)];
  const note = cosign(one.sign('raise the limit\n'), two);
  expect(openNote(note, [verifierOf(one), verifierOf(two)]).signedBy).toEqual(['desk-1', 'desk-2']);
  expect(openNote(note, [verifierOf(two)]).signedBy).toEqual(['desk-2']);
  expect(() => openNote(note, [])).toThrow('desk-1 (key');
});

test('a signature counts once, however often it stands there', () => {
  const signer = signerNumber(1);
  const note = signer.sign('a\n');
  expect(cosign(note, signer)).toBe(note);
  const repeated = `${note}${signer.signatureLine('a\n')}\n`;
  expect(openNote(repeated, [verifierOf(signer)]).signedBy).toEqual(['desk-1']);
});

test('two keys under one name are one signer', () => {
  const [old, next] = [signerNumber(1, 'officer'), signerNumber(2, 'officer')];
  const note = cosign(old.sign('a\n'), next);
  expect(openNote(note, [verifierOf(old), verifierOf(next)]).signedBy).toEqual(['officer']);
});

test('a wrong signature under a known key refuses the note, whoever else signed', () => {
  const [one, two] = [signerNumber(1), signerNumber(2)];
  const note = `${one.sign('a\n')}${two.signatureLine('b\n')}\n`;
  expect(openNote(note, [verifierOf(one)]).signedBy).toEqual(['desk-1']);
  expect(() => openNote(note, [verifierOf(one), verifierOf(two)])).toThrow('the signature of desk-2');
});

test('the same key under another name is another signer', () => {
  const note = signerNumber(1, 'desk-1').sign('a\n');
  expect(() => openNote(note, [verifierOf(signerNumber(1, 'desk-9'))])).toThrow('signed by no known key');
});

test('a note holds its bound of signatures and no more', () => {
  const signers = Array.from({ length: NOTE_SIGNATURES_MAX + 1 }, (_, index) => signerNumber(index));
  const [first, ...others] = signers;
  const last = others.pop();
  if (first === undefined || last === undefined) throw new Error('the signers were made');
  const full = others.reduce((note, signer) => cosign(note, signer), first.sign('a\n'));
  expect(openNote(full, signers.map(verifierOf)).signedBy).toHaveLength(NOTE_SIGNATURES_MAX);
  expect(() => cosign(full, last)).toThrow('16 signatures already');
  expect(() => openNote(`${full}${last.signatureLine('a\n')}\n`, [verifierOf(first)])).toThrow('more than 16');
});

test('the text may hold empty lines and lines that look like signatures', () => {
  const signer = signerNumber(1);
  const text = `a\n\n${signer.signatureLine('b\n')}\n\n`;
  expect(openNote(signer.sign(text), [verifierOf(signer)]).text).toBe(text);
});

test.each([
  ['no signature', 'a\n'],
  ['an empty signature block', 'a\n\n'],
  ['no line break at the end', SPEC_NOTE.slice(0, -1)],
  ['an empty text', SPEC_NOTE.slice('This is an example message.\n'.length)],
  ['a tab', SPEC_NOTE.replace('This is', 'This\tis')],
  ['a carriage return', SPEC_NOTE.replaceAll('\n', '\r\n')],
  ['a lone surrogate', SPEC_NOTE.replace('This', '\ud800')],
  ['a hyphen for the dash', SPEC_NOTE.replace('—', '-')],
  ['base64 with loose bits', SPEC_NOTE.replace('aQM=', 'aQN=')],
  ['base64 without padding', SPEC_NOTE.replace('aQM=', 'aQM')],
  ['a signature of no bytes', 'a\n\n— desk-1 AAAAAA==\n'],
  ['a name with a plus sign', SPEC_NOTE.replace('/foo', '+foo')],
  ['a name with a wide space', SPEC_NOTE.replace('/foo', '\u2003foo')],
  ['a line after the signatures', `${SPEC_NOTE}b\n`],
])('a note with %s is malformed', (_name, note) => {
  const verifiers = [parseVerifierKey(SPEC_KEY)];
  expect(() => openNote(note, verifiers)).toThrow(expect.objectContaining({ code: 'MESSAGE_MALFORMED' }));
});

test('a signature of another length under a known key is refused', () => {
  const note = `a\n\n— example.com/foo ${Buffer.from('530d903a00', 'hex').toString('base64')}\n`;
  expect(() => openNote(note, [parseVerifierKey(SPEC_KEY)])).toThrow('does not fit');
});

test.each(['', 'a', 'a\tb\n', 'a\0\n', '\ud800\n'])('the text %j is not signed', (text) => {
  expect(() => signerNumber(1).sign(text)).toThrow(expect.objectContaining({ code: 'VALUE_MALFORMED' }));
});

test.each(['', 'two words', 'a+b', 'a\u00a0b', 'a\u0085b', 'a\0b', '\ud800'])('the name %j is no key name', (name) => {
  expect(() => generateSigner(name)).toThrow(expect.objectContaining({ code: 'VALUE_MALFORMED' }));
});

test('every cut and every change of a verifier key is refused', () => {
  for (let place = 0; place < SPEC_KEY.length; place += 1) {
    expect(() => parseVerifierKey(SPEC_KEY.slice(0, place))).toThrow('verifier key');
    expect(() => parseVerifierKey(SPEC_KEY.slice(place + 1))).toThrow('verifier key');
    const other = SPEC_KEY[place] === 'a' ? 'b' : 'a';
    expect(() => parseVerifierKey(`${SPEC_KEY.slice(0, place)}${other}${SPEC_KEY.slice(place + 1)}`)).toThrow();
  }
});

test('keys of another length or type are refused though their id fits', () => {
  expect(() =>
    parseVerifierKey('PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY=='),
  ).toThrow();
  expect(() => parseVerifierKey('PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW')).toThrow();
});

test('under the key that is the neutral point, the signature that would fit every text fits none', () => {
  const neutral = Buffer.alloc(32);
  neutral[0] = 1;
  const typed = Buffer.concat([Uint8Array.of(1), neutral]);
  const keyId = createHash('sha256').update('desk-1\n').update(typed).digest('hex').slice(0, 8);
  const verifier = parseVerifierKey(`desk-1+${keyId}+${typed.toString('base64')}`);
  expect(verifier.verify('a\n', Buffer.concat([neutral, Buffer.alloc(32)]))).toBe(false);
});

test('a signer key is refused when damaged, and never repeated in the message', () => {
  for (const text of [GO_SIGNER.slice(0, -1), GO_SIGNER.replace('c74f20a3', 'c74f20a4'), GO_VERIFIER, '']) {
    expect(() => decodeSignerKey(text)).toThrow(/^signer key without its form$/);
  }
  expect(() => signerFromSeed('desk-1', Buffer.alloc(31))).toThrow('seed of 31 bytes');
});
