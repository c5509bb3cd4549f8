import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Journal } from '@gatehouse/edge/journal/journal-types.ts';
import { openMemoryJournal } from '@gatehouse/edge/journal/memory-journal.ts';
import { openLedgerWitness } from '@gatehouse/edge/sync/ledger-witness.ts';
import { startUplink, type Uplink } from '@gatehouse/edge/sync/uplink.ts';
import { type HubConfig, inheritedVariables, readHubConfig } from '@gatehouse/hub/config.ts';
import { type HubRecords, openRecords } from '@gatehouse/hub/hub.ts';
import type { HubMessage } from '@gatehouse/hub/parent-link.ts';
import { systemClock } from '@gatehouse/hub/system-clock.ts';
import { assert, KitError } from '@gatehouse/shared/errors.ts';
import { generateSigner, parseVerifierKey, type Signer } from '@gatehouse/shared/journal/note.ts';
import { inOrder, type Measurement, quantile } from './figure.ts';
import { measureRawSync } from './raw-fsync.ts';

const ENTRIES = 60_000;
const ENTRIES_A_GROUP = 100;
const PACED_SECONDS = 10;
const PACED_PER_S = 1_000;
const PACED_TICK_MS = 10;
const BARE_GROUPS = 100;
const DRAIN_MS_MAX = 50_000;
const NOTE = 'a body about as long as that of a decision over six controls '.repeat(16);

/** Edge → broker → hub → PostgreSQL commit → ack, over real sockets to a real database, and the ledger that comes of it. */
export const uplink: Measurement = {
  figures: [
    { name: 'uplink.entries_per_s', unit: 'entries/s', digits: 0, bar: '≥ 10,000' },
    { name: 'uplink.ack_p99_ms', unit: 'ms', digits: 1, bar: '≤ 250 at 1,000/s' },
    { name: 'ledger.verify_per_s', unit: 'leaves/s', digits: 0, bar: '≥ 50,000' },
  ],
  async measure(folder) {
    chmodSync(folder, 0o711);
    const raw = measureRawSync(folder);
    const signer = generateSigner('edge-1');
    const hub = await startHub(folder, signer);
    try {
      const { journal } = memoryJournal();
      const edge = await connectEdge(journal, signer, { ...hub.ready, folder });
      const perS = await bulk(journal, edge);
      const ackMs = await paced(journal, edge);
      await edge.stop();
      const { insertPerS, verified } = await measureRecords(hub.config);
      const sorted = inOrder(ackMs);
      const bareName = `rows/s of bare ${ENTRIES_A_GROUP}-row inserts into the same database`;
      return {
        'uplink.entries_per_s': { value: perS, baseline: insertPerS, baselineName: bareName, n: ENTRIES },
        'uplink.ack_p99_ms': {
          value: quantile(sorted, 0.99),
          baseline: raw.p99Ms,
          baselineName: 'p99 of a raw fsync',
          n: sorted.length,
        },
        'ledger.verify_per_s': {
          value: verified.leaves / verified.seconds,
          baseline: insertPerS,
          baselineName: bareName,
          n: verified.leaves,
        },
      };
    } finally {
      await hub.stop();
    }
  },
};

type HubReady = Extract<HubMessage, { type: 'ready' }>;

interface BenchHub {
  readonly config: HubConfig;
  readonly ready: HubReady;
  stop(): Promise<void>;
}

/** The hub as a process of its own, as in the product. */
async function startHub(folder: string, signer: Signer): Promise<BenchHub> {
  const data = join(folder, 'data');
  mkdirSync(data, { mode: 0o711 });
  const keyFile = join(folder, 'edge.vkey');
  writeFileSync(keyFile, `${signer.verifierKey}\n`);
  const settings = { GATEHOUSE_DATA: data, GATEHOUSE_PORT: '0', GATEHOUSE_ENTITY: 'bench' };
  const env = { ...settings, GATEHOUSE_LOCAL_EDGES: keyFile };
  const child = fork(fileURLToPath(new URL('../../hub/main.ts', import.meta.url)), [], {
    env: { ...inheritedVariables(['PATH', 'SystemRoot', 'TEMP', 'TMP', 'TMPDIR']), ...env },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    detached: process.platform !== 'win32',
  });
  const ready = await readyOf(child);
  return {
    config: readHubConfig(env),
    ready,
    stop: async () => {
      if (child.exitCode !== null) return;
      child.send({ type: 'stop' });
      await once(child, 'exit');
    },
  };
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

/** What the same database does with bare rows, and how fast the ledger that came of it verifies. */
async function measureRecords(config: HubConfig) {
  const records = await openRecords({ config, clock: systemClock(), release: '0', log: () => {} });
  try {
    const insertPerS = await bareInsertsPerS(records);
    const verified = await records.verify();
    assert(verified.findings.length === 0, 'the measured ledger verifies');
    return { insertPerS, verified };
  } finally {
    await records.close();
  }
}

function memoryJournal() {
  return openMemoryJournal({
    edge: 'edge-1',
    clock: systemClock(),
    random: (bytes) => randomBytes(bytes),
    emptyState: {},
    onNotice: () => {},
    keep: 'all',
  });
}

async function connectEdge(journal: Journal, signer: Signer, ready: HubReady & { folder: string }): Promise<Uplink> {
  const hub = [parseVerifierKey(readFileSync(ready.verifierKeyFile, 'utf8').trim())];
  return startUplink({
    url: ready.broker,
    journal,
    signer,
    hub,
    witness: await openLedgerWitness({ path: join(ready.folder, 'hub.ledger'), hub, epoch: 1 }),
    monotonicMs: () => performance.now(),
    random: () => randomBytes(4).readUInt32LE() / 2 ** 32,
    onAck: () => {},
    onLoss: () => assert(false, 'nothing is lost'),
    onFork: () => assert(false, 'nothing forks'),
    onSetBack: (message) => assert(false, message),
    onRefuted: (message) => assert(false, message),
  });
}

/** What the database itself does with rows of this size, one commit for each group. Units: rows a second. */
async function bareInsertsPerS({ database }: HubRecords): Promise<number> {
  await database`CREATE TABLE bench_rows (n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, note text NOT NULL)`;
  const notes = Array.from({ length: ENTRIES_A_GROUP }, () => NOTE);
  const from = performance.now();
  for (let index = 0; index < BARE_GROUPS; index += 1) {
    await database`INSERT INTO bench_rows (note) SELECT unnest(${notes}::text[])`;
  }
  return ((BARE_GROUPS * ENTRIES_A_GROUP) / (performance.now() - from)) * 1_000;
}

function append(journal: Journal, count: number): void {
  const body = { v: 1, code: 'BENCH', severity: 'notice', message: NOTE };
  journal.append(Array.from({ length: count }, () => ({ kind: 'incident' as const, body })));
}

/** Units: entries a second, from the first append to the last ack. */
async function bulk(journal: Journal, edge: Uplink): Promise<number> {
  const from = performance.now();
  for (let sent = 0; sent < ENTRIES; sent += ENTRIES_A_GROUP) {
    append(journal, ENTRIES_A_GROUP);
    // A trading edge journals between other things, so the uplink gets its turn as well.
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert(await edge.drained(DRAIN_MS_MAX), 'the hub takes everything');
  return (ENTRIES / (performance.now() - from)) * 1_000;
}

/** Appends at a steady rate and watches when each group is acknowledged. Units: milliseconds from append to ack. */
async function paced(journal: Journal, edge: Uplink): Promise<readonly number[]> {
  const took: number[] = [];
  const waiting: { readonly seq: number; readonly at: number }[] = [];
  const ticks = (PACED_SECONDS * 1_000) / PACED_TICK_MS;
  const settle = () => {
    while (waiting[0] !== undefined && waiting[0].seq <= edge.state.ackedSeq)
      took.push(performance.now() - (waiting.shift()?.at ?? 0));
  };
  const begun = performance.now();
  for (let tick = 0; tick < ticks || waiting.length > 0; ) {
    if (tick < ticks && performance.now() >= begun + tick * PACED_TICK_MS) {
      append(journal, (PACED_PER_S * PACED_TICK_MS) / 1_000);
      waiting.push({ seq: journal.head.seq, at: performance.now() });
      tick += 1;
    }
    settle();
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return took;
}
