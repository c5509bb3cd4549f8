import { trustOnRecord } from '@gatehouse/hub/control/trust-on-record.ts';
import { signedTextHash } from '@gatehouse/shared/governance/claimed-document.ts';
import { generateSigner } from '@gatehouse/shared/journal/note.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { edgeStream } from '../fixtures/edge-stream.ts';
import { checker, limitFirm, maker } from '../fixtures/limit-firm.ts';
import { journalTrust, PAPER, trustNote } from '../fixtures/limit-people.ts';
import { startTestServer, type TestServer } from '../fixtures/postgres.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
}, 60_000);
afterAll(() => server.stop());

const JUNK = 1_001;

test('I18 whoever lost a role has lost it, whatever other edges journalled before as trust', async () => {
  const { ledger, edge, root, trust } = await limitFirm(server);
  const { database } = ledger;
  const strange = edgeStream('edge-2');
  await ledger.register(strange);
  const stranger = generateSigner('stranger');
  const bodies = Array.from({ length: JUNK }, (_, index) => {
    const document = trustNote([checker], { root: stranger, version: index + 1 });
    return { kind: 'trust', body: { v: 1, version: index + 1, hash: signedTextHash(document), document } };
  });
  for (let at = 0; at < JUNK; at += 400)
    await ledger.take(strange, strange.batch(strange.add(...bodies.slice(at, at + 400))));
  const people = async () => (await trustOnRecord(database, PAPER))?.trust.people.map(({ id }) => id);
  expect(await people()).toContain(maker.id);
  await journalTrust(ledger, edge, trustNote([checker], { root, version: 2, previous: signedTextHash(trust) }), 2);
  expect(await people()).toEqual([checker.id]);
  // While projections are folded anew they hold a part of the versions, and nobody gets a role back by that.
  await database`DELETE FROM trust_version WHERE version > 1`;
  await database`UPDATE projection_head SET next_leaf = 1`;
  expect(await people()).toEqual([checker.id]);
  await ledger.database.end({ timeout: 1 });
}, 60_000);
