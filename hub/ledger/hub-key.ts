import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KitError } from '@gatehouse/shared/errors.ts';
import { openCheckpoint } from '@gatehouse/shared/journal/checkpoint.ts';
import {
  decodeSignerKey,
  encodeSignerKey,
  generateSigner,
  parseVerifierKey,
  type Signer,
} from '@gatehouse/shared/journal/note.ts';
import { writeDurably } from '../store/postgres/durable-file.ts';

/** The file of the public half of the hub's key. */
export const VERIFIER_KEY_FILE = 'hub.vkey';

const OWNER_ONLY_FILE = 0o600;
const OWNER_ONLY_FOLDER = 0o700;
const READABLE = 0o644;
const RIGHTS_OF_OTHERS = 0o077;

/** Where the key lies, whose log it signs, and whether that log has a checkpoint already. */
export interface HubKeyOptions {
  readonly folder: string;
  readonly origin: string;
  readonly isSigned: boolean;
}

/**
 * The hub's online key: read from `hub.key` in the folder, or made there while nothing was signed yet.
 *
 * Shape:  the file is its owner's alone; `hub.vkey` beside it is the public half, to be pinned by edges and verifiers.
 * Errors: `FOLDER_UNUSABLE` where others may read the key, `FILE_MALFORMED` where it is no key or another hub's,
 *         `LEDGER_MISMATCH` where it is missing although something was signed.
 */
export async function loadHubKey(options: HubKeyOptions): Promise<Signer> {
  const { folder, origin, isSigned } = options;
  await mkdir(folder, { recursive: true, mode: OWNER_ONLY_FOLDER });
  const path = join(folder, 'hub.key');
  const found = await readKey(path);
  if (found === undefined && isSigned) throw strangeLedger(`${path} is missing`);
  const signer = found ?? (await makeKey(path, origin));
  if (signer.name !== origin) {
    throw new KitError('FILE_MALFORMED', `${path} is the key of ${signer.name}, not of ${origin}`, {
      hint: 'Start the hub with the id it was made with; a ledger is signed under one name for ever.',
    });
  }
  await writeFile(join(folder, VERIFIER_KEY_FILE), `${signer.verifierKey}\n`, { mode: READABLE });
  return signer;
}

/** Refuses a log whose newest checkpoint another key signed: two hubs would sign two logs. Errors: `LEDGER_MISMATCH`. */
export function assertSignedBy(signer: Signer, newest: string): void {
  try {
    openCheckpoint(newest, [parseVerifierKey(signer.verifierKey)]);
  } catch (cause) {
    throw strangeLedger(`the key ${signer.verifierKey} did not sign the newest checkpoint`, cause);
  }
}

function strangeLedger(what: string, cause?: unknown): KitError {
  return new KitError('LEDGER_MISMATCH', `${what}, and the database holds a ledger that was signed before`, {
    hint: 'Put back the key from the backup that has this database; another key would start a ledger that no edge believes.',
    cause,
  });
}

async function readKey(path: string): Promise<Signer | undefined> {
  const rights = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new KitError('FOLDER_UNUSABLE', `${path} cannot be read (${error.code})`, { cause: error });
  });
  if (rights === undefined) return undefined;
  if (process.platform !== 'win32' && (rights.mode & RIGHTS_OF_OTHERS) !== 0) {
    throw new KitError('FOLDER_UNUSABLE', `${path} may be read by others`, {
      hint: `Run: chmod 600 ${path}. If others had access to this machine, replace the key.`,
    });
  }
  return decodeKey(path, await readFile(path, 'utf8'));
}

function decodeKey(path: string, text: string): Signer {
  try {
    return decodeSignerKey(text);
  } catch (cause) {
    throw new KitError('FILE_MALFORMED', `${path} holds no signing key`, {
      hint: 'Restore it from the backup; a new key would start a ledger that no edge believes.',
      cause,
    });
  }
}

async function makeKey(path: string, origin: string): Promise<Signer> {
  const signer = generateSigner(origin);
  await writeDurably(path, `${encodeSignerKey(signer)}\n`, OWNER_ONLY_FILE);
  return signer;
}
