import type { ShapeServer } from '@gatehouse/hub/sync/shapes/shape-server.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ConsoleBrowser, hasBrowser, openConsoleBrowser, violations } from '../../fixtures/console-browser.ts';
import { consoleShapes } from '../../fixtures/console-shapes.ts';
import { type EdgeStream, edgeStream, killOf } from '../../fixtures/edge-stream.ts';
import { startTestServer, type TestServer } from '../../fixtures/postgres.ts';
import { enrolFirst, type TestConsole, type TestPerson, testConsole } from '../../fixtures/test-console.ts';

let server: TestServer;
let subject: TestConsole;
let shapes: ShapeServer;
let person: TestPerson;
let shown: ConsoleBrowser;
let origin = '';
let edge: EdgeStream;

beforeAll(async () => {
  if (!hasBrowser) return;
  server = await startTestServer();
  shown = await openConsoleBrowser();
  origin = shown.origin;
  const records = await server.database();
  shapes = consoleShapes(records);
  subject = await testConsole(records, { origin, shapes });
  shown.show(subject.console);
  person = await enrolFirst(subject);
  edge = edgeStream('edge-1');
  for (const one of [edge, edgeStream('edge-2'), edgeStream('edge-3')]) await subject.ledger.register(one);
  await subject.ledger.take(edge, edge.batch(edge.add(killOf('K-1', { scopes: ['desk:desk-1'] }))));
  await furnish();
}, 120_000);

/** Rows that the control side of a hub would have written. */
async function furnish(): Promise<void> {
  const { database } = subject.ledger;
  const at = '2026-01-05T09:59:58.000000000Z';
  await database`UPDATE stream SET reported_seq = 81234, last_batch_at = ${at} WHERE edge = 'edge-2'`;
  await database`UPDATE stream SET status = 'quarantined' WHERE edge = 'edge-3'`;
  await database`INSERT INTO heartbeats VALUES ('edge-1', 'x', ${at}), ('edge-2', 'x', ${at})`;
  await database`INSERT INTO heartbeat_head VALUES ('edge-1', 51234), ('edge-2', 412)`;
  await database`INSERT INTO control_objects VALUES ('edge-1', 'sheet', 'limits', 4, 'x', ${at}), ('edge-1', 'trust', 'v000002', 2, 'x', ${at})`;
  for (const [name, out] of [
    ['edge-1', '50000'],
    ['edge-2', '120000'],
  ] as const)
    await database`INSERT INTO lease_share VALUES ('GATEHOUSEDEMOFIRM008', 'paper', 'gross-exposure', ${name}, 3, '40000', ${out}, '12500.50', '150000', 'USD')`;
}

afterAll(async () => {
  if (!hasBrowser) return;
  await shown.close();
  subject.console.close();
  await shapes.stop();
  await subject.ledger.ingest.close();
  await server.stop();
});

test.runIf(hasBrowser)(
  'an officer stops an edge by the keyboard and sees its answer arrive, in both colour schemes',
  async () => {
    const page = await shown.pageOf(person, { width: 1280, height: 900 });
    await page.goto(origin);
    await page.keyboard.press('g');
    await page.keyboard.press('e');
    await page.waitForURL(`${origin}/edges`);
    await page.getByLabel('Which edges').selectOption('edge-1');
    await page.getByLabel('Reason, for the ledger').fill('The feed is wrong.');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Space');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByText('Given and on record').waitFor();
    await page.getByText('1 command not done with').waitFor();
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await shown.shoot(page, `edges-${colorScheme}`);
      expect(await violations(page)).toEqual([]);
    }
    await page.getByText('live', { exact: true }).and(page.locator('.live.is-live')).waitFor();
    await answerAll();
    await page.getByText('Every edge has applied or refused every command.').waitFor();
    await page.getByRole('link', { name: 'edge-1', exact: true }).first().click();
    await page.getByRole('heading', { name: 'edge-1', exact: true }).waitFor();
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await shown.shoot(page, `edge-${colorScheme}`);
      expect(await violations(page)).toEqual([]);
    }
    await page.context().close();
  },
  240_000,
);

test.runIf(hasBrowser)(
  'the pages of edges fit a telephone',
  async () => {
    const page = await shown.pageOf(person, { width: 390, height: 844 });
    for (const path of ['/edges', '/edges/edge-1', '/commands']) {
      await page.goto(origin + path);
      await shown.shoot(page, `phone${path.replaceAll('/', '-')}`);
      expect(await violations(page)).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
    }
    await page.context().close();
  },
  60_000,
);

/** The edge answers what it was told, as its journal would. */
async function answerAll(): Promise<void> {
  const rows = await subject.ledger.database<{ id: string; seq: number; kind: string; hash: string }[]>`
    SELECT id, seq, kind, note_hash AS hash FROM command_issue WHERE edge = 'edge-1'`;
  const bodies = rows.map(({ id, seq, kind, hash }) => {
    return { v: 2, state: 'applied', note: hash, via: 'mqtt', id, seq, name: kind, result: 'Halted, 3 orders told.' };
  });
  await subject.ledger.take(edge, edge.batch(edge.add(...bodies.map((body) => ({ kind: 'command', body })))));
}
