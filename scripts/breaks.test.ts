import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openReconciliation } from '@gatehouse/edge/reconcile/open-reconciliation.ts';
import { bench, openingOf, PLACE, TRADED } from '@gatehouse/edge/reconcile/reconcile-fixture.ts';
import { isReconcileRequest } from '@gatehouse/edge/reconcile/reconcile-requests.ts';
import { type LocalSocket, listenLocally } from '@gatehouse/edge/sync/local-socket.ts';
import { decimal } from '@gatehouse/shared/values/decimal.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { edgeDataFolder } from './edge-data.ts';

// The commands in processes of their own, against the reconciliation of an edge in this one.

const MS_MAX = 240_000;
const script = fileURLToPath(new URL('./gatehouse.ts', import.meta.url));
const one = bench();
let folder = '';
let socket: LocalSocket | undefined;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-breaks-'));
  const root = edgeDataFolder(join(folder, 'data'));
  mkdirSync(root, { recursive: true });
  const { commands } = openReconciliation({
    ...openingOf(one, root),
    monotonicMs: () => performance.now(),
    sleep: (ms, signal) => delay(ms, undefined, { signal, ref: false }).catch(() => {}),
    bounds: { recheckMs: 20, toleranceMs: 60 },
  });
  socket = await listenLocally(root, (request) => {
    if (!isReconcileRequest(request)) throw new Error(request.command);
    return commands(request);
  });
});
afterAll(async () => {
  await socket?.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Said {
  readonly exit: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function gatehouse(...args: readonly string[]): Promise<Said> {
  const env = { ...process.env, GATEHOUSE_DATA: join(folder, 'data') };
  const child = spawn(process.execPath, [script, ...args], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said.stderr += text));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exit) => resolve({ exit, ...said }));
  });
}

test('from books that agree to a break that a person ends', { timeout: MS_MAX }, async () => {
  const agreed = await gatehouse('reconcile');
  expect([agreed.stderr, agreed.exit]).toEqual(['', 0]);
  expect(agreed.stdout).toContain('0 differences; 0 breaks found, 0 resolved.');
  expect((await gatehouse('breaks')).stdout).toBe('There are no open breaks.\n');

  one.venue.position = decimal('5');
  const apart = await gatehouse('reconcile');
  expect(apart.exit).toBe(3);
  expect(apart.stdout).toMatch(new RegExp(`B-[0-9a-f]{24}  position ${TRADED}  journal/venue  0 +5 +not-known\\n`));
  const listed = await gatehouse('breaks', 'list');
  const [id = ''] = /B-[0-9a-f]{24}/.exec(listed.stdout) ?? [];
  expect([listed.exit, listed.stdout]).toEqual([3, expect.stringMatching(/0 min +found +position/)]);

  const person = ['--by', 'P-anna'] as const;
  expect((await gatehouse('breaks', 'assign', id, '--owner', 'P-ben', ...person)).stdout).toContain('is assigned');
  const said = ['--cause', 'manual-trade', '--reason', 'Bought by telephone.', ...person, '--yes'] as const;
  const change = ['--instrument', TRADED, '--currency', 'USD', '--cost', '500'] as const;
  const half = await gatehouse('breaks', 'adjust', id, ...said, ...change, '--quantity', '2.5');
  expect([half.exit, half.stderr]).toEqual([2, expect.stringContaining('the difference is 5')]);
  const whole = await gatehouse('breaks', 'adjust', id, ...said, ...change, '--quantity', '5');
  expect([whole.stderr, whole.stdout]).toEqual(['', `Break ${id} of position ${TRADED} is resolved.\n`]);
  expect(one.bodies('adjustment')).toMatchObject([{ by: 'P-anna', reason: 'Bought by telephone.', break: id }]);
  expect((await gatehouse('reconcile')).exit).toBe(0);
});

test('a statement is compared, and every fault of its file is told on a line of its own', {
  timeout: MS_MAX,
}, async () => {
  const head = `gatehouse-statement,1\nvenue,${PLACE.venue}\naccount,${PLACE.account}\n`;
  const term = 'from,2026-03-02T00:00:00Z\nto,2026-03-02T15:00:00Z\n';
  writeFileSync(join(folder, 'right.csv'), `${head}${term}[positions]\ninstrument,quantity\n${TRADED},5\n`);
  const right = await gatehouse('statement', 'check', 'right.csv');
  expect([right.stderr, right.exit]).toEqual(['', 0]);
  writeFileSync(join(folder, 'wrong.csv'), `${head}${term}[positions]\ninstrument,quantity\nA,1e5\nB,x\n`);
  const wrong = await gatehouse('statement', 'check', 'wrong.csv');
  expect(wrong.exit).toBe(2);
  expect(wrong.stderr).toContain('  line 8, column 2: "1e5" is no exact decimal number\n  line 9, column 2: "x" is no');
  expect((await gatehouse('statement', 'check', 'none.csv')).stderr).toContain('cannot be read');
});

test('what is missing is listed at once, and nothing is asked of the edge', { timeout: MS_MAX }, async () => {
  const before = one.entries.length;
  const { exit, stderr } = await gatehouse('breaks', 'adjust', 'B-1', '--instrument', 'a b', '--quantity', '1,5');
  expect(exit).toBe(2);
  for (const words of [
    'a b is no id',
    '--cause is missing',
    '--reason says why',
    '--currency is missing',
    '1,5 is no',
  ]) {
    expect(stderr).toContain(words);
  }
  const unconfirmed = ['--cause', 'fee', '--reason', 'x', '--currency', 'USD', '--amount', '1'] as const;
  expect((await gatehouse('breaks', 'adjust', 'B-1', ...unconfirmed)).stderr).toContain('nobody can be asked');
  expect(one.entries).toHaveLength(before);
});
