import { controls } from '@gatehouse/compliance/controls/index.ts';
import { followLedger } from '@gatehouse/hub/ledger/rejudgement/follow-ledger.ts';
import { judgeAside } from '@gatehouse/hub/ledger/rejudgement/judge-aside.ts';
import { type RejudgementPace, runRejudgement } from '@gatehouse/hub/ledger/rejudgement/run-rejudgement.ts';
import { readFindings, readRejudgement } from '@gatehouse/hub/store/rejudgement-rows.ts';
import { systemClock } from '@gatehouse/hub/system-clock.ts';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { edgeStream } from '../fixtures/edge-stream.ts';
import { tradedJournal, wireOf } from '../fixtures/example-entries.ts';
import { type TestLedger, testLedger } from '../fixtures/hub-ledger.ts';
import { startTestServer, type TestServer } from '../fixtures/postgres.ts';

const PACE: RejudgementPace = { lookMs: 20, storeMs: 20, silentMs: 400, retryMs: 20, retryMsMax: 100 };

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server.stop());

interface Firm {
  readonly hub: TestLedger;
  /** Records what is left of the journal, or so many entries of it. */
  trade(entries?: number): Promise<void>;
}

async function firm(name = 'edge-1'): Promise<Firm> {
  const { database } = await server.database();
  const hub = testLedger(database);
  const edge = edgeStream(name);
  await hub.register(edge);
  const left = tradedJournal(name).entries.map(wireOf);
  const trade = async (entries = left.length) => {
    await hub.take(edge, edge.batch(edge.add(...left.splice(0, entries))));
  };
  return { hub, trade };
}

interface Job {
  readonly lines: readonly string[];
  stop(): Promise<void>;
}

/** The job as the hub runs it, but for its thread. */
function started({ hub }: Firm, run: string, step?: () => Promise<never>): Job {
  const lines: string[] = [];
  const stop = runRejudgement(
    {
      database: hub.database,
      clock: systemClock(),
      run,
      release: '1.0.0',
      judge: () => {
        const follower = followLedger(hub.database, controls, 4);
        const next = async () => ({ step: await follower.step(), tookMs: 1 });
        return { step: step ?? next, close: async () => undefined };
      },
      appendAct: hub.hubStream.appendAct,
      log: (line) => lines.push(line),
    },
    PACE,
  );
  onTestFinished(stop);
  return { lines, stop };
}

const alarmsOf = ({ hub }: Firm, code: string) =>
  hub.database<{ message: string }[]>`SELECT message FROM alarm WHERE code = ${code}`;
const coverage = ({ hub }: Firm) => readRejudgement(hub.database);
const sizeOf = async ({ hub }: Firm) =>
  (await hub.database<{ size: number }[]>`SELECT size FROM ledger_head`)[0]?.size ?? 0;
const toTheEnd = async (one: Firm) =>
  expect.poll(async () => (await coverage(one))?.positionsAt, { timeout: 10_000 }).toBe(await sizeOf(one));

test('I17 what edges record is judged again as it comes, with its positions, and how far is on record', async () => {
  const one = await firm();
  started(one, 'run-1');
  await toTheEnd(one);
  await one.trade(7);
  await one.trade();
  await toTheEnd(one);
  expect(await coverage(one)).toMatchObject({ run: 'run-1', edges: 1, decisions: 2, different: 0, positions: 0 });
  expect(await readFindings(one.hub.database, 10)).toEqual([]);
  expect(await alarmsOf(one, 'REJUDGE_DIFFERENCE')).toEqual([]);
});

test('a record that was altered is an act and an alarm once, however often the hub starts and judges again', async () => {
  const one = await firm();
  await one.trade();
  await one.hub.database`
    UPDATE ledger_body b SET body = replace(b.body, '"refused"', '"approved"') FROM ledger_leaf l
    WHERE l.leaf = b.leaf AND l.kind = 'decision' AND strpos(b.body, '"refused"') > 0`;
  for (const run of ['run-1', 'run-2', 'run-3']) {
    const job = started(one, run);
    await expect.poll(async () => (await coverage(one))?.run, { timeout: 10_000 }).toBe(run);
    await expect.poll(async () => (await coverage(one))?.different, { timeout: 10_000 }).toBe(1);
    await job.stop();
  }
  const alarms = await alarmsOf(one, 'REJUDGE_DIFFERENCE');
  expect(alarms).toHaveLength(1);
  expect(alarms[0]?.message).toMatch(/edge edge-1, order edge-1-2 at leaf \d+: outcome differs/);
  const acts = await one.hub.database`
    SELECT 1 FROM ledger_body WHERE strpos(body, 'rejudge.difference') > 0`;
  expect(acts).toHaveLength(1);
});

test('a position that is projected otherwise is found where no decision differs', async () => {
  const one = await firm();
  await one.trade();
  await one.hub.database`UPDATE position SET quantity = '41'`;
  started(one, 'run-1');
  await expect.poll(async () => (await coverage(one))?.positions, { timeout: 10_000 }).toBe(1);
  expect(await coverage(one)).toMatchObject({ different: 0 });
  expect((await readFindings(one.hub.database, 10))[0]?.message).toMatch(
    /is projected as 41, the entries add up to 40/,
  );
});

test('a position that was right again and parts once more is told once more', async () => {
  const one = await firm();
  await one.trade();
  const { database } = one.hub;
  const [held] = await database<{ quantity: string }[]>`SELECT quantity FROM position`;
  for (const [index, quantity] of ['41', held?.quantity ?? '', '42'].entries()) {
    await database`UPDATE position SET quantity = ${quantity}`;
    const job = started(one, `run-${index}`);
    await expect.poll(async () => (await coverage(one))?.run, { timeout: 10_000 }).toBe(`run-${index}`);
    await expect.poll(async () => (await coverage(one))?.positionsAt, { timeout: 10_000 }).not.toBeNull();
    const wrong = quantity === held?.quantity ? 0 : 1;
    await expect.poll(async () => (await readFindings(database, 10)).length, { timeout: 10_000 }).toBe(wrong);
    await job.stop();
  }
  const told = (await alarmsOf(one, 'REJUDGE_DIFFERENCE')).map(({ message }) => message);
  expect(told).toEqual([expect.stringContaining('projected as 41'), expect.stringContaining('projected as 42')]);
});

test('a thread that ended between two steps is told with its cause at the next one', async () => {
  const judge = judgeAside({ target: 'postgres://127.0.0.1:1/none', recordKeys: '/dev/null/keys' });
  onTestFinished(() => judge.close());
  await new Promise((resolve) => setTimeout(resolve, 4_000));
  await expect(judge.step()).rejects.toThrow(/\/dev\/null\/keys|ENOTDIR/);
});

test('of two processes one judges, and the other takes its place once it was silent', async () => {
  const one = await firm();
  await one.trade();
  const first = started(one, 'run-1');
  await toTheEnd(one);
  started(one, 'run-2');
  await new Promise((resolve) => setTimeout(resolve, 2 * PACE.silentMs));
  expect((await coverage(one))?.run).toBe('run-1');
  await first.stop();
  await expect.poll(async () => (await coverage(one))?.run, { timeout: 10_000 }).toBe('run-2');
  await toTheEnd(one);
});

test('a judge that cannot go on is told each time, is an alarm once, and is tried again', async () => {
  const one = await firm();
  const job = started(one, 'run-1', () => Promise.reject(new Error('the disk is away')));
  await expect.poll(() => job.lines.length, { timeout: 10_000 }).toBeGreaterThan(5);
  expect(job.lines[0]).toContain('the disk is away');
  expect(await alarmsOf(one, 'REJUDGE_STOPPED')).toHaveLength(1);
});
