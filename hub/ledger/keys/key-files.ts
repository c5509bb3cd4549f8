import { randomBytes } from 'node:crypto';
import { type FileHandle, open, readdir, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { KitError } from '@gatehouse/shared/errors.ts';
import { writeDurably } from '../../store/postgres/durable-file.ts';
import { diskFull } from '../../store/postgres/folder-failure.ts';

/** Where the files of a folder of record keys lie. */
export interface KeyPaths {
  readonly lock: string;
  readonly destroyed: string;
  firm(generation: number): string;
  ring(generation: number): string;
}

const OWNER_ONLY = 0o600;
const OF_GENERATION = /^(firm|ring)-(\d{8})$/;
/** What a write that was cut short leaves beside the file that it was for. */
const HALF_WRITTEN = /\.new-[0-9a-f]+$/;
const CHUNK_BYTES = 65_536;

/** The paths within a folder. */
export function keyPaths(folder: string): KeyPaths {
  const numbered = (name: string, generation: number) => join(folder, `${name}-${`${generation}`.padStart(8, '0')}`);
  return {
    lock: join(folder, 'keys.lock'),
    destroyed: join(folder, 'destroyed'),
    firm: (generation) => numbered('firm', generation),
    ring: (generation) => numbered('ring', generation),
  };
}

/**
 * The generation that counts, 0 where the folder is new, and the files that do not count any more.
 *
 * Errors: `FOLDER_FOREIGN` where the newest ring lacks the firm's key that it is wrapped under.
 */
export function sortKeyFiles(
  folder: string,
  names: readonly string[],
): { readonly generation: number; readonly left: readonly string[] } {
  const found = { firm: new Set<number>(), ring: new Set<number>() };
  for (const name of names) {
    const [, kind, digits] = OF_GENERATION.exec(name) ?? [];
    if (kind === 'firm' || kind === 'ring') found[kind].add(Number(digits));
  }
  const generation = Math.max(0, ...found.ring);
  if (generation > 0 && !found.firm.has(generation)) {
    throw new KitError('FOLDER_FOREIGN', `${keyPaths(folder).ring(generation)} has no key of the firm beside it`, {
      hint: 'Put the whole folder record-keys back as it was last; a part of it opens nothing.',
    });
  }
  const left = names.filter((name) => {
    const [, , digits] = OF_GENERATION.exec(name) ?? [];
    return digits === undefined ? HALF_WRITTEN.test(name) : Number(digits) !== generation;
  });
  return { generation, left: left.map((name) => join(folder, name)) };
}

/** Writes a file that only the owner reads, whole or not at all. */
export function writeSecret(file: string, text: string): Promise<void> {
  return writeDurably(file, text, OWNER_ONLY);
}

/**
 * Adds whole lines after the first `bytes` of a file and waits until they are on the disk.
 *
 * Errors: `DISK_FULL` where only a part of them found room; that part is no line.
 */
export async function appendDurably(file: string, bytes: number, text: string): Promise<void> {
  const lines = Buffer.from(text, 'utf8');
  const handle = await open(file, 'r+');
  try {
    // What a crash left of a line would spoil the next one.
    await handle.truncate(bytes);
    const { bytesWritten } = await handle.write(lines, 0, lines.length, bytes);
    // A full disk takes the first bytes and says nothing.
    if (bytesWritten !== lines.length) throw diskFull(dirname(file));
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Overwrites a file, syncs it and removes it; nothing is left to do where it is gone. */
export async function shred(file: string): Promise<void> {
  const size = await sizeOf(file);
  if (size === undefined) return;
  const handle = await open(file, 'r+');
  try {
    for (let at = 0; at < size; at += CHUNK_BYTES) await overwrite(handle, at, Math.min(CHUNK_BYTES, size - at));
    await handle.sync();
  } finally {
    await handle.close();
  }
  await unlink(file);
}

/** The names in a folder, in order. */
export async function namesIn(folder: string): Promise<readonly string[]> {
  return (await readdir(folder)).sort();
}

async function overwrite(handle: FileHandle, at: number, length: number): Promise<void> {
  await handle.write(randomBytes(length), 0, length, at);
}

async function sizeOf(file: string): Promise<number | undefined> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
