import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../fixtures/postgres.ts';
import { scratchFolder, segmentsStage, testFolder } from './segments-stage.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const MARK = 'the-words-of-a-record';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
}, 300_000);

afterAll(() => server.stop());

function gatehouse(env: Readonly<Record<string, string>>, ...args: readonly string[]) {
  const ran = spawnSync(process.execPath, [join(root, 'scripts/gatehouse.ts'), ...args], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], ...env },
  });
  return { exit: ran.status, out: ran.stdout, err: ran.stderr };
}

test('whoever has the archive, the public key and the record keys lists, verifies and restores it without a database', {
  timeout: 180_000,
}, async () => {
  const place = testFolder();
  const stage = await segmentsStage((await server.database()).url, place.store);
  await stage.act(MARK);
  stage.nextDay();
  await stage.orders(50);
  stage.nextDay();
  await stage.archive();
  const data = scratchFolder();
  const key = join(data, 'hub', 'hub.vkey');
  mkdirSync(dirname(key), { recursive: true });
  writeFileSync(key, `${stage.signer.verifierKey}\n`);
  renameSync(join(stage.folder, 'record-keys'), join(data, 'hub', 'record-keys'));
  const env = { GATEHOUSE_DATA: data, GATEHOUSE_ARCHIVE: place.store.place };

  const listed = gatehouse(env, 'archive', 'list');
  expect(listed).toMatchObject({ exit: 0, err: '' });
  expect(listed.out).toContain('archive: 1: leaves 0 to 0');
  expect(gatehouse(env, 'archive', 'verify')).toMatchObject({ exit: 0, err: '' });

  const folder = join(scratchFolder(), 'segment-1');
  expect(gatehouse(env, 'archive', 'restore', '1', '--to', folder)).toMatchObject({ exit: 0, err: '' });
  expect(readFileSync(join(folder, 'records.jsonl'), 'utf8')).toContain(MARK);
  const verified = gatehouse(env, 'verify', '--log', folder, '--key', key, '--range', '0-0');
  expect(verified).toMatchObject({ exit: 0, err: '' });
  expect(gatehouse(env, 'archive', 'restore', '1', '--to', folder)).toMatchObject({ exit: 2 });

  const bodies = (await place.paths()).find((path) => path.startsWith('segments/00000002/bodies')) ?? '';
  await place.tamper(bodies);
  const found = gatehouse(env, 'archive', 'verify');
  expect(found.exit).toBe(3);
  expect(found.err).toContain('object-differs');
  const damaged = join(scratchFolder(), 'segment-2');
  expect(gatehouse(env, 'archive', 'restore', '2', '--to', damaged).exit).toBe(3);
  expect(gatehouse(env, 'verify', '--log', damaged, '--key', key, '--range', '1-1').exit).not.toBe(0);
});
