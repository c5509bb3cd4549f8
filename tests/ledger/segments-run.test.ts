import { setTimeout } from 'node:timers/promises';
import { type ArchivePace, runArchive } from '@gatehouse/hub/ledger/archive/run-archive.ts';
import { s3Store } from '@gatehouse/hub/ledger/archive/s3-store.ts';
import { verifySegment } from '@gatehouse/hub/ledger/archive/verify-segment.ts';
import { type ArchiveState, readArchiveStates } from '@gatehouse/hub/store/archive-rows.ts';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { startTestServer, type TestServer } from '../fixtures/postgres.ts';
import { FAST, type SegmentsStage, segmentsStage, settingsOf, testBucket } from './segments-stage.ts';

const PACE: ArchivePace = { restMs: 0, lookMs: 20, retryMs: 20 };

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
}, 300_000);

afterAll(() => server.stop());

function running(stage: SegmentsStage, lines: string[]): void {
  const stop = runArchive({ ...stage.deps, log: (line) => lines.push(line) }, PACE);
  onTestFinished(stop);
}

async function until(stage: SegmentsStage, isSo: (state: ArchiveState) => boolean) {
  for (let tries = 0; tries < 1_000; tries += 1) {
    const [state] = await readArchiveStates(stage.database);
    if (state !== undefined && isSo(state)) return state;
    await setTimeout(20);
  }
  throw new Error(`still ${JSON.stringify(await readArchiveStates(stage.database))}`);
}

test('a store that is away is one alarm, nothing is lost, and the archive goes on when it is back', {
  timeout: 120_000,
}, async () => {
  const { store, s3 } = await testBucket();
  const stage = await segmentsStage((await server.database()).url, store);
  await stage.act('one');
  stage.nextDay();
  s3.fail({ kind: 'busy', method: 'PUT', times: 1_000_000 });
  const lines: string[] = [];
  running(stage, lines);
  await until(stage, ({ problem }) => problem !== null);
  const asked = s3.requests.length;
  while (s3.requests.length < asked + 20) await setTimeout(20);
  s3.mend();
  const state = await until(stage, ({ segments, problem }) => segments === 1 && problem === null);
  expect(state.damaged).toBe(0);
  const alarms = await stage.database<{ code: string; message: string }[]>`SELECT code, message FROM alarm`;
  expect(alarms.map(({ code }) => code)).toEqual(['ARCHIVE_WAITS']);
  expect(lines.filter((line) => line.includes('waits')).length).toBe(1);
  expect((await verifySegment({ ...stage.deps, verifier: stage.verifier }, 1)).findings).toEqual([]);

  const acts = await stage.database<{ words: string }[]>`SELECT row_to_json(a)::text AS words FROM hub_act a`;
  const said = [...lines, ...alarms.map(({ message }) => message), ...acts.map(({ words }) => words)].join('\n');
  expect(said).toContain(s3.endpoint);
  expect(said).not.toContain(s3.key.secretAccessKey);
});

test('a bucket without locks takes nothing, and the hub says so once', { timeout: 60_000 }, async () => {
  const { s3 } = await testBucket();
  const stage = await segmentsStage((await server.database()).url, s3Store(settingsOf(s3, 'unlocked'), FAST));
  await stage.act('one');
  stage.nextDay();
  const lines: string[] = [];
  running(stage, lines);
  const { problem } = await until(stage, (state) => state.problem !== null);
  expect(problem).toContain('has no object lock');
  await setTimeout(200);
  expect(s3.requests.some((line) => line.startsWith('PUT'))).toBe(false);
  expect((await stage.database`SELECT code FROM alarm`).length).toBe(1);
});

test('two processes on one database archive each segment once', { timeout: 120_000 }, async () => {
  const { store, s3 } = await testBucket();
  const stage = await segmentsStage((await server.database()).url, store);
  const lines: string[] = [];
  running(stage, lines);
  running(stage, lines);
  for (let day = 1; day <= 4; day += 1) {
    await stage.act(`day ${day}`);
    stage.nextDay();
    await until(stage, ({ segments }) => segments === day);
  }
  const acts = await stage.database<{ target: string }[]>`
    SELECT target FROM hub_act WHERE action = 'archive.segment' ORDER BY leaf`;
  expect(acts.map(({ target }) => target)).toEqual(['1', '2', '3', '4']);
  expect(s3.bucket.keys().every((key) => s3.bucket.versions(key).length === 1)).toBe(true);
  expect((await stage.database`SELECT code, message FROM alarm`).map(({ message }) => message)).toEqual([]);
});
