import { randomBytes } from 'node:crypto';
import { carefulFigures } from '@gatehouse/compliance/retention/firm-figures.ts';
import { type DisposalTarget, targetText } from '@gatehouse/compliance/retention/target.ts';
import type { HubRecords } from '@gatehouse/hub/hub.ts';
import { createDisposal } from '@gatehouse/hub/ledger/disposal/dispose.ts';
import { explainRecord } from '@gatehouse/hub/ledger/retention/explain.ts';
import { setHold } from '@gatehouse/hub/ledger/retention/holds.ts';
import { approveRetention, assertCanGo, proposeRetention } from '@gatehouse/hub/ledger/retention/proposals.ts';
import { disposeApproved } from '@gatehouse/hub/ledger/retention/proposals-disposal.ts';
import type { RetentionDeps } from '@gatehouse/hub/ledger/retention/proposals-work.ts';
import { runRetention } from '@gatehouse/hub/ledger/retention/retention-run.ts';
import type { Transaction } from '@gatehouse/hub/store/database.ts';
import { findRetentionProposal } from '@gatehouse/hub/store/retention-proposal-rows.ts';
import { listFindings } from '@gatehouse/hub/store/retention-run-rows.ts';
import { addMs } from '@gatehouse/shared/values/instant.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { filledOrder } from '../fixtures/edge-stream.ts';
import { dataFolder, depsOf, FEBRUARY, JANUARY, openHub, takeBatches, timedEdge } from './disposal-stage.ts';

// From the judgement of a day to bytes that nobody can read any more, with the hub's own keys.

const DAY_MS = 86_400_000;
const [anna, ben, cleo] = ['P-anna', 'P-ben', 'P-cleo'].map((personId) => ({ personId, from: 'test' }));
let data = '';
let records: HubRecords;
const ends: (() => void)[] = [];

beforeAll(async () => {
  data = dataFolder((end) => ends.push(end));
  records = await openHub(data);
  const edge = timedEdge('edge-1');
  await takeBatches(records, edge, edge.at(JANUARY, ...filledOrder('O-1')), edge.at(FEBRUARY, ...filledOrder('O-2')));
}, 300_000);

afterAll(async () => {
  await records?.close({ stopServer: true });
  for (const end of ends) end();
});

test('a month whose seven years are over is proposed by one, approved by two, destroyed, certified and judged no more', async () => {
  if (anna === undefined || ben === undefined || cleo === undefined) throw new Error('nobody decides');
  const { database, stream, ledger } = records;
  let days = 0;
  const clock = { ...ledger.clock, now: () => addMs(ledger.clock.now(), days * DAY_MS) };
  const deps: RetentionDeps = { database, appendAct: stream.appendAct, clock, random: (length) => randomBytes(length) };
  const exempt = [{ class: 'us-ofac-transactions', reason: 'The firm is in the EU alone.' }];
  const figures = { ...carefulFigures('A firm'), flags: ['eu-algorithmic'], exempt };
  const first = await proposeRetention(deps, anna, { change: { kind: 'figures', figures }, reason: 'Ours.' });
  await approveRetention(deps, ben, first.proposalId);

  // The records of January were made on the fifth; the seven years of the floor are over, those of February as well.
  expect(await runRetention(deps, '2033-02-20')).toBe(true);
  const found = await listFindings(database, '2033-02-20', 10);
  expect(found.map(({ target, state }) => [target, state])).toEqual([
    ['trading/2026-01', 'may-go'],
    ['trading/2026-02', 'may-go'],
  ]);

  const change = { kind: 'disposal', target: 'trading/2026-01' } as const;
  const { proposalId } = await proposeRetention(deps, anna, { change, reason: 'Seven years are over.' });
  await approveRetention(deps, ben, proposalId);
  await approveRetention(deps, cleo, proposalId);
  const later = { kind: 'class', class: 'trading', from: '2026-02' } as const;
  await setHold(deps, cleo, { scope: later, reason: 'An inquiry about February.' });
  const judged: string[] = [];
  const mayGo = async (tx: Transaction, target: DisposalTarget) => {
    judged.push(targetText(target));
    await assertCanGo({ tx, day: '2033-02-20' }, target);
  };
  const { dispose } = createDisposal({ ...depsOf(data, records), mayGo });
  expect(await disposeApproved(deps, dispose)).toBe(1);
  expect(judged).toEqual(['trading/2026-01']);
  const done = await findRetentionProposal(database, proposalId);
  expect(done).toMatchObject({ state: 'done', certificate: expect.any(Number) });

  const [act] = await database`SELECT action, target, after FROM hub_act WHERE leaf = ${done?.certificate ?? -1}`;
  expect(act).toMatchObject({
    action: 'records.disposed',
    target: 'trading/2026-01',
    after: { disposal: proposalId, proposedBy: 'P-anna', approvedBy: 'P-ben P-cleo' },
  });
  expect(await records.verify()).toMatchObject({ findings: [], disposed: 6 });
  const explained = await explainRecord(database, 'edge-1:1:1', '2033-02-20');
  expect(explained.certificate).toBe(done?.certificate);

  days = 1;
  expect(await runRetention(deps, '2033-02-21')).toBe(true);
  expect(await listFindings(database, '2033-02-21', 10)).toEqual([]);
}, 300_000);

test('a hold that comes when a disposal is handed on and has not begun keeps the records; what came late is proposed again', async () => {
  if (anna === undefined || ben === undefined || cleo === undefined) throw new Error('nobody decides');
  const { database, stream, ledger } = records;
  const clock = { ...ledger.clock, now: () => addMs(ledger.clock.now(), 40 * DAY_MS) };
  const deps: RetentionDeps = { database, appendAct: stream.appendAct, clock, random: (length) => randomBytes(length) };
  const change = { kind: 'disposal', target: 'trading/2026-01' } as const;
  const wanted = { change, reason: 'It came late.' };
  await expect(proposeRetention(deps, anna, wanted)).rejects.toThrow(/was disposed of already/);
  const edge = timedEdge('edge-2');
  await takeBatches(records, edge, edge.at(JANUARY, ...filledOrder('O-late')));
  const { proposalId } = await proposeRetention(deps, anna, wanted);
  await approveRetention(deps, ben, proposalId);
  await approveRetention(deps, cleo, proposalId);

  const mayGo = (tx: Transaction, target: DisposalTarget) => assertCanGo({ tx, day: '2033-03-01' }, target);
  const { dispose } = createDisposal({ ...depsOf(data, records), mayGo });
  const scope = { kind: 'account', account: 'acct-1' } as const;
  const heldBefore: typeof dispose = async (target, approval) => {
    await setHold(deps, cleo, { scope, reason: 'A lawsuit.' });
    return dispose(target, approval);
  };
  expect(await disposeApproved(deps, heldBefore)).toBe(0);
  expect(await findRetentionProposal(database, proposalId)).toMatchObject({
    state: 'superseded',
    note: expect.stringContaining('held'),
  });
  expect(await database`SELECT disposal_id FROM disposal WHERE disposal_id = ${proposalId}`).toEqual([]);
  expect(await records.verify()).toMatchObject({ findings: [], disposed: 6 });
}, 300_000);
