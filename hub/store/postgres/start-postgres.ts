import { constants } from 'node:fs';
import { access, chmod, mkdir } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { assert, KitError } from '@gatehouse/shared/errors.ts';
import { findRunningServer, type RunningServer } from './adopt-server.ts';
import { askServer, type Connection, connectionTo, ensureDatabase } from './connection.ts';
import { dataFolderOf, ensureDataFolder } from './data-folder.ts';
import { writeDurably } from './durable-file.ts';
import { onFolder } from './folder-failure.ts';
import { withFolderLock } from './folder-lock.ts';
import { type LaunchedServer, launchServer } from './launch-server.ts';
import type { ServerUser } from './run-program.ts';
import { openServerLog, type ServerLog } from './server-log.ts';
import { findServerPackage, type ServerPackage } from './server-package.ts';
import type { MakeSettings } from './server-settings.ts';
import { prepareServerTree, removeOtherTrees, type ServerTree } from './server-tree.ts';
import { chooseServerUser, requireTraversable } from './server-user.ts';
import { stopPostmaster } from './stop-postmaster.ts';
import { type ExitListener, type ServerWatch, watchServer } from './watch-server.ts';

const OWNER_ONLY = 0o700;
const OTHERS_PASS = 0o711;
const READABLE = 0o644;
const HELD_ATTEMPTS_MAX = 50;
const HELD_WAIT_MS = 200;

/** Where the hub's own PostgreSQL lives. */
export interface PostgresOptions {
  /** An absolute folder for the server alone: records, password, port and log. */
  readonly folder: string;
  readonly log: (line: string) => void;
  /** A fixed port for a server that has to be started; otherwise a free one is chosen. */
  readonly port?: number;
  /** Further settings of a server that has to be started. */
  readonly settings?: MakeSettings;
  /** How long a server that has to be started may take until it is ready. Units: milliseconds. */
  readonly readyMsMax?: number;
  /** The programs of the server, where they are not those that npm installed. */
  readonly programs?: ServerPackage;
}

/**
 * The hub's own PostgreSQL, running.
 *
 * Shape: it outlives this process unless stopped; `adopted` says that an earlier process had started it.
 */
export interface PostgresServer {
  readonly connection: Connection;
  readonly version: string;
  readonly adopted: boolean;
  readonly pid: number;
  /** Ends all sessions and the server, and waits until it is gone. */
  stop(): Promise<void>;
  /** Tells of an end that `stop` did not ask for. */
  onExit(listener: ExitListener): void;
}

interface Site extends PostgresOptions {
  readonly dataFolder: string;
  readonly programs: ServerPackage;
  readonly user: ServerUser | undefined;
  readonly serverLog: ServerLog;
}

/**
 * Starts the hub's own PostgreSQL, or adopts the one that runs on this folder already.
 *
 * Errors: `FOLDER_UNUSABLE`, `FOLDER_FOREIGN`, `DISK_FULL`, `PORT_TAKEN`, `PLATFORM_UNSUPPORTED`,
 *         `DATABASE_UNREACHABLE`, each with its cure.
 */
export function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const { folder, log } = options;
  assert(isAbsolute(folder), `the database folder ${folder} is absolute`);
  return onFolder(folder, async () => {
    const dataFolder = dataFolderOf(folder);
    const user = await chooseServerUser(dataFolder);
    await makeFolder(folder, user);
    const serverLog = await openServerLog(join(folder, 'postgres.log'), log);
    const site = { ...options, dataFolder, user, serverLog, programs: options.programs ?? findServerPackage() };
    return await withFolderLock(join(folder, 'start.lock'), () => adoptOrStart(site));
  });
}

// Only the folders made here get their mode from here; above them the operator's own modes stand and are checked.
async function makeFolder(folder: string, user: ServerUser | undefined): Promise<void> {
  const mode = user === undefined ? OWNER_ONLY : OTHERS_PASS;
  const first = await mkdir(folder, { recursive: true, mode });
  await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  if (user === undefined) return;
  await chmod(folder, mode);
  for (let path = folder; first !== undefined && path !== dirname(first); path = dirname(path)) await chmod(path, mode);
  await requireTraversable(folder, user);
}

async function adoptOrStart(site: Site): Promise<PostgresServer> {
  const { folder, dataFolder, user, programs, serverLog, port, readyMsMax } = site;
  const tree = await prepareServerTree({ source: programs, folder, user });
  const password = await ensureDataFolder({ folder, tree, user, major: programs.major });
  const settings = (await site.settings?.(dataFolder, user)) ?? {};
  for (let attempt = 1; attempt <= HELD_ATTEMPTS_MAX; attempt += 1) {
    const running = await findRunningServer(dataFolder, password);
    if (running !== undefined) return adopt(site, { tree, password }, running);
    const launched = await launchServer({ dataFolder, tree, user, log: serverLog, port, settings, readyMsMax });
    if (launched !== undefined) return start(site, { tree, password }, launched);
    await delay(HELD_WAIT_MS);
  }
  throw new KitError('DATABASE_UNREACHABLE', `processes of an earlier server still hold ${dataFolder}`, {
    hint: 'End the remaining processes named postgres of this folder and start again.',
  });
}

interface Means {
  readonly tree: ServerTree;
  readonly password: string;
}

async function adopt(site: Site, means: Means, running: RunningServer): Promise<PostgresServer> {
  await makeReady(site, connectionTo(running.port, means.password));
  site.log(`PostgreSQL ${running.version} is adopted on port ${running.port}, process ${running.pid}`);
  return serve(site, { ...means, running, adopted: true, watch: watchServer(running.pid) });
}

async function start(site: Site, means: Means, launched: LaunchedServer): Promise<PostgresServer> {
  try {
    const version = await makeReady(site, connectionTo(launched.port, means.password));
    await removeOtherTrees(site.folder, means.tree);
    site.log(`PostgreSQL ${version} runs on port ${launched.port}, process ${launched.pid}`);
    const watch = watchServer(launched.pid, launched.child);
    return serve(site, { ...means, running: { ...launched, version }, adopted: false, watch });
  } catch (error) {
    await stopPostmaster(launched.pid, means.tree);
    throw error;
  }
}

async function makeReady({ folder }: Site, connection: Connection): Promise<string> {
  const answer = await askServer(connection);
  assert(answer.kind === 'server', `the server that was just found ready answers as ${answer.kind}`);
  await ensureDatabase(connection);
  await writeDurably(join(folder, 'port'), `${connection.port}\n`, READABLE);
  return answer.version;
}

interface Service extends Means {
  readonly running: RunningServer;
  readonly adopted: boolean;
  readonly watch: ServerWatch;
}

function serve({ serverLog, log }: Site, service: Service): PostgresServer {
  const { tree, running, password, adopted, watch } = service;
  serverLog.follow();
  watch.onExit(() => void serverLog.close().catch((error) => log(`${serverLog.file}: ${String(error)}`)));
  return {
    connection: connectionTo(running.port, password),
    version: running.version,
    adopted,
    pid: running.pid,
    onExit: watch.onExit,
    async stop() {
      watch.expectExit();
      await stopPostmaster(running.pid, tree);
      await serverLog.close();
    },
  };
}
