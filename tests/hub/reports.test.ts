import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openReportRuns } from '@gatehouse/hub/schedule/report-runs.ts';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { decisionOf, edgeStream, filledOrder, fillOf, instrumentsOf, intentOf } from '../fixtures/edge-stream.ts';
import { testLedger } from '../fixtures/hub-ledger.ts';
import { startTestServer, type TestServer } from '../fixtures/postgres.ts';

const DAY = '2026-01-05';
const order = { report: 'daily-activity', day: DAY, by: 'P-officer' };

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server.stop());

async function office() {
  const { database, url } = await server.database();
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-reports-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const hub = testLedger(database);
  const edge = edgeStream('edge-1');
  await hub.register(edge);
  await hub.take(
    edge,
    edge.batch(edge.add(instrumentsOf(), ...filledOrder('O-1'), intentOf('O-2'), decisionOf('O-2', ['max-value']))),
  );
  const reports = openReportRuns({
    database,
    target: url,
    folder,
    entity: 'Demo',
    codeVersion: '1',
    clock: hub.ledger.clock,
    record: async (tx, act) => void (await hub.hubStream.appendAct(tx, act)),
  });
  const acts = async () => (await database`SELECT leaf FROM ledger_leaf WHERE edge = 'hub'`).length;
  return { hub, edge, folder, reports, acts };
}

test('a report that is made again after more entries gives the same bytes, and the day has a run of its own for them', async () => {
  const { hub, edge, reports } = await office();
  const first = await reports.make(order);
  await hub.take(edge, edge.batch(edge.add(...filledOrder('O-3'))));
  expect(await reports.rerun(first.runId)).toMatchObject({ differences: [], restored: [] });
  const second = await reports.make(order);
  expect(second.firstLeaf).toBe(first.firstLeaf);
  expect(second.endLeaf).toBeGreaterThan(first.endLeaf);
  expect((await reports.list()).map(({ runId }) => runId).sort()).toEqual([first.runId, second.runId].sort());
});

test('two that make the same run at once leave one run, one act and whole files', async () => {
  const { reports, acts, folder } = await office();
  const before = await acts();
  const runs = await Promise.all([reports.make(order), reports.make(order), reports.make(order)]);
  const [run] = runs;
  expect(new Set(runs.map(({ runId }) => runId)).size).toBe(1);
  expect(await acts()).toBe(before + 1);
  expect((await readdir(join(folder, run?.runId ?? ''))).sort()).toEqual(
    [`daily-activity-${DAY}.pdf`, `daily-activity-${DAY}.xlsx`].sort(),
  );
  expect((await reports.open(run?.runId ?? '', 'pdf')).bytes.length).toBeGreaterThan(1_000);
});

test('a file that was changed or removed is not handed out, and making the run again puts it back', async () => {
  const { reports, folder } = await office();
  const { runId, outputs } = await reports.make(order);
  const paths = outputs.map(({ file }) => join(folder, runId, file));
  const [changed = '', removed = ''] = paths;
  await writeFile(changed, 'another figure');
  await rm(removed);
  await expect(reports.open(runId, 'pdf')).rejects.toMatchObject({ code: 'LEDGER_MISMATCH' });
  await expect(reports.open(runId, 'xlsx')).rejects.toMatchObject({ code: 'LEDGER_MISMATCH' });
  expect(await reports.rerun(runId)).toMatchObject({ differences: [], restored: paths });
  expect((await reports.open(runId, 'pdf')).output.format).toBe('pdf');
  if (process.platform !== 'win32') expect((await stat(changed)).mode & 0o077).toBe(0);
});

test('a record that was changed under a report is named, and nothing is put back from it', async () => {
  const { hub, reports } = await office();
  const { runId, firstLeaf } = await reports.make(order);
  await hub.database`UPDATE ledger_leaf SET hash = repeat('0', 64) WHERE leaf = ${firstLeaf + 1}`;
  const { differences, restored } = await reports.rerun(runId);
  expect(differences.join('\n')).toMatch(/^records: were [0-9a-f]{64}, are [0-9a-f]{64}/);
  expect(restored).toEqual([]);
});

test('a body that is no JSON and a fill that comes twice stop no report and count for nothing', async () => {
  const { hub, edge, reports } = await office();
  const strange = [{ kind: 'incident', body: 'no JSON at all' }, fillOf('O-1'), { kind: 'limits', body: '{"v":1}' }];
  await hub.take(edge, edge.batch(edge.add(...strange)));
  const run = await reports.make(order);
  expect(run.outputs).toHaveLength(2);
  const alarms = await hub.database`SELECT message FROM alarm WHERE code = 'ENTRY_SET_ASIDE'`;
  expect(alarms).toMatchObject([{ message: expect.stringMatching(/, and 2 more up to leaf \d+$/) }]);
});

test('a day without records, a day that is none, an unknown report and an unknown run are refused', async () => {
  const { reports } = await office();
  await expect(reports.make({ ...order, day: '2020-01-01' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(reports.make({ ...order, day: 'today' })).rejects.toMatchObject({ code: 'COMMAND_INVALID' });
  await expect(reports.make({ ...order, report: 'nothing' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(reports.rerun('nothing')).rejects.toMatchObject({ code: 'NOT_FOUND' });
});
