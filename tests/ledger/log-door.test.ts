import { request } from 'node:http';
import { openLogDoor } from '@gatehouse/hub/ledger/tiles/log-door.ts';
import { type LogReader, openLog } from '@gatehouse/hub/ledger/tiles/log-reader.ts';
import { verifyLog } from '@gatehouse/hub/ledger/tiles/verify-log.ts';
import { generateSigner, parseVerifierKey } from '@gatehouse/shared/journal/note.ts';
import { expect, onTestFinished, test } from 'vitest';
import { logInMemory, madeEntries, madeLog } from '../fixtures/log-archive.ts';

const signer = generateSigner('example.com/log');
const headers = madeEntries('edge-1', 300).map(({ headerText }) => headerText);
const files = madeLog(signer, headers);

async function served(log: LogReader = logInMemory(files)): Promise<string> {
  const door = await openLogDoor({ log, host: '127.0.0.1', port: 0, report: () => undefined });
  onTestFinished(() => door.close());
  return door.address;
}

async function headersOf(address: string, path: string, more: Record<string, string> = {}) {
  const response = await fetch(`${address}/${path}`, { headers: more });
  const body = Buffer.from(await response.arrayBuffer());
  const header = (name: string) => response.headers.get(name);
  return { status: response.status, type: header('content-type'), cache: header('cache-control'), header, body };
}

test('the log is served as the specification says, what never changes for ever and the checkpoint not at all', async () => {
  const address = await served();
  const checkpoint = await headersOf(address, 'checkpoint');
  expect(checkpoint).toMatchObject({ status: 200, type: 'text/plain; charset=utf-8', cache: 'no-store' });
  expect(checkpoint.body).toEqual(files.get('checkpoint'));
  for (const path of ['tile/0/000', 'tile/0/001.p/44', 'tile/1/000.p/1', 'tile/entries/000', 'tile/entries/001.p/44']) {
    const answer = await headersOf(address, path, { 'accept-encoding': 'identity' });
    expect(answer).toMatchObject({ status: 200, type: 'application/octet-stream' });
    expect(answer.cache).toBe('public, max-age=31536000, immutable');
    expect(answer.body).toEqual(files.get(path));
  }
});

test('bundles travel compressed where the reader can', async () => {
  const address = await served();
  const zipped = await headersOf(address, 'tile/entries/000', { 'accept-encoding': 'gzip' });
  expect(zipped.header('content-encoding')).toBe('gzip');
  expect(zipped.header('vary')).toBe('Accept-Encoding');
  expect(Number(zipped.header('content-length'))).toBeLessThan((files.get('tile/entries/000')?.length ?? 0) / 2);
  expect(zipped.body).toEqual(files.get('tile/entries/000'));
  expect((await headersOf(address, 'tile/0/000', { 'accept-encoding': 'gzip' })).header('content-encoding')).toBeNull();
});

test('nothing else is served, and what is not there yet is not kept', async () => {
  const address = await served({ place: 'everything', read: async () => Buffer.from('a secret') });
  const paths = [
    '',
    'hub.key',
    'tile/0/1',
    'tile/0/%2e%2e/%2e%2e/hub.key',
    'checkpoint?x=1',
    'tile/entries/000/hub.key',
  ];
  for (const path of paths) expect(await headersOf(address, path)).toMatchObject({ status: 404, cache: 'no-store' });
  const raw = await new Promise((resolve) => {
    // A client that does not tidy its path as fetch does.
    request(`${address}`, { path: '/tile/0/../../../hub.key' }, (response) => resolve(response.statusCode)).end();
  });
  expect(raw).toBe(404);
  expect((await fetch(`${address}/checkpoint`, { method: 'POST', body: 'x' })).status).toBe(405);
  expect((await fetch(`${address}/checkpoint`, { method: 'HEAD' })).headers.get('content-length')).toBe('8');
  expect(await headersOf(await served(), 'tile/0/002')).toMatchObject({ status: 404, cache: 'no-store' });
});

test('a folder that cannot be read is a refusal, not an end of the hub', async () => {
  const address = await served({ place: 'broken', read: () => Promise.reject(new Error('EIO')) });
  expect(await headersOf(address, 'checkpoint')).toMatchObject({ status: 503 });
  await expect(openLog(address).read('checkpoint')).rejects.toMatchObject({ code: 'HUB_UNREACHABLE' });
});

test('a stranger verifies the log over HTTP, also where a full tile took the place of a partial one', async () => {
  const verifier = parseVerifierKey(signer.verifierKey);
  expect((await verifyLog({ log: openLog(`${await served()}/`), verifier })).findings).toEqual([]);
  const grown = madeLog(
    signer,
    madeEntries('edge-1', 600).map(({ headerText }) => headerText),
  );
  grown.set('checkpoint', files.get('checkpoint') ?? Buffer.alloc(0));
  grown.set('tile/1/000.p/1', files.get('tile/1/000.p/1') ?? Buffer.alloc(0));
  expect((await verifyLog({ log: openLog(await served(logInMemory(grown))), verifier })).findings).toEqual([]);
});
