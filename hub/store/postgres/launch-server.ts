import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { KitError } from '@gatehouse/shared/errors.ts';
import { diskFull } from './folder-failure.ts';
import { readPostmasterFile } from './postmaster-file.ts';
import { identity, type ServerUser, serverEnvironment } from './run-program.ts';
import type { ServerLog } from './server-log.ts';
import { SERVER_HOST, type ServerSettings, serverArguments } from './server-settings.ts';
import type { ServerTree } from './server-tree.ts';
import { stopPostmaster } from './stop-postmaster.ts';

const POLL_MS = 20;
const READY_MS_MAX = 300_000;
const PORT_ATTEMPTS_MAX = 3;

/** A server that this process has started. */
export interface LaunchedServer {
  readonly pid: number;
  readonly port: number;
  readonly child: ChildProcess;
}

/** What a start of the server needs. */
export interface LaunchRequest {
  readonly dataFolder: string;
  readonly tree: ServerTree;
  readonly user: ServerUser | undefined;
  readonly log: ServerLog;
  /** A fixed port; otherwise a free one is chosen. */
  readonly port: number | undefined;
  readonly settings: ServerSettings;
  /** How long it may take until sessions are taken; a recovery from a backup takes longer than any other start. */
  readonly readyMsMax: number | undefined;
}

type Outcome = LaunchedServer | 'port-taken' | 'held';

/**
 * Starts the server, detached from our terminal and our life, and waits until it takes sessions; undefined while
 * processes of another server still hold the data folder.
 *
 * Errors: `PORT_TAKEN`, `DISK_FULL`, `DATABASE_UNREACHABLE` with the server's own last words.
 */
export async function launchServer(request: LaunchRequest): Promise<LaunchedServer | undefined> {
  for (let attempt = 1; attempt <= (request.port === undefined ? PORT_ATTEMPTS_MAX : 1); attempt += 1) {
    const outcome = await launchOnce(request, request.port ?? (await freePort()));
    if (outcome === 'held') return undefined;
    if (outcome !== 'port-taken') return outcome;
  }
  const which = request.port === undefined ? `${PORT_ATTEMPTS_MAX} free ports in turn` : `port ${request.port}`;
  throw new KitError('PORT_TAKEN', `${which} of ${SERVER_HOST} were taken before the database could listen`, {
    hint: 'Stop the program that has the port, or let the hub choose one.',
  });
}

async function launchOnce(request: LaunchRequest, port: number): Promise<Outcome> {
  await request.log.read();
  const linesSince = request.log.mark();
  const { child, failure } = await spawnServer(request, port);
  const ended = await waitUntilReady(child, request);
  const cause = failure();
  if (cause !== undefined) throw unstarted(`it cannot be run: ${cause.message}`, cause);
  await request.log.read();
  const lines = linesSince();
  if (ended === 'ready' && child.pid !== undefined) return { pid: child.pid, port, child };
  if (ended === 'late' && child.pid !== undefined) {
    await stopPostmaster(child.pid, request.tree);
    throw unstarted(`it was not ready after ${request.readyMsMax ?? READY_MS_MAX} ms`);
  }
  return judgeFailure(lines, request.dataFolder);
}

interface SpawnedServer {
  readonly child: ChildProcess;
  /** Why the program could not even be run. */
  failure(): Error | undefined;
}

async function spawnServer(request: LaunchRequest, port: number): Promise<SpawnedServer> {
  const { dataFolder, tree, user, log } = request;
  const sink = await log.append();
  try {
    const child = spawn(tree.program('postgres'), serverArguments(dataFolder, port, request.settings), {
      // A session of its own: a Ctrl-C in the terminal must not end the server before the hub has finished with it.
      detached: true,
      stdio: ['ignore', sink.fd, sink.fd],
      cwd: dataFolder,
      env: serverEnvironment(),
      windowsHide: true,
      ...identity(user),
    });
    child.unref();
    let failed: Error | undefined;
    child.once('error', (error) => {
      failed = error;
    });
    return { child, failure: () => failed };
  } finally {
    await sink.close();
  }
}

async function waitUntilReady(child: ChildProcess, request: LaunchRequest): Promise<'ready' | 'ended' | 'late'> {
  const readyMsMax = request.readyMsMax ?? READY_MS_MAX;
  for (let waitedMs = 0; waitedMs < readyMsMax; waitedMs += POLL_MS) {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return 'ended';
    const file = await readPostmasterFile(request.dataFolder);
    if (file?.pid === child.pid && file?.status === 'ready') return 'ready';
    await delay(POLL_MS);
  }
  return 'late';
}

// The server's exit code is the same for every cause; only its messages, which we keep in English, tell them apart.
function judgeFailure(lines: readonly string[], dataFolder: string): 'port-taken' | 'held' {
  const text = lines.join('\n');
  if (/could not bind|could not create any TCP\/IP sockets/.test(text)) return 'port-taken';
  if (/pre-existing shared memory block|lock file ".*" (already exists|is empty)/.test(text)) return 'held';
  if (/No space left on device|Disk quota exceeded/.test(text)) throw diskFull(dataFolder);
  throw unstarted(lines.findLast((line) => /FATAL|PANIC/.test(line)) ?? lines.at(-1) ?? 'it said nothing');
}

function unstarted(reason: string, cause?: unknown): KitError {
  return new KitError('DATABASE_UNREACHABLE', `the database server did not start: ${reason}`, {
    hint: 'The file postgres.log in the database folder has the whole story.',
    cause,
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, SERVER_HOST);
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address !== null && typeof address !== 'string') return address.port;
  throw unstarted('no port is free');
}
