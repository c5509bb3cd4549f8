import type { ShapeServer } from '@gatehouse/hub/sync/shapes/shape-server.ts';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ConsoleBrowser, hasBrowser, openConsoleBrowser, violations } from '../../fixtures/console-browser.ts';
import { consoleShapes } from '../../fixtures/console-shapes.ts';
import { bracket, breakOf, depositOf, edgeStream, runOf, venueOf } from '../../fixtures/edge-stream.ts';
import { recordFirm } from '../../fixtures/firm-records.ts';
import { startTestServer, type TestServer } from '../../fixtures/postgres.ts';
import { codeAt, type TestConsole, testConsole } from '../../fixtures/test-console.ts';
import { simStatement } from '../../fixtures/venue-statement.ts';

const mustRun = process.env['CI'] === 'true';

const pages = [
  { path: '/', name: 'overview' },
  { path: '/orders', name: 'orders' },
  { path: '/orders?state=refused', name: 'orders-refused' },
  { path: '/orders/run-1.00000.ema-cross.1', name: 'order-refused' },
  { path: '/orders/run-1.00006.ema-cross.1', name: 'order-filled' },
  { path: '/positions', name: 'positions' },
  { path: '/refusals', name: 'refusals' },
  { path: '/fills', name: 'fills' },
  { path: '/breaks', name: 'breaks' },
  { path: '/breaks/edge-9/B-1', name: 'break' },
  { path: '/orders/B-stop', name: 'order-bracket' },
  { path: '/venues', name: 'venues' },
  { path: '/venues/sim', name: 'venue' },
  { path: '/venues/ccxt', name: 'venue-exchange' },
  { path: '/controls', name: 'controls' },
  { path: '/ledger', name: 'ledger' },
  { path: '/ledger/6', name: 'leaf' },
  { path: '/reports', name: 'reports' },
  { path: '/acts', name: 'acts' },
  { path: '/retention', name: 'retention' },
  { path: '/people', name: 'people' },
  { path: '/account', name: 'account' },
];

const SLOW =
  'It is the exchange that keeps the clock, not we; its own suite runs the case against an emulated exchange.';
const exchangeTerms = {
  title: 'Binance spot through ccxt',
  environment: 'live',
  venues: ['BINANCE'],
  exemptions: [
    { case: 'fills-market-orders-only-on-later-prices', reason: SLOW },
    { case: 'fills-limit-orders-never-worse-than-their-limit', reason: SLOW },
    { case: 'expires-day-orders', reason: 'The exchange has no day orders; the edge emulates their end.' },
  ],
};

let postgres: TestServer;
let shown: ConsoleBrowser;
let subject: TestConsole;
let shapes: ShapeServer;
let origin: string;
let secret = '';
const password = 'long words for a browser';

beforeAll(async () => {
  if (!hasBrowser) return;
  postgres = await startTestServer();
  shown = await openConsoleBrowser();
  origin = shown.origin;
  const records = await postgres.database();
  shapes = consoleShapes(records);
  subject = await testConsole(records, { origin, startMs: Date.now(), shapes });
  shown.show(subject.console);
  await recordFirm(subject.ledger);
  const other = edgeStream('edge-9');
  await subject.ledger.register(other);
  const steps = other.add(
    breakOf('B-1', 'found', { cause: 'missed-fill' }),
    breakOf('B-1', 'assigned', { owner: 'P-1' }),
    await simStatement(),
    runOf('run-9', 'run-started'),
    venueOf('ccxt', exchangeTerms),
    ...bracket(),
  );
  await subject.ledger.take(other, other.batch(steps));
}, 120_000);

afterAll(async () => {
  if (!hasBrowser) return;
  await shown.close();
  subject.console.close();
  await shapes.stop();
  await subject.ledger.ingest.close();
  await postgres.stop();
});

test('a real browser is there wherever the whole check must run', () => {
  expect(hasBrowser || !mustRun).toBe(true);
});

test.runIf(hasBrowser)(
  'a person enrols, signs in with a code and finds every page clean in both colour schemes',
  async () => {
    const context = await shown.browser.newContext({ viewport: { width: 1280, height: 900 }, colorScheme: 'light' });
    const page = await context.newPage();
    const faults: string[] = [];
    page.on('pageerror', (error) => faults.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error' && !/401|503|net::ERR/.test(message.text())) faults.push(message.text());
    });

    await page.goto(origin);
    await shown.shoot(page, 'first-glance');
    expect(await page.getByText('Nobody has enrolled yet').count()).toBe(1);
    await enrol(page);

    const session = (await context.cookies()).find(({ name }) => name === '__Host-gatehouse');
    expect(session).toMatchObject({ httpOnly: true, secure: true, sameSite: 'Strict', path: '/' });
    await page.getByRole('link', { name: /go to the overview/ }).click();
    await page.locator('.live.is-live').waitFor();

    await page.getByRole('button', { name: 'Sign out' }).click();
    await signIn(page);
    for (const scheme of ['light', 'dark'] as const) await walk(page, scheme);
    await usesKeys(page);
    await verifies(page);
    await staysLive(page);
    await isNarrow(page);
    expect(faults).toEqual([]);
    await context.close();
  },
  300_000,
);

async function enrol(page: Page): Promise<void> {
  await page.goto((await subject.console.firstRunLink()) ?? '');
  secret = (await page.locator('code.key').innerText()).replaceAll(' ', '');
  await shown.shoot(page, 'enrol');
  expect(await violations(page)).toEqual([]);
  await page.getByLabel('Login').fill('officer');
  await page.getByLabel(/^Password,/).fill(password);
  await page.getByLabel('Password again').fill(password);
  await page.getByLabel(/six digits/).fill(await codeAt(subject.clock, secret));
  await page.getByRole('button', { name: 'Enrol' }).click();
  await page.getByText('You are enrolled').waitFor();
  expect(await page.locator('.codes li').count()).toBe(10);
  await shown.shoot(page, 'recovery-codes');
}

async function signIn(page: Page): Promise<void> {
  subject.clock.advance(31_000);
  await page.getByLabel('Login').fill('officer');
  await page.getByLabel('Password').fill('a wrong password');
  await page.getByLabel('Code').fill('123456');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('alert').waitFor();
  await shown.shoot(page, 'sign-in');
  expect(await violations(page)).toEqual([]);
  await page.getByLabel('Password').fill(password);
  await page.getByLabel('Code').fill(await codeAt(subject.clock, secret));
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
}

async function walk(page: Page, scheme: 'light' | 'dark'): Promise<void> {
  await page.emulateMedia({ colorScheme: scheme });
  for (const { path, name } of pages) {
    const answer = await page.goto(origin + path);
    expect(answer?.status(), path).toBe(200);
    await shown.shoot(page, `${name}-${scheme}`);
    expect(await violations(page), `${path} in ${scheme}`).toEqual([]);
    expect(await page.getByText('PAPER — DEMO').count(), path).toBeGreaterThan(0);
  }
}

async function usesKeys(page: Page): Promise<void> {
  await page.goto(origin);
  await page.keyboard.press('?');
  expect(await page.locator('#help').isVisible()).toBe(true);
  await shown.shoot(page, 'help');
  await page.keyboard.press('?');
  await page.keyboard.press('g');
  await page.keyboard.press('o');
  await page.waitForURL(/\/orders$/);
  await page.keyboard.press('/');
  await page.keyboard.type('jjg');
  expect(await page.locator('[data-search]').inputValue()).toBe('jjg');
  await page.keyboard.press('Escape');
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/orders\/B-stop$/);
  await page.goto(origin);
  await page.locator('figure.chart svg').hover();
  expect(await page.locator('figure.chart.pointed output').innerText()).toMatch(/^2019-\d\d-\d\d: /);
}

async function verifies(page: Page): Promise<void> {
  await page.goto(`${origin}/ledger`);
  await page.getByRole('button', { name: 'Verify the whole ledger' }).click();
  await page.getByText('verified', { exact: true }).waitFor();
  await shown.shoot(page, 'verified');
}

async function staysLive(page: Page): Promise<void> {
  await page.goto(origin);
  await page.locator('.live.is-live').waitFor();
  const leaves = page.locator('.counts li', { hasText: 'Ledger leaves' }).locator('.value');
  const before = await leaves.innerText();
  const edge = edgeStream('edge-two');
  await subject.ledger.register(edge);
  await subject.ledger.take(edge, edge.batch(edge.add(depositOf('5.00'))));
  await expect.poll(() => leaves.innerText(), { timeout: 10_000 }).not.toBe(before);
  shown.setDown(true);
  await page.locator('.live:not(.is-live)', { hasText: /^not live since \d\d:\d\d UTC$/ }).waitFor();
  shown.setDown(false);
  await page.locator('.live.is-live').waitFor();
}

async function isNarrow(page: Page): Promise<void> {
  await page.setViewportSize({ width: 390, height: 844 });
  for (const { path, name } of pages) {
    await page.goto(origin + path);
    const overflow = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
    await shown.shoot(page, `${name}-narrow`);
    expect(overflow, `${path} at 390 px`).toBe(0);
  }
}
