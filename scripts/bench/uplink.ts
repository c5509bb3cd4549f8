import type { Journal } from '@gatehouse/edge/journal/journal-types.ts';
import type { Uplink } from '@gatehouse/edge/sync/uplink.ts';
import type { HubConfig } from '@gatehouse/hub/config.ts';
import { type HubRecords, openRecords } from '@gatehouse/hub/hub.ts';
import { systemClock } from '@gatehouse/hub/system-clock.ts';
import { assert } from '@gatehouse/shared/errors.ts';
import { type BenchHub, type BenchSender, connectSender, openSenders, startBenchHub } from './bench-hub.ts';
import { inOrder, type Measured, type Measurement, quantile } from './figure.ts';
import { measureRawSync } from './raw-fsync.ts';

const CROWDS = [1, 10, 50] as const;
const EDGES_MAX = 50;
const ENTRIES = 60_000;
/** Of several edges together. */
const CROWD_ENTRIES = 30_000;
const ENTRIES_A_GROUP = 100;
const PACED_SECONDS = 10;
const PACED_PER_S = 1_000;
const PACED_TICK_MS = 10;
const BARE_GROUPS = 100;
const DRAIN_MS_MAX = 300_000;
const NOTE = 'a body about as long as that of a decision over six controls '.repeat(16);
const BARE_NAME = `rows/s of bare ${ENTRIES_A_GROUP}-row inserts into the same database`;

/** Edge → broker → hub → PostgreSQL commit → ack, over real sockets to a real database, and the ledger that comes of it. */
export const uplink: Measurement = {
  figures: [
    ...CROWDS.map((edges) => ({ name: nameOf(edges), unit: 'entries/s', digits: 0, bar: '≥ 10,000' })),
    { name: 'uplink.ack_p50_ms', unit: 'ms', digits: 1, bar: 'at 1,000/s' },
    { name: 'uplink.ack_p99_ms', unit: 'ms', digits: 1, bar: '≤ 250 at 1,000/s' },
    { name: 'ledger.verify_per_s', unit: 'leaves/s', digits: 0, bar: '≥ 50,000' },
  ],
  async measure(folder) {
    const raw = measureRawSync(folder);
    const senders = openSenders(EDGES_MAX);
    const hub = await startBenchHub(folder, senders);
    try {
      const perS = await measureCrowds(hub, senders);
      const acks = inOrder(await measurePaced(hub, senders));
      const { insertPerS, verified } = await measureRecords(hub.config);
      const bare = { baseline: insertPerS, baselineName: BARE_NAME };
      const sync = { baseline: raw.p99Ms, baselineName: 'p99 of a raw fsync', n: acks.length };
      const results: Record<string, Measured> = {
        'uplink.ack_p50_ms': { value: quantile(acks, 0.5), ...sync },
        'uplink.ack_p99_ms': { value: quantile(acks, 0.99), ...sync },
        'ledger.verify_per_s': { value: verified.leaves / verified.seconds, ...bare, n: verified.leaves },
      };
      for (const [edges, value] of perS) results[nameOf(edges)] = { value, ...bare, n: entriesOf(edges) };
      return results;
    } finally {
      await hub.stop();
    }
  },
};

/** Entries a second of one edge that has journalled so many: from the first of them to the last ack. */
export async function drainPerS(hub: BenchHub, sender: BenchSender, entries: number): Promise<number> {
  for (let made = 0; made < entries; made += ENTRIES_A_GROUP) append(sender.journal, ENTRIES_A_GROUP);
  const from = performance.now();
  const edge = await connectSender(hub, sender);
  assert(await edge.drained(DRAIN_MS_MAX), 'the hub takes everything');
  const perS = (entries / (performance.now() - from)) * 1_000;
  await edge.stop();
  return perS;
}

/** What the database itself does with rows of this size, and how fast the ledger that came of the measurement verifies. */
export async function measureRecords(config: HubConfig) {
  const records = await openRecords({ config, clock: systemClock(), release: '0', log: () => {} });
  try {
    const insertPerS = await bareInsertsPerS(records);
    const verified = await records.verify();
    assert(verified.findings.length === 0, 'the measured ledger verifies');
    return { insertPerS, verified, baselineName: BARE_NAME };
  } finally {
    await records.close();
  }
}

function nameOf(edges: number): string {
  return edges === 1 ? 'uplink.entries_per_s' : `uplink.entries_per_s_${edges}_edges`;
}

function entriesOf(edges: number): number {
  return edges === 1 ? ENTRIES : CROWD_ENTRIES;
}

async function measureCrowds(hub: BenchHub, senders: readonly BenchSender[]): Promise<ReadonlyMap<number, number>> {
  const perS = new Map<number, number>();
  for (const count of CROWDS) {
    const crowd = senders.slice(0, count);
    const edges = await Promise.all(crowd.map((sender) => connectSender(hub, sender)));
    perS.set(count, await bulkPerS(crowd, edges));
    await Promise.all(edges.map((edge) => edge.stop()));
  }
  return perS;
}

/** Units: entries a second of all together, from the first append to the last ack. */
async function bulkPerS(crowd: readonly BenchSender[], edges: readonly Uplink[]): Promise<number> {
  const entries = entriesOf(crowd.length);
  const from = performance.now();
  for (let sent = 0; sent < entries; sent += ENTRIES_A_GROUP) {
    const sender = crowd[(sent / ENTRIES_A_GROUP) % crowd.length];
    if (sender !== undefined) append(sender.journal, ENTRIES_A_GROUP);
    // A trading edge journals between other things, so the uplink gets its turn as well.
    await new Promise((resolve) => setImmediate(resolve));
  }
  const drained = await Promise.all(edges.map((edge) => edge.drained(DRAIN_MS_MAX)));
  assert(!drained.includes(false), 'the hub takes everything');
  return (entries / (performance.now() - from)) * 1_000;
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

/** Appends at a steady rate and watches when each group is acknowledged. Units: milliseconds from append to ack. */
async function measurePaced(hub: BenchHub, [sender]: readonly BenchSender[]): Promise<readonly number[]> {
  assert(sender !== undefined, 'there is an edge');
  const edge = await connectSender(hub, sender);
  assert(await edge.drained(DRAIN_MS_MAX), 'the hub takes everything');
  const took = await paced(sender.journal, edge);
  await edge.stop();
  return took;
}

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
