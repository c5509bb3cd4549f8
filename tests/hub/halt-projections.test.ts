import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  decisionOf,
  type EntryOf,
  edgeStream,
  fillOf,
  instrumentsOf,
  intentOf,
  killOf,
  killReportOf,
  overriddenDecision,
  releaseOf,
  stateOf,
} from '../fixtures/edge-stream.ts';
import { type TestLedger, testLedger } from '../fixtures/hub-ledger.ts';
import { startTestServer, type TestServer } from '../fixtures/postgres.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server.stop());

async function projected(...drafts: readonly EntryOf[]): Promise<TestLedger> {
  const { database } = await server.database();
  const hub = testLedger(database);
  const edge = edgeStream('edge-1');
  await hub.register(edge);
  const batches = edge.add(...drafts).map((entry) => edge.batch([entry]));
  for (const batch of batches) await hub.take(edge, batch);
  return hub;
}

async function setAside({ database }: TestLedger): Promise<readonly string[]> {
  const rows = await database<{ reason: string }[]>`SELECT reason FROM set_aside ORDER BY leaf`;
  return rows.map(({ reason }) => reason);
}

const halts = ({ database }: TestLedger) => database`SELECT scope, state FROM trading_state ORDER BY scope`;

test('trading is closed by each kill that nobody released, in all of its scopes together', async () => {
  const pause = killOf('K-2', { scopes: ['desk:index', 'instrument:SP500-INDEX'], level: 'pause' });
  const hub = await projected(killOf('K-1'), pause, killOf('K-3', { scopes: ['venue:SIM'], level: 'flatten' }));
  const all = [
    { scope: 'desk:index + instrument:SP500-INDEX', state: 'reducing' },
    { scope: 'firm', state: 'halted' },
    { scope: 'venue:SIM', state: 'halted' },
  ];
  expect(await halts(hub)).toEqual(all);
  const released = await projected(killOf('K-1'), pause, releaseOf('K-2'), releaseOf('K-1'));
  expect(await halts(released)).toEqual([]);
  expect(await released.database`SELECT array_to_json(released_by) AS by, release_reason AS reason FROM kill`).toEqual([
    { by: ['P-officer', 'P-second'], reason: 'Looked into.' },
    { by: ['P-officer', 'P-second'], reason: 'Looked into.' },
  ]);
});

test('of the reports of a kill the newest stands for each venue', async () => {
  const hub = await projected(
    killOf('K-1'),
    killReportOf('K-1', { remaining: 2, acknowledged: 0, isDone: false }),
    killReportOf('K-1', { venue: 'OTHER', remaining: 1, isDone: false }),
    killReportOf('K-1'),
  );
  expect(await hub.database`SELECT venue, remaining, is_done FROM kill_report ORDER BY venue`).toEqual([
    { venue: 'OTHER', remaining: 1, is_done: 'no' },
    { venue: 'SIM', remaining: 0, is_done: 'yes' },
  ]);
});

test('a kill that is told twice, an end of a kill that is none, and a second end are set aside', async () => {
  const hub = await projected(
    killOf('K-1'),
    killOf('K-1', { reason: 'Another one.' }),
    releaseOf('K-9'),
    killReportOf('K-9'),
    releaseOf('K-1'),
    releaseOf('K-1'),
  );
  expect(await setAside(hub)).toEqual([
    'kill K-1 is on record already',
    'kill K-9 is unknown',
    'kill K-9 is unknown',
    'kill K-1 is released already',
  ]);
  expect(await hub.database`SELECT reason FROM kill`).toEqual([{ reason: 'A drill.' }]);
});

test('a ticket belongs to the one order that used it up; any other use is shown as recorded, with an alarm', async () => {
  const ticket: EntryOf = { kind: 'override', body: { v: 1, ticket: 'T-1', document: 'gatehouse/override/v1\n{}\n' } };
  const by = (order: string, name: string) => overriddenDecision(order, { control: 'max-value', ticket: name });
  const hub = await projected(
    ticket,
    ticket,
    intentOf('O-1'),
    by('O-1', 'T-1'),
    intentOf('O-2'),
    by('O-2', 'T-1'),
    intentOf('O-3'),
    by('O-3', 'T-9'),
  );
  expect(await setAside(hub)).toEqual(['ticket T-1 is on record already']);
  expect(await hub.database`SELECT message FROM alarm WHERE code = 'TICKET_MISUSED' ORDER BY id`).toEqual([
    { message: 'order O-2 passed by ticket T-1, which order O-1 had used up' },
    { message: 'order O-3 passed by ticket T-9, which is unknown' },
  ]);
  expect(await hub.database`SELECT order_id FROM override_ticket`).toEqual([{ order_id: 'O-1' }]);
  expect(await hub.database`SELECT DISTINCT verdict, refused_by FROM refusal JOIN orders USING (order_id)`).toEqual([
    { verdict: 'overridden', refused_by: [] },
  ]);
});

test('trust that goes back is shown as recorded, with an alarm, and a second text of a version is set aside', async () => {
  const trust = (version: number, hash: string): EntryOf => {
    return { kind: 'trust', body: { v: 1, version, hash: hash.repeat(32), document: 'gatehouse/trust/v1\n{}\n' } };
  };
  const hub = await projected(trust(2, 'aa'), trust(3, 'bb'), trust(2, 'aa'), trust(3, 'cc'), trust(1, 'dd'));
  expect(await setAside(hub)).toEqual(['version 3 of the trust document is another one']);
  expect(await hub.database`SELECT message FROM alarm WHERE code = 'TRUST_WENT_BACK'`).toEqual([
    { message: 'the trust document went back from version 3 to 1' },
  ]);
});

const amounts = ({ database }: TestLedger) => database`SELECT amount FROM cash`;
const bought = [intentOf('O-1'), decisionOf('O-1'), stateOf('O-1', 'sent'), fillOf('O-1')];

test('a fill counts with the multiplier that the file in force said when its order was decided', async () => {
  const fifty = instrumentsOf({ multiplier: '50' });
  expect(await amounts(await projected(instrumentsOf(), ...bought))).toEqual([{ amount: '-14552.53' }]);
  expect(await amounts(await projected(instrumentsOf(), fifty, ...bought))).toEqual([{ amount: '-727590.73' }]);
  const later = await projected(instrumentsOf(), ...bought.slice(0, 2), fifty, ...bought.slice(2));
  expect(await amounts(later)).toEqual([{ amount: '-14552.53' }]);
});

test('without a file that names the instrument no multiplier is made up: the fill is set aside', async () => {
  const reason = 'no file of instruments says what SP500-INDEX multiplies by';
  expect(await setAside(await projected(...bought))).toEqual([reason]);
  const other = await projected(instrumentsOf(), instrumentsOf({ id: 'OTHER' }), ...bought);
  expect(await setAside(other)).toEqual([reason]);
  expect(await amounts(other)).toEqual([]);
});

test('a dated file that is not what its entry says is set aside', async () => {
  const { body } = instrumentsOf();
  const made = body as { readonly document: string };
  const hub = await projected(
    { kind: 'facts', body: { ...made, document: `${made.document} ` } },
    { kind: 'facts', body: { ...made, kind: 'rates' } },
  );
  const [changed, renamed] = await setAside(hub);
  expect(changed).toContain('has not the hash that it is recorded with');
  expect(renamed).toContain('a file of instruments is recorded as one of rates');
  expect(await hub.database`SELECT hash FROM facts_file`).toEqual([]);
});
