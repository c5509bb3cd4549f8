import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { carefulFigures, type FirmFigures } from '@gatehouse/compliance/retention/firm-figures.ts';
import type { Approval, Certificate, DisposalTarget } from '@gatehouse/compliance/retention/target.ts';
import { giveEvent } from '@gatehouse/hub/ledger/retention/clock-events.ts';
import { explainRecord } from '@gatehouse/hub/ledger/retention/explain.ts';
import { setHold } from '@gatehouse/hub/ledger/retention/holds.ts';
import { keepHolds } from '@gatehouse/hub/ledger/retention/holds-file.ts';
import {
  approveRetention,
  proposeRetention,
  rejectRetention,
  withdrawRetention,
} from '@gatehouse/hub/ledger/retention/proposals.ts';
import { disposeApproved, expireProposals } from '@gatehouse/hub/ledger/retention/proposals-disposal.ts';
import { figuresInForce, proposeCarefulFigures } from '@gatehouse/hub/ledger/retention/proposals-figures.ts';
import type { RetentionDeps } from '@gatehouse/hub/ledger/retention/proposals-work.ts';
import { runRetention } from '@gatehouse/hub/ledger/retention/retention-run.ts';
import { runRetentionJobs } from '@gatehouse/hub/ledger/retention/retention-run-schedule.ts';
import { inTransaction } from '@gatehouse/hub/store/database.ts';
import { findRetentionProposal } from '@gatehouse/hub/store/retention-proposal-rows.ts';
import { standingHolds } from '@gatehouse/hub/store/retention-rows.ts';
import { listFindings } from '@gatehouse/hub/store/retention-run-rows.ts';
import { type ManualClock, manualClock } from '@gatehouse/shared/values/clock.ts';
import { dayOf, fromMillis } from '@gatehouse/shared/values/instant.ts';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { edgeStream, filledOrder } from '../fixtures/edge-stream.ts';
import { type TestLedger, testLedger } from '../fixtures/hub-ledger.ts';
import { startTestServer, type TestServer } from '../fixtures/postgres.ts';

const DAY_MS = 86_400_000;
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
const findings = async () => listFindings(deps.database, dayOf(clock.now()), 100);
const runToday = () => runRetention(deps, dayOf(clock.now()));
const acts = async (action: string) =>
  (await deps.database<{ count: number }[]>`SELECT count(*) AS count FROM hub_act WHERE action = ${action}`)[0]?.count;

/** Notes what it is asked to destroy, and gives a certificate for it. */
function shredder() {
  const asked: { readonly target: DisposalTarget; readonly approval: Approval }[] = [];
  const dispose = async (target: DisposalTarget, approval: Approval): Promise<Certificate> => {
    asked.push({ target, approval });
    return { leaf: 7, records: 18, finalFrom: '2037-01-01' };
  };
  return { asked, dispose };
}

test('a database from a backup has its holds again from the file beside it, and one that was lifted stays lifted', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-holds-'));
  const file = join(folder, 'holds.json');
  const lasting = await setHold(deps, anna, { scope: { kind: 'subject', subject: 'c-1' }, reason: 'A lawsuit.' });
  expect(await keepHolds(deps, file)).toBe(0);
  const { database } = await server.database();
  const other = testLedger(database);
  const lost: RetentionDeps = { ...deps, database, appendAct: (tx, act) => other.hubStream.appendAct(tx, act) };
  expect(await keepHolds(lost, file)).toBe(1);
  expect(await keepHolds(lost, file)).toBe(0);
  expect(await standingHolds(lost.database)).toMatchObject([{ id: lasting.id, setBy: 'P-anna', reason: 'A lawsuit.' }]);
  const lift = await proposeRetention(lost, ben, { change: { kind: 'lift', hold: lasting.id }, reason: 'Settled.' });
  await approveRetention(lost, cleo, lift.proposalId);
  expect(await keepHolds(lost, file)).toBe(0);
  expect(await readFile(file, 'utf8')).toBe('[]\n');
  await writeFile(file, '[{"id":');
  await expect(keepHolds(lost, file)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  await rm(folder, { recursive: true });
});

test('the jobs of a hub propose figures, make the run of the day, and destroy nothing while the file of holds is unreadable', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-holds-'));
  const holdsFile = join(folder, 'holds.json');
  await takeOrders();
  await figures();
  const { record } = await lastOf('trading');
  goTo('2040-06-01');
  const change = { kind: 'disposal', target: `trading/${record.slice(0, 7)}` } as const;
  const { proposalId } = await proposeRetention(deps, anna, { change, reason: 'Over.' });
  await approveRetention(deps, ben, proposalId);
  await approveRetention(deps, cleo, proposalId);
  await writeFile(holdsFile, 'no holds');
  const { dispose, asked } = shredder();
  const lines: string[] = [];
  const log = (line: string) => void lines.push(line);
  const stop = runRetentionJobs({ ...deps, entity: 'A firm', holdsFile, dispose, log, lookMs: 50 });
  await expect.poll(() => lines, { timeout: 20_000 }).toContain('retention was judged for 2040-06-01');
  expect(asked).toEqual([]);
  expect(lines.filter((line) => line.startsWith('the file of holds waits'))).toHaveLength(1);
  await rm(holdsFile);
  await expect.poll(() => asked.length, { timeout: 20_000 }).toBe(1);
  await stop();
  expect(await findRetentionProposal(deps.database, proposalId)).toMatchObject({ state: 'done' });
  expect(await acts('retention.run-finished')).toBe(2);
  await rm(folder, { recursive: true });
});

test('without figures of the firm nothing may go, however old it is', async () => {
  await takeOrders();
  goTo('2090-01-01');
  expect(await runToday()).toBe(true);
  expect(await findings()).toEqual([]);
  const change = { kind: 'disposal', target: 'trading/2026-01' } as const;
  await expect(proposeRetention(deps, anna, { change, reason: 'Old.' })).rejects.toMatchObject({
    code: 'STATE_CONFLICT',
  });
  expect((await explainRecord(deps.database, '1', '2090-01-01')).judgement.because).toContain(
    'The firm has set no figures yet; without them nothing may go.',
  );
});

test('careful figures are proposed once, and count only once two people have approved them', async () => {
  expect(await proposeCarefulFigures(deps, 'A firm')).toBe(true);
  expect(await proposeCarefulFigures(deps, 'A firm')).toBe(false);
  const [row] = await deps.database<{ id: string }[]>`SELECT proposal_id AS id FROM retention_proposal`;
  await approveRetention(deps, anna, row?.id ?? '');
  expect(await figuresInForce(deps.database)).toBeUndefined();
  await expect(approveRetention(deps, anna, row?.id ?? '')).rejects.toMatchObject({ code: 'FORBIDDEN' });
  await approveRetention(deps, ben, row?.id ?? '');
  expect(await figuresInForce(deps.database)).toMatchObject({ version: 1, figures: { floor: { years: 7 } } });
});

test('figures that start from others than those in force are refused', async () => {
  const change = { kind: 'figures', figures: carefulFigures('A firm') } as const;
  const first = await proposeRetention(deps, anna, { change, reason: 'First.' });
  const second = await proposeRetention(deps, anna, { change, reason: 'Second.' });
  await approveRetention(deps, ben, first.proposalId);
  await expect(approveRetention(deps, ben, second.proposalId)).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
});

test('a month of trading may go the day after its last record may go, and not on the last day', async () => {
  await takeOrders();
  await figures();
  const { record } = await lastOf('trading');
  const end = `${Number(record.slice(0, 4)) + 10}${record.slice(4, 10)}`;
  // The books of an adviser count from the end of the fiscal year, but five years are shorter than ten.
  goTo(end);
  await runToday();
  expect(await findings()).toEqual([]);
  clock.advance(DAY_MS);
  await runToday();
  const target = `trading/${record.slice(0, 7)}`;
  expect((await findings()).filter((one) => one.target === target)).toMatchObject([
    { state: 'may-go', keepUntil: end },
  ]);
});

async function lastOf(keyClass: string): Promise<{ readonly record: string }> {
  await runToday();
  const [row] = await deps.database<{ at: string }[]>`
    SELECT max(last_at) AS at FROM retention_month WHERE key_class = ${keyClass}`;
  return { record: row?.at ?? '' };
}

test('one proposes, two others approve, and then it is handed on once with their names', async () => {
  await takeOrders();
  await figures();
  const { record } = await lastOf('trading');
  const target = `trading/${record.slice(0, 7)}`;
  goTo('2040-06-01');
  const { proposalId } = await proposeRetention(deps, anna, {
    change: { kind: 'disposal', target },
    reason: 'The time is over.',
  });
  await expect(approveRetention(deps, anna, proposalId)).rejects.toMatchObject({ code: 'FORBIDDEN' });
  expect(await approveRetention(deps, ben, proposalId)).toMatchObject({ state: 'proposed', approvedBy: ['P-ben'] });
  await expect(approveRetention(deps, ben, proposalId)).rejects.toMatchObject({ code: 'FORBIDDEN' });
  const { dispose, asked } = shredder();
  expect(await disposeApproved(deps, dispose)).toBe(0);
  expect(await approveRetention(deps, cleo, proposalId)).toMatchObject({ state: 'approved' });
  expect(await disposeApproved(deps, dispose)).toBe(1);
  expect(await disposeApproved(deps, dispose)).toBe(0);
  expect(asked).toHaveLength(1);
  expect(asked[0]).toMatchObject({
    target: { kind: 'period', class: 'trading' },
    approval: { proposal: proposalId, maker: 'P-anna', approvedBy: ['P-ben', 'P-cleo'], reason: 'The time is over.' },
  });
  expect(await findRetentionProposal(deps.database, proposalId)).toMatchObject({ state: 'done', certificate: 7 });
  const again = { change: { kind: 'disposal', target } as const, reason: 'Once more.' };
  await expect(proposeRetention(deps, anna, again)).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
  expect(await acts('retention.disposal-done')).toBe(1);
});

test('a disposal that failed is handed on again with the same approval', async () => {
  await takeOrders();
  await figures();
  const { record } = await lastOf('trading');
  goTo('2040-06-01');
  const change = { kind: 'disposal', target: `trading/${record.slice(0, 7)}` } as const;
  const { proposalId } = await proposeRetention(deps, anna, { change, reason: 'The time is over.' });
  await approveRetention(deps, ben, proposalId);
  await approveRetention(deps, cleo, proposalId);
  const seen: Approval[] = [];
  const failing = async (_: DisposalTarget, approval: Approval): Promise<Certificate> => {
    seen.push(approval);
    throw new Error('the disk is away');
  };
  await expect(disposeApproved(deps, failing)).rejects.toThrow('the disk is away');
  clock.advance(DAY_MS);
  const { dispose, asked } = shredder();
  expect(await disposeApproved(deps, dispose)).toBe(1);
  expect(asked[0]?.approval).toEqual(seen[0]);
});

test('a hold that comes after the approvals keeps the records, and two people lift it', async () => {
  await takeOrders();
  await figures();
  const { record } = await lastOf('trading');
  const target = `trading/${record.slice(0, 7)}`;
  goTo('2040-06-01');
  const { proposalId } = await proposeRetention(deps, anna, { change: { kind: 'disposal', target }, reason: 'Over.' });
  await approveRetention(deps, ben, proposalId);
  await approveRetention(deps, cleo, proposalId);
  const hold = await setHold(deps, cleo, { scope: { kind: 'instrument', instrument: 'SPY' }, reason: 'A lawsuit.' });
  const { dispose, asked } = shredder();
  expect(await disposeApproved(deps, dispose)).toBe(0);
  expect(asked).toEqual([]);
  expect(await findRetentionProposal(deps.database, proposalId)).toMatchObject({ state: 'superseded' });

  const lift = await proposeRetention(deps, cleo, {
    change: { kind: 'lift', hold: hold.id },
    reason: 'It is settled.',
  });
  await expect(approveRetention(deps, cleo, lift.proposalId)).rejects.toMatchObject({ code: 'FORBIDDEN' });
  const twice = { change: { kind: 'lift', hold: hold.id } as const, reason: 'It is settled.' };
  await expect(proposeRetention(deps, ben, twice)).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
  expect(await approveRetention(deps, ben, lift.proposalId)).toMatchObject({ state: 'done' });
  await expect(
    proposeRetention(deps, anna, { change: { kind: 'disposal', target }, reason: 'Over.' }),
  ).resolves.toMatchObject({
    state: 'proposed',
  });
});

test('a proposal that nobody settles expires, and its target can be proposed again', async () => {
  const hold = await setHold(deps, anna, { scope: { kind: 'subject', subject: 'c-1' }, reason: 'A question.' });
  const change = { kind: 'lift', hold: hold.id } as const;
  const { proposalId } = await proposeRetention(deps, anna, { change, reason: 'Answered.' });
  clock.advance(30 * DAY_MS);
  await expect(approveRetention(deps, ben, proposalId)).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
  expect(await expireProposals(deps)).toBe(1);
  expect(await expireProposals(deps)).toBe(0);
  const next = await proposeRetention(deps, anna, { change, reason: 'Answered.' });
  await expect(rejectRetention(deps, anna, { proposalId: next.proposalId, reason: 'No.' })).rejects.toMatchObject({
    code: 'FORBIDDEN',
  });
  await expect(withdrawRetention(deps, ben, { proposalId: next.proposalId, reason: 'No.' })).rejects.toMatchObject({
    code: 'FORBIDDEN',
  });
  expect(await rejectRetention(deps, ben, { proposalId: next.proposalId, reason: 'Not yet.' })).toMatchObject({
    state: 'rejected',
  });
});

test('a customer waits for events; a maximum that ends before a minimum is shown as an open question until the firm rules it', async () => {
  const closed = (event: string) => ({
    event: { event, scope: { kind: 'subject', subject: 'c-81' }, day: '2026-03-31' },
    reason: 'The customer left.',
  });
  await recordCustomer('c-81');
  await figures();
  goTo('2027-01-01');
  await runToday();
  expect(await findings()).toEqual([]);
  await giveEvent(deps, anna, closed('account-closed'));
  await giveEvent(deps, anna, closed('relationship-ended'));
  goTo('2027-01-02');
  await runToday();
  const [found] = (await findings()).filter(({ target }) => target === 'subject/c-81');
  expect(found).toMatchObject({ state: 'open-question', records: 1, mustGoBy: '2031-03-31' });
  expect(found?.because.join(' ')).toContain('The firm has not ruled');
  const lasting = ['us-account-records', 'firm-floor'].map((minimum) => ({
    ...{ minimum, maximum: 'eu-aml-customer', decides: 'maximum' as const },
    reason: 'The customer was one of our house in the EU.',
  }));
  await figures({ rulings: lasting });
  goTo('2031-03-31');
  await runToday();
  expect((await findings()).filter(({ target }) => target === 'subject/c-81')).toEqual([]);
  goTo('2031-04-01');
  await runToday();
  expect((await findings()).filter(({ target }) => target === 'subject/c-81')).toMatchObject([{ state: 'must-go' }]);
  expect(await alarms()).toContain('RETENTION_WAITS');
});

const alarms = async () => (await deps.database<{ code: string }[]>`SELECT code FROM alarm`).map(({ code }) => code);

test('an event in the future is refused, and one that was taken back starts no clock', async () => {
  await recordCustomer('c-1');
  await figures();
  const scope = { kind: 'subject', subject: 'c-1' } as const;
  const give = (day: string | null) =>
    giveEvent(deps, anna, { event: { event: 'account-closed', scope, day }, reason: 'Left.' });
  await expect(give('2026-01-06')).rejects.toMatchObject({ code: 'VALUE_MALFORMED' });
  await give('2026-01-05');
  await give(null);
  const leaf = (await deps.database<{ leaf: number }[]>`SELECT leaf FROM hub_act WHERE action = 'customer.recorded'`)[0]
    ?.leaf;
  const { judgement } = await explainRecord(deps.database, `${leaf}`, '2040-01-01');
  expect(judgement.state).toBe('waiting-for-event');
});

test('a run of a day comes to one result however often it is asked for, by two hubs at once as well', async () => {
  await takeOrders(40);
  await figures();
  goTo('2040-06-01');
  const answers = await Promise.all([runToday(), runToday(), runToday()]);
  expect(answers.filter((isOurs) => isOurs)).toHaveLength(1);
  expect(await runToday()).toBe(false);
  expect(await acts('retention.run-finished')).toBe(1);
});

test('a record is explained by its leaf or by its place, with the law named', async () => {
  await takeOrders();
  await figures();
  const byPlace = await explainRecord(deps.database, 'edge-1:1:2', '2026-02-01');
  const byLeaf = await explainRecord(deps.database, `${byPlace.leaf}`, '2026-02-01');
  expect(byLeaf).toEqual(byPlace);
  expect(byPlace.judgement).toMatchObject({ state: 'kept' });
  expect(byPlace.judgement.because.join(' ')).toContain('SEC Rule 17a-4');
  await expect(explainRecord(deps.database, 'no place', '2026-02-01')).rejects.toMatchObject({
    code: 'COMMAND_INVALID',
  });
  await expect(explainRecord(deps.database, '999999', '2026-02-01')).rejects.toMatchObject({ code: 'NOT_FOUND' });
});
