import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLogFolder } from '@gatehouse/hub/ledger/tiles/log-folder.ts';
import { runDailyStamps, stampPath, stampToday } from '@gatehouse/hub/ledger/time-stamps/stamp-daily.ts';
import { readTimeStamp, timeStampQuery } from '@gatehouse/hub/ledger/time-stamps/time-stamp.ts';
import { generateSigner } from '@gatehouse/shared/journal/note.ts';
import type { ActBody } from '@gatehouse/shared/schema/bodies.ts';
import { manualClock } from '@gatehouse/shared/values/clock.ts';
import { fromMillis } from '@gatehouse/shared/values/instant.ts';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { archiveFolder, checkpointAt } from '../fixtures/log-archive.ts';

const CONFIG = `[tsa]
default_tsa = here
[here]
serial = SERIAL
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
`;
const MORNING = Date.UTC(2026, 0, 5, 8);
const DAY_MS = 86_400_000;
const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
if (!hasOpenssl) process.stdout.write('skipped: a time authority of our own needs openssl\n');

let folder = '';

const openssl = (...args: readonly string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-tsa-'));
  if (!hasOpenssl) return;
  writeFileSync(join(folder, 'tsa.cnf'), CONFIG.replace('SERIAL', join(folder, 'serial')));
  const usage = 'extendedKeyUsage=critical,timeStamping';
  const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'tsa.key', '-out', 'tsa.pem'];
  openssl(...request, '-subj', '/CN=A time authority for a test', '-days', '2', '-addext', usage);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A time authority on a free port, which speaks the real protocol through openssl. */
async function authority(answer: (query: Buffer) => Buffer | undefined = stamped) {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const isQuery = request.headers['content-type'] === 'application/timestamp-query';
      const reply = isQuery ? answer(Buffer.concat(chunks)) : undefined;
      response.writeHead(reply === undefined ? 500 : 200, { 'content-type': 'application/timestamp-reply' });
      response.end(reply);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/tsa`;
}

function stamped(query: Buffer): Buffer {
  writeFileSync(join(folder, 'query.tsq'), query);
  const keys = ['-signer', 'tsa.pem', '-inkey', 'tsa.key'];
  openssl('ts', '-reply', '-config', 'tsa.cnf', '-queryfile', 'query.tsq', ...keys, '-out', 'reply.tsr');
  return execFileSync('cat', [join(folder, 'reply.tsr')]);
}

const signer = generateSigner('gatehouse.local/hub-1');
const notes = [3, 4].map((size) => checkpointAt(signer, ['a', 'b', 'c', 'd'].slice(0, size)));

async function hubAt(url: string) {
  const root = archiveFolder();
  const log = await openLogFolder(root);
  await log.writeCheckpoint(notes[0] ?? '');
  const acts: Omit<ActBody, 'v'>[] = [];
  const clock = manualClock(fromMillis(MORNING));
  const record = async (act: Omit<ActBody, 'v'>): Promise<void> => void acts.push(act);
  const deps = { folder: log, authority: url, clock, random: (length: number) => randomBytes(length), record };
  return { root, acts, clock, deps };
}

test.runIf(hasOpenssl)('the checkpoint is stamped once a day, and openssl verifies the stamp', async () => {
  const { root, acts, clock, deps } = await hubAt(await authority());
  const made = await stampToday(deps);
  expect(made).toMatchObject({ day: '2026-01-05', size: 3, at: expect.stringMatching(/^\d{14}Z$/) });
  expect(await stampToday(deps)).toBeUndefined();
  clock.set(fromMillis(MORNING + DAY_MS));
  await deps.folder.writeCheckpoint(notes[1] ?? '');
  expect(await stampToday(deps)).toMatchObject({ day: '2026-01-06', size: 4 });
  expect(acts.map(({ action, target, after }) => [action, target, after?.['size']])).toEqual([
    ['ledger.time-stamped', '2026-01-05', '3'],
    ['ledger.time-stamped', '2026-01-06', '4'],
  ]);

  const verify = (day: string, data: string) => {
    const files = ['-data', join(root, data), '-in', join(root, stampPath(day, 'reply.tsr'))];
    return spawnSync('openssl', ['ts', '-verify', ...files, '-CAfile', join(folder, 'tsa.pem')], { encoding: 'utf8' });
  };
  expect(verify('2026-01-05', stampPath('2026-01-05', 'checkpoint')).status).toBe(0);
  expect(verify('2026-01-05', stampPath('2026-01-06', 'checkpoint')).status).not.toBe(0);
});

test.runIf(hasOpenssl)('a reply about other bytes, another query or a refusal is not kept', async () => {
  const nonce = Uint8Array.of(0, 0x81, 2, 3, 4, 5, 6, 7);
  const bytes = Buffer.from(notes[0] ?? '');
  const reply = stamped(Buffer.from(timeStampQuery(bytes, nonce)));
  expect(readTimeStamp(reply, bytes, nonce).at).toMatch(/Z$/);
  expect(() => readTimeStamp(reply, Buffer.from('other'), nonce)).toThrow('not about these bytes');
  expect(() => readTimeStamp(reply, bytes, Uint8Array.of(9))).toThrow('not about this query');
  for (const length of [0, 1, 40, reply.length - 1]) {
    expect(() => readTimeStamp(reply.subarray(0, length), bytes, nonce)).toThrow();
  }
  const refused = stamped(Buffer.from('3003020102', 'hex'));
  expect(() => readTimeStamp(refused, bytes, nonce)).toThrow('the authority refused the query, with status 2');

  // An authority that replays an old reply.
  const { acts, deps, root } = await hubAt(await authority(() => reply));
  await expect(stampToday(deps)).rejects.toThrow('not about this query');
  expect(acts).toEqual([]);
  expect(await deps.folder.read(stampPath('2026-01-05', 'reply.tsr'))).toBeUndefined();
  expect(root).not.toBe('');
});

test('an authority that is away is told once, and asked again', async () => {
  let asked = 0;
  const { acts, deps } = await hubAt(
    await authority(() => {
      asked += 1;
      return undefined;
    }),
  );
  const [lines, alarms]: [string[], string[]] = [[], []];
  const alarm = async (message: string): Promise<void> => void alarms.push(message);
  const stop = runDailyStamps(deps, { log: (line) => lines.push(line), alarm }, { lookMs: 5, retryMs: 5 });
  await expect.poll(() => asked).toBeGreaterThan(2);
  await stop();
  expect(alarms).toEqual(['the time authority does not answer: status 500']);
  expect(lines).toHaveLength(1);
  expect(acts).toEqual([]);
});

test('a hub that has published nothing has nothing stamped', async () => {
  const { deps, root } = await hubAt('http://127.0.0.1:1/');
  rmSync(join(root, 'checkpoint'));
  expect(await stampToday(deps)).toBeUndefined();
});
