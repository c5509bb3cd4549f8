import { createPublicKey, sign, verify } from 'node:crypto';
import { KitError } from '../errors.ts';
import { sha256 } from './canonical.ts';
import type { Signer } from './note.ts';

/** A witness whose word counts. */
export interface Cosigner {
  readonly name: string;
  /** Shape: 8 hex digits. */
  readonly keyId: string;
  verify(checkpointText: string, signature: Uint8Array): boolean;
}

/** What a witness said: at that time this was the largest log that it knew, and it only ever grew. Units: Unix seconds. */
export interface Cosignature {
  readonly name: string;
  readonly at: number;
}

const COSIGNATURE = 4;
const KEY_BYTES = 32;
const KEY_ID_BYTES = 4;
const TIME_BYTES = 8;
const SIGNATURE_BYTES = 64;
const COSIGNER_KEY = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/u;
const SIGNATURE_LINE = /^— ([^\s+]+) ([A-Za-z0-9+/=]+)$/u;

/** The public key of a witness as text, to be pinned. Shape: `name+hex(keyId)+base64(0x04 ‖ key)`. Source: C2SP tlog-cosignature. */
export function cosignerKey(signer: Signer): string {
  const raw = rawKey(signer);
  return `${signer.name}+${keyIdOf(signer.name, raw).toString('hex')}+${typed(raw).toString('base64')}`;
}

/**
 * The signature line of a witness for the text of a checkpoint. Units: `at` is in Unix seconds.
 *
 * Source: C2SP tlog-cosignature, "Ed25519 signed message".
 */
export function cosignatureLine(signer: Signer, text: string, at: number): string {
  const time = Buffer.alloc(TIME_BYTES);
  time.writeBigUInt64BE(BigInt(at));
  const signature = sign(null, message(text, BigInt(at)), signer.privateKey);
  const bytes = Buffer.concat([keyIdOf(signer.name, rawKey(signer)), time, signature]);
  return `— ${signer.name} ${bytes.toString('base64')}`;
}

/** The witness that a text names. Errors: `VALUE_MALFORMED` where form, key id or type is wrong. */
export function parseCosignerKey(text: string): Cosigner {
  const [, name = '', keyId, base64 = ''] = COSIGNER_KEY.exec(text.trim()) ?? [];
  const bytes = Buffer.from(base64, 'base64');
  const raw = bytes.subarray(1);
  const isKey = bytes[0] === COSIGNATURE && raw.length === KEY_BYTES && keyIdOf(name, raw).toString('hex') === keyId;
  if (keyId === undefined || !isKey || bytes.toString('base64') !== base64) {
    throw new KitError('VALUE_MALFORMED', 'the key of a witness without its form', {
      hint: 'Copy the whole line that "gatehouse witness" prints at its start.',
    });
  }
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url') }, format: 'jwk' });
  return {
    name,
    keyId,
    verify: (checkpointText, signature) => {
      const buffer = Buffer.from(signature);
      if (buffer.length !== TIME_BYTES + SIGNATURE_BYTES) return false;
      return verify(null, message(checkpointText, buffer.readBigUInt64BE()), key, buffer.subarray(TIME_BYTES));
    },
  };
}

/**
 * What known witnesses say on a checkpoint; lines of unknown keys are ignored.
 *
 * Errors: `SIGNATURE_INVALID` where the line of a known witness does not fit.
 */
export function cosignaturesOf(note: string, cosigners: readonly Cosigner[]): readonly Cosignature[] {
  const end = note.lastIndexOf('\n\n');
  const text = note.slice(0, end + 1);
  return note
    .slice(end + 2)
    .split('\n')
    .flatMap((line) => {
      const [, name, base64 = ''] = SIGNATURE_LINE.exec(line) ?? [];
      const bytes = Buffer.from(base64, 'base64');
      const keyId = bytes.toString('hex', 0, KEY_ID_BYTES);
      const known = cosigners.find((cosigner) => cosigner.name === name && cosigner.keyId === keyId);
      if (known === undefined) return [];
      const signature = bytes.subarray(KEY_ID_BYTES);
      if (known.verify(text, signature)) return [{ name: known.name, at: Number(signature.readBigUInt64BE()) }];
      throw new KitError('SIGNATURE_INVALID', `the cosignature of ${name} does not fit the checkpoint`);
    });
}

function message(text: string, at: bigint): Buffer {
  return Buffer.from(`cosignature/v1\ntime ${at}\n${text}`);
}

function rawKey(signer: Signer): Buffer {
  return Buffer.from(createPublicKey(signer.privateKey).export({ format: 'jwk' }).x ?? '', 'base64url');
}

function typed(raw: Uint8Array): Buffer {
  return Buffer.concat([Uint8Array.of(COSIGNATURE), raw]);
}

function keyIdOf(name: string, raw: Uint8Array): Buffer {
  return sha256(`${name}\n`, typed(raw)).subarray(0, KEY_ID_BYTES);
}
