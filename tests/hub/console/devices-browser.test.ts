import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ConsoleBrowser, hasBrowser, openConsoleBrowser, violations } from '../../fixtures/console-browser.ts';
import {
  type EnrollingHub,
  letIn,
  openEnrollingHub,
  type TestEdge,
  testEdge,
  untilAsked,
} from '../../fixtures/enrolling-hub.ts';
import { startTestServer, type TestServer } from '../../fixtures/postgres.ts';
import { codeAt, enrolFirst, type TestConsole, type TestPerson, testConsole } from '../../fixtures/test-console.ts';

let server: TestServer;
let hub: EnrollingHub;
let subject: TestConsole;
let person: TestPerson;
let shown: ConsoleBrowser;
let origin = '';
const edges: TestEdge[] = [];

beforeAll(async () => {
  if (!hasBrowser) return;
  server = await startTestServer();
  const database = await server.database();
  hub = await openEnrollingHub(database);
  shown = await openConsoleBrowser();
  origin = shown.origin;
  subject = await testConsole(database, { origin, startMs: Date.now(), devices: hub.desk });
  shown.show(subject.console);
  person = await enrolFirst(subject);
  for (const name of ['edge-4', 'edge-5']) {
    const edge = testEdge();
    edges.push(edge);
    await letIn(hub, edge, name);
  }
  await hub.decide('edge-5', 'revoke', 'The desk is closed.');
  const asking = testEdge();
  edges.push(asking);
  asking.enrol(await hub.token('edge-6')).catch(() => undefined);
  await untilAsked(hub, 'edge-6');
}, 120_000);

afterAll(async () => {
  if (!hasBrowser) return;
  await shown.close();
  for (const edge of edges) edge.end();
  subject.console.close();
  await subject.ledger.ingest.close();
  await hub.end();
  await server.stop();
});

test.runIf(hasBrowser)(
  'an officer issues a token, compares and approves by hand, in both colour schemes',
  async () => {
    const page = await shown.pageOf(person, { width: 1280, height: 900 });
    const questions: string[] = [];
    page.on('dialog', (dialog) => {
      questions.push(dialog.message());
      void dialog.accept();
    });
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.goto(`${origin}/devices`);
      await page.getByRole('heading', { name: 'edge-6 asks to be let in' }).waitFor();
      await shown.shoot(page, `devices-${colorScheme}`);
      expect(await violations(page)).toEqual([]);
    }
    subject.clock.advance(31_000);
    await page.getByLabel('Name of the new edge').fill('edge-8');
    await page
      .locator('form[action="/devices/tokens"]')
      .getByLabel(/^Code/)
      .fill(await codeAt(subject.clock, person.secret));
    await page.getByRole('button', { name: 'Issue a token' }).click();
    expect(await page.getByLabel('The token').inputValue()).toMatch(/^gatehouse-enrol-1\./);
    await shown.shoot(page, 'devices-token');
    const asked = page.getByLabel('Request of edge-6');
    await asked.getByLabel('Reason, for the ledger').fill('The new desk in the corner.');
    await asked.getByRole('button', { name: 'Approve' }).click();
    await page.getByText('is approved').waitFor();
    expect(await page.getByRole('heading', { name: 'edge-6 asks to be let in' }).count()).toBe(0);
    expect(questions).toEqual(['Were all groups of both fingerprints the same, read out at edge-6?']);
    await page.context().close();
  },
  120_000,
);
