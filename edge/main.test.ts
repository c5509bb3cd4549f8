import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { askEdge } from './sync/local-socket.ts';
import type { EdgeMessage, EdgeStatus } from './sync/parent-link.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-edge-'));
  folders.push(folder);
  return join(folder, 'edge');
}

function startEdge(data: string, paceSeconds: string, args: readonly string[] = []): ChildProcess {
  return spawn(process.execPath, [MAIN, ...args], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { ...process.env, GATEHOUSE_EDGE_DATA: data, GATEHOUSE_EDGE_PACE_SECONDS: paceSeconds },
  });
}

/** Resolves with the first message of a type. */
function heard<Type extends EdgeMessage['type']>(
  edge: ChildProcess,
  type: Type,
): Promise<EdgeMessage & { readonly type: Type }> {
  return new Promise((resolve) => {
    edge.on('message', (message: EdgeMessage) => {
      if (message.type === type) resolve(message as EdgeMessage & { readonly type: Type });
    });
  });
}

async function runOnce(data: string): Promise<EdgeStatus> {
  const edge = startEdge(data, '0', ['--once']);
  const ended = once(edge, 'exit');
  const { status } = await heard(edge, 'summary');
  expect((await ended)[0]).toBe(0);
  return status;
}

test('an edge that was killed several times completes its run with every order settled', async () => {
  const data = makeFolder();
  for (const bars of [200, 1_500, 3_000]) {
    const edge = startEdge(data, '4');
    const ended = once(edge, 'exit');
    await new Promise<void>((resolve) => {
      edge.on('message', (message: EdgeMessage) => {
        if (message.type === 'progress' && message.status.done >= bars) resolve();
      });
    });
    edge.kill('SIGKILL');
    await ended;
  }
  const status = await runOnce(data);
  const { tally } = status;
  expect(status).toMatchObject({ phase: 'completed', done: 5_105, bars: 5_105, day: '2020-04-17' });
  expect(tally['orders']).toBe((tally['approved'] ?? 0) + (tally['refused'] ?? 0));
  expect(tally['fills']).toBe(tally['filled']);
  const ends = (tally['filled'] ?? 0) + (tally['expired'] ?? 0) + (tally['unsent'] ?? 0);
  expect(ends + status.openOrders).toBe(tally['approved']);

  const again = await runOnce(data);
  expect(again.tally).toEqual(tally);
  expect(again.equity).toBe(status.equity);
}, 60_000);

test('a kill by the local socket halts at once, is on record and outlives the process', async () => {
  const data = makeFolder();
  const edge = startEdge(data, '600');
  const ended = once(edge, 'exit');
  await heard(edge, 'ready');
  await askEdge(data, { command: 'kill', scope: 'firm', by: 'P-test', reason: 'A test.' });
  expect(await askEdge(data, { command: 'status' })).toMatchObject({ trading: 'halted', openOrders: 0, haltEpoch: 1 });
  await askEdge(data, { command: 'stop' });
  expect((await ended)[0]).toBe(0);

  const status = await runOnce(data);
  expect(status).toMatchObject({ trading: 'halted', phase: 'completed' });
  expect(status.tally['fills'] ?? 0).toBe(0);
}, 60_000);
