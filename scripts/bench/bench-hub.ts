import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Journal } from '@gatehouse/edge/journal/journal-types.ts';
import { openMemoryJournal } from '@gatehouse/edge/journal/memory-journal.ts';
import { openLedgerWitness } from '@gatehouse/edge/sync/ledger-witness.ts';
import { startUplink, type Uplink } from '@gatehouse/edge/sync/uplink.ts';
import { type HubConfig, inheritedVariables, readHubConfig } from '@gatehouse/hub/config.ts';
import type { HubMessage } from '@gatehouse/hub/parent-link.ts';
import { systemClock } from '@gatehouse/hub/system-clock.ts';
import { assert, KitError } from '@gatehouse/shared/errors.ts';
import { generateSigner, parseVerifierKey, type Signer, type Verifier } from '@gatehouse/shared/journal/note.ts';

/** What a hub says when it is ready. */
export type HubReady = Extract<HubMessage, { type: 'ready' }>;

/** A hub of a bench, with the settings that it runs by. */
export interface BenchHub {
  readonly config: HubConfig;
  readonly ready: HubReady;
  readonly folder: string;
  /** Whose word counts for its edges. */
  readonly keys: readonly Verifier[];
  stop(): Promise<void>;
}

/** An edge of a bench as far as its records go. */
export interface BenchSender {
  readonly journal: Journal;
  readonly signer: Signer;
}

/** So many edges that send, each with a journal in memory. */
export function openSenders(count: number): readonly BenchSender[] {
  return Array.from({ length: count }, (_, index) => {
    const edge = `edge-${index + 1}`;
    const { journal } = openMemoryJournal({
      edge,
      clock: systemClock(),
      random: (bytes) => randomBytes(bytes),
      emptyState: {},
      onNotice: () => {},
      keep: 'all',
    });
    return { journal, signer: generateSigner(edge) };
  });
}

/** The hub as a process of its own, as in the product, which knows these edges. */
export async function startBenchHub(folder: string, edges: readonly BenchSender[]): Promise<BenchHub> {
  chmodSync(folder, 0o711);
  const data = join(folder, 'data');
  mkdirSync(data, { mode: 0o711 });
  const files = edges.map(({ signer }) => {
    const file = join(folder, `${signer.name}.vkey`);
    writeFileSync(file, `${signer.verifierKey}\n`);
    return file;
  });
  const settings = { GATEHOUSE_DATA: data, GATEHOUSE_PORT: `${await freePort()}`, GATEHOUSE_ENTITY: 'bench' };
  const env = { ...settings, GATEHOUSE_LOCAL_EDGES: files.join(',') };
  const child = fork(fileURLToPath(new URL('../../hub/main.ts', import.meta.url)), [], {
    env: { ...inheritedVariables(['PATH', 'SystemRoot', 'TEMP', 'TMP', 'TMPDIR']), ...env },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    detached: process.platform !== 'win32',
  });
  const ready = await readyOf(child);
  return {
    config: readHubConfig(env),
    ready,
    folder,
    keys: [parseVerifierKey(readFileSync(ready.verifierKeyFile, 'utf8').trim())],
    stop: async () => {
      if (child.exitCode !== null) return;
      child.send({ type: 'stop' });
      await once(child, 'exit');
    },
  };
}

/** Connects an edge over real sockets; whatever the hub contradicts ends the bench. */
export async function connectSender(
  hub: BenchHub,
  { journal, signer }: BenchSender,
  onDown: (note: string) => void = () => {},
): Promise<Uplink> {
  const fail = (message: string): void => {
    setImmediate(() => assert(false, message));
  };
  return startUplink({
    url: hub.ready.broker,
    journal,
    signer,
    hub: hub.keys,
    witness: await openLedgerWitness({ path: join(hub.folder, `${signer.name}.ledger`), hub: hub.keys, epoch: 1 }),
    monotonicMs: () => performance.now(),
    random: () => randomBytes(4).readUInt32LE() / 2 ** 32,
    onAck: () => {},
    onLoss: () => fail('nothing is lost'),
    onFork: () => fail('nothing forks'),
    onSetBack: fail,
    onRefuted: fail,
    onDown,
  });
}

function readyOf(child: ChildProcess): Promise<HubReady> {
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new KitError('PROCESS_UNREACHABLE', `the hub ended with exit code ${code}`)));
    child.on('message', (message) => {
      const told = message as HubMessage;
      if (told.type === 'ready') resolve(told);
    });
  });
}

/** The console's address is part of what its sessions are bound to, so it is known before the hub starts. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
