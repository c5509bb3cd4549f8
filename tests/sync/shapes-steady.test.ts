import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestDatabase, type TestServer } from '../fixtures/postgres.ts';
import { openShapeStage, type ShapeStage } from '../fixtures/shape-stage.ts';

// A client that holds a handle and an offset which the server gave it is never told to begin again without a reason.

const MS_MAX = 120_000;
const WORKERS = 3;
const ROUNDS = 6;
const READS = 6;
let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
}, MS_MAX);
afterAll(() => server.stop());

async function inStage(work: (stage: ShapeStage, test: TestDatabase) => Promise<void>): Promise<void> {
  const records = await server.database();
  const stage = await openShapeStage(records, { general: {}, limits: { tableCheckMs: 1, longPollMs: 20 } });
  try {
    await work(stage, records);
  } finally {
    await stage.close();
  }
}

const ask = (stage: ShapeStage, table: string, query: string): Promise<Response> =>
  fetch(`${stage.url}/v1/shape?table=${table}&${query}`);

/** Follows a table from the start as a client does; answers each status. */
async function follow(stage: ShapeStage, table: string): Promise<readonly number[]> {
  const statuses: number[] = [];
  let query = 'offset=-1';
  for (let reads = 0; reads < READS; reads += 1) {
    const answer = await ask(stage, table, query);
    await answer.arrayBuffer();
    statuses.push(answer.status);
    if (answer.status !== 200) return statuses;
    const isLive = answer.headers.has('electric-up-to-date');
    const place = `offset=${answer.headers.get('electric-offset')}&handle=${answer.headers.get('electric-handle')}`;
    query = isLive ? `${place}&live=true` : place;
  }
  return statuses;
}

/** What may have happened to a table just before somebody asks for it for the first time. */
const HISTORIES: readonly ((database: TestDatabase['database'], table: string) => Promise<unknown>)[] = [
  async () => undefined,
  (database, table) => database.unsafe(`INSERT INTO ${table} VALUES (1, 'one'); TRUNCATE ${table}`),
  (database, table) =>
    database.unsafe(`INSERT INTO ${table} VALUES (1, 'one'); ALTER TABLE ${table} ADD COLUMN more text`),
];

test(
  'no client with a handle that counts is sent back to the start while tables are looked at and others begin',
  async () => {
    await inStage(async (stage, { database }) => {
      const workers = Array.from({ length: WORKERS }, async (_, worker) => {
        const seen: number[] = [];
        for (let round = 0; round < ROUNDS; round += 1) {
          const table = `t${worker}_${round}`;
          await database.unsafe(`CREATE TABLE ${table} (id int PRIMARY KEY, title text)`);
          // Somebody follows it, so that its changes are in the stream.
          seen.push(...(await follow(stage, table)));
          await HISTORIES[round % HISTORIES.length]?.(database, table);
          // Others ask in their own words at the same time, for shapes that nobody had before.
          const wheres = Array.from({ length: 3 }, (_unused, one) => `${table}&where=id%3E${one}`);
          for (const statuses of await Promise.all(wheres.map((where) => follow(stage, where)))) seen.push(...statuses);
        }
        return seen;
      });
      const statuses = (await Promise.all(workers)).flat();
      expect(statuses.filter((status) => status !== 200)).toEqual([]);
    });
  },
  MS_MAX,
);
