import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { access, chmod, copyFile, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { KitError } from '@gatehouse/shared/errors.ts';
import { besideName } from './durable-file.ts';
import { errnoOf } from './folder-failure.ts';
import { hasLibraryLinks, makeLibraryLinks } from './library-links.ts';
import { runProgram, type ServerUser } from './run-program.ts';
import type { ServerPackage } from './server-package.ts';

const TREES_FOLDER = 'server';
const HASH_CHARACTERS = 16;
const VERSION_MS_MAX = 30_000;
const EXECUTABLE = 0o755;
const READABLE = 0o644;

/** The server's programs in a place where its user can run them. */
export interface ServerTree {
  readonly folder: string;
  program(name: 'postgres' | 'initdb' | 'pg_ctl'): string;
}

interface TreeRequest {
  readonly source: ServerPackage;
  /** The database's folder: a copy of the programs lies below it. */
  readonly folder: string;
  readonly user: ServerUser | undefined;
}

/**
 * Completes the installed programs where they lie, or copies them once below the database's folder.
 *
 * They stay in node_modules only when the server runs as ourselves and their libraries are, or can be, linked there.
 */
export async function prepareServerTree(request: TreeRequest): Promise<ServerTree> {
  const { source, user } = request;
  const inPlace = user === undefined && (await completeInPlace(source.folder));
  const tree = treeAt(inPlace ? source.folder : await copyOnce(request));
  requirePlainPath(tree.folder);
  await requireRunnable(tree, user);
  return tree;
}

/** Removes copies that other releases left; to be called when no server runs from them. */
export async function removeOtherTrees(folder: string, current: ServerTree): Promise<void> {
  const trees = join(folder, TREES_FOLDER);
  for (const name of await entriesOf(trees)) {
    const path = join(trees, name);
    if (path !== current.folder) await rm(path, { recursive: true, force: true });
  }
}

async function completeInPlace(folder: string): Promise<boolean> {
  if (await hasLibraryLinks(folder)) return true;
  try {
    await access(join(folder, 'native', 'lib'), constants.W_OK | constants.X_OK);
    await makeLibraryLinks(folder);
    return true;
  } catch (error) {
    if (['EACCES', 'EPERM', 'EROFS'].includes(errnoOf(error) ?? '')) return false;
    throw error;
  }
}

async function copyOnce({ source, folder }: TreeRequest): Promise<string> {
  const hash = createHash('sha256').update(`${source.name}@${source.version}`).digest('hex');
  const target = join(folder, TREES_FOLDER, hash.slice(0, HASH_CHARACTERS));
  if (await isWhole(source.folder, target)) return target;
  await rm(target, { recursive: true, force: true });
  const temporary = besideName(target);
  await mkdir(join(folder, TREES_FOLDER), { recursive: true });
  await chmod(join(folder, TREES_FOLDER), EXECUTABLE);
  await copyTree(join(source.folder, 'native'), join(temporary, 'native'));
  await chmod(temporary, EXECUTABLE);
  await makeLibraryLinks(temporary);
  await rename(temporary, target);
  return target;
}

// The copy is not synced file by file: a power cut soon after it can leave empty files, which their sizes give away.
async function isWhole(source: string, copy: string): Promise<boolean> {
  const original = join(source, 'native');
  for (const entry of await readdir(original, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const [here, there] = await Promise.all([sizeOf(path), sizeOf(join(copy, 'native', relative(original, path)))]);
    if (here !== there) return false;
  }
  return true;
}

async function sizeOf(file: string): Promise<number | undefined> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

// The modes are set outright: neither the umask of the installer nor ours may lock the server's user out.
async function copyTree(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  await chmod(to, EXECUTABLE);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await copyTree(source, target);
    if (!entry.isFile()) continue;
    await copyFile(source, target, constants.COPYFILE_FICLONE);
    await chmod(target, /[/\\](bin|lib)([/\\]|$)/.test(from) ? EXECUTABLE : READABLE);
  }
}

// The program initdb puts its own path between double quotes into a shell's command line, and quotes nothing else.
function requirePlainPath(folder: string): void {
  const offending = process.platform === 'win32' ? undefined : /["$`\\]/.exec(folder)?.[0];
  if (offending === undefined) return;
  throw new KitError('FOLDER_UNUSABLE', `${folder} holds the character ${offending}, which PostgreSQL cannot bear`, {
    hint: 'Name another data folder with GATEHOUSE_DATA; spaces and letters of any script are welcome.',
  });
}

async function requireRunnable(tree: ServerTree, user: ServerUser | undefined): Promise<void> {
  const program = tree.program('postgres');
  const cure = 'Use a file system that is not mounted noexec and a Linux with glibc, or set DATABASE_URL.';
  const result = await runProgram({ program, args: ['--version'], user, timeoutMs: VERSION_MS_MAX }).catch((cause) => {
    throw new KitError('PLATFORM_UNSUPPORTED', `${program} cannot be run: ${String(cause)}`, { hint: cure, cause });
  });
  if (result.code === 0) return;
  throw new KitError('PLATFORM_UNSUPPORTED', `${program} cannot be run: ${result.output.trim()}`, { hint: cure });
}

async function entriesOf(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
}

function treeAt(folder: string): ServerTree {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  return { folder, program: (name) => join(folder, 'native', 'bin', `${name}${suffix}`) };
}
