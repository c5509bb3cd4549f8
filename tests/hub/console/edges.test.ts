import { compileAssets } from '@gatehouse/hub/console/compile.ts';
import type { ConsoleAssets } from '@gatehouse/hub/console/console-deps.ts';
import { cosign, parseVerifierKey } from '@gatehouse/shared/journal/note.ts';
import { signDocument } from '@gatehouse/shared/journal/typed-note.ts';
import { openCommand } from '@gatehouse/shared/schema/control.ts';
import { RELEASE_TYPE } from '@gatehouse/shared/schema/governance.ts';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type EdgeStream, type EntryOf, edgeStream, killOf } from '../../fixtures/edge-stream.ts';
import { journalTrust, type SigningPerson, signingPerson, trustNote } from '../../fixtures/limit-people.ts';
import { startTestServer, type TestServer } from '../../fixtures/postgres.ts';
import {
  codeAt,
  enrolAs,
  enrolFirst,
  LOCAL,
  ORIGIN,
  type TestConsole,
  type TestPerson,
  testConsole,
} from '../../fixtures/test-console.ts';

let server: TestServer;
let assets: ConsoleAssets;
let subject: TestConsole;
let officer: TestPerson;
let first: EdgeStream;
let second: EdgeStream;

beforeAll(async () => {
  server = await startTestServer();
  assets = await compileAssets();
}, 60_000);
beforeEach(async () => {
  subject = await testConsole(await server.database(), { assets });
  first = edgeStream('edge-1');
  second = edgeStream('edge-2');
  for (const edge of [first, second]) await subject.ledger.register(edge);
  officer = await enrolFirst(subject);
}, 60_000);
afterEach(async () => {
  subject.console.close();
  await subject.ledger.ingest.close();
  await subject.ledger.database.end({ timeout: 1 });
});
afterAll(() => server.stop());

const page = async (path: string, { cookie } = officer) =>
  (await (await subject.get(path, cookie)).text()).replaceAll('\u2009', ' ');
const plain = (html: string) => html.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ');
const words = async (path: string, person = officer) => plain(await page(path, person));
const take = (edge: EdgeStream, ...entries: readonly EntryOf[]) =>
  subject.ledger.take(edge, edge.batch(edge.add(...entries)));

const STOP = { edge: '', stop: 'kill-cancel', scopes: 'firm', reason: 'A drill.', confirmed: 'yes' };
const stop = (change: Partial<typeof STOP> = {}, { cookie } = officer) =>
  subject.post('/edges/stop', { ...STOP, ...change }, cookie);
const idIn = (answer: Response) => /given=([KR]-[0-9a-f]{12})$/.exec(answer.headers.get('location') ?? '')?.[1] ?? '';

/** The edge answers a command as its journal would. */
async function answer(edge: EdgeStream, id: string, state: string, result: string): Promise<void> {
  const [row] = await subject.ledger.database<{ seq: number; kind: string; hash: string }[]>`
    SELECT seq, kind, note_hash AS hash FROM command_issue WHERE edge = ${edge.edge} AND id = ${id}`;
  if (row === undefined) throw new Error(`no command ${id}`);
  const told = { note: row.hash, via: 'mqtt', id, seq: row.seq, name: row.kind };
  await take(edge, { kind: 'command', body: { v: 2, state, ...told, result } });
}

test('a kill of every edge needs a tick and no code, and the page says who has not answered since when', async () => {
  const trader = await enrolAs(subject, officer, 'trader');
  const given = await stop({}, trader);
  const id = idIn(given);
  expect([given.status, id]).toEqual([303, expect.stringMatching(/^K-/)]);
  const notes = await subject.ledger.database<{ note: string }[]>`SELECT note FROM commands ORDER BY edge`;
  const hub = [parseVerifierKey(subject.ledger.signer.verifierKey)];
  expect(notes.map(({ note }) => openCommand(note, hub))).toMatchObject([
    { kind: 'kill', level: 'cancel', edge: 'edge-1', scopes: ['firm'], reason: 'A drill.' },
    { kind: 'kill', level: 'cancel', edge: 'edge-2' },
  ]);
  expect(await words('/acts')).toContain('command.issued');
  subject.clock.advance(180_000);
  await answer(first, id, 'applied', 'Halted at once.');
  const text = await words(`/edges?given=${id}`);
  expect(text).toContain(`Given and on record: ${id}`);
  expect(text).toMatch(/waiting edge-2 : 1 command not done with , the oldest given 3 min ago/);
  expect(text).not.toMatch(/waiting edge-1/);
  // A list that is narrowed says nothing of the edges that it leaves out.
  const narrowed = await words('/edges?edge=edge-1');
  expect(narrowed).toContain('nobody Every edge that is shown here has applied or refused every command.');
  expect(narrowed).toContain('No edge that is shown here has a lease.');
  expect(await words('/edges/edge-1')).toContain('It has no lease.');
  await answer(second, id, 'refused', 'It names no scope of mine.');
  expect(await words('/edges')).toContain('nobody Every edge has applied or refused every command.');
  const list = await words(`/commands?id=${id}`);
  expect(list).toMatch(/edge-1 1 kill, cancel firm a-trader A drill\. applied Halted at once\. leaf \d+ mqtt/);
  expect(list).toMatch(/edge-2 1 kill, cancel firm a-trader A drill\. refused It names no scope of mine\./);
});

test('a command that was received and not yet applied still counts as not acknowledged', async () => {
  const reason = 'It said "level":"flatten".';
  const id = idIn(await stop({ edge: 'edge-1', stop: 'pause', scopes: 'desk:d-1 venue:SIM', reason }));
  await answer(first, id, 'received', 'Waits for number 1.');
  expect(await words('/commands?state=open')).toMatch(/ 1 pause desk:d-1 and venue:SIM .* received Waits for number 1/);
  expect(await words('/edges')).toMatch(/waiting edge-1 : 1 command not done with/);
  await answer(first, id, 'applied', 'Paused.');
  expect(await words('/commands?state=open')).toContain('Nothing matches these filters');
  expect(await words('/commands?state=applied&edge=edge-1')).toContain('Paused.');
});

test('a stop that is not confirmed, has no reason, no scope or an unknown edge sends nothing and keeps what was typed', async () => {
  const wrong: readonly (readonly [Partial<typeof STOP>, string])[] = [
    [{ confirmed: '' }, 'it was not confirmed'],
    [{ reason: '  ' }, 'The reason is missing.'],
    [{ scopes: 'firm <b>x</b>' }, 'is no scope such as firm'],
    [{ scopes: ' ' }, 'No scope is named'],
    [{ stop: 'release' }, 'neither to kill, to pause nor to reduce'],
    [{ edge: 'edge-9' }, 'there is no edge edge-9'],
    [{ edge: "'; DROP" }, 'is no name of an edge'],
  ];
  for (const [change, says] of wrong) {
    const refused = await stop({ reason: 'Typed once.', ...change });
    const text = await refused.text();
    expect([refused.status, text]).toEqual([422, expect.stringContaining(says)]);
    if (change.reason === undefined) expect(text).toContain('value="Typed once."');
    expect(text).not.toContain('<b>x</b>');
  }
  expect(await subject.ledger.database`SELECT id FROM commands`).toEqual([]);
});

test('an auditor sees everything and stops nothing, and a stranger is sent to sign in', async () => {
  const auditor = await enrolAs(subject, officer, 'auditor');
  expect(await page('/edges', auditor)).not.toContain('action="/edges/stop"');
  expect(await words('/edges', auditor)).toContain('edge-2');
  expect((await stop({}, auditor)).status).toBe(403);
  expect((await subject.post('/edges/edge-1/release', { kill: 'K-1' }, auditor.cookie)).status).toBe(403);
  expect((await subject.get('/edges')).status).toBe(303);
  expect((await subject.get('/live/shapes/edge/edge-1?offset=-1')).status).toBe(401);
  const trader = await enrolAs(subject, officer, 'trader');
  expect((await subject.post('/edges/edge-1/release', { kill: 'K-1' }, trader.cookie)).status).toBe(403);
  expect(await page('/edges/edge-1', trader)).not.toContain('action="/edges/edge-1/release"');
});

test('what is left to take follows the edge’s own signed word, and the time left the pace at which it was seen', async () => {
  const entries = first.add(...Array.from({ length: 40 }, (_, index) => killOf(`K-${index}`)));
  await subject.ledger.take(first, first.batch(entries.slice(0, 10)));
  const { database } = subject.ledger;
  await database`UPDATE stream SET reported_seq = 1040, seq = 10 WHERE edge = 'edge-1'`;
  expect(await words('/edges?edge=edge-1')).toMatch(/1 030 no pace yet/);
  await database`UPDATE stream SET seq = 40 WHERE edge = 'edge-1'`;
  subject.clock.advance(3_000);
  expect(await words('/edges?edge=edge-1')).toMatch(/1 000 about 100 s/);
  expect(await words('/edges/edge-1')).toMatch(/Still to take 1 000 entries, about 100 s/);
  await database`UPDATE stream SET status = 'quarantined' WHERE edge = 'edge-1'`;
  expect(await words('/edges?status=quarantined')).toContain('edge-1 quarantined');
  expect(await words('/edges/edge-1')).toContain('Nothing of it is taken until two people open a new epoch.');
});

test('an edge has a page with its documents, its heartbeat and what it says it runs on; an unknown one has none', async () => {
  const maker = signingPerson('P-maker', 'kill-releaser');
  await journalTrust(subject.ledger, first, trustNote([maker]));
  const { database } = subject.ledger;
  const at = '2026-01-05T09:59:00.000000000Z';
  await database`INSERT INTO control_objects VALUES ('edge-1', 'trust', 'v000002', 2, 'x', ${at}), ('edge-1', 'lease', 'gross-exposure', 7, 'x', ${at})`;
  await database`INSERT INTO heartbeats VALUES ('edge-1', 'x', ${at})`;
  await database`INSERT INTO heartbeat_head VALUES ('edge-1', 1234)`;
  const text = await words('/edges/edge-1');
  expect(text).toContain('number 1 234, 60 s ago');
  expect(text).toContain('runs on sheet none and trust 1');
  expect(text).toMatch(/trust v000002 2 not in use yet 2026-01-05/);
  expect(text).toMatch(/lease gross-exposure 7 –/);
  expect(await words('/edges')).toContain('1, 2 is out');
  for (const path of ['/edges/edge-9', '/edges/hub', '/edges/%27'])
    expect((await subject.get(path, officer.cookie)).status).toBe(404);
});

test('leases stand with what the firm may have, and an edge with missing records counts with its cap', async () => {
  const { database } = subject.ledger;
  const share = (edge: string, out: string) =>
    database`INSERT INTO lease_share VALUES ('E-1', 'paper', 'gross-exposure', ${edge}, 3, '40000', ${out}, '12500', '90000', 'USD')`;
  await share('edge-1', '50000');
  await share('edge-2', '40000');
  await database`UPDATE stream SET reported_seq = 9 WHERE edge = 'edge-2'`;
  const text = await words('/edges');
  expect(text).toContain('The firm may have nobody signed it Counts as taken 140 000');
  expect(text).toMatch(/gross exposure of E-1 , paper .* edge-1 40 000 50 000 12 500 90 000 50 000/);
  expect(text).toMatch(/edge-2 40 000 40 000 12 500 90 000 90 000 not known in full/);
  expect(await words('/edges/edge-1')).not.toContain('not known in full');
  expect(await page('/export/leases.csv')).toMatch(/edge-2,gross exposure,.*,90000,/);
});

test('a release leaves only after a fresh code, with the document that two people signed for this edge and kill', async () => {
  const [maker, checker] = [signingPerson('P-maker', 'kill-releaser'), signingPerson('P-checker', 'kill-releaser')];
  await journalTrust(subject.ledger, first, trustNote([maker, checker]));
  await take(first, killOf('K-1'));
  expect(await words('/edges/edge-1')).toMatch(/halted firm halted: A drill\. K-1, level cancel/);
  const whole = releaseBy([maker, checker]);
  const noCode = await release(whole, '000000');
  expect([noCode.status, await noCode.text()]).toEqual([422, expect.stringContaining('The code is not the one')]);
  const wrong = [
    ['', 'The signed release is missing.'],
    [releaseBy([maker]), ''],
    [releaseBy([maker, checker], 'K-2'), 'the document releases kill K-2, not K-1'],
    [releaseBy([maker, checker], 'K-1', 'edge-2'), ''],
  ] as const;
  subject.clock.advance(31_000);
  for (const [document, says] of wrong) {
    const refused = await release(document, await codeAt(subject.clock, officer.secret));
    expect([refused.status, await refused.text()]).toEqual([422, expect.stringContaining(says)]);
  }
  expect(await subject.ledger.database`SELECT id FROM commands`).toEqual([]);
  const done = await release(whole, await codeAt(subject.clock, officer.secret));
  expect([done.status, done.headers.get('location')]).toEqual([
    303,
    expect.stringMatching(/^\/edges\/edge-1\?given=R-/),
  ]);
  expect(await words('/commands?kind=release')).toMatch(/edge-1 1 release K-1 officer Looked into\. none yet/);
});

test('a renewal, a fetch anew and a notice need a fresh code, go to this edge alone, and the page shows what it answers', async () => {
  const ask = (fields: Readonly<Record<string, string>>, { cookie } = officer) =>
    subject.post('/edges/edge-1/ask', { reason: 'Due this week.', code: '', release: '', ...fields }, cookie);
  const trader = await enrolAs(subject, officer, 'trader');
  expect((await ask({ ask: 'refetch' }, trader)).status).toBe(403);
  expect(await page('/edges/edge-1', trader)).not.toContain('/edges/edge-1/ask');
  const unproved = await ask({ ask: 'refetch', code: '000000' });
  expect([unproved.status, await unproved.text()]).toEqual([422, expect.stringContaining('The code is not the one')]);
  subject.clock.advance(31_000);
  const code = await codeAt(subject.clock, officer.secret);
  const wrong = [
    [{ ask: 'kill' }, 'What is asked is neither'],
    [{ ask: 'upgrade-notice', release: '<b>' }, 'The release has no form'],
    [{ ask: 'refetch', reason: ' ' }, 'The reason is missing.'],
  ] as const;
  for (const [fields, says] of wrong) {
    const refused = await ask({ ...fields, code });
    expect([refused.status, await refused.text()]).toEqual([422, expect.stringContaining(says)]);
  }
  expect(await subject.ledger.database`SELECT id FROM commands`).toEqual([]);
  const given = [
    await ask({ ask: 'rotate-keys', code }),
    await ask({ ask: 'refetch' }),
    await ask({ ask: 'upgrade-notice', release: '0.2.0' }),
  ];
  expect(given.map(({ status }) => status)).toEqual([303, 303, 303]);
  const notes = await subject.ledger.database<{ note: string }[]>`SELECT note FROM commands ORDER BY edge, seq`;
  const hub = [parseVerifierKey(subject.ledger.signer.verifierKey)];
  expect(notes.map(({ note }) => openCommand(note, hub))).toMatchObject([
    { kind: 'rotate-keys', edge: 'edge-1', which: 'access', seq: 1 },
    { kind: 'refetch', edge: 'edge-1', what: 'control', seq: 2 },
    { kind: 'upgrade-notice', edge: 'edge-1', release: '0.2.0', seq: 3 },
  ]);
  await answer(first, idIn(given[2] as Response), 'applied', 'The notice of release 0.2.0 is on record.');
  expect(await words('/edges/edge-1')).toMatch(
    /upgrade notice 0\.2\.0 officer Due this week\. applied The notice of release/,
  );
  expect(await words('/edges/edge-1')).toContain('judges an order under pause and under reduce by the same rule');
});

function releaseBy(people: readonly SigningPerson[], kill = 'K-1', edge = 'edge-1'): string {
  const [one, ...more] = people;
  if (one === undefined) throw new Error('nobody signs');
  const text = { v: 1, id: 'RL-1', kill, edge, reason: 'Looked into.', from: '2026-01-05T09:00:00.000000000Z' };
  const note = signDocument(one.signer, RELEASE_TYPE, { ...text, to: '2026-01-06T09:00:00.000000000Z' });
  return more.reduce((signed, { signer }) => cosign(signed, signer), note);
}

function release(document: string, code: string): Promise<Response> {
  const form = new FormData();
  const fields = { kill: 'K-1', reason: 'Looked into.', code };
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  if (document !== '') form.set('document', new File([document], 'release.note'));
  const headers = { cookie: officer.cookie, origin: ORIGIN, 'sec-fetch-site': 'same-origin' };
  const request = new Request(`${ORIGIN}/edges/edge-1/release`, { method: 'POST', headers, body: form });
  return Promise.resolve(subject.console.fetch(request, LOCAL));
}

test('edges and commands can be taken away as files, and each taking is on record', async () => {
  await stop({ reason: 'A drill, "quoted".' });
  const edges = await page('/export/edges.csv?edge=edge-1');
  expect(edges).toContain('edge-1,live,active');
  expect(edges).not.toContain('edge-2');
  expect(await page('/export/commands.csv')).toContain('"A drill, ""quoted""."');
  for (const id of ['edges', 'commands', 'leases']) {
    const file = Buffer.from(await (await subject.get(`/export/${id}.xlsx`, officer.cookie)).arrayBuffer());
    expect(file.subarray(0, 2).toString()).toBe('PK');
  }
  expect((await words('/acts')).match(/records\.exported/g)?.length).toBeGreaterThanOrEqual(5);
  const trader = await enrolAs(subject, officer, 'trader');
  expect((await subject.get('/export/edges.csv', trader.cookie)).status).toBe(403);
});

test('commands are read page by page in both directions, and a cursor that is none shows the newest or nothing', async () => {
  for (let index = 0; index < 28; index += 1) {
    await stop({ reason: `Drill ${index}.` });
    subject.clock.advance(1);
  }
  const newest = await page('/commands');
  expect(plain(newest)).toContain('Drill 27.');
  expect(plain(newest)).not.toContain('Drill 2.');
  const next = /rel="next" href="([^"]+)"/.exec(newest)?.[1]?.replaceAll('&amp;', '&') ?? '';
  const older = await page(next);
  expect(plain(older)).toContain('Drill 2.');
  expect(plain(older)).not.toContain('Drill 3.');
  const back = /rel="prev" href="([^"]+)"/.exec(older)?.[1]?.replaceAll('&amp;', '&') ?? '';
  expect(plain(await page(back))).toContain('Drill 3.');
  for (const cursor of ['x', "'", '1,2', `${'9'.repeat(400)}`])
    expect((await subject.get(`/commands?before=${encodeURIComponent(cursor)}`, officer.cookie)).status).toBe(200);
}, 30_000);
