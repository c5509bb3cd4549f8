import { createHash } from 'node:crypto';
import { type FileHandle, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileFailure } from './sql-failure.ts';

const OWNER_ONLY = 0o600;

/** The name under which a file is written before it takes its place. */
export function temporaryName(path: string): string {
  return `${path}.tmp`;
}

/** Puts a text in the place of a file, so that a reader after any crash finds the old one or the new one, whole. */
export async function writeDurably(path: string, text: string): Promise<void> {
  const temporary = temporaryName(path);
  try {
    const file = await open(temporary, 'w', OWNER_ONLY);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    await syncFolder(dirname(path));
  } catch (cause) {
    throw fileFailure(cause, path);
  }
}

/** Makes the names in a folder durable. */
export async function syncFolder(folder: string): Promise<void> {
  // Windows neither needs nor allows it.
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Units: bytes. */
const READ_BYTES = 1_048_576;

/**
 * The SHA-256 and the length of a file that nobody writes any more.
 *
 * Shape: through one buffer, since those of a stream stay in the memory of the process long after the file was read.
 */
export async function digestFile(path: string): Promise<{ readonly sha256: string; readonly bytes: number }> {
  try {
    const file = await open(path, 'r');
    try {
      return await digestOf(file);
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw fileFailure(cause, path);
  }
}

async function digestOf(file: FileHandle): Promise<{ readonly sha256: string; readonly bytes: number }> {
  const digest = createHash('sha256');
  const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
  for (let bytes = 0; ; ) {
    const { bytesRead } = await file.read(buffer, 0, READ_BYTES, bytes);
    if (bytesRead === 0) return { sha256: digest.digest('hex'), bytes };
    digest.update(buffer.subarray(0, bytesRead));
    bytes += bytesRead;
  }
}
