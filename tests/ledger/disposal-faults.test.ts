import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseTarget } from '@gatehouse/compliance/retention/target.ts';
import type { HubRecords } from '@gatehouse/hub/hub.ts';
import { createDisposal } from '@gatehouse/hub/ledger/disposal/dispose.ts';
import { resumeDisposals } from '@gatehouse/hub/ledger/disposal/resume-disposals.ts';
import { readCustomer, recordCustomer } from '@gatehouse/hub/ledger/keys/record-customer.ts';
import { sealStored } from '@gatehouse/hub/ledger/keys/seal-stored.ts';
import { inTransaction, type Transaction } from '@gatehouse/hub/store/database.ts';
import { expect, onTestFinished, test } from 'vitest';
import { filledOrder } from '../fixtures/edge-stream.ts';
import { seededDice } from '../fixtures/seeded-dice.ts';
import {
  approvalOf,
  dataFolder,
  depsOf,
  FEBRUARY,
  filesHolding,
  incidentOf,
  JANUARY,
  openHub,
  takeBatches,
  timedEdge,
} from './disposal-stage.ts';

const TEST_MS_MAX = 600_000;
const CHILD = fileURLToPath(new URL('./dispose-until-killed.ts', import.meta.url));
const JANUARY_TRADING = 'trading/2026-01';
const KILLS = Number(process.env['GATEHOUSE_DISPOSAL_KILLS'] ?? 3);

interface Stage {
  readonly data: string;
  /** The newest records; a test that opens others puts them here. */
  records: HubRecords;
}

async function openStage(): Promise<Stage> {
  const data = dataFolder((end) => onTestFinished(end));
  const stage = { data, records: await openHub(data) };
  onTestFinished(() => stage.records.close({ stopServer: true }));
  return stage;
}

/** Lets go of everything, as a hub that ends, and opens it again. */
async function reopen(stage: Stage, between: () => void = () => {}): Promise<void> {
  await stage.records.close({ stopServer: true });
  between();
  stage.records = await openHub(stage.data);
}

const resumed = ({ data, records }: Stage) => resumeDisposals(depsOf(data, records));
const dispose = ({ data, records }: Stage, target: string, proposal: string) =>
  createDisposal(depsOf(data, records)).dispose(parseTarget(target), approvalOf(proposal));
const alarmsOf = async ({ records }: Stage) =>
  (await records.database`SELECT code FROM alarm ORDER BY id`).map(({ code }) => code);
const actsOf = ({ records }: Stage, action: string) =>
  records.database`SELECT leaf FROM hub_act WHERE action = ${action}`;

test('a body that was changed, moved, taken away or called disposed of is found as damage', {
  timeout: TEST_MS_MAX,
}, async () => {
  const { records } = await openStage();
  const { database } = records;
  const edge = timedEdge('edge-1');
  await takeBatches(records, edge, edge.at(JANUARY, ...filledOrder('O-1')));
  const codes = async () => (await records.verify()).findings.map(({ code, leaf }) => [code, leaf]);
  await database`CREATE TABLE kept AS TABLE ledger_body`;
  const back = () => database.unsafe('DELETE FROM ledger_body; INSERT INTO ledger_body SELECT * FROM kept');
  expect(await codes()).toEqual([]);
  const tamperings: readonly (readonly [string, string, number])[] = [
    [
      'UPDATE ledger_body SET sealed = set_byte(sealed, 40, get_byte(sealed, 40) # 1) WHERE leaf = 3',
      'body-differs',
      3,
    ],
    ['UPDATE ledger_body SET sealed = substr(sealed, 1, 20) WHERE leaf = 3', 'body-differs', 3],
    ['UPDATE ledger_body b SET sealed = k.sealed FROM kept k WHERE b.leaf = 3 AND k.leaf = 4', 'body-differs', 3],
    ["UPDATE ledger_body SET record_key = 'trading/2025-12/1' WHERE leaf = 3", 'body-differs', 3],
    ['DELETE FROM ledger_body WHERE leaf = 3', 'body-missing', 3],
    ["UPDATE ledger_body SET sealed = NULL, disposal = 'D-made-up' WHERE leaf = 3", 'disposal-differs', 3],
  ];
  for (const [text, code, leaf] of tamperings) {
    await database.unsafe(text);
    expect(await codes(), text).toEqual([[code, leaf]]);
    await back();
  }
  expect(await codes()).toEqual([]);
});

test('a body that goes under another month’s certificate is found', { timeout: TEST_MS_MAX }, async () => {
  const stage = await openStage();
  const { records } = stage;
  const edge = timedEdge('edge-1');
  await takeBatches(records, edge, edge.at(JANUARY, ...filledOrder('O-1')), edge.at(FEBRUARY, ...filledOrder('O-2')));
  await dispose(stage, JANUARY_TRADING, 'D-1');
  expect((await records.verify()).findings).toEqual([]);
  await records.database`
    UPDATE ledger_body SET sealed = NULL, disposal = 'D-1' WHERE record_key = 'trading/2026-02/1' AND leaf % 2 = 0`;
  expect((await records.verify()).findings.map(({ code }) => code)).toEqual(['disposal-differs']);
});

test('what is known of a customer is readable until the customer is disposed of, then by nobody, and never again under that id', {
  timeout: TEST_MS_MAX,
}, async () => {
  const stage = await openStage();
  const { data, records } = stage;
  const { database, keys, stream } = records;
  const deps = { database, keys, appendAct: stream.appendAct };
  const customer = {
    subject: 'c-81',
    name: 'Wilhelmine Musterfrau',
    birthDate: '1961-02-03',
    address: 'Secretstreet 7',
  };
  const other = { ...customer, subject: 'c-82', name: 'Someone Else' };
  const leaf = await recordCustomer(deps, customer, 'P-officer');
  await recordCustomer(deps, other, 'P-officer');
  expect(await readCustomer(deps, 'c-81')).toEqual({ state: 'recorded', leaf, customer });
  await database`CHECKPOINT`;
  expect(filesHolding(data, [customer.name, customer.address])).toEqual([]);

  await expect(dispose(stage, 'subject/c-80', 'D-0')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  expect(await dispose(stage, 'subject/c-81', 'D-1')).toMatchObject({ records: 1 });
  expect(await readCustomer(deps, 'c-81')).toEqual({ state: 'disposed', leaf, disposal: 'D-1' });
  expect(await readCustomer(deps, 'c-82')).toMatchObject({ state: 'recorded', customer: other });
  expect(await readCustomer(deps, 'c-83')).toBeUndefined();
  await expect(recordCustomer(deps, customer, 'P-officer')).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
  expect(await records.verify()).toMatchObject({ findings: [], disposed: 0 });
  await reopen(stage);
  expect(await readCustomer(stage.records, 'c-81')).toMatchObject({ state: 'disposed' });
});

test('kill -9 after and within each step: the next start carries the disposal to one certificate', {
  timeout: TEST_MS_MAX,
}, async () => {
  const stage = await openStage();
  const edge = timedEdge('edge-1');
  const dice = seededDice('disposal kills');
  const states = ['approved', 'keys-destroyed', 'rows-wiped', 'scanned', ...Array.from({ length: KILLS }, () => '')];
  const months = states.map((_, index) => `2025-${`${index + 1}`.padStart(2, '0')}`);
  const wordsOf = (month: string) => `words-of-${month}`;
  const batches = months.map((month) => edge.at(`${month}-05T09:00:00.000000000Z`, incidentOf(wordsOf(month))));
  await takeBatches(stage.records, edge, ...batches);
  for (const [index, state] of states.entries()) {
    const month = months[index] ?? '';
    await killedAt(stage.data, { proposal: `D-${index}`, month, state, delayMs: dice(400) });
    await resumed(stage);
    const target = `trading/${month}`;
    const [row] = await stage.records.database`SELECT state, leaves FROM disposal WHERE target = ${target}`;
    // A kill before the first step leaves nothing behind: the people's decision is handed on again.
    if (row === undefined) await dispose(stage, target, `D-${index}`);
    else expect(row).toMatchObject({ state: 'certified', leaves: 1 });
    expect(filesHolding(stage.data, [wordsOf(month)]), state).toEqual([]);
  }
  expect((await actsOf(stage, 'records.disposed')).length).toBe(states.length);
  expect(await stage.records.verify()).toMatchObject({ findings: [], disposed: states.length });
  expect(await alarmsOf(stage)).toEqual([]);
});

interface Kill {
  readonly proposal: string;
  readonly month: string;
  readonly state: string;
  readonly delayMs: number;
}

/** Kills a process that disposes: where it stands still after a state, or after a time where none is named. */
async function killedAt(data: string, { proposal, month, state, delayMs }: Kill): Promise<void> {
  const wanted = state === '' ? 'nothing' : state;
  const child = spawn(process.execPath, [CHILD, data, proposal, `trading/${month}`, wanted], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  for await (const line of createInterface({ input: child.stdout })) {
    if (line === 'stands still') child.kill('SIGKILL');
    if (line === 'begins' && state === '') setTimeout(() => child.kill('SIGKILL'), delayMs);
  }
  await ended;
}

test('a database from before a disposal forgets it again before anything else, on record, and no copy of the keys brings it back', {
  timeout: TEST_MS_MAX,
}, async () => {
  const stage = await openStage();
  const { data } = stage;
  const edge = timedEdge('edge-1');
  await takeBatches(
    stage.records,
    edge,
    edge.at(JANUARY, incidentOf('words-of-january')),
    edge.at(FEBRUARY, incidentOf('words-of-february')),
  );
  await reopen(stage, () => {
    // With its owners, since the server runs as a user of its own.
    execFileSync('cp', ['-a', join(data, 'pg'), join(data, 'pg-copy')]);
    cpSync(join(data, 'hub', 'record-keys'), join(data, 'keys-copy', 'record-keys'), { recursive: true });
  });
  await dispose(stage, JANUARY_TRADING, 'D-1');
  expect(await stage.records.verify()).toMatchObject({ findings: [], disposed: 1 });

  await reopen(stage, () => {
    rmSync(join(data, 'pg'), { recursive: true });
    renameSync(join(data, 'pg-copy'), join(data, 'pg'));
    // The archived log is that of the other future: the server would keep its own for ever.
    rmSync(join(data, 'backups'), { recursive: true });
  });
  // The copy is whole, and even before it was cleared nothing opens what was disposed of.
  expect(await stage.records.verify()).toMatchObject({ findings: [], disposed: 1 });
  await resumed(stage);
  expect(filesHolding(data, ['words-of-january'])).toEqual([]);
  expect(filesHolding(data, ['words-of-february']).length).toBeGreaterThan(0);
  expect((await actsOf(stage, 'records.disposed-again')).length).toBe(1);
  expect(await alarmsOf(stage)).toEqual(['DISPOSAL_FORGOTTEN']);
  expect(await stage.records.verify()).toMatchObject({ findings: [], disposed: 1 });
  await resumed(stage);
  expect((await actsOf(stage, 'records.disposed-again')).length).toBe(1);

  // An old copy of the whole folder of keys: the database knows better, and the key is destroyed again.
  await reopen(stage, () => {
    rmSync(join(data, 'hub', 'record-keys'), { recursive: true });
    renameSync(join(data, 'keys-copy', 'record-keys'), join(data, 'hub', 'record-keys'));
  });
  expect(stage.records.keys.names()).toContain('trading/2026-01/1');
  await resumed(stage);
  expect(stage.records.keys.names()).not.toContain('trading/2026-01/1');
  expect(await alarmsOf(stage)).toEqual(['DISPOSAL_FORGOTTEN', 'RECORD_KEYS_RETURNED']);
  // An old copy lacks what was made since: that is damage, and it is said which key is missing.
  const { findings } = await stage.records.verify();
  expect(findings.map(({ message }) => message).join()).toContain('its key retention/2033-02/1 is missing');
});

test('bodies of an earlier release are readable, are sealed step by step, and leave nothing open in the files once a disposal ran', {
  timeout: TEST_MS_MAX,
}, async () => {
  const stage = await openStage();
  const { data, records } = stage;
  const { database, ledger } = records;
  const edge = timedEdge('edge-1');
  const open = { ...records, ledger: { ...ledger, bodies: undefined } };
  const ordersFrom = (first: number) =>
    Array.from({ length: 100 }, (_, index) => filledOrder(`O-old-${first + index}`)).flat();
  const batches = [
    edge.at(JANUARY, ...ordersFrom(0)),
    edge.at(JANUARY, ...ordersFrom(100), incidentOf('words-of-january')),
  ];
  await takeBatches(open, edge, ...batches);
  await database`UPDATE record_key_head SET sealing_end = (SELECT size FROM ledger_head), is_rewritten = false`;
  expect((await records.verify()).findings).toEqual([]);
  await expect(dispose(stage, JANUARY_TRADING, 'D-1')).rejects.toMatchObject({ code: 'STATE_CONFLICT' });

  const bodies = ledger.bodies;
  if (bodies === undefined) throw new Error('a hub seals bodies');
  const stop = new AbortController();
  // It is ended after its first step, and goes on there.
  const ended = sealStored({ database, bodies, log: () => {}, stop: stop.signal });
  setTimeout(() => stop.abort(), 1);
  await ended;
  const lines: string[] = [];
  expect(
    await sealStored({ database, bodies, log: (line) => lines.push(line), stop: new AbortController().signal }),
  ).toBe(true);
  expect(await sealStored({ database, bodies, log: () => {}, stop: new AbortController().signal })).toBe(true);
  expect(await database`SELECT leaf FROM ledger_body WHERE body IS NOT NULL AND leaf > 0`).toEqual([]);
  expect(await records.verify()).toMatchObject({ findings: [], disposed: 0 });

  await dispose(stage, JANUARY_TRADING, 'D-1');
  expect(filesHolding(data, ['words-of-january', 'O-old-7'])).toEqual([]);
  expect(await records.verify()).toMatchObject({ findings: [], disposed: 1_201 });
});

test('a hub with another folder of keys is refused where records lie under a key that it lacks', {
  timeout: TEST_MS_MAX,
}, async () => {
  const stage = await openStage();
  const edge = timedEdge('edge-1');
  await takeBatches(stage.records, edge, edge.at(JANUARY, incidentOf('words')));
  await reopen(stage, () => rmSync(join(stage.data, 'hub', 'record-keys'), { recursive: true }));
  await expect(takeBatches(stage.records, edge, edge.at(JANUARY, incidentOf('more words')))).rejects.toThrow(
    /record key .* is missing/,
  );
  expect((await stage.records.verify()).findings.map(({ code }) => code)).toContain('body-differs');
});

test('an old folder of keys takes nothing, also for a month or a customer that it never had', {
  timeout: TEST_MS_MAX,
}, async () => {
  const stage = await openStage();
  const edge = timedEdge('edge-1');
  const customer = { subject: 'c-81', name: 'Wilhelmine', birthDate: '1961-02-03', address: 'Secretstreet 7' };
  const customers = ({ database, keys, stream }: HubRecords) => ({ database, keys, appendAct: stream.appendAct });
  await takeBatches(stage.records, edge, edge.at(JANUARY, incidentOf('words')));
  const folder = join(stage.data, 'hub', 'record-keys');
  cpSync(folder, `${folder}-old`, { recursive: true });
  await recordCustomer(customers(stage.records), customer, 'P-officer');
  await reopen(stage, () => {
    renameSync(folder, `${folder}-newest`);
    renameSync(`${folder}-old`, folder);
  });
  const late = edge.at(FEBRUARY, incidentOf('more words'));
  await expect(takeBatches(stage.records, edge, late)).rejects.toThrow(/record key .* is missing/);
  await expect(recordCustomer(customers(stage.records), customer, 'P-officer')).rejects.toMatchObject({
    code: 'LEDGER_MISMATCH',
  });
  await reopen(stage, () => {
    rmSync(folder, { recursive: true });
    renameSync(`${folder}-newest`, folder);
  });
  expect(await readCustomer(stage.records, 'c-81')).toMatchObject({ state: 'recorded', customer });
  expect((await stage.records.verify()).findings).toEqual([]);
});

test('a key that two entries of a transaction brought is on record again where the transaction was rolled back', {
  timeout: TEST_MS_MAX,
}, async () => {
  const { records } = await openStage();
  const { database, stream } = records;
  const act = { action: 'report.run', by: 'P-officer', target: 'r-1' };
  const rolledBack = inTransaction(database, async (tx) => {
    await tx.savepoint((part) => stream.appendAct(part as Transaction, act));
    await stream.appendAct(tx, act);
    throw new Error('the transaction ends here');
  });
  await expect(rolledBack).rejects.toThrow('the transaction ends here');
  await inTransaction(database, (tx) => stream.appendAct(tx, act));
  const under =
    await database`SELECT DISTINCT record_key AS name FROM ledger_body WHERE starts_with(record_key, 'hub-acts/')`;
  expect(under).toHaveLength(1);
  expect(await database`SELECT name FROM record_key WHERE starts_with(name, 'hub-acts/')`).toEqual(under);
});

test('a damaged body that is put under a destroyed key is no disposed one', { timeout: TEST_MS_MAX }, async () => {
  const stage = await openStage();
  const { records } = stage;
  const edge = timedEdge('edge-1');
  await takeBatches(records, edge, edge.at(JANUARY, ...filledOrder('O-1')), edge.at(FEBRUARY, ...filledOrder('O-2')));
  await dispose(stage, JANUARY_TRADING, 'D-1');
  await records.database`UPDATE ledger_body SET record_key = 'trading/2026-01/1' WHERE record_key = 'trading/2026-02/1'`;
  expect((await records.verify()).findings.map(({ code }) => code)).toEqual(['disposal-differs']);
});
