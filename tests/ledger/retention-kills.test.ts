import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { carefulFigures } from '@gatehouse/compliance/retention/firm-figures.ts';
import { ledgerOrigin } from '@gatehouse/hub/ledger/append.ts';
import { loadHubKey } from '@gatehouse/hub/ledger/hub-key.ts';
import { giveEvent } from '@gatehouse/hub/ledger/retention/clock-events.ts';
import { approveRetention, proposeRetention } from '@gatehouse/hub/ledger/retention/proposals.ts';
import { inTransaction } from '@gatehouse/hub/store/database.ts';
import { listFindings } from '@gatehouse/hub/store/retention-run-rows.ts';
import { manualClock } from '@gatehouse/shared/values/clock.ts';
import { fromMillis } from '@gatehouse/shared/values/instant.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { edgeStream, filledOrder } from '../fixtures/edge-stream.ts';
import { testLedger } from '../fixtures/hub-ledger.ts';
import { startTestServer, type TestServer } from '../fixtures/postgres.ts';

const WORKER = fileURLToPath(new URL('./retain-until-killed.ts', import.meta.url));
const DAY = '2040-06-01';
const CUSTOMERS = 120;

let server: TestServer;
let folder: string;

beforeAll(async () => {
  server = await startTestServer();
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-retention-'));
}, 300_000);

afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('a run and a disposal that are killed at each transaction, inside or after it, come to one result', {
  timeout: 600_000,
}, async () => {
  const signer = await loadHubKey({ folder, origin: ledgerOrigin('test'), isSigned: false });
  const { database, url } = await server.database();
  const hub = testLedger(database, signer);
  const clock = manualClock(fromMillis(Date.parse(`${DAY}T09:00:00Z`)));
  const deps = { database, appendAct: hub.hubStream.appendAct, clock, random: (length: number) => randomBytes(length) };
  const [anna, ben, cleo] = ['P-anna', 'P-ben', 'P-cleo'].map((personId) => ({ personId, from: 'test' }));
  if (anna === undefined || ben === undefined || cleo === undefined) throw new Error('nobody decides');

  const edge = edgeStream('edge-1');
  await hub.register(edge);
  await hub.take(edge, edge.batch(edge.add(...filledOrder('O-1'))));
  for (let index = 0; index < CUSTOMERS; index += 1) {
    const act = { action: 'customer.recorded', by: 'P-anna', target: `c-${index}` };
    await inTransaction(database, (tx) => hub.hubStream.appendAct(tx, act));
  }
  const lasting = ['us-account-records', 'firm-floor'].map((minimum) => {
    return { minimum, maximum: 'eu-aml-customer', decides: 'maximum' as const, reason: 'Counsel.' };
  });
  const figures = { ...carefulFigures('A firm'), rulings: lasting };
  const proposed = await proposeRetention(deps, anna, { change: { kind: 'figures', figures }, reason: 'Ours.' });
  await approveRetention(deps, ben, proposed.proposalId);
  for (const event of ['account-closed', 'relationship-ended']) {
    const scope = { kind: 'class', class: 'customer' } as const;
    await giveEvent(deps, anna, { event: { event, scope, day: '2026-01-31' }, reason: 'All have left.' });
  }
  const change = { kind: 'disposal', target: 'subject/c-7' } as const;
  const { proposalId } = await proposeRetention(deps, anna, { change, reason: 'Five years are over.' });
  await approveRetention(deps, ben, proposalId);
  await approveRetention(deps, cleo, proposalId);

  let kills = 0;
  for (let at = 1; ; at += 1) {
    const ends = (['inside', 'after'] as const).map((where) => killed(url, { at: 1 + (at % 3), where }));
    kills += ends.filter(({ signal }) => signal === 'SIGKILL').length;
    if (ends.some(({ stdout }) => stdout.includes('done'))) break;
    expect(at, 'a run goes on where the one before it was killed').toBeLessThan(40);
  }
  expect(kills).toBeGreaterThan(6);
  expect(killed(url, { at: 0, where: 'inside' }).stdout).toContain('done');

  const count = async (action: string) =>
    (await database<{ count: number }[]>`SELECT count(*) AS count FROM hub_act WHERE action = ${action}`)[0]?.count;
  expect(await count('retention.run-finished')).toBe(1);
  expect(await count('retention.disposal-begun')).toBe(1);
  expect(await count('retention.disposal-done')).toBe(1);
  const findings = await listFindings(database, DAY, 1_000);
  const subjects = findings.filter(({ target, state }) => target.startsWith('subject/') && state === 'must-go');
  expect(subjects).toHaveLength(CUSTOMERS);
  const [read] = await database<{ records: number; next: number }[]>`
    SELECT (SELECT sum(records)::bigint FROM retention_month) AS records, (SELECT next_leaf FROM retention_head) AS next`;
  expect(read?.records).toBe(read?.next);
  const asked = readFileSync(join(folder, 'asked.jsonl'), 'utf8').trim().split('\n');
  expect(new Set(asked).size, 'it is handed on with the same approval each time').toBe(1);
  expect((await hub.verify()).findings).toEqual([]);
  process.stdout.write(`retention: ${kills} kills, one result\n`);
});

function killed(url: string, { at, where }: { readonly at: number; readonly where: 'inside' | 'after' }) {
  const args = [WORKER, url, folder, DAY, `${at}`, where];
  const { signal, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 60_000 });
  if (signal !== 'SIGKILL' && !stdout.includes('done')) throw new Error(`the process ended otherwise: ${stderr}`);
  return { signal, stdout };
}
