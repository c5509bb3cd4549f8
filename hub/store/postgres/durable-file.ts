import { randomBytes } from 'node:crypto';
import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

const SUFFIX_BYTES = 6;

/** A name beside the given one that nobody else uses: what is written there is renamed once it is whole. */
export function besideName(path: string): string {
  return `${path}-${randomBytes(SUFFIX_BYTES).toString('hex')}`;
}

/** Replaces a file by the text in one step; after a power cut there is the old text or the new one, never a part. */
export async function writeDurably(file: string, text: string, mode: number): Promise<void> {
  const temporary = besideName(`${file}.new`);
  const handle = await open(temporary, 'wx', mode);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await renameDurably(temporary, file);
}

/** Renames within one folder and syncs that folder, so that the new name survives a power cut. */
export async function renameDurably(from: string, to: string): Promise<void> {
  await rename(from, to);
  await syncFolder(dirname(to));
}

/** Syncs the names of a folder's files. */
export async function syncFolder(path: string): Promise<void> {
  // Windows cannot open a folder to sync it; NTFS journals the rename by itself.
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
