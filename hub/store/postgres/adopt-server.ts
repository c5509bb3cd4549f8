import { realpath, rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { KitError } from '@gatehouse/shared/errors.ts';
import { askServer, connectionTo } from './connection.ts';
import { hasNamelessFile, type PostmasterFile, postmasterPath, readPostmasterFile } from './postmaster-file.ts';
import { isServerProcess } from './process-table.ts';

const POLL_MS = 100;
const BUSY_MS_MAX = 300_000;
const NAMELESS_MS_MAX = 2_000;
const SILENT_MS_MAX = 15_000;

/** A server that already runs on the data folder and takes our password. */
export interface RunningServer {
  readonly pid: number;
  readonly port: number;
  readonly version: string;
}

/**
 * Finds the server that an earlier hub left running on this data folder; undefined where one has to be started.
 *
 * Shape:  waits for a server that is recovering or stopping, and clears a file whose process is no server of ours.
 * Errors: `DATABASE_UNREACHABLE` when a live server answers to somebody else or not at all.
 */
export async function findRunningServer(dataFolder: string, password: string): Promise<RunningServer | undefined> {
  await removeNamelessFile(dataFolder);
  let silentMs = 0;
  for (let waitedMs = 0; waitedMs < BUSY_MS_MAX; waitedMs += POLL_MS) {
    const file = await readPostmasterFile(dataFolder);
    if (file === undefined) return undefined;
    if (!(await isServerOf(dataFolder, file))) {
      await rm(postmasterPath(dataFolder), { force: true });
      return undefined;
    }
    const answer = await askServer(connectionTo(file.port, password));
    if (answer.kind === 'server' && (await isSameFolder(answer.dataFolder, dataFolder))) {
      return { pid: file.pid, port: file.port, version: answer.version };
    }
    if (answer.kind === 'server') throw unreachable(file, `serves ${answer.dataFolder}`);
    if (answer.kind === 'stranger') throw unreachable(file, answer.reason);
    silentMs = answer.kind === 'silent' ? silentMs + POLL_MS : 0;
    if (silentMs > SILENT_MS_MAX) throw unreachable(file, 'it does not answer');
    await delay(POLL_MS);
  }
  throw new KitError('DATABASE_UNREACHABLE', `the database in ${dataFolder} still recovers after ${BUSY_MS_MAX} ms`, {
    hint: 'Let it finish and start again; postgres.log in the folder above shows how far it is.',
  });
}

// A server fills its file within moments of making it. One that stays empty was cut short by a power failure, and
// PostgreSQL would refuse to start beside it for ever.
async function removeNamelessFile(dataFolder: string): Promise<void> {
  for (let waitedMs = 0; waitedMs < NAMELESS_MS_MAX; waitedMs += POLL_MS) {
    if (!(await hasNamelessFile(dataFolder))) return;
    await delay(POLL_MS);
  }
  await rm(postmasterPath(dataFolder), { force: true });
}

async function isServerOf(dataFolder: string, file: PostmasterFile): Promise<boolean> {
  return (await isServerProcess(file.pid, file.dataFolder)) && (await isSameFolder(file.dataFolder, dataFolder));
}

async function isSameFolder(left: string, right: string): Promise<boolean> {
  if (left === right) return true;
  const [a, b] = await Promise.all([left, right].map((path) => realpath(path).catch(() => path)));
  return a === b;
}

function unreachable(file: PostmasterFile, reason: string): KitError {
  const what = `process ${file.pid} holds ${file.dataFolder} on port ${file.port}`;
  return new KitError('DATABASE_UNREACHABLE', `${what}, but the hub cannot use it: ${reason}`, {
    hint: `Stop that server with "kill -INT ${file.pid}" and start again.`,
  });
}
