import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';
import { KitError } from '../errors.ts';
import { sha256 } from './canonical.ts';

/** Signs notes under a name, with a key that was parsed once. */
export interface Signer {
  readonly name: string;
  /** The public half as text, to be pinned by those who verify. Shape: `name+hex(keyId)+base64(0x01 ‖ key)`. */
  readonly verifierKey: string;
  readonly privateKey: KeyObject;
  /** The whole note: the text and one signature. Errors: `VALUE_MALFORMED` where the text cannot be a note's. */
  sign(text: string): string;
  /** The signature alone, as the line that stands in a note. Errors: as `sign`. */
  signatureLine(text: string): string;
}

/** Knows one key; the same key under another name is another verifier. */
export interface Verifier {
  readonly name: string;
  /** Shape: 8 hex digits. */
  readonly keyId: string;
  readonly verifierKey: string;
  verify(text: string, signature: Uint8Array): boolean;
}

/** A note whose signatures were checked: its text, and the names of the known keys that signed it, each once. */
export interface OpenedNote {
  readonly text: string;
  readonly signedBy: readonly string[];
}

/** The most signatures on one note. Source: C2SP signed-note, "Format": at least 16 must be accepted. */
export const NOTE_SIGNATURES_MAX = 16;

/** The longest note. Units: UTF-16 code units. */
const NOTE_LENGTH_MAX = 16 * 1024 * 1024;

const ED25519 = 1;
const SEED_BYTES = 32;
const KEY_ID_BYTES = 4;
const SIGNATURE_BYTES = 64;
const PKCS8_PREFIX = '302e020100300506032b657004220420';
const NAME = '[^\\s\\u0085+]+';
const KEY_NAME = new RegExp(`^${NAME}$`, 'u');
const VERIFIER_KEY = new RegExp(`^(${NAME})\\+([0-9a-f]{8})\\+([A-Za-z0-9+/=]+)$`, 'u');
const SIGNER_KEY = new RegExp(`^PRIVATE\\+KEY\\+(${NAME})\\+([0-9a-f]{8})\\+([A-Za-z0-9+/=]+)$`, 'u');
const SIGNATURE_LINE = new RegExp(`^— (${NAME}) ([A-Za-z0-9+/=]+)$`, 'u');
/** Any character below U+0020 except a line break. */
const CONTROL = /[^\n\x20-\uffff]/;

/** A signer with a new key from the system's random source. Errors: `VALUE_MALFORMED` for a name no note can carry. */
export function generateSigner(name: string): Signer {
  return signerOf(name, generateKeyPairSync('ed25519').privateKey);
}

/** The signer whose key a seed of 32 bytes determines. Errors: `VALUE_MALFORMED` for another length or a bad name. */
export function signerFromSeed(name: string, seed: Uint8Array): Signer {
  if (seed.length !== SEED_BYTES) throw new KitError('VALUE_MALFORMED', `seed of ${seed.length} bytes, not 32`);
  const key = Buffer.concat([Buffer.from(PKCS8_PREFIX, 'hex'), seed]);
  return signerOf(name, createPrivateKey({ key, format: 'der', type: 'pkcs8' }));
}

/**
 * The signer as text for a file that only its owner may read.
 *
 * Shape:  `PRIVATE+KEY+name+hex(keyId)+base64(0x01 ‖ seed)`.
 * Source: golang.org/x/mod/sumdb/note, GenerateKey.
 */
export function encodeSignerKey(signer: Signer): string {
  const seed = Buffer.from(signer.privateKey.export({ format: 'jwk' }).d ?? '', 'base64url');
  const keyId = parseVerifierKey(signer.verifierKey).keyId;
  return `PRIVATE+KEY+${signer.name}+${keyId}+${withType(seed).toString('base64')}`;
}

/** The signer that a text holds. Errors: `VALUE_MALFORMED`; the message never repeats the key. */
export function decodeSignerKey(text: string): Signer {
  const [, name, keyId, base64] = SIGNER_KEY.exec(text.trimEnd()) ?? [];
  const seed = untyped(base64);
  if (name === undefined || seed === undefined) throw malformedKey('signer');
  const signer = signerFromSeed(name, seed);
  if (parseVerifierKey(signer.verifierKey).keyId !== keyId) throw malformedKey('signer');
  return signer;
}

/**
 * The verifier that a text holds.
 *
 * Errors: `VALUE_MALFORMED` where the form, the key id or the type is wrong.
 * Source: C2SP signed-note, "Signatures": the key id is the start of SHA-256 over name, line break, type and key.
 */
export function parseVerifierKey(verifierKey: string): Verifier {
  const [, name, keyId, base64] = VERIFIER_KEY.exec(verifierKey) ?? [];
  const raw = untyped(base64);
  if (name === undefined || keyId === undefined || raw === undefined) throw malformedKey('verifier');
  if (keyIdOf(name, raw).toString('hex') !== keyId) throw malformedKey('verifier');
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url') }, format: 'jwk' });
  return {
    name,
    keyId,
    verifierKey,
    verify: (text, signature) =>
      signature.length === SIGNATURE_BYTES && verify(null, Buffer.from(text), key, signature),
  };
}

/**
 * Opens a note: its text may be believed as far as the named signers are.
 *
 * Errors: `MESSAGE_MALFORMED` where it is no note; `SIGNATURE_INVALID` where no known key signed it, or a signature of a
 *         known key is wrong. Signatures of unknown keys are ignored.
 * Source: C2SP signed-note, "Format" and "Signatures".
 */
export function openNote(note: string, verifiers: readonly Verifier[]): OpenedNote {
  const { text, signatures } = splitNote(note);
  const signedBy = new Set<string>();
  for (const { name, keyId, signature } of signatures) {
    const verifier = verifiers.find((known) => known.name === name && known.keyId === keyId);
    if (verifier === undefined) continue;
    if (!verifier.verify(text, signature)) {
      throw new KitError('SIGNATURE_INVALID', `the signature of ${name} (key ${keyId}) does not fit the text`);
    }
    signedBy.add(name);
  }
  if (signedBy.size > 0) return { text, signedBy: [...signedBy] };
  const claimed = signatures.map(({ name, keyId }) => `${name} (key ${keyId})`).join(', ');
  throw new KitError('SIGNATURE_INVALID', `signed by no known key, only by ${claimed}`);
}

/**
 * The note with one more signature at its end; the same signature is not added twice.
 *
 * Shape:  the signatures that are there already are kept and not checked.
 * Errors: `MESSAGE_MALFORMED` where it is no note; `VALUE_MALFORMED` where it holds `NOTE_SIGNATURES_MAX` already.
 */
export function cosign(note: string, signer: Signer): string {
  const { text, signatures } = splitNote(note);
  const line = signer.signatureLine(text);
  if (signatures.some((signature) => signature.line === line)) return note;
  if (signatures.length < NOTE_SIGNATURES_MAX) return `${note}${line}\n`;
  throw new KitError('VALUE_MALFORMED', `the note carries ${NOTE_SIGNATURES_MAX} signatures already`);
}

interface NoteSignature {
  readonly line: string;
  readonly name: string;
  readonly keyId: string;
  readonly signature: Uint8Array;
}

function splitNote(note: string): { readonly text: string; readonly signatures: readonly NoteSignature[] } {
  const end = note.lastIndexOf('\n\n');
  const text = note.slice(0, end + 1);
  const fault = textFault(note) ?? (end < 0 ? 'no blank line before the signatures' : undefined);
  if (fault !== undefined) throw malformedNote(fault);
  const lines = note.slice(end + 2, -1).split('\n');
  if (lines.length > NOTE_SIGNATURES_MAX) throw malformedNote(`more than ${NOTE_SIGNATURES_MAX} signatures`);
  return { text, signatures: lines.map(parseSignatureLine) };
}

function parseSignatureLine(line: string, index: number): NoteSignature {
  const [, name, base64] = SIGNATURE_LINE.exec(line) ?? [];
  const bytes = base64 === undefined ? undefined : strictBase64(base64);
  if (name === undefined || bytes === undefined || bytes.length <= KEY_ID_BYTES) {
    throw malformedNote(`signature ${index + 1} has not its form`);
  }
  const keyId = bytes.toString('hex', 0, KEY_ID_BYTES);
  return { line, name, keyId, signature: bytes.subarray(KEY_ID_BYTES) };
}

function textFault(text: string): string | undefined {
  if (text.length > NOTE_LENGTH_MAX) return `longer than ${NOTE_LENGTH_MAX}`;
  if (!text.endsWith('\n')) return 'no line break at the end';
  if (CONTROL.test(text)) return 'a control character';
  return text.isWellFormed() ? undefined : 'a lone surrogate';
}

function signerOf(name: string, privateKey: KeyObject): Signer {
  if (!KEY_NAME.test(name) || CONTROL.test(name) || !name.isWellFormed()) {
    throw new KitError('VALUE_MALFORMED', `key name ${JSON.stringify(name)}`, {
      hint: 'A key name is not empty and holds no space and no plus sign.',
    });
  }
  const raw = Buffer.from(createPublicKey(privateKey).export({ format: 'jwk' }).x ?? '', 'base64url');
  const keyId = keyIdOf(name, raw);
  const signatureLine = (text: string): string => {
    const fault = textFault(text);
    if (fault !== undefined) throw new KitError('VALUE_MALFORMED', `text to be signed: ${fault}`);
    const signature = sign(null, Buffer.from(text), privateKey);
    return `— ${name} ${Buffer.concat([keyId, signature]).toString('base64')}`;
  };
  return {
    name,
    verifierKey: `${name}+${keyId.toString('hex')}+${withType(raw).toString('base64')}`,
    privateKey,
    signatureLine,
    sign: (text) => `${text}\n${signatureLine(text)}\n`,
  };
}

function keyIdOf(name: string, raw: Uint8Array): Buffer {
  return sha256(`${name}\n`, withType(raw)).subarray(0, KEY_ID_BYTES);
}

function withType(raw: Uint8Array): Buffer {
  return Buffer.concat([Uint8Array.of(ED25519), raw]);
}

/** The 32 bytes behind the type byte; undefined where type, length or base64 is another. */
function untyped(base64: string | undefined): Buffer | undefined {
  const bytes = base64 === undefined ? undefined : strictBase64(base64);
  return bytes?.length === 1 + SEED_BYTES && bytes[0] === ED25519 ? bytes.subarray(1) : undefined;
}

/** The bytes of base64 in its only spelling; undefined otherwise. */
function strictBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}

function malformedKey(which: 'signer' | 'verifier'): KitError {
  return new KitError('VALUE_MALFORMED', `${which} key without its form`, {
    hint: 'Copy the whole key as one line; it names its owner, an id of eight digits and the key.',
  });
}

function malformedNote(fault: string): KitError {
  return new KitError('MESSAGE_MALFORMED', `signed note: ${fault}`);
}
