import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { bracket, edgeStream, intentOf, runOf, venueOf } from '../../fixtures/edge-stream.ts';
import { startTestServer, type TestServer } from '../../fixtures/postgres.ts';
import { enrolFirst, type TestConsole, testConsole } from '../../fixtures/test-console.ts';
import { simStatement } from '../../fixtures/venue-statement.ts';

let server: TestServer;
let subject: TestConsole;
let cookie: string;

beforeAll(async () => {
  server = await startTestServer();
}, 60_000);
beforeEach(async () => {
  subject = await testConsole(await server.database());
  ({ cookie } = await enrolFirst(subject));
}, 60_000);
afterEach(async () => {
  subject.console.close();
  await subject.ledger.ingest.close();
  await subject.ledger.database.end({ timeout: 1 });
});
afterAll(() => server.stop());

const page = async (path: string) => (await (await subject.get(path, cookie)).text()).replaceAll('\u2009', ' ');
const words = async (path: string) => (await page(path)).replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ');

const EXCHANGE = {
  title: 'Binance spot through ccxt',
  environment: 'live',
  venues: ['BINANCE'],
  account: 'main',
  fillRules: ['The exchange fills by price and time.'],
};
const incident = (code: string, message: string) => ({
  kind: 'incident',
  body: { v: 1, code, severity: 'warning', message },
});

/** An edge that trades through the simulator, then through an exchange, then through the simulator again. */
async function recordVenues(): Promise<void> {
  const edge = edgeStream('edge-1');
  await subject.ledger.register(edge);
  const entries = edge.add(
    venueOf('sim'),
    runOf('R-1', 'run-started'),
    runOf('R-1', 'run-completed'),
    venueOf('ccxt', EXCHANGE),
    runOf('R-2', 'run-started'),
    incident('VENUE_DOWN', 'the exchange is silent'),
    incident('CLOCK_STEP', 'the clock went back'),
    venueOf('sim', { fillRules: ['A market order fills at the close of the bar.'] }),
    runOf('R-1', 'run-resumed'),
    runOf('R-3', 'run-started'),
    incident('VENUE_DOWN', 'the simulated line is cut'),
  );
  await subject.ledger.take(edge, edge.batch(entries));
  const other = edgeStream('edge-2');
  await subject.ledger.register(other);
  await subject.ledger.take(other, other.batch(other.add(venueOf('sim', { exemptions: [] }), intentOf('O-1'))));
}

test('venues are listed as each edge last stated them, with the last run of each, and can be filtered and taken away', async () => {
  await recordVenues();
  const text = await words('/venues');
  expect(text).toMatch(/sim Simulated venue SIM edge-2 paper – none –/);
  expect(text).toMatch(/sim Simulated venue SIM edge-1 paper – 1, with reasons R-3/);
  expect(text).toMatch(/ccxt Binance spot through ccxt BINANCE edge-1 live: real money main 1, with reasons R-2/);
  expect(text).not.toContain('R-1');
  expect(await words('/venues?environment=live')).not.toContain('Simulated venue');
  expect(await words('/venues?edge=edge-2')).not.toContain('edge-1');
  const csv = await page('/export/venues.csv?connector=ccxt');
  expect(csv).toContain('expires day orders: It has no days; the edge emulates their end.');
  expect(csv).toContain('The exchange fills by price and time.');
  expect(csv).not.toContain('edge-2');
});

test('a connector has a page with its exemptions and their reasons, its fill rules, its last run and its incidents', async () => {
  await recordVenues();
  const text = await words('/venues/ccxt');
  expect(text).toContain('It has no days; the edge emulates their end. expires day orders');
  expect(text).toContain('The exchange fills by price and time.');
  expect(text).toMatch(/Last run R-2 running/);
  expect(text).toContain('the exchange is silent');
  expect(text).not.toContain('the simulated line is cut');
  expect(text).not.toContain('the clock went back');
  expect(text).toContain('may still arrive, and stays unknown');
  expect(await page('/venues/ccxt')).toContain('href="/orders?venue=BINANCE"');

  const simulated = await words('/venues/sim');
  expect(simulated).toContain('A market order fills at the close of the bar.');
  expect(simulated.match(/at the open of the next bar/g)).toHaveLength(1);
  expect(simulated).toContain('On edge-2');
  expect(simulated).toContain('meets every case');
  expect((simulated.match(/ on edge-1 leaf/g) ?? []).length).toBe(2);
  expect((await subject.get('/venues/nothing', cookie)).status).toBe(404);
  expect((await subject.get('/venues/%27', cookie)).status).toBe(404);
});

test('what an edge says at its start is what the page shows, to the last fill rule', async () => {
  const edge = edgeStream('edge-1');
  await subject.ledger.register(edge);
  const statement = await simStatement();
  await subject.ledger.take(edge, edge.batch(edge.add(statement)));
  const text = await words('/venues/sim');
  const { fillRules } = statement.body as { readonly fillRules: readonly string[] };
  expect(fillRules.length).toBeGreaterThan(10);
  for (const rule of fillRules) expect(text).toContain(rule);
  expect(text).toContain('An order that it does not find never arrived.');
  expect(await subject.ledger.database`SELECT reason FROM set_aside`).toEqual([]);
});

test('what a venue could do and is not asked for stands on its page with the reason, and so does what it tells of its market', async () => {
  const edge = edgeStream('edge-1');
  await subject.ledger.register(edge);
  const { capabilities } = venueOf('ccxt').body as { readonly capabilities: object };
  const reason = 'The exchange ends both orders of a pair when one is cancelled.';
  const more = { ...capabilities, marketData: ['bars', 'quotes'], leftOut: [{ of: 'oco', reason }] };
  await subject.ledger.take(edge, edge.batch(edge.add(venueOf('ccxt', { capabilities: { ...more } }))));
  const text = await words('/venues/ccxt');
  expect(text).toContain(`What is not left to the venue Pairs of which one ends the other ${reason}`);
  expect(text).toContain('Market data bars, quotes');
  expect(await subject.ledger.database`SELECT reason FROM set_aside`).toEqual([]);
});

test('a venue leads to its own orders and breaks alone', async () => {
  await recordVenues();
  expect(await page('/orders?venue=SIM')).toContain('O-1');
  expect(await page('/orders?venue=BINANCE')).not.toContain('O-1');
  expect((await subject.get('/breaks?venue=SIM', cookie)).status).toBe(200);
});

test('before any edge has said what it trades through, the page says so', async () => {
  expect(await words('/venues')).toContain('No edge has said yet what it trades through');
});

async function recordBracket(): Promise<void> {
  const edge = edgeStream('edge-1');
  await subject.ledger.register(edge);
  await subject.ledger.take(edge, edge.batch(edge.add(...bracket())));
}

test('an order says its type, prices, time, conditions and what of it the edge does itself', async () => {
  await recordBracket();
  const stop = await words('/orders/B-stop');
  expect(stop).toContain('sell 10 SP500-INDEX, stop limit from 1 400.00 at 1 398.00 USD');
  expect(stop).toContain('Type stop limit It becomes a limit order once the market trades at its stop price or worse.');
  expect(stop).toMatch(/Time in force until 2026-01-09 21:00:00 UTC \(GTD\)/);
  expect(stop).toContain('reduce-only: never opens or turns a position');
  expect(stop).toMatch(/The edge does only while the edge runs the trigger: .* the group: .* the end: /);
  expect(stop).not.toContain('post-only');
  const profit = await words('/orders/B-profit');
  expect(profit).toContain('Shown of it 2 of 10');
  expect(profit).toContain('post-only: refused where it would execute at once');
  expect(profit).not.toContain('The edge does');
});

test('an order leads to what it replaces, what replaces it and the members of its group, each with its state', async () => {
  await recordBracket();
  const stop = await page('/orders/B-stop');
  for (const id of ['B-entry', 'B-profit', 'B-stop-2']) expect(stop).toContain(`href="/orders/${id}"`);
  const text = await words('/orders/B-stop');
  expect(text).toMatch(/Asked to be replaced by B-stop-2 held at the edge/);
  expect(text).toMatch(/bracket, in which this is the stop loss entry B-entry .* take profit B-profit cancel asked/);
  expect(text).toContain('It is over; another order took its place.');
  expect(await words('/orders/B-stop-2')).toMatch(/Replaces B-stop replaced/);
  expect(await words('/orders/B-profit')).toContain('has not answered; it can still execute');
});

test('an execution that did not stand says so where it was reported, and states can be chosen by their words', async () => {
  await recordBracket();
  const entry = await words('/orders/B-entry');
  expect(entry).toMatch(/Fill: 10 at 1 455\.18 busted leaf \d/);
  expect(entry).toContain('A fill that did not stand: 10 at 1 455.18');
  expect(entry).toContain('Filled 0 of 10');
  const orders = await page('/orders?state=held');
  expect(orders).toMatch(/<option value="held" selected[^>]*>held at the edge/);
  expect(orders).toContain('B-stop-2');
  expect(orders).not.toContain('B-profit');
});
