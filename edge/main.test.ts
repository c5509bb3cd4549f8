import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
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

type Settings = Readonly<Record<string, string>>;

function startEdge(data: string, paceSeconds: string, args: readonly string[] = [], more: Settings = {}): ChildProcess {
  return spawn(process.execPath, [MAIN, ...args], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    env: { ...process.env, GATEHOUSE_EDGE_DATA: data, GATEHOUSE_EDGE_PACE_SECONDS: paceSeconds, ...more },
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

async function runOnce(data: string, more: Settings = {}): Promise<EdgeStatus> {
  const edge = startEdge(data, '0', ['--once'], more);
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
  await askEdge(data, {
    command: 'kill',
    id: 'K-1',
    scopes: ['firm'],
    level: 'cancel',
    by: 'P-test',
    reason: 'A test.',
  });
  expect(await askEdge(data, { command: 'status' })).toMatchObject({ trading: 'halted', openOrders: 0, haltEpoch: 1 });
  await askEdge(data, { command: 'stop' });
  expect((await ended)[0]).toBe(0);

  const status = await runOnce(data);
  expect(status).toMatchObject({ trading: 'halted', phase: 'completed' });
  expect(status.tally['fills'] ?? 0).toBe(0);
}, 60_000);

/** Bars of a wave with a day for each, later than all of the default ones where the year says so. */
function waveFile(path: string, { from, level }: { readonly from: string; readonly level: number }): string {
  const start = Date.parse(`${from}T00:00:00Z`);
  const lines = Array.from({ length: 300 }, (_, index) => {
    const day = new Date(start + index * 86_400_000).toISOString().slice(0, 10);
    const price = (level * (1 + 0.05 * Math.sin(index / 12) + ((index * 7) % 5) / 400)).toFixed(2);
    return [day, price, price, price, price].join(',');
  });
  writeFileSync(path, ['date,open,high,low,close', ...lines].join('\n'));
  return path;
}

test('other bars trade beside what earlier ones left, and earlier ones are never replayed again', async () => {
  const data = makeFolder();
  const first = { GATEHOUSE_EDGE_BARS: waveFile(join(dirname(data), 'a.csv'), { from: '2010-01-01', level: 1_000 }) };
  const second = { GATEHOUSE_EDGE_BARS: waveFile(join(dirname(data), 'b.csv'), { from: '2020-01-01', level: 10 }) };
  const one = await runOnce(data, first);
  expect(one.position).not.toBe('0');
  const two = await runOnce(data, second);
  expect(two.tally['fills']).toBeGreaterThan(one.tally['fills'] ?? 0);
  // Prices of about ten dollars cannot move the account by what is held at about a thousand.
  expect(Math.abs(Number(two.equity) - Number(one.equity))).toBeLessThan(5_000);
  const again = await runOnce(data, first);
  expect(again).toMatchObject({ phase: 'completed', done: 300, run: one.run });
  expect(again.tally).toEqual(two.tally);
}, 60_000);

test('an edge that cannot start for want of the hub’s key ends by itself, with the code of bad input', async () => {
  const edge = startEdge(makeFolder(), '0', [], {
    GATEHOUSE_EDGE_BROKER: 'mqtt://127.0.0.1:1',
    GATEHOUSE_EDGE_HUB_KEY: '/nowhere/hub.vkey',
  });
  expect((await once(edge, 'exit'))[0]).toBe(2);
}, 20_000);
