import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { KitError } from '@gatehouse/shared/errors.ts';
import { decodeSignerKey, encodeSignerKey, generateSigner, type Signer } from '@gatehouse/shared/journal/note.ts';
import { writeDurably } from './durable-file.ts';
import { ensureFolder } from './journal-folder.ts';
import { fileFailure } from './sql-failure.ts';

/** The file of the private key, readable by its owner alone. */
const KEY_NAME = 'edge.key';
/** The file of the public key, for those who pin it. */
const VERIFIER_NAME = 'edge.vkey';

const OTHERS_MASK = 0o077;

/** An edge's key, and whether it was made just now. */
export interface EdgeKey {
  readonly signer: Signer;
  readonly isNew: boolean;
}

/**
 * The signing key of an edge, made on first use and never again.
 *
 * Errors: `FORBIDDEN` where others may read the file; `FILE_MALFORMED` where it holds no key or that of another edge;
 *         those of `fileFailure`.
 */
export async function loadEdgeKey(folder: string, edge: string): Promise<EdgeKey> {
  ensureFolder(folder);
  const path = join(folder, KEY_NAME);
  const known = statSync(path, { throwIfNoEntry: false });
  const signer = known === undefined ? generateSigner(edge) : readKey(path, known.mode, edge);
  if (known === undefined) await writeDurably(path, `${encodeSignerKey(signer)}\n`);
  await writeDurably(join(folder, VERIFIER_NAME), `${signer.verifierKey}\n`);
  return { signer, isNew: known === undefined };
}

function readKey(path: string, mode: number, edge: string): Signer {
  // Windows has no such rights; there the folder's own list of rights decides.
  if (process.platform !== 'win32' && (mode & OTHERS_MASK) !== 0) throw tooOpen(path, mode);
  const signer = decodeKey(readText(path), path);
  if (signer.name === edge) return signer;
  throw new KitError('FILE_MALFORMED', `${path} is the key of ${signer.name}, not of ${edge}`, {
    hint: 'Name the folder of this edge; a key is never used under another name.',
  });
}

function decodeKey(text: string, path: string): Signer {
  try {
    return decodeSignerKey(text);
  } catch (cause) {
    throw new KitError('FILE_MALFORMED', `${path} holds no signing key`, {
      hint: 'Restore the file from a copy; with a new key the hub has to approve this edge again.',
      cause,
    });
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw fileFailure(cause, path);
  }
}

function tooOpen(path: string, mode: number): KitError {
  return new KitError('FORBIDDEN', `${path} may be read by others (mode ${(mode & 0o777).toString(8)})`, {
    hint: `Run "chmod 600 ${path}"; if others had access, make a new key and have the hub approve it.`,
  });
}
