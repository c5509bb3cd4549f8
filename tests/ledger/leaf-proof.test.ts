import { parseVerifierKey } from '@gatehouse/shared/journal/note.ts';
import { verifyRecord } from '@gatehouse/shared/journal/record-proof.ts';
import { parseProof } from '@gatehouse/shared/journal/tlog-proof.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { edgeStream, filledOrder } from '../fixtures/edge-stream.ts';
import { startTestServer, type TestServer } from '../fixtures/postgres.ts';
import { enrolFirst, testConsole } from '../fixtures/test-console.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server.stop());

test('every record page shows its proof, which a stranger verifies with the public key alone', async () => {
  const subject = await testConsole(await server.database());
  const { cookie } = await enrolFirst(subject);
  const { ledger } = subject;
  const edge = edgeStream('edge-1');
  await ledger.register(edge);
  for (let order = 1; order <= 50; order += 1)
    await ledger.take(edge, edge.batch(edge.add(...filledOrder(`O-${order}`))));
  const verifiers = [parseVerifierKey(ledger.signer.verifierKey)];
  const [fill] =
    await ledger.database`SELECT leaf, header FROM ledger_leaf WHERE kind = 'fill' ORDER BY leaf DESC LIMIT 1`;
  for (const leaf of [0, 255, 256, Number(fill?.['leaf'])]) {
    const page = await (await subject.get(`/ledger/${leaf}`, cookie)).text();
    expect(page).toContain(`This record is entry ${leaf} of the log of`);
    const taken = await subject.get(`/ledger/${leaf}/proof`, cookie);
    expect(taken.headers.get('content-disposition')).toBe(`attachment; filename="leaf-${leaf}.tlog-proof"`);
    const proof = parseProof(await taken.text());
    const { index, header, bodyText } = verifyRecord(proof, verifiers);
    const [row] = await ledger.database`
      SELECT l.header, b.body FROM ledger_leaf l JOIN ledger_body b USING (leaf) WHERE leaf = ${leaf}`;
    expect({ index, header, bodyText }).toEqual({
      index: leaf,
      header: JSON.parse(row?.['header']),
      bodyText: row?.['body'],
    });
    for (const hash of proof.hashes) expect(page).toContain(Buffer.from(hash).toString('hex'));
  }

  // Whoever takes a record away is on record.
  const [act] = await ledger.database`SELECT body FROM ledger_body ORDER BY leaf DESC LIMIT 1`;
  expect(JSON.parse(act?.['body'])).toMatchObject({ action: 'record.proof-taken', target: `leaf-${fill?.['leaf']}` });
  expect((await subject.get('/ledger/999999/proof', cookie)).status).toBe(404);
  expect((await subject.get('/ledger/1/proof')).status).toBe(303);

  await ledger.database`UPDATE ledger_leaf SET header = replace(header, 'manual', 'oracle') WHERE leaf = 30`;
  expect(await (await subject.get('/ledger/30', cookie)).text()).toContain(
    'leaf 30 is not the one that the checkpoint',
  );
  expect((await subject.get('/ledger/30/proof', cookie)).status).toBe(409);
  subject.console.close();
  await ledger.ingest.close();
});
