import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileConsole } from '@gatehouse/hub/console/compile.ts';
import { tokenHash } from '@gatehouse/hub/people/secret-token.ts';
import { manualClock } from '@gatehouse/shared/values/clock.ts';
import { fromMillis, instantText } from '@gatehouse/shared/values/instant.ts';
import { fillEntries } from '../fixtures/million-entries.ts';
import { startTestServer } from '../fixtures/postgres.ts';

// How long each page takes at a million entries. Run it by hand: it fills a database for a minute or two.
const ORDERS = Number(process.argv[2] ?? 200_000);
const ROUNDS = 20;
const paths = [
  '/',
  '/orders',
  '/orders?before=500000',
  '/orders?state=filled&side=buy',
  '/orders?state=working',
  '/orders?instrument=INST-4&algorithm=ema-cross',
  '/orders?control=control-3',
  '/orders?control=control-9',
  '/orders?text=run-1.00999',
  '/orders?from=2000-02-01&to=2000-02-01',
  '/orders?from=2001-02-01',
  '/orders?to=2000-02-01',
  '/orders?side=buy&from=2000-02-01&to=2000-02-03',
  '/orders/run-1.0123456.ema.1',
  '/positions',
  '/refusals',
  '/refusals?control=control-3',
  '/refusals?scope=account:none',
  '/refusals?from=2000-02-01&to=2000-02-01',
  '/fills',
  '/fills?instrument=INST-4',
  '/fills?instrument=none',
  '/fills?from=2000-02-01&to=2000-02-01',
  '/ledger',
  '/ledger?kind=fill',
  '/ledger?edge=hub',
  '/ledger?kind=intent&edge=hub',
  '/ledger/500000',
  '/acts',
];

const server = await startTestServer();
const folder = await mkdtemp(join(tmpdir(), 'gatehouse-console-'));
try {
  const { database } = await server.database();
  await fillEntries(database, ORDERS);
  const { moduleUrl, assets } = await compileConsole(folder);
  const { createConsole } = (await import(moduleUrl)) as typeof import('@gatehouse/hub/console/app.tsx');
  const clock = manualClock(fromMillis(Date.UTC(2026, 0, 5)));
  const never = () => Promise.reject(new Error('not asked for here'));
  const app = createConsole({
    database,
    clock,
    assets,
    appendAct: async () => undefined,
    random: (length) => randomBytes(length),
    peopleKey: randomBytes(32),
    hub: { id: 'hub-1', release: '0.1.0', mark: 'PAPER — DEMO' },
    origin: 'http://localhost:1',
    reports: { list: async () => [], make: never, rerun: never, open: never },
    verifyLedger: never,
    onCommitted: () => () => undefined,
    renderXlsx: never,
    log: (line) => process.stderr.write(`${line}\n`),
  });
  const token = randomBytes(32).toString('base64url');
  const now = instantText(clock.now());
  await database`INSERT INTO person VALUES ('P-1', 'officer', 'administrator', '', '', 0, 'active', ${now})`;
  await database`INSERT INTO web_session VALUES (${tokenHash(token)}, 'P-1', ${now}, ${now}, '')`;
  const all: number[] = [];
  for (const path of paths) {
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const from = performance.now();
      const answer = await app.fetch(
        new Request(`http://localhost:1${path}`, { headers: { cookie: `gatehouse-local=${token}` } }),
      );
      await answer.text();
      if (answer.status !== 200) throw new Error(`${path} answers ${answer.status}`);
      times.push(performance.now() - from);
    }
    all.push(...times);
    process.stdout.write(`${p95(times).toFixed(0).padStart(5)} ms  ${path}\n`);
  }
  process.stdout.write(`${p95(all).toFixed(0).padStart(5)} ms  all pages, p95 at ${ORDERS * 5} entries\n`);
} finally {
  await rm(folder, { recursive: true, force: true });
  await server.stop();
}

function p95(times: readonly number[]): number {
  return [...times].sort((a, b) => a - b)[Math.ceil(times.length * 0.95) - 1] ?? 0;
}
