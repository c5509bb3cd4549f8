import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KitError } from '@gatehouse/shared/errors.ts';
import { afterEach, expect, test } from 'vitest';
import {
  askEdge,
  type EdgeQuestion,
  type EdgeRequest,
  type LocalSocket,
  listenLocally,
  SOCKET_PATH_BYTES_MAX,
  socketPath,
} from './local-socket.ts';

const KILL: EdgeQuestion = {
  command: 'kill',
  id: 'K-test',
  scopes: ['firm'],
  level: 'cancel',
  by: 'P-test',
  reason: 'A test.',
};
const folders: string[] = [];
const sockets: LocalSocket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) await socket.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function makeFolder(below = ''): string {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-socket-'));
  folders.push(folder);
  const inner = join(folder, below);
  mkdirSync(inner, { recursive: true });
  return inner;
}

async function listen(folder: string): Promise<readonly EdgeRequest[]> {
  const heard: EdgeRequest[] = [];
  const socket = await listenLocally(folder, async (request) => {
    heard.push(request);
    return { heard: request.command };
  });
  sockets.push(socket);
  return heard;
}

test('a command reaches the edge that runs on the folder, and its answer comes back', async () => {
  const folder = makeFolder();
  const heard = await listen(folder);
  expect(await askEdge(folder, { command: 'status' })).toEqual({ heard: 'status' });
  expect(await askEdge(folder, KILL)).toEqual({ heard: 'kill' });
  const document = `${'"\n'.repeat(200_000)}`;
  expect(await askEdge(folder, { command: 'limits-apply', document })).toEqual({ heard: 'limits-apply' });
  expect(heard).toEqual([{ command: 'status' }, KILL, { command: 'limits-apply', document }]);
});

test('a command that is not known or lacks its reason is refused, and the edge goes on', async () => {
  const folder = makeFolder();
  const heard = await listen(folder);
  await expect(askEdge(folder, { command: 'sell' } as never)).rejects.toThrow(/refused sell/);
  await expect(askEdge(folder, { ...KILL, reason: '' })).rejects.toThrow(/reason/);
  await expect(askEdge(folder, { ...KILL, scopes: [] })).rejects.toThrow(/scopes/);
  await expect(askEdge(folder, { ...KILL, level: 'stop' as never })).rejects.toThrow(/level/);
  await expect(askEdge(folder, { command: 'trust-apply', document: '' })).rejects.toThrow(/document/);
  expect(heard).toEqual([]);
  expect(await askEdge(folder, { command: 'status' })).toEqual({ heard: 'status' });
});

test('a refusal brings every problem along, and an edge that does not answer in time counts as unreachable', async () => {
  const folder = makeFolder();
  const problems = ['one thing', 'another'];
  const socket = await listenLocally(folder, (request) => {
    if (request.command === 'status') return new Promise(() => {});
    return Promise.reject(new KitError('SHEET_REFUSED', 'the sheet is refused', { problems }));
  });
  sockets.push(socket);
  await expect(askEdge(folder, { command: 'limits-apply', document: 'x' })).rejects.toMatchObject({ problems });
  await expect(askEdge(folder, { command: 'status' }, 50)).rejects.toMatchObject({ code: 'PROCESS_UNREACHABLE' });
});

test('an edge that ends with the question unanswered counts as unreachable', async () => {
  const folder = makeFolder();
  const asked = Promise.withResolvers<void>();
  const socket = await listenLocally(folder, () => {
    asked.resolve();
    return new Promise(() => {});
  });
  const answer = expect(askEdge(folder, { command: 'status' })).rejects.toMatchObject({ code: 'PROCESS_UNREACHABLE' });
  await asked.promise;
  await socket.close();
  await answer;
});

test.skipIf(process.platform === 'win32')('only the owner may use the socket', async () => {
  const folder = makeFolder();
  await listen(folder);
  expect(statSync(socketPath(folder)).mode & 0o777).toBe(0o600);
});

test('a folder whose path is too long for a socket gets a short one, found through the pointer', async () => {
  const folder = makeFolder('x'.repeat(SOCKET_PATH_BYTES_MAX));
  await listen(folder);
  expect(Buffer.byteLength(socketPath(folder))).toBeLessThanOrEqual(SOCKET_PATH_BYTES_MAX);
  expect(await askEdge(folder, { command: 'status' })).toEqual({ heard: 'status' });
});

test('without a running edge the answer says so, and a closed one leaves nothing behind', async () => {
  const folder = makeFolder();
  await expect(askEdge(folder, { command: 'status' })).rejects.toThrow(/no running edge/);
  await listen(folder);
  for (const socket of sockets.splice(0)) await socket.close();
  expect(existsSync(socketPath(folder))).toBe(false);
  await expect(askEdge(folder, { command: 'status' })).rejects.toThrow(/no running edge/);
});

test('whoever stays connected does not keep the edge from closing', async () => {
  const folder = makeFolder();
  await listen(folder);
  const idle = createConnection(socketPath(folder));
  await once(idle, 'connect');
  const ended = once(idle.resume(), 'close');
  await Promise.all(sockets.splice(0).map((socket) => socket.close()));
  await ended;
  expect(existsSync(socketPath(folder))).toBe(false);
}, 5_000);

test('whoever asks and dies with the answer unread takes no edge along', async () => {
  const folder = makeFolder();
  const heard = await listen(folder);
  for (let asked = 1; asked <= 5; asked += 1) {
    const client = createConnection(socketPath(folder));
    client.pause();
    await once(client, 'connect');
    client.write(`${JSON.stringify({ command: 'status' })}\n`);
    await expect.poll(() => heard.length).toBe(asked);
    await new Promise((resolve) => setTimeout(resolve, 20));
    client.destroy();
    await once(client, 'close');
  }
  expect(await askEdge(folder, { command: 'status' })).toEqual({ heard: 'status' });
});
