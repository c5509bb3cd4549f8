import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { verifySegment } from '@gatehouse/hub/ledger/archive/verify-segment.ts';
import { encodeSignerKey } from '@gatehouse/shared/journal/note.ts';
import { toMillis } from '@gatehouse/shared/values/instant.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../fixtures/postgres.ts';
import { type SegmentsStage, segmentsStage, testBucket, testFolder } from './segments-stage.ts';

const ARCHIVER = fileURLToPath(new URL('./archive-until-killed.ts', import.meta.url));
const PUTS_A_SEGMENT = 3;

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
}, 300_000);

afterAll(() => server.stop());

/** Lets a process archive that is gone at a put; gives the signal that ended it and what it said. */
async function archiver(stage: SegmentsStage, place: object, death: { readonly put: number; readonly when: string }) {
  const orders = {
    url: stage.url,
    keys: join(stage.folder, 'record-keys'),
    signer: encodeSignerKey(stage.signer),
    nowMs: toMillis(stage.clock.now()),
    ...place,
    ...death,
  };
  const child = spawn(process.execPath, [ARCHIVER, JSON.stringify(orders)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const said = text(child.stdout);
  const [, signal] = (await once(child, 'exit')) as [number | null, string | null];
  return { signal, said: await said };
}

async function killAtEachPut(stage: SegmentsStage, place: object): Promise<void> {
  await stage.act('one');
  await stage.orders(50);
  stage.nextDay();
  let kills = 0;
  for (let put = 1; put <= PUTS_A_SEGMENT; put += 1) {
    for (const when of ['before', 'after'] as const) {
      const { signal } = await archiver(stage, place, { put, when });
      expect(signal, `${when} put ${put}`).toBe('SIGKILL');
      kills += 1;
      const rows = await stage.database`SELECT segment FROM archive_segment`;
      expect(rows.length).toBe(0);
    }
  }
  expect(kills).toBe(2 * PUTS_A_SEGMENT);
  const { signal, said } = await archiver(stage, place, { put: 99, when: 'before' });
  expect(signal).toBe(null);
  expect(said).toBe('archived 1\n');
  expect(await stage.archive()).toEqual([]);
  const acts = await stage.database`SELECT leaf FROM hub_act WHERE action = 'archive.segment'`;
  expect(acts.length).toBe(1);
  const { findings, opened } = await verifySegment({ ...stage.deps, verifier: stage.verifier }, 1);
  expect(findings).toEqual([]);
  expect(opened).toBe(302);
}

test('an archiver that is killed before and after each put to a bucket puts each object once', {
  timeout: 300_000,
}, async () => {
  const place = await testBucket();
  const stage = await segmentsStage((await server.database()).url, place.store);
  const { endpoint, key, name } = place.s3;
  await killAtEachPut(stage, { place: `s3://${name}/firm`, endpoint, ...key });
  const keys = place.s3.bucket.keys();
  expect(keys.length).toBe(PUTS_A_SEGMENT);
  expect(keys.map((one) => place.s3.bucket.versions(one).length)).toEqual([1, 1, 1]);
});

test('an archiver that is killed before and after each put to a folder goes on where it was', {
  timeout: 300_000,
}, async () => {
  const place = testFolder();
  const stage = await segmentsStage((await server.database()).url, place.store);
  await killAtEachPut(stage, { place: place.store.place });
  expect((await place.paths()).length).toBe(PUTS_A_SEGMENT);
});

test('a segment that was begun on one day and goes on the next has each object locked for as long as its manifest says', {
  timeout: 300_000,
}, async () => {
  const place = await testBucket();
  const stage = await segmentsStage((await server.database()).url, place.store);
  const { endpoint, key, name } = place.s3;
  await stage.act('one');
  await stage.orders(50);
  stage.nextDay();
  const { signal } = await archiver(
    stage,
    { place: `s3://${name}/firm`, endpoint, ...key },
    { put: 2, when: 'before' },
  );
  expect(signal).toBe('SIGKILL');
  stage.nextDay();
  expect(await stage.archive()).toEqual([1]);
  expect((await verifySegment({ ...stage.deps, verifier: stage.verifier }, 1)).findings).toEqual([]);
});
