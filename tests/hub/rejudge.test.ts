import { controls } from '@gatehouse/compliance/controls/index.ts';
import { compileRules } from '@gatehouse/compliance/rule-set.ts';
import { rebuildProjections } from '@gatehouse/hub/ingest/rebuild-projections.ts';
import { explainOrder } from '@gatehouse/hub/ledger/explain-order.ts';
import { recordRejudgement } from '@gatehouse/hub/ledger/rejudgement/record-rejudgement.ts';
import { isSound, rejudgeLedger } from '@gatehouse/hub/ledger/rejudgement/rejudge-ledger.ts';
import { simulateLedger } from '@gatehouse/hub/ledger/simulate-ledger.ts';
import { listActs } from '@gatehouse/hub/store/pages/acts.ts';
import { readOverview } from '@gatehouse/hub/store/pages/overview.ts';
import type { EntryBody } from '@gatehouse/shared/schema/bodies.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { explanationText } from '../../scripts/explain.ts';
import { simulationText } from '../../scripts/simulate-limits.ts';
import { edgeStream } from '../fixtures/edge-stream.ts';
import { quantitySheet, tradedJournal, wireOf } from '../fixtures/example-entries.ts';
import { type TestLedger, testLedger } from '../fixtures/hub-ledger.ts';
import { startTestServer, type TestServer } from '../fixtures/postgres.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server.stop());

/** A ledger with the journals of some edges, taken in turns, so that their leaves lie among each other. */
function ledgerOf(...names: readonly string[]): Promise<TestLedger> {
  return ledgerWith((entry) => entry, names);
}

/** The same, of entries as another release would have recorded them. */
async function ledgerWith(asRecorded: (entry: EntryBody) => EntryBody, names: readonly string[]): Promise<TestLedger> {
  const { database } = await server.database();
  const hub = testLedger(database);
  const edges = names.map((name) => ({
    edge: edgeStream(name),
    entries: tradedJournal(name).entries.map((entry) => wireOf(asRecorded(entry))),
  }));
  for (const { edge } of edges) await hub.register(edge);
  const longest = Math.max(...edges.map(({ entries }) => entries.length));
  for (let from = 0; from < longest; from += 5) {
    for (const { edge, entries } of edges) {
      const part = edge.add(...entries.slice(from, from + 5));
      if (part.length > 0) await hub.take(edge, edge.batch(part));
    }
  }
  return hub;
}

const leafOf = async ({ database }: TestLedger, order: string, kind: string) => {
  const [row] = await database<{ leaf: number }[]>`
    SELECT leaf FROM order_entry WHERE order_id = ${order} AND kind = ${kind}`;
  return row?.leaf ?? -1;
};

test('I17 every decision and position of several edges comes out as recorded, each from its own records', async () => {
  const hub = await ledgerOf('edge-1', 'edge-2');
  const result = await rejudgeLedger(hub.database);
  expect(result).toMatchObject({ edges: 2, decisions: 4, equal: 4, findings: [], unreadable: 0, positions: [] });
  expect([result.arePositionsChecked, isSound(result)]).toEqual([true, true]);
  expect(await hub.database`SELECT quantity FROM position`).toEqual([{ quantity: '80' }]);
  expect(await recordRejudgement({ ...hub, stream: hub.hubStream }, result)).toBe(false);
});

/** Where leaves lie and how sheets are named is not the same in two ledgers, since each has a signer of its own. */
const PLACES_AND_HASHES = /^leaf .*Z {2}|\([0-9a-f]{12}…\)/gm;

/** What an earlier release recorded: rows written out, and a control set without the forms of rows. */
function asBefore(entry: EntryBody): EntryBody {
  if (entry.kind === 'decision') return { kind: 'decision', body: { ...entry.body, v: 2 } };
  if (entry.kind !== 'controls') return entry;
  const { controls: hash, set } = entry.body;
  return { kind: 'controls', body: { v: 1, controls: hash, set } };
}

test('decisions with short rows project, rebuild, explain and rejudge as those with their rows written out', async () => {
  const tellings = [];
  for (const hub of [await ledgerOf('edge-1'), await ledgerWith(asBefore, ['edge-1'])]) {
    const refusals = () => hub.database`SELECT leaf, ordinal, order_id, control, scope, reason, figures FROM refusal`;
    const grown = await refusals();
    await rebuildProjections(hub.database);
    expect(await refusals()).toEqual(grown);
    const bodies = await hub.database<{ body: string }[]>`
      SELECT b.body FROM ledger_leaf l JOIN ledger_body b USING (leaf) WHERE l.kind = 'decision' ORDER BY l.leaf`;
    const { equal, findings } = await rejudgeLedger(hub.database);
    const explained = [];
    for (const order of ['edge-1-1', 'edge-1-2']) {
      const found = await explainOrder(hub.database, order);
      explained.push(found === undefined ? '' : explanationText(found).replace(PLACES_AND_HASHES, ''));
    }
    const versions = bodies.map(({ body }) => (JSON.parse(body) as { readonly v: number }).v);
    tellings.push({ versions, said: { grown, equal, findings, explained } });
  }
  const [now, before] = tellings;
  expect([now?.versions, before?.versions]).toEqual([
    [3, 3],
    [2, 2],
  ]);
  expect(now?.said.grown.length).toBeGreaterThan(0);
  expect(now?.said).toMatchObject({ equal: 2, findings: [] });
  expect(now?.said).toEqual(before?.said);
});

test('an altered record is an act in the ledger and an alarm on the overview', async () => {
  const hub = await ledgerOf('edge-1');
  const leaf = await leafOf(hub, 'edge-1-2', 'decision');
  await hub.database`UPDATE ledger_body SET body = replace(body, '"refused"', '"approved"') WHERE leaf = ${leaf}`;
  const result = await rejudgeLedger(hub.database);
  expect(result.findings).toMatchObject([
    { edge: 'edge-1', leaf, order: 'edge-1-2', differences: [{ at: 'outcome', recorded: 'approved' }] },
  ]);
  expect(isSound(result)).toBe(false);
  expect(await recordRejudgement({ ...hub, stream: hub.hubStream }, result)).toBe(true);
  const [act] = await listActs(hub.database, { action: 'rejudge.difference' }, { limit: 1 });
  expect(act?.after).toMatchObject({ decisions: '2', equal: '1' });
  const { alarms } = await readOverview(hub.database, undefined);
  expect(alarms[0]).toMatchObject({ code: 'REJUDGE_DIFFERENCE', severity: 'alarm', edge: 'edge-1', leaf });
  expect(alarms[0]?.message).toContain('1 of 2 decisions did not come out as they are recorded');
});

test('a dated file that is gone and a record that cannot be read are told, and nothing is skipped', async () => {
  const hub = await ledgerOf('edge-1');
  await hub.database`DELETE FROM ledger_body WHERE leaf = (SELECT min(leaf) FROM facts_in_use)`;
  const { findings, equal, unreadable } = await rejudgeLedger(hub.database);
  expect([equal, unreadable]).toEqual([0, 1]);
  expect(findings[0]?.obstacle).toContain('are not those on record before this decision');
});

test('a control that this release no longer has is a finding that names the release', async () => {
  const hub = await ledgerOf('edge-1');
  const others = controls.filter(({ id }) => id !== 'trading-state');
  const { findings } = await rejudgeLedger(hub.database, { controls: others });
  expect(findings[0]?.obstacle).toMatch(/this release has no trading-state@\d+ of control set .*release 1\.0\.0 has/);
});

test('a position that the projections have otherwise is a difference', async () => {
  const hub = await ledgerOf('edge-1');
  await hub.database`UPDATE position SET quantity = '41'`;
  const result = await rejudgeLedger(hub.database);
  expect(result.positions).toEqual([{ account: 'main', instrument: 'demo-index', projected: '41', folded: '40' }]);
  expect(isSound(result)).toBe(false);
  await hub.database`DELETE FROM position`;
  expect((await rejudgeLedger(hub.database)).positions).toMatchObject([{ projected: '0', folded: '40' }]);
  await hub.database`UPDATE projection_head SET next_leaf = 0`;
  expect(await rejudgeLedger(hub.database)).toMatchObject({ positions: [], arePositionsChecked: false });
});

test('an explanation gives reason, limits and figures of every row, of what passed too', async () => {
  const hub = await ledgerOf('edge-1', 'edge-2');
  const passed = await explainOrder(hub.database, 'edge-1-1');
  const text = passed === undefined ? '' : explanationText(passed);
  expect(text).toContain('Order edge-1-1: filled, filled 40');
  expect(text).toContain('against sheet example number 1');
  expect(text).toContain('Made again, equal to the last byte:');
  expect(text).toMatch(
    /pass {12}max-order-quantity@1 \(firm\): [A-Z].*\.\n +limits: quantityMax 50\n +observed: .*quantity 40/,
  );
  expect(text).toMatch(/fill: buy 40 at 1000\.00/);
  const refused = await explainOrder(hub.database, 'edge-2-2');
  expect(refused === undefined ? '' : explanationText(refused)).toMatch(/refuse {10}max-order-quantity@1/);
  expect(await explainOrder(hub.database, 'O-9')).toBeUndefined();
});

test('an explanation says where what is made now differs, and shows the record where nothing can be made', async () => {
  const hub = await ledgerOf('edge-1');
  const leaf = await leafOf(hub, 'edge-1-2', 'decision');
  await hub.database`UPDATE ledger_body SET body = replace(body, '"refused"', '"approved"') WHERE leaf = ${leaf}`;
  const differing = await explainOrder(hub.database, 'edge-1-2');
  const text = differing === undefined ? '' : explanationText(differing);
  expect(text).toContain('it DIFFERS from what is recorded:\n    outcome: was approved, is refused');
  await hub.database`DELETE FROM ledger_body WHERE leaf = (SELECT leaf FROM sheet)`;
  const obstructed = await explainOrder(hub.database, 'edge-1-2');
  expect(obstructed === undefined ? '' : explanationText(obstructed)).toMatch(
    /Not made again: sheet \w+ was not accepted before this decision\. What is recorded:\n(.*\n)*? {2}refuse {10}max-order/,
  );
  await hub.database`DELETE FROM ledger_body WHERE leaf = ${leaf}`;
  const gone = await explainOrder(hub.database, 'edge-1-2');
  expect(gone === undefined ? '' : explanationText(gone)).toContain('decision: the body was destroyed');
});

test('a proposed sheet is tried on the past orders of all edges', async () => {
  const hub = await ledgerOf('edge-1', 'edge-2');
  const tried = (quantityMax: string) => {
    const sheet = quantitySheet({ quantityMax });
    const some = controls.filter(({ id }) => sheet.controls.some(({ control }) => control === id));
    const rules = compileRules({ controls: some, sheet, sheetHash: 'b'.repeat(64) });
    return simulateLedger(hub.database, { rules, days: {} }).then((result) => ({ rules, result }));
  };
  const tight = await tried('39');
  expect(tight.result).toMatchObject({
    decisions: 4,
    approvedBefore: 2,
    approvedAfter: 0,
    newlyRefused: 2,
    unreadable: 0,
  });
  expect(tight.result.controls).toContainEqual({ control: 'max-order-quantity', before: 2, after: 4 });
  const wide = await tried('60');
  expect(wide.result.changed.map(({ order, change }) => [order, change])).toEqual([
    ['edge-1-2', 'newly-passed'],
    ['edge-2-2', 'newly-passed'],
  ]);
  const text = simulationText(wide.rules, wide.result);
  expect(text).toContain('History stays what it was');
  expect(text).toMatch(/max-order-quantity +2 +0\n/);
});
