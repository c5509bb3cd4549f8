import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { controls } from '@gatehouse/compliance/controls/index.ts';
import { describeError, exitCodeOf, KitError } from '@gatehouse/shared/errors.ts';
import { closingSummary } from './closing-summary.ts';
import { describeHubConfig, type HubConfig, hubFolders, readHubConfig } from './config.ts';
import type { Console, createConsole } from './console/app.tsx';
import { compileConsole } from './console/compile.ts';
import { renderXlsxAside } from './console/render-xlsx-aside.ts';
import { serveConsole, type WebServer } from './console/serve.ts';
import { type ControlSide, openControl } from './control/control-side.ts';
import { GIVEN_FILE } from './control/given/given-file.ts';
import { HUB_ID, type HubDeps, type HubRecords, type HubUplink, openRecords, openUplink } from './hub.ts';
import { type HubJobs, openJobs } from './jobs.ts';
import { sayRestored } from './ledger/backup/open-backups.ts';
import { VERIFIER_KEY_FILE } from './ledger/hub-key.ts';
import { openPublicLog, type PublicLog } from './ledger/tiles/open-public-log.ts';
import { hearParent, tellParent } from './parent-link.ts';
import { loadPeopleKey } from './people/people-key.ts';
import { isDriverFault } from './store/database.ts';
import { ANSWER_MS_MAX, watchDatabase } from './store/watch-database.ts';
import { systemClock } from './system-clock.ts';

const DATABASE_GONE_EXIT = 4;

interface Running {
  readonly records: HubRecords;
  readonly uplink: HubUplink;
  readonly control: ControlSide;
  readonly publicLog: PublicLog | undefined;
  readonly jobs: HubJobs;
  readonly console: Console;
  readonly server: WebServer;
}

// Whoever read our words may have been killed; that must not keep us from stopping the database and closing what we hold.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

// Whatever fails before the end of `main` is said in one line, and the exit code is that of the table.
try {
  await main(readHubConfig());
} catch (error) {
  process.stderr.write(`hub: ${describeError(error)}\n`);
  process.exit(exitCodeOf(error));
}

async function main(config: HubConfig): Promise<void> {
  log(`settings ${describeHubConfig(config)}`);
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
  process.on('uncaughtException', (error) => fail(error, stop.signal));
  const starting = start(config);
  hearParent((request) => {
    if (request.type === 'stop') stop.abort();
    else void starting.then(({ records }) => summarise(records, config));
  });
  const running = await starting;
  // Who asked to stop meanwhile waited for the start: half a hub cannot be closed in order.
  if (stop.signal.aborted) return end(running);
  stop.signal.addEventListener('abort', () => void end(running));
  watchRecords(running, stop.signal);
  const firstRunLink = await running.console.firstRunLink();
  tellParent({
    type: 'ready',
    console: running.server.origin,
    broker: running.uplink.broker.address,
    ...(running.uplink.enrolled === undefined ? {} : { edgeDoor: running.uplink.enrolled.door }),
    shapes: running.uplink.localDoor.address,
    tokenFiles: Object.fromEntries(running.uplink.localDoor.tokenFiles),
    verifierKeyFile: join(hubFolders(config.data).hub, VERIFIER_KEY_FILE),
    ...(firstRunLink === undefined ? {} : { firstRunLink }),
  });
  log(`the console is at ${running.server.origin}, edges connect to ${running.uplink.broker.address}`);
  const { enrolled } = running.uplink;
  if (running.publicLog !== undefined) log(`auditors and witnesses read the log at ${running.publicLog.address}`);
  if (enrolled !== undefined) log(`enrolled edges come to ${enrolled.door} and ${running.uplink.broker.secureAddress}`);
}

async function start(config: HubConfig): Promise<Running> {
  const deps = { config, clock: systemClock(), release: releaseOfThis(), log };
  const records = await openRecords(deps);
  await opened(records, () => sayRestored(deps, records));
  const uplink = await opened(records, () => openUplink(deps, records));
  const control = await opened(records, () => openControlSide(records, uplink, config));
  const publicLog = await opened(records, () => openLog(deps, records, uplink));
  const jobs = await opened(records, async () => openJobs(deps, records, uplink));
  const parts = { records, uplink, control, publicLog, jobs };
  return { ...parts, ...(await opened(records, () => openConsole(config, parts))) };
}

/** Crash-only: without its database the hub ends, whoever watches starts it again, and the next start brings it back. */
function watchRecords({ records, uplink }: Running, stop: AbortSignal): void {
  const gone = (reason: string): void => {
    if (stop.aborted) return;
    process.stderr.write(`hub: ${reason}\n`);
    process.exit(DATABASE_GONE_EXIT);
  };
  records.server?.onExit((reason) => gone(`the database server has ended: ${reason}`));
  const stopWatching = watchDatabase({
    probes: [() => records.database`SELECT 1`.execute(), uplink.ingest.settled],
    onSilent: () => gone(`the database has not answered for ${ANSWER_MS_MAX / 1_000} s`),
  });
  stop.addEventListener('abort', stopWatching);
}

/** What nobody caught ends the process; a lost connection counts as a failure outside, and is none while we stop. */
function fail(error: unknown, stop: AbortSignal): void {
  const isOutside = isDriverFault(error);
  if (isOutside && stop.aborted) return;
  if (isOutside) process.stderr.write(`hub: the connection to the database broke: ${describeError(error)}\n`);
  else process.stderr.write(`hub: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(isOutside ? DATABASE_GONE_EXIT : exitCodeOf(error));
}

/** Opens a part, or lets go of the records where it cannot be opened, so that no server is left behind. */
async function opened<T>(records: HubRecords, open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (error) {
    await records.close({ stopServer: true });
    throw error;
  }
}

/** What the hub tells edges: heartbeats, documents and commands. */
function openControlSide(
  { database, stream, signer }: HubRecords,
  { broker }: HubUplink,
  config: HubConfig,
): Promise<ControlSide> {
  return openControl({
    givenFile: join(hubFolders(config.data).hub, GIVEN_FILE),
    database,
    appendAct: stream.appendAct,
    clock: systemClock(),
    random: (length) => randomBytes(length),
    signer,
    controls,
    publish: broker.publish,
    log,
  });
}

/** What auditors and witnesses read. */
function openLog(deps: HubDeps, { database, signer, stream }: HubRecords, { ingest }: HubUplink) {
  const { appendAct } = stream;
  const random = (length: number) => randomBytes(length);
  return openPublicLog({ ...deps, database, signer, appendAct, random, onCommitted: ingest.onCommitted });
}

async function openConsole(
  config: HubConfig,
  { records, uplink, control }: Pick<Running, 'records' | 'uplink' | 'control'>,
): Promise<Pick<Running, 'console' | 'server'>> {
  const folders = hubFolders(config.data);
  const { moduleUrl, assets } = await compileConsole(folders.build);
  const compiled = (await import(moduleUrl)) as { readonly createConsole: typeof createConsole };
  const random = (length: number) => randomBytes(length);
  const origin = `http://localhost:${config.consolePort}`;
  const console = compiled.createConsole({
    database: records.database,
    appendAct: records.stream.appendAct,
    commands: control.commands,
    clock: systemClock(),
    random,
    peopleKey: await loadPeopleKey(folders.hub, random),
    hub: { id: HUB_ID, release: releaseOfThis(), mark: 'PAPER — DEMO' },
    origin,
    assets,
    devices: uplink.enrolled?.enrolment.desk,
    shapes: uplink.shapes,
    reports: records.reports,
    verifyLedger: (onProgress) => records.verify(onProgress),
    onCommitted: (listener) => uplink.ingest.onCommitted(() => listener()),
    renderXlsx: renderXlsxAside,
    log,
  });
  return { console, server: await serveConsole(console, config.consolePort) };
}

async function summarise(records: HubRecords, config: HubConfig): Promise<void> {
  try {
    tellParent({ type: 'summary', summary: await closingSummary(records, config) });
  } catch (error) {
    tellParent({ type: 'summary-failed', message: describeError(error) });
  }
}

async function end({ records, uplink, control, publicLog, jobs, console, server }: Running): Promise<void> {
  try {
    await jobs.stop();
    console.close();
    await server.close();
    await control.stop();
    await uplink.close();
    await publicLog?.close();
  } catch (error) {
    log(`not everything closed cleanly: ${describeError(error)}`);
  }
  try {
    await records.close({ stopServer: true });
    process.exit(0);
  } catch (error) {
    process.stderr.write(`hub: ${describeError(error)}\n`);
    process.exit(exitCodeOf(error));
  }
}

function releaseOfThis(): string {
  const { version } = JSON.parse(readFileSync(new URL('./package.json', import.meta.url), 'utf8')) as {
    readonly version?: unknown;
  };
  if (typeof version === 'string') return version;
  throw new KitError('INVARIANT_BROKEN', 'the hub’s package.json names no version');
}

function log(line: string): void {
  process.stdout.write(`hub: ${line}\n`);
}
