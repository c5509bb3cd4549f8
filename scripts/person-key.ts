import { statSync } from 'node:fs';
import { readDocument } from '@gatehouse/edge/governance/governance-folders.ts';
import { KitError } from '@gatehouse/shared/errors.ts';
import { isSealedKey, openSealedKey, publicHalfOf } from '@gatehouse/shared/governance/sealed-key.ts';
import { isTestKey } from '@gatehouse/shared/governance/trust.ts';
import { decodeSignerKey, parseVerifierKey, type Signer } from '@gatehouse/shared/journal/note.ts';
import { readPassphrase } from './passphrase.ts';

const OTHERS_MASK = 0o077;

/** Where a person's key is, and where its passphrase may be. */
export interface PersonKeyRequest {
  readonly path: string;
  readonly passphraseFile: string | undefined;
}

/**
 * The signer in a person's key file.
 *
 * Shape:  sealed keys ask for their passphrase; a key in the open counts where it was made for a demonstration, and nowhere else.
 * Errors: `FORBIDDEN` for a file that others may read, an unsealed key of a person or a wrong passphrase; `FILE_MALFORMED`, `NOT_FOUND`.
 */
export async function loadPersonKey({ path, passphraseFile }: PersonKeyRequest): Promise<Signer> {
  const text = readDocument(path);
  requirePrivate(path);
  if (isSealedKey(text)) {
    const [name = ''] = publicHalfOf(text).split('+');
    const question = `Passphrase of ${name}`;
    return openSealedKey(text, await readPassphrase({ file: passphraseFile, question, isNew: false }));
  }
  const signer = openKey(text, path);
  if (isTestKey(signer.name)) return signer;
  throw new KitError('FORBIDDEN', `${path} holds the key of ${signer.name} unsealed`, {
    hint: 'Make a sealed key with "gatehouse keys make", and have the roots name it in place of this one.',
  });
}

/** The public key in a file, alone on its line. Errors: `NOT_FOUND`, `VALUE_MALFORMED`. */
export function readPublicKey(path: string): string {
  return parseVerifierKey(readDocument(path).trim()).verifierKey;
}

function openKey(text: string, path: string): Signer {
  try {
    return decodeSignerKey(text);
  } catch (cause) {
    throw new KitError('FILE_MALFORMED', `${path} holds no signing key`, {
      hint: 'Name a file that "gatehouse keys make" wrote, the one that ends in .key.',
      cause,
    });
  }
}

function requirePrivate(path: string): void {
  // Windows has no such rights; there the folder's own list of rights decides.
  if (process.platform === 'win32' || (statSync(path).mode & OTHERS_MASK) === 0) return;
  throw new KitError('FORBIDDEN', `${path} may be read by others`, {
    hint: `Run "chmod 600 ${path}"; if others had access, make a new key and have the roots name it.`,
  });
}
