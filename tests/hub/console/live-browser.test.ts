import type { ShapeServer } from '@gatehouse/hub/sync/shapes/shape-server.ts';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type ConsoleBrowser, hasBrowser, openConsoleBrowser } from '../../fixtures/console-browser.ts';
import { consoleShapes } from '../../fixtures/console-shapes.ts';
import { type EdgeStream, edgeStream, killOf } from '../../fixtures/edge-stream.ts';
import { startTestServer, type TestServer } from '../../fixtures/postgres.ts';
import { enrolFirst, type TestConsole, type TestPerson, testConsole } from '../../fixtures/test-console.ts';

/** One browser's tabs read what moves through streams that they share. */

let server: TestServer;
let subject: TestConsole;
let person: TestPerson;
let shapes: ShapeServer;
let shown: ConsoleBrowser;
let edge: EdgeStream;
/** Questions for news that the console is holding, and the most at once; all questions by their path. */
let held = { now: 0, most: 0 };
let asked: string[] = [];

beforeAll(async () => {
  if (!hasBrowser) return;
  server = await startTestServer();
  shown = await openConsoleBrowser();
  const records = await server.database();
  shapes = consoleShapes(records);
  subject = await testConsole(records, { origin: shown.origin, shapes });
  shown.show({
    fetch: async (request, env) => {
      const { pathname } = new URL(request.url);
      if (!pathname.startsWith('/live/')) return subject.console.fetch(request, env);
      asked.push(pathname);
      const isPoll = pathname === '/live/poll';
      if (isPoll) held = { now: held.now + 1, most: Math.max(held.most, held.now + 1) };
      const answer = await subject.console.fetch(request, env);
      if (isPoll) held = { ...held, now: held.now - 1 };
      return answer;
    },
  });
  person = await enrolFirst(subject);
  edge = edgeStream('edge-1');
  for (const one of [edge, edgeStream('edge-2')]) await subject.ledger.register(one);
}, 120_000);
beforeEach(() => {
  held = { now: held.now, most: 0 };
  asked = [];
});
afterAll(async () => {
  if (!hasBrowser) return;
  await shown.close();
  subject.console.close();
  await shapes.stop();
  await subject.ledger.ingest.close();
  await server.stop();
});

const tabs = async (context: BrowserContext, paths: readonly string[]): Promise<readonly Page[]> => {
  const pages: Page[] = [];
  for (const path of paths) {
    const page = await context.newPage();
    await page.goto(shown.origin + path);
    await page.locator('.live.is-live').waitFor();
    pages.push(page);
  }
  return pages;
};
const signedIn = async (): Promise<BrowserContext> => {
  const page = await shown.pageOf(person, { width: 1280, height: 900 });
  const context = page.context();
  await page.close();
  return context;
};
const kill = (id: string, reason: string) =>
  subject.ledger.take(edge, edge.batch(edge.add(killOf(id, { scopes: ['firm'], reason }))));

test.runIf(hasBrowser)(
  'four tabs of a browser share one stream for each shape, and all streams share one connection',
  async () => {
    const context = await signedIn();
    const pages = await tabs(context, ['/edges', '/edges/edge-1', '/edges/edge-1', '/']);
    const opened = (path: string) => asked.filter((one) => one === `/live/shapes/${path}`).length;
    const firsts = [opened('edges'), opened('edge/edge-1'), opened('overview')];
    // Each stream asks for its snapshot and for what follows it; a second page of the same shape asks for nothing.
    for (const count of firsts) expect(count).toBeLessThanOrEqual(3);
    await kill('K-1', 'The feed is wrong.');
    for (const page of pages) await page.getByText('halted').first().waitFor();
    // One is held; the next may come while the one before it is being taken back.
    expect(held.most).toBeLessThanOrEqual(2);
    expect(held.now).toBeLessThanOrEqual(1);
    await context.close();
  },
  180_000,
);

test.runIf(hasBrowser)(
  'a browser without shared workers is live all the same',
  async () => {
    const context = await signedIn();
    await context.addInitScript('delete globalThis.SharedWorker');
    const [page] = await tabs(context, ['/edges/edge-1']);
    await kill('K-2', 'A second drill.');
    await page?.getByText('A second drill.').first().waitFor();
    await context.close();
  },
  120_000,
);

test.runIf(hasBrowser)(
  'a hub that is away is said with the time since when, and what came meanwhile is shown when it is back',
  async () => {
    const context = await signedIn();
    const [page] = await tabs(context, ['/edges/edge-1']);
    shown.setDown(true);
    await page?.locator('.live', { hasText: /^not live since \d\d:\d\d UTC$/ }).waitFor();
    await kill('K-3', 'While nobody could see.');
    shown.setDown(false);
    await page?.locator('.live.is-live').waitFor();
    await page?.getByText('While nobody could see.').first().waitFor();
    await context.close();
  },
  120_000,
);

test.runIf(hasBrowser)(
  'a list that stands still because somebody is in it is not called live',
  async () => {
    const context = await signedIn();
    const [page] = await tabs(context, ['/edges']);
    await page?.getByRole('region', { name: 'Edges', exact: true }).focus();
    await kill('K-4', 'While somebody reads.');
    await page?.locator('.live:not(.is-live)', { hasText: 'live, but the list you are in stands still' }).waitFor();
    await page?.locator('h1').first().click();
    await page?.locator('.live.is-live', { hasText: /^live$/ }).waitFor();
    await context.close();
  },
  120_000,
);

test.runIf(hasBrowser)(
  'who signs out in one tab is signed out in all of them, which say so and go to the sign-in page',
  async () => {
    const context = await signedIn();
    const [first, second] = await tabs(context, ['/edges', '/']);
    await first?.getByRole('button', { name: 'Sign out' }).click();
    await second?.locator('.live', { hasText: 'signed out' }).waitFor();
    await second?.waitForURL(/\/sign-in\?to=%2F$/);
    await context.close();
  },
  120_000,
);
