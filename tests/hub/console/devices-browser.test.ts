import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serve } from '@hono/node-server';
import axe from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
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

const CHROMIUM = '/usr/bin/chromium';
const isThere = existsSync(CHROMIUM);
/** Where pictures are kept for a person to look at; absent they are removed. */
const KEPT = process.env['GATEHOUSE_SCREENSHOTS'];

let server: TestServer;
let hub: EnrollingHub;
let subject: TestConsole;
let person: TestPerson;
let browser: Browser;
let listener: ReturnType<typeof serve>;
let origin = '';
let shots = '';
const edges: TestEdge[] = [];

beforeAll(async () => {
  if (!isThere) return;
  shots = KEPT ?? mkdtempSync(join(tmpdir(), 'gatehouse-shots-'));
  server = await startTestServer();
  const database = await server.database();
  hub = await openEnrollingHub(database);
  const holder: { fetch?: TestConsole['console']['fetch'] } = {};
  origin = await new Promise<string>((resolve) => {
    const answer = (request: Request, env: unknown) =>
      holder.fetch?.(request, env) ?? new Response('', { status: 503 });
    listener = serve({ fetch: answer, port: 0, hostname: '127.0.0.1' }, ({ port }) =>
      resolve(`http://localhost:${port}`),
    );
  });
  subject = await testConsole(database, { origin, startMs: Date.now(), devices: hub.desk });
  holder.fetch = subject.console.fetch;
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
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
}, 120_000);

afterAll(async () => {
  if (!isThere) return;
  await browser.close();
  for (const edge of edges) edge.end();
  subject.console.close();
  listener.close();
  await subject.ledger.ingest.close();
  await hub.end();
  await server.stop();
  if (KEPT === undefined) rmSync(shots, { recursive: true, force: true });
});

test.runIf(isThere)(
  'an officer issues a token, compares and approves by hand, in both colour schemes',
  async () => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    const [name = '', value = ''] = person.cookie.split('=');
    await context.addCookies([{ name, value, url: origin, ...(name.startsWith('__Host-') ? { secure: true } : {}) }]);
    const page = await context.newPage();
    const questions: string[] = [];
    page.on('dialog', (dialog) => {
      questions.push(dialog.message());
      void dialog.accept();
    });
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.goto(`${origin}/devices`);
      await page.getByRole('heading', { name: 'edge-6 asks to be let in' }).waitFor();
      await page.screenshot({ path: join(shots, `devices-${colorScheme}.png`), fullPage: true });
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
    await page.screenshot({ path: join(shots, 'devices-token.png'), fullPage: true });
    const asked = page.getByLabel('Request of edge-6');
    await asked.getByLabel('Reason, for the ledger').fill('The new desk in the corner.');
    await asked.getByRole('button', { name: 'Approve' }).click();
    await page.getByText('is approved').waitFor();
    expect(await page.getByRole('heading', { name: 'edge-6 asks to be let in' }).count()).toBe(0);
    expect(questions).toEqual(['Were all groups of both fingerprints the same, read out at edge-6?']);
    await context.close();
  },
  120_000,
);

/** What the accessibility checker calls serious or critical. */
async function violations(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  const found = (await page.evaluate('axe.run().then(({ violations }) => violations)')) as readonly {
    readonly id: string;
    readonly impact: string;
    readonly nodes: readonly { readonly html: string }[];
  }[];
  return found
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
}
