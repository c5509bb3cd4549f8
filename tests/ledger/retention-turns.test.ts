import { randomBytes } from 'node:crypto';
import { carefulFigures, type FirmFigures } from '@gatehouse/compliance/retention/firm-figures.ts';
import type { Approval, Certificate, DisposalTarget } from '@gatehouse/compliance/retention/target.ts';
import { approveRetention, proposeRetention } from '@gatehouse/hub/ledger/retention/proposals.ts';
import { disposeApproved } from '@gatehouse/hub/ledger/retention/proposals-disposal.ts';
import type { RetentionDeps } from '@gatehouse/hub/ledger/retention/proposals-work.ts';
import { runRetention } from '@gatehouse/hub/ledger/retention/retention-run.ts';
import { READ_LEAVES_MAX } from '@gatehouse/hub/ledger/retention/retention-run-reading.ts';
import { inTransaction } from '@gatehouse/hub/store/database.ts';
import { findRetentionProposal } from '@gatehouse/hub/store/retention-proposal-rows.ts';
import { KitError } from '@gatehouse/shared/errors.ts';
import { type ManualClock, manualClock } from '@gatehouse/shared/values/clock.ts';
import { dayOf, fromMillis } from '@gatehouse/shared/values/instant.ts';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { edgeStream, filledOrder } from '../fixtures/edge-stream.ts';
import { type TestLedger, testLedger } from '../fixtures/hub-ledger.ts';
import { startTestServer, type TestServer } from '../fixtures/postgres.ts';

// What becomes of approved disposals that cannot begin, fail, or wait for the reading of the ledger.

const anna = { personId: 'P-anna', from: 'test' };
const ben = { personId: 'P-ben', from: 'test' };
const cleo = { personId: 'P-cleo', from: 'test' };

let server: TestServer;
let hub: TestLedger;
let clock: ManualClock;
let deps: RetentionDeps;

beforeAll(async () => {
  server = await startTestServer();
}, 300_000);
afterAll(() => server.stop());

beforeEach(async () => {
  const { database } = await server.database();
  hub = testLedger(database);
  clock = manualClock(fromMillis(Date.UTC(2026, 0, 5, 10)));
  deps = {
    database,
    appendAct: (tx, act) => hub.hubStream.appendAct(tx, act),
    clock,
    random: (length) => randomBytes(length),
  };
});

/** An edge's orders; their entries are made in January 2026. */
async function takeOrders(count = 3): Promise<void> {
  const edge = edgeStream('edge-1');
  await hub.register(edge);
  const drafts = Array.from({ length: count }, (_, index) => filledOrder(`O-${index + 1}`)).flat();
  await hub.take(edge, edge.batch(edge.add(...drafts)));
}

async function figures(change: Partial<FirmFigures> = {}): Promise<void> {
  const wanted = { ...carefulFigures('A firm'), ...change };
  const { proposalId } = await proposeRetention(deps, anna, {
    change: { kind: 'figures', figures: wanted },
    reason: 'Our figures.',
  });
  await approveRetention(deps, ben, proposalId);
}

const recordCustomer = (subject: string) =>
  inTransaction(deps.database, (tx) =>
    hub.hubStream.appendAct(tx, { action: 'customer.recorded', by: 'P-anna', target: subject }),
  );

const goTo = (day: string) => clock.set(fromMillis(Date.parse(`${day}T12:00:00Z`)));
const runToday = () => runRetention(deps, dayOf(clock.now()));

async function lastOf(keyClass: string): Promise<{ readonly record: string }> {
  await runToday();
  const [row] = await deps.database<{ at: string }[]>`
    SELECT max(last_at) AS at FROM retention_month WHERE key_class = ${keyClass}`;
  return { record: row?.at ?? '' };
}

/** A month of trading that three people want gone; it is approved. */
async function approvedMonth(): Promise<{ readonly proposalId: string; readonly target: string }> {
  const { record } = await lastOf('trading');
  goTo('2040-06-01');
  const target = `trading/${record.slice(0, 7)}`;
  const { proposalId } = await proposeRetention(deps, anna, { change: { kind: 'disposal', target }, reason: 'Over.' });
  await approveRetention(deps, ben, proposalId);
  await approveRetention(deps, cleo, proposalId);
  return { proposalId, target };
}

test('a disposal that cannot begin ends its proposal with the reasons, and whoever wants it proposes it again', async () => {
  await takeOrders();
  await figures();
  const { proposalId, target } = await approvedMonth();
  const kept = async (): Promise<Certificate> => {
    throw new KitError('STATE_CONFLICT', 'kills are in force', { problems: ['one of January'] });
  };
  expect(await disposeApproved(deps, kept)).toBe(0);
  const found = await findRetentionProposal(deps.database, proposalId);
  expect(found).toMatchObject({ state: 'superseded', note: expect.stringContaining('kills are in force') });
  const change = { kind: 'disposal', target } as const;
  expect(await proposeRetention(deps, anna, { change, reason: 'Over.' })).toMatchObject({ state: 'proposed' });
});

test('a disposal that fails keeps no other one from its turn', async () => {
  await takeOrders();
  await recordCustomer('c-1');
  await figures({ flags: ['us-private-fund-adviser'] });
  const first = await approvedMonth();
  const { proposalId } = await proposeRetention(deps, anna, {
    change: { kind: 'disposal', target: 'subject/c-1' },
    reason: 'Over.',
  });
  await approveRetention(deps, ben, proposalId);
  await approveRetention(deps, cleo, proposalId);
  const asked: string[] = [];
  const failing = async (target: DisposalTarget, { proposal }: Approval): Promise<Certificate> => {
    if (target.kind === 'period') throw new Error('the disk is away');
    asked.push(proposal);
    return { leaf: 7, records: 1, finalFrom: '2040-07-01' };
  };
  await expect(disposeApproved(deps, failing)).rejects.toThrow('the disk is away');
  expect(asked).toEqual([proposalId]);
  expect(await findRetentionProposal(deps.database, proposalId)).toMatchObject({ state: 'done' });
  expect(await findRetentionProposal(deps.database, first.proposalId)).toMatchObject({ state: 'disposing' });
});

test('whoever proposes is answered also where more came in since the run of the day than one step reads', async () => {
  await takeOrders();
  await figures();
  const { record } = await lastOf('trading');
  const month = record.slice(0, 7);
  // As far behind as a day of trading, without its entries.
  await deps.database`UPDATE retention_head SET next_leaf = ${-2 * READ_LEAVES_MAX}`;
  goTo('2040-06-01');
  const change = { kind: 'disposal', target: `trading/${month}` } as const;
  expect(await proposeRetention(deps, anna, { change, reason: 'Over.' })).toMatchObject({ state: 'proposed' });
});
