import { chmodSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { ShapeStream } from '@electric-sql/client';
import { connect, type Database } from '@gatehouse/hub/store/database.ts';
import { migrate } from '@gatehouse/hub/store/migrate.ts';
import { startPostgres } from '@gatehouse/hub/store/postgres/start-postgres.ts';
import { createShapeServer } from '@gatehouse/hub/sync/shapes/shape-server.ts';
import { systemClock } from '@gatehouse/hub/system-clock.ts';
import { instantText } from '@gatehouse/shared/values/instant.ts';
import { getRequestListener } from '@hono/node-server';
import { inOrder, type Measured, type Measurement, quantile } from './figure.ts';

const CROWDS = [1, 50, 500] as const;
const WRITES = 30;
const PAUSE_MS = 20;
const ARRIVAL_MS_MAX = 20_000;
const BASELINE = 'p50 of a bare NOTIFY to one session';
const EDGE_HEADER = 'x-edge';

/** From a committed write to the official client's callback, for as many edges as read, each its own shape. */
export const shapes: Measurement = {
  figures: CROWDS.flatMap((edges) =>
    (['p50', 'p95'] as const).map((share) => ({
      name: nameOf(edges, share),
      unit: 'ms',
      digits: 1,
      bar: `the last of ${edges} ${edges === 1 ? 'edge' : 'edges'}, all in this process`,
    })),
  ),
  async measure(folder) {
    chmodSync(folder, 0o711);
    const stage = await openStage(folder);
    try {
      const bare = inOrder(await measureNotify(stage.database));
      const results: Record<string, Measured> = {};
      for (const edges of CROWDS) {
        const sorted = inOrder(await measureCrowd(stage, edges));
        for (const [share, part] of [
          ['p50', 0.5],
          ['p95', 0.95],
        ] as const) {
          const value = quantile(sorted, part);
          results[nameOf(edges, share)] = {
            value,
            baseline: quantile(bare, 0.5),
            baselineName: BASELINE,
            n: sorted.length,
          };
        }
      }
      return results;
    } finally {
      await stage.close();
    }
  },
};

/** The figure that we are asked for is that of fifty edges; the others say how many they are. */
function nameOf(edges: number, share: 'p50' | 'p95'): string {
  if (edges === 50) return `shapes.write_to_edge_${share}_ms`;
  return `shapes.write_to_${edges}_${edges === 1 ? 'edge' : 'edges'}_${share}_ms`;
}

interface Stage {
  readonly database: Database;
  readonly url: string;
  close(): Promise<void>;
}

async function openStage(folder: string): Promise<Stage> {
  const clock = systemClock();
  const server = await startPostgres({ folder: join(folder, 'pg'), log: () => undefined });
  const database = connect(server.connection);
  await migrate(database, { now: () => instantText(clock.now()) });
  const log = (line: string): void => void process.stderr.write(`${line}\n`);
  const served = createShapeServer({ database, target: server.connection, clock, log });
  await served.ready;
  const listener = getRequestListener((request) =>
    served.handle(request, { kind: 'edge', edge: request.headers.get(EDGE_HEADER) ?? '' }),
  );
  const http = createServer((incoming, outgoing) => void listener(incoming, outgoing));
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  return {
    database,
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/v1/shapes/heartbeat`,
    close: async () => {
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
      await served.stop();
      await database.end({ timeout: 1 });
      await server.stop();
    },
  };
}

async function measureCrowd({ database, url }: Stage, edges: number): Promise<readonly number[]> {
  await database`DELETE FROM heartbeats`;
  await database`INSERT INTO heartbeats (edge, note, at) SELECT 'edge-' || n, 'a note', '0' FROM generate_series(1, ${edges}) n`;
  const stop = new AbortController();
  const arrived = new Map<string, string>();
  let onArrival: () => void = () => undefined;
  for (let number = 1; number <= edges; number += 1) {
    const edge = `edge-${number}`;
    const stream = new ShapeStream<{ at: string }>({ url, headers: { [EDGE_HEADER]: edge }, signal: stop.signal });
    stream.subscribe((messages) => {
      for (const message of messages) if ('value' in message) arrived.set(edge, message.value.at);
      onArrival();
    });
  }
  const allHave = (mark: string) =>
    new Promise<number>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`${mark} did not reach every edge`)), ARRIVAL_MS_MAX);
      onArrival = () => {
        if (arrived.size < edges || ![...arrived.values()].every((at) => at === mark)) return;
        clearTimeout(late);
        resolve(performance.now());
      };
      onArrival();
    });
  try {
    await allHave('0');
    const tookMs: number[] = [];
    for (let write = 1; write <= WRITES; write += 1) {
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      const all = allHave(`${write}`);
      const begun = performance.now();
      await database`UPDATE heartbeats SET at = ${`${write}`}`;
      tookMs.push((await all) - begun);
    }
    return tookMs;
  } finally {
    stop.abort();
  }
}

/** What the database needs to tell one session that another one has committed. */
async function measureNotify(database: Database): Promise<readonly number[]> {
  let onHeard: (word: string) => void = () => undefined;
  const listening = await database.listen('bench', (word) => onHeard(word));
  const tookMs: number[] = [];
  for (let write = 1; write <= WRITES; write += 1) {
    const heard = new Promise<void>((resolve) => {
      onHeard = (word) => word === `${write}` && resolve();
    });
    const begun = performance.now();
    await database.notify('bench', `${write}`);
    await heard;
    tookMs.push(performance.now() - begun);
  }
  await listening.unlisten();
  return tookMs;
}
