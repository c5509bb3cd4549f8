import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describeError, KitError } from '@gatehouse/shared/errors.ts';

/** Where an edge keeps who may sign what, and what they signed. */
export interface GovernanceFolders {
  /** Versions of trust, `trust-000001.note` and so on. */
  readonly trust: string;
  /** Every sheet that was accepted, named by its hash. */
  readonly accepted: string;
  /** Documents that wait for the next start. */
  readonly inbox: string;
  /** Documents from the inbox that were refused. */
  readonly refused: string;
  /** Keys of people; only a demonstration has any here. */
  readonly demoKeys: string;
}

/** The largest signed document. Units: bytes. Source: the journal's schema of a sheet. */
export const DOCUMENT_BYTES_MAX = 500_000;

/** The most documents that may wait in the inbox. */
const INBOX_FILES_MAX = 100;

/** The places below an edge's data folder. */
export function governanceFolders(root: string): GovernanceFolders {
  return {
    trust: join(root, 'governance'),
    accepted: join(root, 'limits', 'accepted'),
    inbox: join(root, 'limits', 'inbox'),
    refused: join(root, 'limits', 'refused'),
    demoKeys: join(root, 'governance', 'demo-keys'),
  };
}

/** Makes a folder that only its owner may enter. */
export function makePrivateFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
}

/** The files in a folder, by name; none where there is no folder. Errors: `QUEUE_FULL` where more wait than are ever taken. */
export function filesIn(folder: string): readonly string[] {
  const names = namesIn(folder).filter((name) => !name.startsWith('.') && !name.endsWith('.tmp'));
  if (names.length <= INBOX_FILES_MAX) return names.toSorted();
  throw new KitError('QUEUE_FULL', `${folder} holds ${names.length} files, and at most ${INBOX_FILES_MAX} are taken`, {
    hint: 'Take away what is not to be applied.',
  });
}

/** All names in a folder; none where there is no folder. */
export function namesIn(folder: string): readonly string[] {
  return statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true ? readdirSync(folder) : [];
}

/** A signed document as text. Errors: `NOT_FOUND` where it cannot be read, `FILE_MALFORMED` where it is too large. */
export function readDocument(path: string): string {
  const text = readText(path);
  if (Buffer.byteLength(text) <= DOCUMENT_BYTES_MAX) return text;
  throw new KitError('FILE_MALFORMED', `${path} has more than ${DOCUMENT_BYTES_MAX} bytes`, {
    hint: 'A signed document is smaller; check that this is the right file.',
  });
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new KitError('NOT_FOUND', `${path} cannot be read: ${describeError(cause)}`, {
      hint: 'Check the path and the rights of the file.',
      cause,
    });
  }
}
