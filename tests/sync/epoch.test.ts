import { openEpoch } from '@gatehouse/hub/control/epochs/open-epoch.ts';
import { rebuildProjections } from '@gatehouse/hub/ingest/rebuild-projections.ts';
import { rejudgeLedger } from '@gatehouse/hub/ledger/rejudgement/rejudge-ledger.ts';
import { signedTextHash } from '@gatehouse/shared/governance/claimed-document.ts';
import { cosign, generateSigner, type Signer } from '@gatehouse/shared/journal/note.ts';
import { signDocument } from '@gatehouse/shared/journal/typed-note.ts';
import { EPOCH_TYPE } from '@gatehouse/shared/schema/governance.ts';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { depositOf, type EdgeStream, edgeStream, intentOf } from '../fixtures/edge-stream.ts';
import { type TestLedger, testLedger } from '../fixtures/hub-ledger.ts';
import { signingPerson, trustNote } from '../fixtures/limit-people.ts';
import { startTestServer, type TestServer } from '../fixtures/postgres.ts';

const EDGE = 'edge-1';
const ACTOR = { personId: 'P-anna', from: '127.0.0.1' };
const [anna, ben] = [signingPerson('P-anna', 'records-officer'), signingPerson('P-ben', 'records-officer')];
const checker = signingPerson('P-carl', 'limits-checker');
const TRUST = trustNote([anna, ben, checker]);
const BODY = { v: 1, version: 1, hash: signedTextHash(TRUST), document: TRUST };
const closers: (() => Promise<void>)[] = [];
let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

afterAll(() => server.stop());

interface Fork extends TestLedger {
  /** The machine whose history the hub has. */
  readonly first: EdgeStream;
  /** The copy of its disk, which wrote something else. */
  readonly second: EdgeStream;
  readonly open: (document: string, edge?: string) => ReturnType<typeof openEpoch>;
}

/** Two machines of one name and key, both of which have gone on; the hub has heard both. */
async function forked(): Promise<Fork> {
  const { database } = await server.database();
  const hub = testLedger(database);
  closers.push(() => hub.ingest.close());
  const first = edgeStream(EDGE);
  await hub.register(first);
  await hub.take(first, first.batch(first.add({ kind: 'trust', body: BODY }, depositOf('100'))));
  const second = first.clone();
  await hub.take(first, first.batch(first.add(depositOf('5'))));
  await hub.take(second, second.batch(second.add(depositOf('7'))));
  const deps = { database, appendAct: hub.hubStream.appendAct, clock: hub.ledger.clock };
  return { ...hub, first, second, open: (document, edge = EDGE) => openEpoch(deps, ACTOR, { edge, document }) };
}

interface Wish {
  readonly edge?: string;
  readonly epoch?: number;
  readonly from: { readonly seq: number; readonly hash: string };
  readonly edgeKey?: string;
}

function opening(wish: Wish, ...signers: readonly Signer[]): string {
  const value = {
    v: 1,
    edge: EDGE,
    epoch: 2,
    reason: 'A disk was copied.',
    at: '2026-01-05T10:00:00.000000000Z',
    ...wish,
  };
  const [maker = anna.signer, ...others] = signers;
  return others.reduce((note, signer) => cosign(note, signer), signDocument(maker, EPOCH_TYPE, value));
}

async function standing({ database }: TestLedger) {
  const [row] = await database<{ epoch: number; seq: number; hash: string; status: string }[]>`
    SELECT epoch, seq, hash, status FROM stream WHERE edge = ${EDGE}`;
  return row;
}

async function codes({ database }: TestLedger): Promise<readonly string[]> {
  return (await database<{ code: string }[]>`SELECT code FROM alarm ORDER BY id`).map(({ code }) => code);
}

const endOf = ({ first }: Fork) => ({ seq: first.head().seq, hash: first.head().hash });

test('after a fork neither copy is taken, and no document opens an epoch that lacks two officers or the end of the record', async () => {
  const fork = await forked();
  const { first, second, database, open } = fork;
  await fork.take(first, first.batch(first.add(depositOf('1'))));
  await fork.take(second, second.batch(second.add(depositOf('1'))));
  expect(await standing(fork)).toMatchObject({ epoch: 1, seq: 3, status: 'quarantined' });
  const [agreed] = await database<{ seq: number; hash: string }[]>`SELECT seq, hash FROM stream WHERE edge = ${EDGE}`;
  const from = { seq: agreed?.seq ?? 0, hash: agreed?.hash ?? '' };
  const stranger = generateSigner('P-ben');
  const refused: readonly (readonly [string, string])[] = [
    [opening({ from }, anna.signer), 'signed by 1 of the 2'],
    [opening({ from }, anna.signer, anna.signer), 'signed by 1 of the 2'],
    [opening({ from }, anna.signer, stranger), 'signed by 1 of the 2'],
    [opening({ from }, anna.signer, checker.signer), 'has not the role'],
    [opening({ from: { ...from, hash: 'ab'.repeat(32) } }, anna.signer, ben.signer), 'the record ends at'],
    [opening({ from: { seq: 2, hash: from.hash } }, anna.signer, ben.signer), 'the record ends at'],
    [opening({ from, epoch: 3 }, anna.signer, ben.signer), 'where 2 has to follow'],
    [opening({ from, edge: 'edge-2' }, anna.signer, ben.signer), 'it is for edge-2'],
    [opening({ from, edgeKey: first.signer.verifierKey }, anna.signer, ben.signer), 'the one that it has'],
    [opening({ from, edgeKey: generateSigner('edge-9').verifierKey }, anna.signer, ben.signer), 'signs as edge-9'],
    ['no document at all', 'signed document'],
  ];
  for (const [document, why] of refused) {
    const outcome = await open(document);
    expect(outcome.kind === 'refused' && outcome.problems.join('; ')).toContain(why);
  }
  expect(await open(opening({ from }, anna.signer, ben.signer), 'edge-2')).toMatchObject({ code: 'NOT_FOUND' });
  expect(await open(opening({ from }, anna.signer, ben.signer), 'hub')).toMatchObject({ code: 'NOT_FOUND' });
  expect(await standing(fork)).toMatchObject({ epoch: 1, seq: 3, status: 'quarantined' });
  const acts = await database`SELECT body FROM ledger_body WHERE body LIKE '%edge.epoch-refused%'`;
  expect(acts).toHaveLength(refused.length + 2);
  expect((await fork.verify()).findings).toEqual([]);
});

test('I1 I2 I14 after the document the chosen machine goes on, the copy is found and refused, and nothing acknowledged is lost', async () => {
  const fork = await forked();
  const { first, second, database, open } = fork;
  const before = await database<{ leaf: number; hash: string }[]>`SELECT leaf, hash FROM ledger_leaf ORDER BY leaf`;
  const copies = await database`SELECT seq, content_hash FROM quarantine ORDER BY id`;
  const document = opening({ from: endOf(fork) }, anna.signer, ben.signer);
  expect(await open(document)).toMatchObject({ kind: 'done', value: { by: ['P-anna', 'P-ben'] } });
  expect(await open(document)).toMatchObject({ kind: 'refused', code: 'STATE_CONFLICT' });
  expect(await standing(fork)).toMatchObject({ epoch: 2, seq: 0, status: 'live', hash: first.head().hash });
  expect((await fork.verify()).findings).toEqual([]);

  const chosen = first.after(first.head());
  const taken = await fork.take(chosen, chosen.batch(chosen.add(depositOf('1'), intentOf('O-1'))));
  expect(taken.acks).toMatchObject([{ epoch: 2, seq: 2 }]);
  const late = second.add(depositOf('9'));
  await fork.take(second, second.batch(late));
  await fork.take(second, second.batch(late));
  await fork.take(chosen, chosen.batch(chosen.add(depositOf('2'))));
  expect(await standing(fork)).toMatchObject({ epoch: 2, seq: 3, status: 'live' });
  expect(await codes(fork)).toEqual(['STREAM_FORKED', 'EPOCH_SUPERSEDED']);
  expect(await database`SELECT seq, content_hash FROM quarantine ORDER BY id LIMIT ${copies.length}`).toEqual(copies);

  const after = await database<{ leaf: number; hash: string }[]>`SELECT leaf, hash FROM ledger_leaf ORDER BY leaf`;
  expect(after.slice(0, before.length)).toEqual(before);
  expect((await fork.verify()).findings).toEqual([]);
  const cash = () => database`SELECT account, currency, amount FROM cash ORDER BY account, currency`;
  const folded = await cash();
  await rebuildProjections(database);
  expect(await cash()).toEqual(folded);
  expect((await rejudgeLedger(database)).positions).toEqual([]);
});

test('an epoch with a new key leaves the copies of the old one without a voice', async () => {
  const fork = await forked();
  const { first, second, open } = fork;
  const key = generateSigner(EDGE);
  const document = opening({ from: endOf(fork), edgeKey: key.verifierKey }, anna.signer, ben.signer);
  expect((await open(document)).kind).toBe('done');
  const agreed = first.head();
  const thief = second.after(agreed);
  const heard = await fork.take(thief, thief.batch(thief.add(depositOf('666'))));
  expect(heard.acks).toEqual([]);
  const chosen = first.after(agreed, key);
  const taken = await fork.take(chosen, chosen.batch(chosen.add(depositOf('1'))));
  expect(taken.acks).toMatchObject([{ epoch: 2, seq: 1 }]);

  // Not by a later epoch either: a key that was taken away never comes back.
  const { seq, hash } = chosen.head();
  const back = { epoch: 3, from: { seq, hash }, edgeKey: first.signer.verifierKey };
  const refused = await open(opening(back, anna.signer, ben.signer));
  expect(refused.kind === 'refused' && refused.problems).toEqual(['the new key of the edge is one that it had before']);
  const other = { ...back, edgeKey: generateSigner(EDGE).verifierKey };
  expect((await open(opening(other, anna.signer, ben.signer))).kind).toBe('done');
  expect((await fork.verify()).findings).toEqual([]);
});

test('a ledger whose epoch nobody opened, or opened elsewhere, does not verify', async () => {
  const fork = await forked();
  const { first, database, open } = fork;
  await open(opening({ from: endOf(fork) }, anna.signer, ben.signer));
  const chosen = first.after(first.head());
  await fork.take(chosen, chosen.batch(chosen.add(depositOf('1'))));
  await database`UPDATE ledger_body SET body = replace(body, 'edge.epoch-opened', 'edge.epoch-dreamt')`;
  const found = (await fork.verify()).findings.map(({ code }) => code);
  expect(found).toContain('chain-broken');
});
