import { API_BASE } from '@gatehouse/hub/api/openapi.ts';
import { publishObjects } from '@gatehouse/hub/control/objects/publish-objects.ts';
import { currentObjects } from '@gatehouse/hub/store/control-rows.ts';
import { serveBodies } from '@gatehouse/hub/sync/shapes/serve-bodies.ts';
import { signedTextHash } from '@gatehouse/shared/governance/claimed-document.ts';
import { draftText, readGoverned, wireOf } from '@gatehouse/shared/governance/draft.ts';
import { sha256 } from '@gatehouse/shared/journal/canonical.ts';
import { cosign, parseVerifierKey } from '@gatehouse/shared/journal/note.ts';
import { signDocument } from '@gatehouse/shared/journal/typed-note.ts';
import { BODY_CHUNK_BYTES_MAX, BODY_PATH, BODY_SIZE_HEADER, openObject } from '@gatehouse/shared/schema/control.ts';
import { DATED_FILE_TYPE, DatedFile } from '@gatehouse/shared/schema/dated-file.ts';
import { decode } from '@gatehouse/shared/schema/decode.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { depositOf, edgeStream } from '../fixtures/edge-stream.ts';
import { PAPER, signingPerson, trustNote } from '../fixtures/limit-people.ts';
import { startTestServer, type TestServer } from '../fixtures/postgres.ts';
import { codeAt, enrolAs, enrolFirst, LOCAL, ORIGIN, type TestPerson, testConsole } from '../fixtures/test-console.ts';

const STEP_MS = 30_000;
const [anna, ben] = [signingPerson('P-anna', 'limits-maker'), signingPerson('P-ben', 'limits-checker')];
const from = '2020-01-01T00:00:00.000000000Z';
let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
}, 120_000);

afterAll(() => server.stop());

function listOf(count: number): string {
  const rows = Array.from({ length: count }, (_, index) => {
    return { list: 'restricted', instrument: `NAME-${index}`, sides: 'both', reason: 'A mandate.' };
  });
  return JSON.stringify({ v: 1, kind: 'restrictions', asOf: from, source: 'Compliance.', rows });
}

/** What the command line would write for a text, signed. */
function signed(content: string, by: readonly (typeof anna)[], change: object = {}) {
  const hash = sha256(content).toString('hex');
  const wire = {
    ...{ v: 1, kind: 'restrictions', sequence: 1, ...PAPER, from, reason: 'A test.' },
    content: { hash, bytes: Buffer.byteLength(content) },
    ...change,
  };
  const draft = readGoverned(draftText({ type: DATED_FILE_TYPE, value: decode(DatedFile, wire, 'the document') }));
  const [first = anna, ...more] = by;
  const document = more.reduce(
    (note, { signer }) => cosign(note, signer),
    signDocument(first.signer, DATED_FILE_TYPE, wireOf(draft)),
  );
  return { document, content };
}

test('a file is published once, by the API after a fresh code and by the signatures that it takes', async () => {
  const subject = await testConsole(await server.database());
  const { database } = subject.ledger;
  const edge = edgeStream('edge-1');
  await subject.ledger.register(edge);
  const trust = trustNote([anna, ben]);
  const body = { v: 1, version: 1, hash: signedTextHash(trust), document: trust } as const;
  await subject.ledger.take(edge, edge.batch(edge.add({ kind: 'trust', body }, depositOf('1'))));

  const send = async (method: 'GET' | 'POST', path: string, content: unknown, { cookie }: TestPerson) => {
    const headers = { cookie, origin: ORIGIN, 'sec-fetch-site': 'same-origin', 'content-type': 'application/json' };
    const init = method === 'GET' ? { headers } : { method, headers, body: JSON.stringify(content) };
    const response = await subject.console.fetch(new Request(`${ORIGIN}${API_BASE}${path}`, init), LOCAL);
    return { status: response.status, text: await response.text() };
  };
  const administrator = await enrolFirst(subject);
  const trader = await enrolAs(subject, administrator, 'trader');
  const post = (content: unknown, person: TestPerson) => send('POST', '/files', content, person);
  const long = signed(listOf(5_000), [anna, ben]);
  expect(await post(long, trader)).toMatchObject({ status: 403 });
  expect((await post(long, administrator)).text).toContain('STEP_UP_NEEDED');
  subject.clock.advance(2 * STEP_MS);
  await send('POST', '/step-up', { code: await codeAt(subject.clock, administrator.secret) }, administrator);

  const alone = await post(signed(listOf(1), [anna]), administrator);
  expect([alone.status, alone.text]).toEqual([422, expect.stringContaining('another limits-checker')]);
  expect((await post({ ...long, content: listOf(4_999) }, administrator)).text).toContain('has not the hash');
  expect(
    (await post(signed(listOf(1), [anna, ben], { sequence: 2, previous: 'a'.repeat(64) }), administrator)).text,
  ).toContain('number 2, where 1 has to follow');
  const tomorrow = { from: '2099-01-01T00:00:00.000000000Z' };
  expect((await post(signed(listOf(1), [anna, ben], tomorrow), administrator)).text).toContain('it counts only from');
  const published = await post(long, administrator);
  expect(published.status).toBe(201);
  expect(JSON.parse(published.text)).toMatchObject({
    kind: 'restrictions',
    sequence: 1,
    signedBy: ['P-anna', 'P-ben'],
  });
  expect((await post(long, administrator)).text).toContain('number 1, where 2 has to follow');

  const listed = JSON.parse((await send('GET', '/files?kind=restrictions', undefined, administrator)).text);
  expect(listed.files).toHaveLength(1);
  expect((await send('GET', `/files/${listed.files[0].content}`, undefined, administrator)).text).toBe(long.content);
  const acts = await database<{ body: string }[]>`
    SELECT b.body FROM ledger_leaf l JOIN ledger_body b USING (leaf) WHERE l.kind = 'act' AND b.body LIKE '%files.%' ORDER BY leaf`;
  expect(acts.map(({ body: text }) => JSON.parse(text).action)).toEqual([
    'files.refused',
    'files.refused',
    'files.refused',
    'files.refused',
    'files.published',
    'files.refused',
  ]);

  // The row has the document alone, and the text comes in pieces, to edges of this firm only.
  const { signer } = subject.ledger;
  await publishObjects({ database, clock: subject.clock, signer });
  expect(await currentObjects(database, ['edge-1'])).toMatchObject([{ kind: 'restricted-list', version: 1 }]);
  const [row] = await database<{ note: string }[]>`SELECT note FROM control_objects`;
  const object = openObject(row?.note ?? '', [parseVerifierKey(signer.verifierKey)]);
  expect(object).toMatchObject({ edge: 'edge-1', name: 'restrictions', document: long.document });
  expect(object.content).toBeUndefined();
  const door = serveBodies({ database, shapes: async () => new Response('a shape'), log: () => {} });
  const ask = (hash: string, at: number, edgeName = 'edge-1') =>
    door(new Request(`http://hub${BODY_PATH}${hash}?from=${at}`), { kind: 'edge', edge: edgeName });
  const pieces: Buffer[] = [];
  for (let at = 0; at < Buffer.byteLength(long.content); at += BODY_CHUNK_BYTES_MAX) {
    const response = await ask(listed.files[0].content, at);
    expect(response.headers.get(BODY_SIZE_HEADER)).toBe(`${Buffer.byteLength(long.content)}`);
    pieces.push(Buffer.from(await response.arrayBuffer()));
  }
  expect(pieces.length).toBeGreaterThan(1);
  expect(Buffer.concat(pieces).toString('utf8')).toBe(long.content);
  expect((await ask(listed.files[0].document, 0)).status).toBe(200);
  for (const response of [
    await ask(listed.files[0].content, 0, 'edge-2'),
    await ask('b'.repeat(64), 0),
    await ask('nonsense', 0),
    await ask(listed.files[0].content, -1),
    await door(new Request(`http://hub${BODY_PATH}${listed.files[0].content}`), { kind: 'person', edges: 'all' }),
  ]) {
    expect(response.status).toBe(404);
  }
  expect(await (await door(new Request('http://hub/v1/shapes/objects'))).text()).toBe('a shape');
  expect((await subject.ledger.verify()).findings).toEqual([]);
  subject.console.close();
  await subject.ledger.ingest.close();
}, 120_000);
