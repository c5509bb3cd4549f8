import { breakers } from '@gatehouse/compliance/breakers/index.ts';
import { currentControls } from '@gatehouse/compliance/controls/index.ts';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  decisionOf,
  edgeStream,
  intentOf,
  killOf,
  killReportOf,
  overriddenDecision,
  releaseOf,
} from '../../fixtures/edge-stream.ts';
import { recordFirm } from '../../fixtures/firm-records.ts';
import { startTestServer, type TestServer } from '../../fixtures/postgres.ts';
import { enrolFirst, type TestConsole, testConsole } from '../../fixtures/test-console.ts';

let server: TestServer;
let subject: TestConsole;
let cookie: string;

beforeAll(async () => {
  server = await startTestServer();
}, 60_000);
beforeEach(async () => {
  subject = await testConsole(await server.database());
  ({ cookie } = await enrolFirst(subject));
});
afterEach(async () => {
  subject.console.close();
  await subject.ledger.ingest.close();
  await subject.ledger.database.end({ timeout: 1 });
});
afterAll(() => server.stop());

const page = async (path: string) => (await subject.get(path, cookie)).text();

async function recordHalts(): Promise<void> {
  const edge = edgeStream('edge-1');
  await subject.ledger.register(edge);
  const figures = { drawdown: '0.21', drawdownMax: '0.20' };
  const entries = edge.add(
    killOf('K-1', { scopes: ['algorithm:ema-cross', 'venue:SIM'], level: 'flatten' }),
    killReportOf('K-1', { remaining: 3, unknown: 1, positions: 2, isDone: false }),
    killOf('K-2', { level: 'pause', trigger: { breaker: 'drawdown', figures } }),
    releaseOf('K-2'),
  );
  await subject.ledger.take(edge, edge.batch(entries));
}

test('a refused order shows reason and limits of the refusal, and the question of each control that let it pass', async () => {
  await recordFirm(subject.ledger);
  const text = await page('/orders/run-1.00030.ema-cross.1');
  expect(text).toContain('The value of the order is above the limit.');
  expect(text).toContain('187\u2009500.00');
  expect(text).toContain('<a href="/controls#price-collar">');
  expect(text).toContain('1 refuse, 5 pass.');
  expect(text.indexOf('max order value')).toBeLessThan(text.indexOf('price collar'));
});

test('an order that a ticket let pass says so, on its page and among the refusals', async () => {
  const edge = edgeStream('edge-1');
  await subject.ledger.register(edge);
  const ticket = { kind: 'override', body: { v: 1, ticket: 'T-1', document: 'gatehouse/override/v1\n{}\n' } };
  const passed = overriddenDecision('O-1', { control: 'max-value', ticket: 'T-1' });
  await subject.ledger.take(
    edge,
    edge.batch(edge.add(ticket, intentOf('O-1'), passed, intentOf('O-2'), decisionOf('O-2'))),
  );
  expect(await page('/orders/O-1')).toMatch(/It passed by ticket <strong>T-1<\/strong>/);
  expect(await page('/orders/O-2')).not.toContain('It passed by');
  expect(await page('/refusals')).toContain('overridden');
});

test('a kill shows scopes, level, who and why, how far it came at each venue, and how it ended', async () => {
  await recordHalts();
  const text = (await page('/kills')).replaceAll(/<[^>]*>/g, '');
  expect(text).toContain('algorithm:ema-cross + venue:SIM');
  expect(text).toContain('SIM: 2 told, 2 acknowledged, 3 remaining, 1 of them unknown, 2 positions to close, not done');
  expect(text).toContain('Tripped by drawdown.');
  expect(text).toMatch(/by P-officer and P-second: Looked into\./);
  expect(await page('/kills?state=released')).not.toContain('algorithm:ema-cross');
  expect(await page('/kills?state=in+force')).not.toContain('Tripped by drawdown.');
});

test('the overview tells of kills in force alone', async () => {
  expect(await page('/')).toContain('Trading is active in every scope');
  await recordHalts();
  const text = await page('/');
  expect(text).toContain('<strong>algorithm:ema-cross + venue:SIM</strong> on edge-1');
  expect(text).not.toContain('<strong>firm</strong>');
});

test('the page of controls has each control, each breaker, and the acts article by article', async () => {
  const text = await page('/controls');
  for (const { id } of currentControls) expect(text).toContain(`<section id="${id}"`);
  for (const { id } of breakers) expect(text).toContain(`<section id="breaker-${id}"`);
  expect(text).toContain('No edge has sent a limit sheet yet.');
  expect(text).toMatch(/<summary>[^<]+: \d+ places<\/summary>/);
});

test('kills leave as CSV', async () => {
  await recordHalts();
  const text = await page('/export/kills.csv?level=pause');
  expect(text).toContain('"A drill. (breaker drawdown, drawdown 0.21, drawdownMax 0.20)"');
  expect(text.split('\r\n').filter((line) => line.startsWith('2026-01-05T'))).toHaveLength(1);
});
