import { type Row, ShapeStream, type ShapeStreamOptions } from '@electric-sql/client';
import type { Database } from '@gatehouse/hub/store/database.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FAULT_ROUNDS, FAULT_SEED, seededRandom, tellRound } from '../faults/fault-plan.ts';
import { startTestServer, type TestServer } from '../fixtures/postgres.ts';
import { openShapeStage, type ShapeStage } from '../fixtures/shape-stage.ts';
import { type PlannedShape, planMutation, planShape, type Random } from './shape-mutations.ts';

// PostgreSQL itself is the oracle: whatever was written, and however often the server was gone, each client ends up with the
// rows that a query gives.

const SHAPES = 20;
/** A change has to pass the short form; more rounds are long ones. */
const BATCHES_A_ROUND = FAULT_ROUNDS > 1 ? 40 : 8;
const MUTATIONS_A_BATCH = 25;
const BATCHES_A_KILL = 4;
const SETTLE_MS_MAX = 20_000;

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server.stop());

interface Follower {
  readonly planned: PlannedShape;
  readonly rows: Map<string, Row>;
  refetches: number;
  stop(): void;
}

/** Folds the client's messages as a careful reader does: inserts replace, and a fetch anew begins with nothing. */
function follow(stage: ShapeStage, planned: PlannedShape): Follower {
  const stop = new AbortController();
  const rows = new Map<string, Row>();
  const follower = { planned, rows, refetches: 0, stop: () => stop.abort() };
  const stream = new ShapeStream({
    url: `${stage.url}/v1/shape`,
    params: planned.params as NonNullable<ShapeStreamOptions['params']>,
    liveSse: planned.isEvents,
    signal: stop.signal,
    backoffOptions: { initialDelay: 20, maxDelay: 100, multiplier: 1.5 },
    // All values stay the text that PostgreSQL wrote, but for the two spellings of true and false.
    parser: Object.fromEntries(
      ['int2', 'int4', 'int8', 'float8', 'json', 'jsonb'].map((type) => [type, (text: string) => text]),
    ),
    onError: () => ({}),
  });
  stream.subscribe((messages) => {
    for (const message of messages) {
      if ('control' in message.headers) {
        if (message.headers.control !== 'must-refetch') continue;
        rows.clear();
        follower.refetches += 1;
        continue;
      }
      const change = message as { key: string; value: Row; headers: { operation: string } };
      if (change.headers.operation === 'delete') rows.delete(change.key);
      else rows.set(change.key, { ...rows.get(change.key), ...change.value });
    }
  });
  return follower;
}

async function expected(database: Database, { table, columns, where }: PlannedShape) {
  const list = columns.map((column) => `"${column}"::text AS "${column}"`).join(', ');
  const rows = await database.unsafe<Record<string, string | null>[]>(
    `SELECT ${list} FROM ${table} ${where === undefined ? '' : `WHERE ${where}`}`,
  );
  return rows.map((row) => JSON.stringify(row)).toSorted();
}

function held({ rows, planned }: Follower): readonly string[] {
  return [...rows.values()]
    .map((row) => JSON.stringify(Object.fromEntries(planned.columns.map((column) => [column, asWritten(row[column])]))))
    .toSorted();
}

/** What one side has and the other lacks, cut short for whoever reads it. */
function differences(had: readonly string[], wanted: readonly string[]): readonly string[] {
  const lacks = wanted.filter((row) => !had.includes(row)).map((row) => `lacks ${row.slice(0, 200)}`);
  const extra = had.filter((row) => !wanted.includes(row)).map((row) => `should not have ${row.slice(0, 200)}`);
  return had.length === wanted.length
    ? [...lacks, ...extra]
    : [`${had.length} of ${wanted.length}`, ...lacks, ...extra];
}

/** The client reads truths and lists; PostgreSQL's own text of them is made again. */
function asWritten(value: unknown): unknown {
  if (typeof value === 'boolean') return `${value}`;
  return Array.isArray(value) ? `{${value.map((one: unknown) => one ?? 'NULL').join(',')}}` : value;
}

async function playRound(seed: number, random: Random): Promise<{ mutations: number; refetches: number }> {
  const records = await server.database();
  const { database } = records;
  await database`CREATE TABLE first (id int, part text, amount numeric(20, 8), flag bool, note text, tags int[], PRIMARY KEY (part, id))`;
  await database`CREATE TABLE second (id int PRIMARY KEY, part text, amount numeric(20, 8), flag bool, note text, tags int[])`;
  const stage = await openShapeStage(records, {
    general: {},
    limits: { chunkBytes: 3_000, longPollMs: 1_000, eventStreamMs: 2_000, shapeBytesMax: 400_000, tableCheckMs: 200 },
  });
  const followers = Array.from({ length: SHAPES }, () => follow(stage, planShape(random)));
  let mutations = 0;
  try {
    for (let batch = 1; batch <= BATCHES_A_ROUND; batch += 1) {
      const kill = batch % BATCHES_A_KILL === 0;
      const restarted = kill ? stage.restart() : Promise.resolve();
      for (let left = MUTATIONS_A_BATCH; left > 0; left -= 1) {
        const statements = planMutation(random);
        mutations += statements.length;
        const isKept = random() > 0.1;
        await database
          .begin(async (tx) => {
            for (const statement of statements) await tx.unsafe(statement);
            if (!isKept) throw new Error('rolled back');
          })
          .catch((error: unknown) => {
            // A clash of keys is as good a reason to roll back as any.
            if (!/rolled back|duplicate key/.test(String(error))) throw error;
          });
      }
      await restarted;
      for (const follower of followers) {
        const rows = await expected(database, follower.planned);
        await expect
          .poll(() => differences(held(follower), rows), {
            timeout: SETTLE_MS_MAX,
            interval: 20,
            message: `seed ${seed}, batch ${batch}: ${JSON.stringify(follower.planned)}`,
          })
          .toEqual([]);
      }
    }
  } finally {
    for (const follower of followers) follower.stop();
    await stage.close();
  }
  return { mutations, refetches: followers.reduce((sum, { refetches }) => sum + refetches, 0) };
}

test('after every batch of random changes each client holds the rows of PostgreSQL, though the server was dropped in between', {
  timeout: FAULT_ROUNDS * 300_000,
}, async () => {
  for (let round = 0; round < FAULT_ROUNDS; round += 1) {
    const seed = FAULT_SEED + round;
    const { mutations, refetches } = await playRound(seed, seededRandom(seed));
    tellRound(
      `shapes: seed ${seed}: ${SHAPES} shapes, ${mutations} changes, ${BATCHES_A_ROUND / BATCHES_A_KILL} servers dropped, ${refetches} fetched anew, 0 rows different`,
    );
    expect(refetches).toBeGreaterThanOrEqual(SHAPES);
  }
});
