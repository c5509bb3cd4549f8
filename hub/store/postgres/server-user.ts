import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { KitError } from '@gatehouse/shared/errors.ts';
import { errnoOf } from './folder-failure.ts';
import { runProgram, type ServerUser } from './run-program.ts';

const CANDIDATES = ['postgres', 'nobody'];
const LOOKUP_MS_MAX = 10_000;

/**
 * The user that the server runs as: ourselves unless we are root, which PostgreSQL refuses.
 *
 * An existing data folder keeps its owner, so that a user who appears on the machine later changes nothing.
 */
export async function chooseServerUser(dataFolder: string): Promise<ServerUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const owner = await ownerOf(dataFolder);
  if (owner !== undefined) return owner;
  for (const name of CANDIDATES) {
    const user = await lookUp(name);
    if (user !== undefined) return user;
  }
  throw new KitError('FOLDER_UNUSABLE', 'PostgreSQL does not run as root, and there is no user postgres or nobody', {
    hint: 'Start the hub as an ordinary user, or add a system user named postgres.',
  });
}

async function ownerOf(dataFolder: string): Promise<ServerUser | undefined> {
  try {
    const { uid, gid } = await stat(dataFolder);
    if (uid !== 0) return { name: `user ${uid}`, uid, gid };
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  throw new KitError('FOLDER_UNUSABLE', `the database folder ${dataFolder} belongs to root`, {
    hint: `PostgreSQL never runs as root: give the folder back with "chown -R postgres ${dataFolder}" (or nobody).`,
  });
}

async function lookUp(name: string): Promise<ServerUser | undefined> {
  const ask = (flag: string) => runProgram({ program: 'id', args: [flag, name], timeoutMs: LOOKUP_MS_MAX });
  const [uid, gid] = await Promise.all([ask('-u'), ask('-g')]);
  if (uid.code !== 0 || gid.code !== 0) return undefined;
  return { name, uid: Number(uid.output), gid: Number(gid.output) };
}

/** Refuses when a folder above the database cannot be passed by the server's user. Errors: `FOLDER_UNUSABLE`. */
export async function requireTraversable(folder: string, user: ServerUser): Promise<void> {
  for (let path = folder; ; path = dirname(path)) {
    if (!(await isTraversable(path, user))) {
      throw new KitError('FOLDER_UNUSABLE', `${path} cannot be entered by ${user.name}, who runs the database`, {
        hint: `Allow it with "chmod o+x '${path}'", or name another data folder with GATEHOUSE_DATA.`,
      });
    }
    if (dirname(path) === path) return;
  }
}

async function isTraversable(path: string, user: ServerUser): Promise<boolean> {
  const { mode, uid, gid } = await stat(path);
  if (uid === user.uid) return (mode & 0o100) !== 0;
  if (gid === user.gid) return (mode & 0o010) !== 0;
  return (mode & 0o001) !== 0;
}
