import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { logInFolder } from '@gatehouse/hub/ledger/tiles/log-reader.ts';
import { verifyLog } from '@gatehouse/hub/ledger/tiles/verify-log.ts';
import { openCheckpoint } from '@gatehouse/shared/journal/checkpoint.ts';
import { parseVerifierKey } from '@gatehouse/shared/journal/note.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { edgeStream, filledOrder } from '../fixtures/edge-stream.ts';
import { testLedger } from '../fixtures/hub-ledger.ts';
import { archiveFolder, filesIn, publisherOf } from '../fixtures/log-archive.ts';
import { startTestServer, type TestServer } from '../fixtures/postgres.ts';
import { seededDice } from '../fixtures/seeded-dice.ts';

const KILLS = Number(process.env['GATEHOUSE_ARCHIVE_KILLS'] ?? 4);
const PUBLISHER = fileURLToPath(new URL('./publish-until-killed.ts', import.meta.url));
const ORDERS_A_ROUND = 60;
const DELAY_MS_MAX = 120;

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
}, 300_000);

afterAll(() => server.stop());

test('a publisher that is killed at any moment leaves a log that verifies and that the next one goes on with', {
  timeout: 3_600_000,
}, async () => {
  const { database, url } = await server.database();
  const hub = testLedger(database);
  const edge = edgeStream('edge-1');
  await hub.register(edge);
  const folder = archiveFolder();
  const verifier = parseVerifierKey(hub.signer.verifierKey);
  const dice = seededDice('archive kills');
  const seen: ReturnType<typeof openCheckpoint>[] = [];
  let order = 0;
  let killedAmid = 0;
  for (let round = 0; round < KILLS; round += 1) {
    const child = spawn(process.execPath, [PUBLISHER, url, folder, hub.signer.verifierKey], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines = createInterface({ input: child.stdout });
    await once(lines, 'line');
    for (let batch = 0; batch < 3; batch += 1) {
      const drafts = Array.from({ length: ORDERS_A_ROUND }, () => filledOrder(`O-${++order}`)).flat();
      await hub.take(edge, edge.batch(edge.add(...drafts)));
    }
    setTimeout(() => child.kill('SIGKILL'), dice(DELAY_MS_MAX));
    await once(child, 'exit');
    const files = filesIn(folder);
    if ([...files.keys()].some((path) => path.startsWith('.new/'))) killedAmid += 1;

    const log = logInFolder(folder);
    const note = files.get('checkpoint');
    if (note !== undefined) {
      const { findings } = await verifyLog({ log, verifier, seen });
      expect(findings, `after kill ${round + 1}`).toEqual([]);
      seen.push(openCheckpoint(`${note}`, [verifier]));
    }
  }
  const size = await (await publisherOf(hub, folder)).publish();
  expect(size).toBe(1 + KILLS * 3 * ORDERS_A_ROUND * 6);
  expect((await verifyLog({ log: logInFolder(folder), verifier, seen })).findings).toEqual([]);
  process.stdout.write(`archive: ${KILLS} kills, ${killedAmid} amid a file, ${size} entries verify\n`);
});
