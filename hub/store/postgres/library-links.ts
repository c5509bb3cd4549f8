import { copyFile, lstat, readFile, rename, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { KitError } from '@gatehouse/shared/errors.ts';
import { besideName } from './durable-file.ts';
import { errnoOf } from './folder-failure.ts';

const LIST_FILE = 'native/pg-symlinks.json';

interface LibraryLink {
  readonly source: string;
  readonly target: string;
}

/** The second names of shared libraries that an npm package cannot carry and the server cannot start without. */
async function listLibraryLinks(root: string): Promise<readonly LibraryLink[]> {
  const list: unknown = JSON.parse(await readFile(join(root, LIST_FILE), 'utf8'));
  if (Array.isArray(list) && list.every(isLink)) return list;
  throw new KitError('FILE_MALFORMED', `${join(root, LIST_FILE)} is not a list of library links`, {
    hint: 'Run "npm ci" again.',
  });
}

/** True when every library answers to all of its names. */
export async function hasLibraryLinks(root: string): Promise<boolean> {
  for (const { target } of await listLibraryLinks(root)) {
    if (!(await exists(join(root, target)))) return false;
  }
  return true;
}

/** Makes the missing names; two processes may do so at once. */
export async function makeLibraryLinks(root: string): Promise<void> {
  for (const { source, target } of await listLibraryLinks(root)) {
    const to = join(root, target);
    if (!(await exists(to))) await link(join(root, source), to);
  }
}

async function link(from: string, to: string): Promise<void> {
  if (process.platform === 'win32') {
    const temporary = besideName(to);
    await copyFile(from, temporary);
    await rename(temporary, to);
    return;
  }
  try {
    await symlink(relative(dirname(to), from), to);
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}

function isLink(value: unknown): value is LibraryLink {
  if (typeof value !== 'object' || value === null) return false;
  return 'source' in value && typeof value.source === 'string' && 'target' in value && typeof value.target === 'string';
}
