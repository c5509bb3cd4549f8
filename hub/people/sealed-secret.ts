import { createCipheriv, createDecipheriv } from 'node:crypto';
import { KitError } from '@gatehouse/shared/errors.ts';
import type { RandomBytes } from './secret-token.ts';

/** A secret that may be stored, bound to its owner so that it cannot be moved to another row. */
export interface SecretSeal {
  seal(secret: string, owner: string): string;
  /** Errors: `SIGNATURE_INVALID` where the text was changed, belongs to another owner, or the key is another. */
  open(sealed: string, owner: string): string;
}

const VERSION = 'v1';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Seals with AES-256-GCM. Shape: `v1.` and the base64url of IV, tag and ciphertext. */
export function secretSeal(key: Uint8Array, random: RandomBytes): SecretSeal {
  return {
    seal(secret, owner) {
      const iv = random(IV_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(ownerBytes(owner));
      const text = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
      return `${VERSION}.${Buffer.concat([iv, cipher.getAuthTag(), text]).toString('base64url')}`;
    },
    open(sealed, owner) {
      const bytes = Buffer.from(sealed.slice(VERSION.length + 1), 'base64url');
      try {
        const iv = bytes.subarray(0, IV_BYTES);
        const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES });
        decipher.setAAD(ownerBytes(owner)).setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
        const text = decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES));
        return Buffer.concat([text, decipher.final()]).toString('utf8');
      } catch (cause) {
        throw new KitError('SIGNATURE_INVALID', `the sealed secret of ${owner} does not open`, {
          hint: 'The file hub/people.key is not the one that sealed it; restore it from the same backup as the database.',
          cause,
        });
      }
    },
  };
}

function ownerBytes(owner: string): Buffer {
  return Buffer.from(`gatehouse/people/${VERSION}\n${owner}`, 'utf8');
}
