import { API_BASE } from '@gatehouse/hub/api/openapi.ts';
import { signedTextHash } from '@gatehouse/shared/governance/claimed-document.ts';
import { draftText, readGoverned, wireOf } from '@gatehouse/shared/governance/draft.ts';
import { cosign } from '@gatehouse/shared/journal/note.ts';
import { signDocument } from '@gatehouse/shared/journal/typed-note.ts';
import { decode } from '@gatehouse/shared/schema/decode.ts';
import { EPOCH_TYPE, EpochOpening } from '@gatehouse/shared/schema/governance.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { depositOf, edgeStream } from '../fixtures/edge-stream.ts';
import { signingPerson, trustNote } from '../fixtures/limit-people.ts';
import { startTestServer, type TestServer } from '../fixtures/postgres.ts';
import { codeAt, enrolAs, enrolFirst, LOCAL, ORIGIN, type TestPerson, testConsole } from '../fixtures/test-console.ts';

const STEP_MS = 30_000;
let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
}, 60_000);

afterAll(() => server.stop());

test('an epoch is opened by the API after a fresh code, by whoever manages devices, and once', async () => {
  const subject = await testConsole(await server.database());
  const edge = edgeStream('edge-1');
  await subject.ledger.register(edge);
  const [anna, ben] = [signingPerson('P-anna', 'records-officer'), signingPerson('P-ben', 'records-officer')];
  const trust = trustNote([anna, ben]);
  const body = { v: 1, version: 1, hash: signedTextHash(trust), document: trust };
  await subject.ledger.take(edge, edge.batch(edge.add({ kind: 'trust', body }, depositOf('1'))));
  const { seq, hash } = edge.head();
  const at = '2026-01-05T10:00:00.000000000Z';
  const wire = { v: 1, edge: 'edge-1', epoch: 2, from: { seq, hash }, reason: 'A disk was copied.', at };
  const draft = readGoverned(draftText({ type: EPOCH_TYPE, value: decode(EpochOpening, wire, 'the opening') }));
  const document = cosign(signDocument(anna.signer, EPOCH_TYPE, wireOf(draft)), ben.signer);

  const post = async (path: string, content: unknown, { cookie }: TestPerson) => {
    const headers = { cookie, origin: ORIGIN, 'sec-fetch-site': 'same-origin', 'content-type': 'application/json' };
    const init = { method: 'POST', headers, body: JSON.stringify(content) };
    const response = await subject.console.fetch(new Request(`${ORIGIN}${API_BASE}${path}`, init), LOCAL);
    return { status: response.status, json: await response.json() };
  };
  const administrator = await enrolFirst(subject);
  const trader = await enrolAs(subject, administrator, 'trader');
  const path = '/edges/edge-1/epoch';
  expect(await post(path, { document }, trader)).toMatchObject({ status: 403, json: { code: 'FORBIDDEN' } });
  expect(await post(path, { document }, administrator)).toMatchObject({ json: { code: 'STEP_UP_NEEDED' } });
  subject.clock.advance(2 * STEP_MS);
  await post('/step-up', { code: await codeAt(subject.clock, administrator.secret) }, administrator);
  expect(await post(path, { document: 'nobody’s' }, administrator)).toMatchObject({
    json: { code: 'SIGNATURE_INVALID' },
  });
  expect(await post(path, { document }, administrator)).toMatchObject({
    status: 201,
    json: { edge: 'edge-1', epoch: 2, from: { seq, hash }, signedBy: ['P-anna', 'P-ben'] },
  });
  expect(await post(path, { document }, administrator)).toMatchObject({
    status: 409,
    json: { code: 'STATE_CONFLICT' },
  });
  expect((await subject.ledger.verify()).findings).toEqual([]);
  subject.console.close();
  await subject.ledger.ingest.close();
});
