import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  adjustmentOf,
  breakOf,
  decisionOf,
  depositOf,
  edgeStream,
  fillChangeOf,
  fillOf,
  instrumentsOf,
  intentOf,
} from '../../fixtures/edge-stream.ts';
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
  await recordBooks();
}, 60_000);
afterEach(async () => {
  subject.console.close();
  await subject.ledger.ingest.close();
  await subject.ledger.database.end({ timeout: 1 });
});
afterAll(() => server.stop());

const page = async (path: string) => (await (await subject.get(path, cookie)).text()).replaceAll('\u2009', ' ');
const words = async (path: string) => (await page(path)).replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ');

async function recordBooks(): Promise<void> {
  const edge = edgeStream('edge-1');
  await subject.ledger.register(edge);
  const entries = edge.add(
    instrumentsOf(),
    depositOf('100000.00'),
    intentOf('O-1'),
    decisionOf('O-1'),
    fillOf('O-1', { feeCurrency: 'BNB', fee: '0.004' }),
    fillOf('O-1', { fill: 'O-1-2' }),
    fillChangeOf('O-1', 'O-1-1'),
    fillChangeOf('O-1', 'O-1-2', { price: '1400.00' }),
    adjustmentOf('A-1', { kind: 'cash', currency: 'EUR', amount: '12.50' }),
    breakOf('B-1', 'found', { cause: 'missed-fill', ours: '10', theirs: '7' }),
    breakOf('B-1', 'assigned', { owner: 'P-officer' }),
    breakOf('B-2', 'found', { subject: 'balance', key: 'EUR', cause: 'fee' }),
    breakOf('B-2', 'resolved', {
      subject: 'balance',
      key: 'EUR',
      at: '2026-01-05T12:00:00.000000000Z',
      note: 'A late report.',
    }),
  );
  await subject.ledger.take(edge, edge.batch(entries));
}

test('a fill that did not stand and one that was corrected say so, with the entry that did it', async () => {
  const text = await words('/fills');
  expect(text).toContain('busted');
  expect(text).toMatch(/corrected 10 at 1 400\.00, fee 0\.73/);
  expect(await page('/fills?status=busted')).not.toContain('O-1-2');
  expect(await page('/export/fills.csv?status=corrected')).toContain('corrected: 10 at 1400.00, fee 0.73 USD');
  expect(await words('/orders/O-1')).toContain('A fill that did not stand');
});

test('cash stands by account and currency, with what was paid in, fees and what moved otherwise', async () => {
  const text = await words('/positions');
  expect(text).toMatch(/paper-1 EUR 12\.5 0 0 12\.5/);
  expect(text).toMatch(/paper-1 USD 85 999\.27 100 000 0\.73 0/);
  expect(text).toMatch(/paper-1 BNB 0 0 0 0/);
});

test('breaks are listed with age, cause and owner, and filtered by whether they are over', async () => {
  const all = await words('/breaks');
  expect(all).toMatch(/assigned B-1 position SP500-INDEX journal and venue 10 7 missed fill P-officer/);
  expect(all).toMatch(/3 h resolved B-2/);
  expect(await page('/breaks?state=open')).not.toContain('B-2');
  expect(await page('/breaks?state=resolved')).not.toContain('B-1');
  expect(await page('/breaks?owner=P-officer')).not.toContain('B-2');
  const csv = await page('/export/breaks.csv?state=resolved');
  expect(csv).toContain('A late report.');
});

test('a break has a page with each of its steps, and what is none has none', async () => {
  const text = await words('/breaks/edge-1/B-1');
  expect(text.indexOf('Step: found')).toBeLessThan(text.indexOf('Step: assigned'));
  expect(text).toContain('In the venue 7');
  expect((await subject.get('/breaks/edge-1/B-9', cookie)).status).toBe(404);
  expect((await subject.get('/breaks/edge-1/%27', cookie)).status).toBe(404);
});
