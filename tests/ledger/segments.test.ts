import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { restoreSegment } from '@gatehouse/hub/ledger/archive/restore-segment.ts';
import { reverifyToday } from '@gatehouse/hub/ledger/archive/reverify.ts';
import { verifySegment } from '@gatehouse/hub/ledger/archive/verify-segment.ts';
import { logInFolder } from '@gatehouse/hub/ledger/tiles/log-reader.ts';
import { verifyRange } from '@gatehouse/hub/ledger/tiles/verify-range.ts';
import { newestSegment, readArchiveStates } from '@gatehouse/hub/store/archive-rows.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../fixtures/postgres.ts';
import {
  type SegmentsStage,
  scratchFolder,
  segmentsStage,
  type TestStore,
  testBucket,
  testFolder,
} from './segments-stage.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
}, 300_000);

afterAll(() => server.stop());

const STORES: readonly (readonly [string, () => Promise<TestStore>])[] = [
  ['a folder', async () => testFolder()],
  ['a bucket', () => testBucket()],
];

async function stageOn(place: TestStore): Promise<SegmentsStage> {
  return segmentsStage((await server.database()).url, place.store);
}

const MARK = 'the-words-of-a-record';

describe.each(STORES)('an archive in %s', (_, openStore) => {
  test('closed days become segments that follow each other without a gap, and today stays open', {
    timeout: 60_000,
  }, async () => {
    const stage = await stageOn(await openStore());
    await stage.act('first', 'second');
    expect(await stage.archive()).toEqual([]);
    stage.nextDay();
    expect(await stage.archive()).toEqual([1]);
    await stage.orders(60);
    stage.nextDay();
    stage.nextDay();
    expect(await stage.archive()).toEqual([2]);
    const rows = await stage.database<{ first: number; last: number }[]>`
      SELECT first_leaf AS first, last_leaf AS last FROM archive_segment ORDER BY segment`;
    // The second day holds the act of the first segment, the registration of the edge and its entries.
    expect(rows.map(({ first, last }) => [first, last])).toEqual([
      [0, 1],
      [2, 363],
    ]);
    for (const segment of [1, 2]) {
      const { findings, opened } = await verifySegment({ ...stage.deps, verifier: stage.verifier }, segment);
      expect(findings).toEqual([]);
      expect(opened).toBe(segment === 1 ? 2 : 362);
    }
  });

  test('a day with more leaves than one segment takes is closed by size before it is over', {
    timeout: 60_000,
  }, async () => {
    const stage = await stageOn(await openStore());
    for (let batch = 0; batch < 5; batch += 1) await stage.orders(10);
    const made = await stage.archive(100);
    expect(made.length).toBeGreaterThanOrEqual(2);
    const rows = await stage.database<{ first: number; last: number }[]>`
      SELECT first_leaf AS first, last_leaf AS last FROM archive_segment ORDER BY segment`;
    for (const [index, { first, last }] of rows.entries()) {
      expect(first).toBe(index === 0 ? 0 : (rows[index - 1]?.last ?? 0) + 1);
      expect(last - first).toBeLessThan(100);
    }
  });

  test('a restored segment verifies as part of the signed log, with its bodies in the open', {
    timeout: 60_000,
  }, async () => {
    const stage = await stageOn(await openStore());
    await stage.orders(50);
    stage.nextDay();
    await stage.archive();
    await stage.act(MARK);
    await stage.orders(60);
    stage.nextDay();
    await stage.archive();
    const row = await newestSegment(stage.database, stage.deps.store.place);
    const folder = join(scratchFolder(), 'restored');
    const { findings } = await restoreSegment({ ...stage.deps, verifier: stage.verifier }, 2, folder);
    expect(findings).toEqual([]);
    const range = { first: row?.firstLeaf ?? -1, last: row?.lastLeaf ?? -1 };
    expect(range.first).toBeGreaterThan(256);
    const verified = await verifyRange(logInFolder(folder), stage.verifier, range);
    expect(verified.findings).toEqual([]);
    expect(verified.headers.length).toBe(range.last - range.first + 1);
    expect(readFileSync(join(folder, 'records.jsonl'), 'utf8')).toContain(MARK);
  });

  test.each(['manifest', 'log-', 'bodies-'])('a changed or hidden %s is found', { timeout: 60_000 }, async (kind) => {
    const place = await openStore();
    const stage = await stageOn(place);
    await stage.act('one', 'two');
    stage.nextDay();
    await stage.archive();
    const deps = { ...stage.deps, verifier: stage.verifier };
    const path = (await place.paths()).find((one) => one.includes(kind)) ?? '';
    expect((await verifySegment(deps, 1)).findings).toEqual([]);
    await place.tamper(path);
    expect((await verifySegment(deps, 1)).findings.length).toBeGreaterThan(0);
    await place.hide(path);
    const [first] = (await verifySegment(deps, 1)).findings;
    // A bucket still has the locked version under it.
    expect(first?.code).toMatch(place.store.hasLocks ? /^object-replaced$|^lock-missing$/ : /-missing$/);
  });

  test('what is archived is sealed, and with its key destroyed nobody can read it any more', {
    timeout: 60_000,
  }, async () => {
    const place = await openStore();
    const stage = await stageOn(place);
    await stage.act(MARK);
    stage.nextDay();
    await stage.archive();
    for (const path of await place.paths()) {
      expect(Buffer.from((await place.store.get(path)) ?? []).includes(MARK)).toBe(false);
    }
    const before = join(scratchFolder(), 'before');
    await restoreSegment({ ...stage.deps, verifier: stage.verifier }, 1, before);
    expect(readFileSync(join(before, 'records.jsonl'), 'utf8')).toContain(MARK);

    await stage.keys.destroy({
      disposal: 'D-1',
      target: 'hub-acts/2026-01',
      keys: ['hub-acts/2026-01/1'],
      maker: 'P-maker',
      approvedBy: ['P-first', 'P-second'],
      reason: 'Seven years are over.',
      at: '2033-02-20T09:00:00.000000000Z',
    });
    const after = join(scratchFolder(), 'after');
    const { findings, disposed } = await restoreSegment({ ...stage.deps, verifier: stage.verifier }, 1, after);
    expect(findings).toEqual([]);
    expect(disposed).toBe(1);
    const text = readFileSync(join(after, 'records.jsonl'), 'utf8');
    expect(text).not.toContain(MARK);
    expect(text).toContain('"disposed":"D-1"');
  });

  test('each day a part is read again: the result is an act, damage an alarm', { timeout: 60_000 }, async () => {
    const place = await openStore();
    const stage = await stageOn(place);
    await stage.act('one');
    stage.nextDay();
    await stage.archive();
    expect(await reverifyToday(stage.deps)).toEqual({ segments: 1, findings: [] });
    expect(await reverifyToday(stage.deps)).toBe(undefined);
    stage.nextDay();
    await place.tamper((await place.paths()).find((path) => path.includes('bodies-')) ?? '');
    const found = await reverifyToday(stage.deps);
    expect(found?.findings.map(({ code }) => code)).toContain(
      place.store.hasLocks ? 'object-replaced' : 'object-differs',
    );
    const acts = await stage.database<{ after: Record<string, string> }[]>`
      SELECT after FROM hub_act WHERE action = 'archive.verified' ORDER BY leaf`;
    expect(acts.map(({ after }) => after['findings'] === '0')).toEqual([true, false]);
    const alarms = await stage.database`SELECT code FROM alarm WHERE code = 'ARCHIVE_DAMAGED'`;
    expect(alarms.length).toBe(1);
    expect((await readArchiveStates(stage.database))[0]?.damaged).toBe(1);
  });

  test('a segment whose manifest was put before the process died is read and taken, once', {
    timeout: 60_000,
  }, async () => {
    const stage = await stageOn(await openStore());
    await stage.act('one', 'two');
    stage.nextDay();
    await stage.archive();
    const kept = await newestSegment(stage.database, stage.deps.store.place);
    await stage.database`DELETE FROM archive_segment`;
    stage.nextDay();
    expect(await stage.archive()).toEqual([1, 2]);
    const [again] = await stage.database<{ hash: string }[]>`
      SELECT manifest_hash AS hash FROM archive_segment WHERE segment = 1`;
    expect(again?.hash).toBe(kept?.manifestHash);
  });

  test('a body that lies open is sealed before its segment is archived', { timeout: 60_000 }, async () => {
    const stage = await stageOn(await openStore());
    await stage.act('one');
    await stage.database`UPDATE ledger_body SET salt = '\\x00', body = '{}', sealed = NULL, record_key = NULL`;
    stage.nextDay();
    await expect(stage.archive()).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
    expect(await newestSegment(stage.database, stage.deps.store.place)).toBe(undefined);
  });
});

test('what somebody put over the archive is told, and the locked version under it is restored and gone on with', {
  timeout: 60_000,
}, async () => {
  const place = await testBucket();
  const stage = await stageOn(place);
  await stage.act(MARK);
  stage.nextDay();
  await stage.archive();
  const [bodies = '', log = '', manifest = ''] = await place.paths();
  await place.tamper(bodies);
  await place.hide(log);
  await place.tamper(manifest);
  const deps = { ...stage.deps, verifier: stage.verifier };
  const folder = join(scratchFolder(), 'restored');
  const { findings } = await restoreSegment(deps, 1, folder);
  expect(findings.filter(({ code }) => code === 'object-replaced').map(({ object }) => object)).toEqual([
    manifest,
    log,
    bodies,
  ]);
  expect(readFileSync(join(folder, 'records.jsonl'), 'utf8')).toContain(MARK);
  expect((await verifyRange(logInFolder(folder), stage.verifier, { first: 0, last: 0 })).findings).toEqual([]);
  stage.nextDay();
  expect(await stage.archive()).toEqual([2]);
});
