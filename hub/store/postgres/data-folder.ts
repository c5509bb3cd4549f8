import { chown, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KitError } from '@gatehouse/shared/errors.ts';
import { DATABASE_NAME } from './connection.ts';
import { besideName, renameDurably } from './durable-file.ts';
import { diskFull, errnoOf } from './folder-failure.ts';
import { runProgram, type ServerUser } from './run-program.ts';
import { makePassword, passwordPath, readPassword } from './server-password.ts';
import type { ServerTree } from './server-tree.ts';

const INIT_MS_MAX = 120_000;
const OWNER_ONLY_FOLDER = 0o700;
const OWNER_ONLY_FILE = 0o600;
const REMOVE_RETRIES_MAX = 3;
const HALF_MADE = /^(data\.new|pwfile)-/;

/** Where the server's records lie, below the database's folder. */
export function dataFolderOf(folder: string): string {
  return join(folder, 'data');
}

interface DataRequest {
  readonly folder: string;
  readonly tree: ServerTree;
  readonly major: string;
  readonly user: ServerUser | undefined;
}

/**
 * Returns the password of the data folder, which is made first where there is none.
 *
 * Errors: `FOLDER_FOREIGN` when the records are of another PostgreSQL or not ours, `DISK_FULL`.
 */
export async function ensureDataFolder(request: DataRequest): Promise<string> {
  const { folder } = request;
  await removeHalfMade(folder);
  const password = await readPassword(folder);
  if (await holdsRecords(folder, request.major)) {
    if (password !== undefined) return password;
    throw new KitError('FOLDER_FOREIGN', `${dataFolderOf(folder)} holds a database whose password is missing`, {
      hint: `Put back the file ${passwordPath(folder)} from the backup that has this database.`,
    });
  }
  const fresh = password ?? (await makePassword(folder));
  await initialise(request, fresh);
  return fresh;
}

async function holdsRecords(folder: string, major: string): Promise<boolean> {
  const data = dataFolderOf(folder);
  const found = await versionOf(data);
  if (found === major) return true;
  if (found !== undefined) {
    throw new KitError('FOLDER_FOREIGN', `${data} was made by PostgreSQL ${found}, this release runs ${major}`, {
      hint: `Start the release that made it, or carry its records over to PostgreSQL ${major} first.`,
    });
  }
  if ((await namesIn(data)).length === 0) return false;
  throw new KitError('FOLDER_FOREIGN', `${data} holds files that are not a database`, {
    hint: 'Move them away, or name another data folder with GATEHOUSE_DATA.',
  });
}

// A killed run leaves a folder under its own name only: the real one appears whole, by one rename.
async function initialise({ folder, tree, user }: DataRequest, password: string): Promise<void> {
  const fresh = besideName(join(folder, 'data.new'));
  const passwordFile = besideName(join(folder, 'pwfile'));
  try {
    await mkdir(fresh, { mode: OWNER_ONLY_FOLDER });
    await writeFile(passwordFile, password, { mode: OWNER_ONLY_FILE, flag: 'wx' });
    if (user !== undefined) for (const path of [fresh, passwordFile]) await chown(path, user.uid, user.gid);
    await runInitdb(tree.program('initdb'), { fresh, passwordFile, user });
    await rm(passwordFile);
    await renameDurably(fresh, dataFolderOf(folder));
  } finally {
    await removeHalfMade(folder);
  }
}

interface InitdbRun {
  readonly fresh: string;
  readonly passwordFile: string;
  readonly user: ServerUser | undefined;
}

async function runInitdb(program: string, { fresh, passwordFile, user }: InitdbRun): Promise<void> {
  const args = [
    ...['-D', fresh, '--username', DATABASE_NAME, '--pwfile', passwordFile],
    ...['--auth=scram-sha-256', '--data-checksums', '--encoding=UTF8'],
    // The built-in locale sorts the same on every platform, and no change of a system library can break an index.
    ...['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C'],
  ];
  const { code, output } = await runProgram({ program, args, user, cwd: fresh, timeoutMs: INIT_MS_MAX });
  if (code === 0) return;
  if (/No space left on device|Disk quota exceeded/.test(output)) throw diskFull(fresh);
  const reason = output.split('\n').find((line) => /error|fatal/i.test(line)) ?? `exit code ${code}`;
  throw new KitError('FOLDER_UNUSABLE', `the database could not be made in ${fresh}: ${reason.trim()}`, {
    hint: 'The folder must lie on a local disk that keeps owners and modes.',
  });
}

// The initdb of a killed hub may still be writing into its folder: losing that folder ends it, and what it managed to
// write meanwhile is removed by the next start.
async function removeHalfMade(folder: string): Promise<void> {
  for (const name of (await namesIn(folder)).filter((found) => HALF_MADE.test(found))) {
    await rm(join(folder, name), { recursive: true, force: true, maxRetries: REMOVE_RETRIES_MAX }).catch((error) => {
      if (errnoOf(error) !== 'ENOTEMPTY') throw error;
    });
  }
}

async function versionOf(dataFolder: string): Promise<string | undefined> {
  try {
    return (await readFile(join(dataFolder, 'PG_VERSION'), 'utf8')).trim();
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
}
