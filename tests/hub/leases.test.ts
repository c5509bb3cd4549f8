import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exampleLine, exampleLines } from '@gatehouse/compliance/examples/sheet.ts';
import { readLeases } from '@gatehouse/hub/console/lease-lines.ts';
import { settleAccepted } from '@gatehouse/hub/control/accepted-sheets.ts';
import { type LeaseDeps, settleLeases } from '@gatehouse/hub/control/leases/lease-desk.ts';
import { openLeaseMarks } from '@gatehouse/hub/control/leases/lease-mark.ts';
import { LEASE_ENTRIES_MAX, readShares } from '@gatehouse/hub/store/lease-rows.ts';
import { parseVerifierKey } from '@gatehouse/shared/journal/note.ts';
import { openDocument } from '@gatehouse/shared/journal/typed-note.ts';
import { OBJECT_TYPE } from '@gatehouse/shared/schema/control.ts';
import { openLease } from '@gatehouse/shared/schema/lease.ts';
import { decimal, toText } from '@gatehouse/shared/values/decimal.ts';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type EdgeStream, edgeStream } from '../fixtures/edge-stream.ts';
import { checker, type LimitFirm, limitFirm, maker } from '../fixtures/limit-firm.ts';
import { journalLimits, journalTrust, sheetOf, signedSheet } from '../fixtures/limit-people.ts';
import { startTestServer, type TestServer } from '../fixtures/postgres.ts';

let server: TestServer;
let firm: LimitFirm;
let folder: string;
let deps: LeaseDeps;
let second: EdgeStream;

beforeAll(async () => {
  server = await startTestServer();
}, 60_000);
beforeEach(async () => {
  firm = await limitFirm(server);
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-leases-'));
  second = edgeStream('edge-2');
  await firm.ledger.register(second);
  await journalTrust(firm.ledger, second, firm.trust);
  await runOn(2, { firmMax: '300000' });
  deps = await leaseDeps();
});
afterEach(async () => {
  await firm.ledger.database.end({ timeout: 1 });
  rmSync(folder, { recursive: true, force: true });
});
afterAll(() => server.stop());

async function leaseDeps(): Promise<LeaseDeps> {
  const { database, signer, hubStream } = firm.ledger;
  const marks = await openLeaseMarks(join(folder, 'leases.json'));
  return { database, appendAct: hubStream.appendAct, clock: firm.deps.clock, signer, marks };
}

/** The firm runs on a sheet with these figures for leases; without any the sheet turns them off. */
async function runOn(sequence: number, figures: Record<string, string> | undefined, unit = 'USD'): Promise<void> {
  const off = { control: 'leased-share', off: { reason: 'One computer has it all.' } };
  const line = figures === undefined ? off : exampleLine('leased-share', figures);
  const own = { currency: unit, sequence, maker: maker.id, checkers: [checker.id] };
  const sheet = sheetOf('100', { ...own, controls: exampleLines(line) });
  await journalLimits(firm.ledger, firm.edge, signedSheet(sheet, maker, checker));
  await settleAccepted(firm.deps);
}

const common = { v: 1, threshold: 'gross-exposure', currency: 'USD' } as const;

async function say(edge: EdgeStream, body: Record<string, string | number | object>): Promise<void> {
  await firm.ledger.take(edge, edge.batch(edge.add({ kind: 'lease', body: { ...common, ...body } })));
}

function ask(edge: EdgeStream, request: string, wanted: string, used = '0'): Promise<void> {
  const sent = { wallAt: '2026-01-05T09:00:00.000000000Z', boot: 'boot-1', uptimeMs: 5 };
  return say(edge, { event: 'requested', request, wanted, used, sent });
}

/** The lease that an edge reads: `version amount request`. */
async function current(edge: string): Promise<string | undefined> {
  const rows = await firm.ledger.database`SELECT note FROM control_objects WHERE edge = ${edge} AND kind = 'lease'`;
  const [row] = rows;
  if (row === undefined) return undefined;
  const hub = [parseVerifierKey(firm.ledger.signer.verifierKey)];
  const { value } = openDocument(String(row['note']), OBJECT_TYPE, hub);
  const lease = openLease((value as { document: string }).document, hub);
  return `${lease.version} ${toText(lease.amount)} ${lease.request ?? 'unasked'}`;
}

test('two edges never get more than the firm may have, and what one gives back the other can get', async () => {
  await ask(firm.edge, 'r-1', '200000');
  await ask(second, 's-1', '200000');
  expect(await settleLeases(deps)).toBe(2);
  expect([await current('edge-1'), await current('edge-2')]).toEqual(['1 200000 r-1', '1 100000 s-1']);
  expect(await settleLeases(deps)).toBe(0);
  await say(firm.edge, { event: 'returned', version: 1, amount: '50000', used: '50000' });
  await ask(second, 's-2', '900000');
  await settleLeases(deps);
  expect(await current('edge-2')).toBe('2 200000 s-2');
});

test('each grant is an act of the hub, with its reason', async () => {
  await ask(firm.edge, 'r-1', '900000');
  await settleLeases(deps);
  const acts = await firm.ledger.database`
    SELECT b.body FROM ledger_leaf l JOIN ledger_body b ON b.leaf = l.leaf WHERE l.edge = 'hub' AND b.body LIKE '%lease.granted%'`;
  expect(acts).toHaveLength(1);
  expect(acts[0]?.['body']).toContain('As much as the cap of this edge permits.');
});

test('a sheet that lowers the cap or turns leases off takes them back at once', async () => {
  await ask(firm.edge, 'r-1', '200000');
  await settleLeases(deps);
  await runOn(3, { firmMax: '300000', edgeMax: '80000' });
  await settleLeases(deps);
  expect(await current('edge-1')).toBe('2 80000 unasked');
  await runOn(4, undefined);
  await settleLeases(deps);
  expect(await current('edge-1')).toBe('3 0 unasked');
});

test('a database from a backup grants nothing again that was granted after it', async () => {
  await ask(firm.edge, 'r-1', '200000');
  await settleLeases(deps);
  await firm.ledger.database`DELETE FROM lease_share`;
  const restored = await leaseDeps();
  await ask(second, 's-1', '200000');
  await settleLeases(restored);
  expect(await current('edge-2')).toBe('1 100000 s-1');
});

test('an edge with entries that have not come counts with its cap', async () => {
  await ask(firm.edge, 'r-1', '10000');
  await settleLeases(deps);
  await firm.ledger.database`UPDATE stream SET reported_seq = seq + 5 WHERE edge = 'edge-1'`;
  await ask(second, 's-1', '200000');
  await settleLeases(deps);
  expect(await current('edge-2')).toBe('1 100000 s-1');
});

test('many entries are taken in steps, each once', async () => {
  const sent = { wallAt: '2026-01-05T09:00:00.000000000Z', boot: 'boot-1', uptimeMs: 5 };
  const count = LEASE_ENTRIES_MAX + 3;
  const bodies = Array.from({ length: count }, (_, index) => {
    return { ...common, event: 'requested', request: `r-${index}`, wanted: `${index}`, used: '0', sent };
  });
  await firm.ledger.take(firm.edge, firm.edge.batch(firm.edge.add(...bodies.map((body) => ({ kind: 'lease', body })))));
  expect(await settleLeases(deps)).toBe(count);
  expect(await current('edge-1')).toBe(`${count} ${count - 1} r-${count - 1}`);
});

test('a file of marks that cannot be read is refused and stays as it is', async () => {
  writeFileSync(join(folder, 'leases.json'), '{"x":');
  await expect(leaseDeps()).rejects.toThrow('the file of granted leases cannot be read');
});

test('I19 a hub that lost its database’s newest grants and the file beside it learns of them from what edges accepted', async () => {
  await ask(firm.edge, 'r-1', '200000');
  await settleLeases(deps);
  const [row] = await firm.ledger.database`SELECT note FROM control_objects WHERE edge = 'edge-1' AND kind = 'lease'`;
  const hub = [parseVerifierKey(firm.ledger.signer.verifierKey)];
  const { value } = openDocument(String(row?.['note']), OBJECT_TYPE, hub);
  const { document } = value as { document: string };
  await firm.ledger.database`DELETE FROM lease_share`;
  rmSync(join(folder, 'leases.json'));
  const restored = await leaseDeps();
  const accepted = { event: 'accepted', version: 1, amount: '200000', used: '0', request: 'r-1', termMs: 3_600_000 };
  await say(firm.edge, { ...accepted, document });
  // A lease that this hub never signed takes nothing from the others.
  await say(second, { ...accepted, version: 9_007_199_254_740_991, amount: '999999999', document: 'no note' });
  await ask(second, 's-1', '200000');
  await settleLeases(restored);
  expect(await current('edge-2')).toBe('1 100000 s-1');
});

test('I19 what an edge says in another currency than the sheet in force gets no lease and frees none', async () => {
  await ask(firm.edge, 'r-1', '200000');
  await settleLeases(deps);
  await say(firm.edge, { event: 'returned', version: 1, amount: '0', used: '0', currency: 'JPY' });
  const sent = { wallAt: '2026-01-05T09:00:00.000000000Z', boot: 'boot-1', uptimeMs: 5 };
  const asked = { event: 'requested', request: 's-0', wanted: '5', used: '0', currency: 'JPY', sent };
  await say(second, asked);
  expect(await settleLeases(deps)).toBe(0);
  await ask(second, 's-1', '200000');
  await settleLeases(deps);
  expect(await current('edge-2')).toBe('1 100000 s-1');
});

test('I19 an edge that holds something and never said what it is worth counts with its cap until it does', async () => {
  const { database } = firm.ledger;
  const [row] = await database<{ leaf: number }[]>`SELECT leaf FROM ledger_leaf WHERE edge = 'edge-1' LIMIT 1`;
  const none = { cost: '5', average_cost: '1', realised: '0', fees: '0', leaf: row?.leaf ?? 0 };
  const held = {
    account: 'A-1',
    instrument: 'X',
    currency: 'USD',
    quantity: '5',
    holding: '{}',
    realised_by_lots: '0',
    lots: 1,
    ...none,
  };
  await database`INSERT INTO position ${database(held)}`;
  await ask(second, 's-1', '200000');
  await settleLeases(deps);
  expect(await current('edge-2')).toBe('1 100000 s-1');
  expect(await readLeases(database)).toMatchObject([
    { edge: 'edge-1', isBehind: true, charged: '200000', out: '0' },
    { edge: 'edge-2', isBehind: false, charged: '100000' },
  ]);
  await ask(firm.edge, 'r-1', '20000', '15000');
  await settleLeases(deps);
  await ask(second, 's-2', '200000');
  await settleLeases(deps);
  expect(await current('edge-2')).toBe('2 200000 s-2');
});

test('I19 an edge that was never heard counts with its cap where its account holds something, also by the records of another edge', async () => {
  const { database } = firm.ledger;
  const [row] = await database<{ leaf: number }[]>`SELECT leaf FROM ledger_leaf WHERE edge = 'edge-2' LIMIT 1`;
  const leaf = row?.leaf ?? 0;
  const sums = {
    cost: '0',
    average_cost: '0',
    realised: '0',
    fees: '0',
    realised_by_lots: '0',
    lots: 0,
    holding: '{}',
  };
  // What the two of them hold adds up to nothing, and the last entry about it is of edge-2.
  await database`INSERT INTO position ${database({ account: 'A-1', instrument: 'X', currency: 'USD', quantity: '0', leaf, ...sums })}`;
  await database`INSERT INTO edge_account ${database({ edge: 'edge-2', account: 'A-1', leaf })}`;
  await ask(second, 's-1', '200000');
  await settleLeases(deps);
  expect(await current('edge-2')).toBe('1 200000 s-1');
  await database`INSERT INTO edge_account ${database({ edge: 'edge-1', account: 'A-1', leaf })}`;
  await ask(second, 's-2', '200000');
  await settleLeases(deps);
  expect(await current('edge-2')).toBe('2 100000 s-2');
  await ask(firm.edge, 'r-1', '0');
  await settleLeases(deps);
  await ask(second, 's-3', '200000');
  await settleLeases(deps);
  expect(await current('edge-2')).toBe('3 200000 s-3');
});

/** Takes the currencies out of the file beside the database, as a hub of an earlier release wrote it. */
function withoutCurrencies(): void {
  const path = join(folder, 'leases.json');
  const marks = Object.entries(JSON.parse(readFileSync(path, 'utf8')) as Record<string, { currency?: string }>);
  writeFileSync(
    path,
    JSON.stringify(Object.fromEntries(marks.map(([name, { currency: _, ...mark }]) => [name, mark]))),
  );
}

test('I19 a grant that only the file knows, in another currency than the sheet, is not compared as a number', async () => {
  await ask(firm.edge, 'r-1', '50000');
  await settleLeases(deps);
  await firm.ledger.database`DELETE FROM lease_share`;
  await runOn(3, { firmMax: '300000' }, 'EUR');
  const restored = await leaseDeps();
  const sent = { wallAt: '2026-01-05T09:00:00.000000000Z', boot: 'boot-1', uptimeMs: 5 };
  const asEuro = { event: 'requested', wanted: '200000', used: '0', currency: 'EUR', sent };
  await say(second, { ...asEuro, request: 's-1' });
  await settleLeases(restored);
  expect(await current('edge-2')).toBe('1 100000 s-1');
  await say(firm.edge, { ...asEuro, request: 'r-2', wanted: '10000' });
  await settleLeases(restored);
  expect(await current('edge-1')).toBe('2 10000 r-2');
  await say(second, { ...asEuro, request: 's-2' });
  await settleLeases(restored);
  expect(await current('edge-2')).toBe('2 200000 s-2');
  expect(await firm.ledger.database`SELECT 1 FROM alarm WHERE code = 'LEASE_CURRENCY_UNKNOWN'`).toHaveLength(0);
});

test('I19 a file of grants without currencies counts an edge with its cap after a restore, says so once, and nothing before one', async () => {
  await ask(firm.edge, 'r-1', '50000');
  await settleLeases(deps);
  withoutCurrencies();
  const upgraded = await leaseDeps();
  await ask(second, 's-1', '150000');
  await settleLeases(upgraded);
  expect(await current('edge-2')).toBe('1 150000 s-1');
  withoutCurrencies();
  await firm.ledger.database`DELETE FROM lease_share WHERE edge = 'edge-1'`;
  const restored = await leaseDeps();
  await ask(second, 's-2', '200000');
  await settleLeases(restored);
  await settleLeases(restored);
  expect(await current('edge-2')).toBe('2 100000 s-2');
  const alarms = await firm.ledger.database`SELECT edge FROM alarm WHERE code = 'LEASE_CURRENCY_UNKNOWN'`;
  expect(alarms.map(({ edge }) => edge)).toEqual(['edge-1']);
  await ask(firm.edge, 'r-2', '10000');
  await settleLeases(restored);
  await ask(second, 's-3', '200000');
  await settleLeases(restored);
  expect(await current('edge-2')).toBe('3 200000 s-3');
});

test('I19 a lease in what was the firm’s currency counts with the cap until its edge has asked in the new one', async () => {
  await ask(firm.edge, 'r-1', '50000');
  await settleLeases(deps);
  await runOn(3, { firmMax: '300000' }, 'EUR');
  await settleLeases(deps);
  const asEuro = { currency: 'EUR', sent: { wallAt: '2026-01-05T09:00:00.000000000Z', boot: 'boot-1', uptimeMs: 5 } };
  await say(second, { event: 'requested', request: 's-1', wanted: '200000', used: '0', ...asEuro });
  await settleLeases(deps);
  expect(await current('edge-2')).toBe('1 100000 s-1');
  expect(await readShares(firm.ledger.database)).toMatchObject([
    { edge: 'edge-1', out: '50000', currency: 'USD' },
    { edge: 'edge-2', out: '100000', currency: 'EUR' },
  ]);
  expect((await readLeases(firm.ledger.database))[0]).toMatchObject({ isBehind: true, charged: '200000' });
  await say(firm.edge, { event: 'requested', request: 'r-2', wanted: '10000', used: '0', ...asEuro });
  await settleLeases(deps);
  await settleLeases(deps);
  expect(await current('edge-1')).toBe('2 10000 r-2');
  await say(second, { event: 'requested', request: 's-2', wanted: '200000', used: '0', ...asEuro });
  await settleLeases(deps);
  expect(await current('edge-2')).toBe('2 200000 s-2');
});

test('I19 what one hub process wrote beside the database is kept by another that wrote later', async () => {
  const path = join(folder, 'leases.json');
  const [one, other] = [await openLeaseMarks(path), await openLeaseMarks(path)];
  await one.keep(new Map([['a', { version: 2, out: decimal('200') }]]));
  await other.keep(new Map([['b', { version: 1, out: decimal('100') }]]));
  await one.keep(new Map([['a', { version: 3, out: decimal('300') }]]));
  await other.keep(new Map([['b', { version: 2, out: decimal('100') }]]));
  const kept = [...(await openLeaseMarks(path)).all()].map(([name, { version, out }]) => [name, version, toText(out)]);
  expect(kept.toSorted()).toEqual([
    ['a', 3, '300'],
    ['b', 2, '100'],
  ]);
});
