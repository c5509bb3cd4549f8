import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeError, exitCodeOf, KitError } from '@gatehouse/shared/errors.ts';
import { toText } from '@gatehouse/shared/values/decimal.ts';
import { type EdgeConfig, readEdgeConfig } from './config.ts';
import { readPrivateFile } from './credentials/private-file.ts';
import { DEMO_IDENTITY } from './engine/demo-account.ts';
import { type CredentialsRequest, edgeFolders, loadCredentials } from './engine/edge-files.ts';
import { enrolledConfig } from './engine/hub-access.ts';
import { runEdge } from './engine/run-edge.ts';
import type { Release } from './engine/start-entries.ts';
import { systemClock } from './engine/system-clock.ts';
import { openSession } from './session/open-session.ts';
import { sessionSheet } from './session/session-sheet.ts';
import type { TradingSession } from './session/trading-session.ts';
import { type HubIdentity, openHubIdentity } from './sync/enrolment/hub-identity.ts';
import { onParentStop, tellParent } from './sync/parent-link.ts';

const UINT32 = 2 ** 32;
const INSTANCE_BYTES = 8;

// Whoever read our words may have been killed; that must not keep us from closing the journal.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

await end(await main(process.argv.slice(2)));

/** Ends the process once everybody has our last words: the client of the shapes leaves a timer of a minute that nothing can stop. */
async function end(exit: number): Promise<never> {
  if (process.connected) {
    const isGone = new Promise<void>((resolve) => process.once('disconnect', () => resolve()));
    process.disconnect();
    await isGone;
  }
  await Promise.all([process.stdout, process.stderr].map((stream) => new Promise((done) => stream.write('', done))));
  process.exit(exit);
}

async function main(args: readonly string[]): Promise<number> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort());
  onParentStop(() => stop.abort());
  try {
    await start(readEdgeConfig(args), stop);
    return 0;
  } catch (error) {
    // Whoever stops an edge that waits for its venue asks for nothing else.
    if (stop.signal.aborted && error instanceof KitError && error.code === 'VENUE_UNREACHABLE') return 0;
    process.stderr.write(`edge: ${describeError(error)}\n`);
    return exitCodeOf(error);
  }
}

async function start(given: EdgeConfig, stop: AbortController): Promise<void> {
  const clock = systemClock();
  const folders = edgeFolders(given.data);
  mkdirSync(given.data, { recursive: true, mode: 0o700 });
  const services = { clock, monotonicMs: () => performance.now(), sleep, random: randomBytes, log };
  const session = given.initOnly ? undefined : await openSession(given, services, stop.signal);
  const credentials = await loadCredentials({
    folders,
    edge: given.edge,
    identity: DEMO_IDENTITY,
    ...(session === undefined ? {} : signedFor(session)),
    now: clock.now(),
  });
  if (session === undefined) {
    process.stdout.write(`${folders.verifierKey}\n`);
    return;
  }
  for (const note of credentials.notes) log(note);
  const identity = openIdentity(given);
  const config = enrolledConfig(given, identity);
  log(`settings ${JSON.stringify({ ...config, feeBps: toText(config.feeBps), hub: config.hub?.keyFile })}`);
  await runEdge({
    config,
    credentials,
    identity,
    session,
    release: releaseOfThis(),
    clock,
    random: randomBytes,
    randomUnit: () => randomBytes(4).readUInt32LE() / UINT32,
    monotonicMs: () => performance.now(),
    tell: tellParent,
    log,
    stop,
  });
}

/** The access to the hub, where this edge is enrolled; each start of the process has a name of its own in it. */
function openIdentity({ data: root, edge, passphraseFile }: EdgeConfig): HubIdentity | undefined {
  const passphrase =
    passphraseFile === undefined ? undefined : readPrivateFile(passphraseFile).text.replace(/\r?\n$/, '');
  return openHubIdentity({ root, edge, passphrase, instance: randomBytes(INSTANCE_BYTES).toString('hex') });
}

/** What the people of a demonstration are to sign for a session. */
function signedFor(session: TradingSession): Pick<CredentialsRequest, 'instrument' | 'pace' | 'sheetFor'> {
  const { instrument, bars } = session.loaded;
  // The only bar of a short history ends its day as far as it knows.
  const pace = session.live === undefined && bars.bar(0).endsDay ? 'daily' : 'minute';
  const made = { instrument: instrument.id, pace } as const;
  const { terms } = session;
  return terms === undefined ? made : { ...made, sheetFor: sessionSheet({ ...session, terms }) };
}

function releaseOfThis(): Release {
  const manifest: { readonly version: string } = JSON.parse(
    readFileSync(new URL('./package.json', import.meta.url), 'utf8'),
  );
  return { release: manifest.version, runtime: `node ${process.version} ${process.platform}-${process.arch}` };
}

function log(line: string): void {
  process.stdout.write(`edge: ${line}\n`);
}
