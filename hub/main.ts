import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeError, exitCodeOf, KitError } from '@gatehouse/shared/errors.ts';
import { closingSummary } from './closing-summary.ts';
import { describeHubConfig, type HubConfig, hubFolders, readHubConfig } from './config.ts';
import type { Console, createConsole } from './console/app.tsx';
import { compileConsole } from './console/compile.ts';
import { renderXlsxAside } from './console/render-xlsx-aside.ts';
import { serveConsole, type WebServer } from './console/serve.ts';
import { HUB_ID, type HubRecords, type HubUplink, openRecords, openUplink } from './hub.ts';
import { VERIFIER_KEY_FILE } from './ledger/hub-key.ts';
import { hearParent, tellParent } from './parent-link.ts';
import { loadPeopleKey } from './people/people-key.ts';
import { systemClock } from './system-clock.ts';

const DATABASE_GONE_EXIT = 4;

interface Running {
  readonly records: HubRecords;
  readonly uplink: HubUplink;
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
  const release = releaseOfThis();
  log(`settings ${describeHubConfig(config)}`);
  const deps = { config, clock: systemClock(), release, log };
  const records = await openRecords(deps);
  const parts = { records, uplink: await opened(records, () => openUplink(deps, records)) };
  const web = await opened(records, () => openConsole(config, parts));
  const running: Running = { ...parts, ...web };
  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= close(running).then(() => process.exit(0));
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  records.server?.onExit((reason) => {
    if (stopping !== undefined) return;
    // Crash-only: whoever watches starts the hub again, and the next start brings the database back.
    log(`the database server has ended: ${reason}`);
    process.exit(DATABASE_GONE_EXIT);
  });
  hearParent((request) => {
    if (request.type === 'stop') stop();
    else void summarise(records, config);
  });
  const firstRunLink = await running.console.firstRunLink();
  tellParent({
    type: 'ready',
    console: running.server.origin,
    broker: running.uplink.broker.address,
    verifierKeyFile: join(hubFolders(config.data).hub, VERIFIER_KEY_FILE),
    ...(firstRunLink === undefined ? {} : { firstRunLink }),
  });
  log(`the console is at ${running.server.origin}, edges connect to ${running.uplink.broker.address}`);
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

async function openConsole(
  config: HubConfig,
  { records, uplink }: Pick<Running, 'records' | 'uplink'>,
): Promise<Pick<Running, 'console' | 'server'>> {
  const folders = hubFolders(config.data);
  const { moduleUrl, assets } = await compileConsole(folders.build);
  const compiled = (await import(moduleUrl)) as { readonly createConsole: typeof createConsole };
  const random = (length: number) => randomBytes(length);
  const origin = `http://localhost:${config.consolePort}`;
  const console = compiled.createConsole({
    database: records.database,
    appendAct: records.stream.appendAct,
    clock: systemClock(),
    random,
    peopleKey: await loadPeopleKey(folders.hub, random),
    hub: { id: HUB_ID, release: releaseOfThis(), mark: 'PAPER — DEMO' },
    origin,
    assets,
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

async function close({ records, uplink, console, server }: Running): Promise<void> {
  try {
    console.close();
    await server.close();
    await uplink.close();
  } catch (error) {
    log(`not everything closed cleanly: ${describeError(error)}`);
  }
  await records.close({ stopServer: true });
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
