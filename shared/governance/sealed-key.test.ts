import { expect, test } from 'vitest';
import { decodeSignerKey, encodeSignerKey, signerFromSeed } from '../journal/note.ts';
import { isSealedKey, NONCE_BYTES, openSealedKey, publicHalfOf, SALT_BYTES, sealKey } from './sealed-key.ts';

const signer = signerFromSeed('p-anna', new Uint8Array(32).fill(7));
const sealing = {
  passphrase: 'four words nobody joins',
  salt: new Uint8Array(SALT_BYTES).fill(1),
  nonce: new Uint8Array(NONCE_BYTES).fill(2),
};
const sealed = sealKey(signer, sealing);

test('a sealed key opens with its passphrase to the key that was sealed', () => {
  const opened = openSealedKey(sealed, sealing.passphrase);
  expect(encodeSignerKey(opened)).toBe(encodeSignerKey(signer));
  expect(publicHalfOf(sealed)).toBe(signer.verifierKey);
});

test('the private key is nowhere in the file', () => {
  expect(sealed).not.toContain('PRIVATE');
  expect(sealed).not.toContain(encodeSignerKey(signer).split('+').at(-1));
});

test('another passphrase says that it does not open the key', () => {
  expect(() => openSealedKey(sealed, 'four words nobody joinz')).toThrow('the passphrase does not open the key p-anna');
});

test('a public half that was changed is found', () => {
  const other = signerFromSeed('p-anna', new Uint8Array(32).fill(8));
  const changed = sealed.replace(signer.verifierKey, other.verifierKey);
  expect(changed).not.toBe(sealed);
  expect(() => openSealedKey(changed, sealing.passphrase)).toThrow('does not open');
});

test('a passphrase of eleven characters is refused, one of twelve is not', () => {
  expect(() => sealKey(signer, { ...sealing, passphrase: 'a'.repeat(11) })).toThrow('less than 12 characters');
  expect(isSealedKey(sealKey(signer, { ...sealing, passphrase: 'a'.repeat(12) }))).toBe(true);
});

test.each([
  ['an open key', `${encodeSignerKey(signer)}\n`],
  ['nothing', ''],
  ['a cheaper cost', sealed.replace('"N":131072', '"N":16384')],
  ['a line too many', `${sealed}more\n`],
  ['a short nonce', sealed.replace(/"nonce":"[^"]+"/, '"nonce":"AAAA"')],
  ['nothing sealed', sealed.replace(/"sealed":"[^"]+"/, '"sealed":"AAAA"')],
])('%s is no sealed key', (_, text) => {
  expect(() => publicHalfOf(text)).toThrow('the file holds no sealed signing key');
});

test('a key in the open is told from a sealed one', () => {
  const open = `${encodeSignerKey(signer)}\n`;
  expect([isSealedKey(open), isSealedKey(sealed)]).toEqual([false, true]);
  expect(decodeSignerKey(open).name).toBe('p-anna');
});
