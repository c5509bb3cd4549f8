import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { exampleOrder } from '@gatehouse/compliance/examples/base.ts';
import { createControlActions } from '@gatehouse/edge/engine/control-actions.ts';
import { systemClock } from '@gatehouse/edge/engine/system-clock.ts';
import { openControlStore } from '@gatehouse/edge/journal/control-store.ts';
import { libsqlDriver } from '@gatehouse/edge/journal/libsql-driver.ts';
import { createCommandDesk } from '@gatehouse/edge/sync/commands/command-desk.ts';
import { createCommandMemory } from '@gatehouse/edge/sync/commands/command-memory.ts';
import { startDownlink } from '@gatehouse/edge/sync/downlink/downlink.ts';
import { createHeartbeatWatch } from '@gatehouse/edge/sync/downlink/heartbeat-watch.ts';
import { createObjectDesk } from '@gatehouse/edge/sync/downlink/object-desk.ts';
import { assert, KitError } from '@gatehouse/shared/errors.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import { type BenchHub, type BenchSender, connectSender, openSenders, startBenchHub } from './bench-hub.ts';
import { inOrder, type Measurement, quantile } from './figure.ts';
import { openKillable } from './killable.ts';
import { enrolOfficer, type Officer } from './officer.ts';

const EDGES = 50;
const KILLS = 30;
const VENUES = ['first', 'second', 'third'];
const QUIET_MS_MAX = 120_000;
const TOLD_MS_MAX = 30_000;
const PAUSE_MS = 100;

/**
 * A kill of a desk from the officer's request at the API until the last venue of fifty edges was told.
 *
 * Shape: the hub is a process of its own; the edges share one, each with its own MQTT connection, three shapes, command desk, kill switch
 *        and three simulated venues with an order each, and a journal in memory: fifty disks are more than one machine has.
 */
export const killCrowd: Measurement = {
  figures: [
    { name: 'kill.p50_ms', unit: 'ms', digits: 0, bar: `of ${EDGES} edges the last` },
    { name: 'kill.p99_ms', unit: 'ms', digits: 0, bar: '≤ 500' },
  ],
  async measure(folder) {
    const senders = openSenders(EDGES);
    const hub = await startBenchHub(folder, senders);
    const told = createTold();
    const edges: CrowdEdge[] = [];
    try {
      for (const sender of senders) edges.push(await openEdge(hub, sender, told.hear));
      await quiet(edges);
      const officer = await enrolOfficer(hub.ready.firstRunLink ?? '');
      const tookMs: number[] = [];
      for (let kill = 0; kill < KILLS; kill += 1) {
        tookMs.push(await killOnce(officer, `desk-${kill}`, told));
        await quiet(edges);
      }
      assert(
        edges.every(({ open }) => open() === 0),
        'nothing remains',
      );
      const sorted = inOrder(tookMs);
      const bare = inOrder(await readsMs(officer));
      const of = (share: number) => ({
        value: quantile(sorted, share),
        baseline: quantile(bare, share),
        baselineName: 'a read at the same API, without edges',
        n: KILLS,
      });
      return { 'kill.p50_ms': of(0.5), 'kill.p99_ms': of(0.99) };
    } finally {
      for (const edge of edges) await edge.stop();
      await hub.stop();
    }
  },
};

interface CrowdEdge {
  readonly isReady: () => boolean;
  /** How many orders are open. */
  readonly open: () => number;
  stop(): Promise<void>;
}

interface Told {
  hear(id: string): void;
  /** When the last edge had told its venues. */
  all(id: string): Promise<number>;
}

function createTold(): Told {
  const counts = new Map<string, { edges: number; atMs: number }>();
  return {
    hear: (id) => {
      const edges = (counts.get(id)?.edges ?? 0) + 1;
      counts.set(id, { edges, atMs: performance.now() });
    },
    all: async (id) => {
      const endMs = performance.now() + TOLD_MS_MAX;
      while ((counts.get(id)?.edges ?? 0) < EDGES) {
        if (performance.now() > endMs) throw late(`kill ${id} was told by ${counts.get(id)?.edges ?? 0} edges`);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      return counts.get(id)?.atMs ?? Number.NaN;
    },
  };
}

async function killOnce(officer: Officer, desk: string, told: Told): Promise<number> {
  const from = performance.now();
  const body = { kind: 'kill', edges: 'all', scopes: [`desk:${desk}`], level: 'cancel', reason: 'A measurement.' };
  const { id } = (await officer.ask('/commands/stop', body)) as { readonly id: string };
  return (await told.all(id)) - from;
}

async function readsMs(officer: Officer): Promise<readonly number[]> {
  const tookMs: number[] = [];
  for (let read = 0; read < KILLS; read += 1) {
    const from = performance.now();
    await officer.ask('/commands/waiting');
    tookMs.push(performance.now() - from);
  }
  return tookMs;
}

/** Waits until every edge hears its hub and the hub has everything of it. */
async function quiet(edges: readonly CrowdEdge[]): Promise<void> {
  const endMs = performance.now() + QUIET_MS_MAX;
  while (!edges.every(({ isReady }) => isReady())) {
    if (performance.now() > endMs) throw late('the edges are not at rest');
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
}

async function openEdge(hub: BenchHub, sender: BenchSender, hear: Told['hear']): Promise<CrowdEdge> {
  const { journal, signer } = sender;
  const folder = join(hub.folder, signer.name);
  mkdirSync(folder);
  const memory = createCommandMemory();
  const orders = Array.from({ length: KILLS * VENUES.length }, (_, index) => orderOf(signer.name, index));
  const killable = openKillable({ folder, journal, orders, hear: (entry) => memory.fold(entry) });
  const { killSwitch, own, recorder } = killable;
  const door = { edge: signer.name, hub: hub.keys };
  const log = (): void => {};
  const monotonicMs = (): number => performance.now();
  const commands = createCommandDesk({
    ...door,
    memory,
    recorder,
    actions: createControlActions({
      killSwitch: {
        kill: (request) => {
          const running = killSwitch.kill(request);
          void running.told.then(() => hear(running.id));
          return running;
        },
      },
      kills: killable.memory,
      releasing: () => Promise.reject(new KitError('NOT_FOUND', 'nobody releases a kill of the bench')),
      refetch: () => {},
      notice: () => {},
    }),
    now: () => systemClock().now(),
    monotonicMs,
    log,
  });
  const objects = createObjectDesk({ ...door, takers: {}, onAlarm: log, log });
  const arrived = {
    object: objects.object,
    get commandsThrough() {
      return memory.through;
    },
  };
  const { store } = openControlStore(join(folder, 'control.db'), libsqlDriver);
  const downlink = startDownlink({
    address: hub.ready.shapes,
    fetch: fetchWith(readFileSync(hub.ready.tokenFiles[signer.name] ?? '', 'utf8').trim()),
    store,
    commands,
    objects,
    heartbeats: createHeartbeatWatch({ ...door, monotonicMs, arrived }),
    monotonicMs,
    random: Math.random,
    onHeartbeat: () => {},
    onAlarm: log,
    log,
  });
  const uplink = await connectSender(hub, sender, (note) => commands.take(note, 'mqtt'));
  return {
    isReady: () => downlink.isConnected && uplink.state.connected && uplink.state.pending === 0,
    open: () => own.openOrders().length,
    stop: async () => {
      await Promise.all([downlink.stop(), uplink.stop()]);
      killSwitch.stop();
      store.close();
    },
  };
}

function orderOf(edge: string, index: number): Order {
  const venue = VENUES[index % VENUES.length] ?? 'first';
  const desk = `desk-${Math.floor(index / VENUES.length)}`;
  return exampleOrder({ id: `O-${edge}-${index}`, venue, desk });
}

function fetchWith(token: string): typeof fetch {
  return (input, init) => {
    const headers = new Headers(init?.headers);
    headers.set('authorization', `Bearer ${token}`);
    return fetch(input, { ...init, headers });
  };
}

function late(what: string): KitError {
  return new KitError('PROCESS_UNREACHABLE', `${what}, and the time is over`);
}
