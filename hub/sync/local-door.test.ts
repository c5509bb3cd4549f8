import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type LocalDoor, openLocalDoor } from './local-door.ts';

let folder: string;
let door: LocalDoor | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-local-door-'));
});
afterEach(async () => {
  await door?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function opened(enrolled: readonly string[] = []): Promise<LocalDoor> {
  door = await openLocalDoor({
    folder,
    edges: ['edge-1', 'edge-2'],
    shapes: async (request, caller) => Response.json({ path: new URL(request.url).pathname, caller }),
    isEnrolled: (edge) => enrolled.includes(edge),
    log: () => {},
  });
  return door;
}

function tokenOf(edge: string): string {
  return readFileSync(door?.tokenFiles.get(edge) ?? '', 'utf8').trim();
}

function ask(token: string): Promise<Response> {
  return fetch(`${door?.address}/v1/shapes/commands?offset=-1`, { headers: { authorization: `Bearer ${token}` } });
}

test('an edge that shows its token is asked about as itself, and as no other', async () => {
  await opened();
  const answer = await ask(tokenOf('edge-2'));
  expect(await answer.json()).toEqual({ path: '/v1/shapes/commands', caller: { kind: 'edge', edge: 'edge-2' } });
});

test('without a token, or with another one, nothing is shown', async () => {
  const { address } = await opened();
  expect((await fetch(`${address}/v1/shapes/commands`)).status).toBe(401);
  for (const token of ['', '0'.repeat(64), tokenOf('edge-1').toUpperCase(), `${tokenOf('edge-1')}0`]) {
    expect((await ask(token)).status).toBe(401);
  }
});

test('a name that was enrolled needs its certificate here too', async () => {
  await opened(['edge-1']);
  expect((await ask(tokenOf('edge-1'))).status).toBe(403);
  expect((await ask(tokenOf('edge-2'))).status).toBe(200);
});

test('nobody else may read a token, and a hub that comes back takes the same one at the same port', async () => {
  const first = await opened();
  const [address, token] = [first.address, tokenOf('edge-1')];
  expect(statSync(first.tokenFiles.get('edge-1') ?? '').mode & 0o777).toBe(0o600);
  await first.close();
  const second = await opened();
  expect([second.address, tokenOf('edge-1')]).toEqual([address, token]);
});
