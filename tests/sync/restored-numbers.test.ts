import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { settleAccepted } from '@gatehouse/hub/control/accepted-sheets.ts';
import { issueCommand, LOST_COMMANDS_MAX } from '@gatehouse/hub/control/commands/issue-command.ts';
import { keepGiven, readGiven } from '@gatehouse/hub/control/given/given-file.ts';
import { learnFromEdges } from '@gatehouse/hub/control/given/learn-from-edges.ts';
import { publishFile } from '@gatehouse/hub/control/objects/publish-file.ts';
import { newestFiles } from '@gatehouse/hub/store/file-rows.ts';
import { newestNumber } from '@gatehouse/hub/store/given-rows.ts';
import { highestSequence } from '@gatehouse/hub/store/limit-rows.ts';
import { signedTextHash } from '@gatehouse/shared/governance/claimed-document.ts';
import { sha256 } from '@gatehouse/shared/journal/canonical.ts';
import { cosign } from '@gatehouse/shared/journal/note.ts';
import { signDocument } from '@gatehouse/shared/journal/typed-note.ts';
import { ActBody } from '@gatehouse/shared/schema/bodies.ts';
import { travellingHash } from '@gatehouse/shared/schema/control.ts';
import { DATED_FILE_TYPE } from '@gatehouse/shared/schema/dated-file.ts';
import { instantText } from '@gatehouse/shared/values/instant.ts';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { edgeStream } from '../fixtures/edge-stream.ts';
import {
  actor,
  bystander,
  checker,
  done,
  type LimitFirm,
  limitFirm,
  maker,
  refusal,
  tighter,
} from '../fixtures/limit-firm.ts';
import { journalLimits, PAPER, type SigningPerson, sheetOf, signedSheet } from '../fixtures/limit-people.ts';
import { startTestServer, type TestServer } from '../fixtures/postgres.ts';

// A hub whose database comes from a backup: no number that edges have is given to anything else.

const KIND = 'restrictions';
const BOTH = [maker, checker];
let server: TestServer;
let firm: LimitFirm;
let folder: string;

beforeAll(async () => {
  server = await startTestServer();
}, 60_000);
beforeEach(async () => {
  firm = await limitFirm(server);
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-given-'));
});
afterEach(async () => {
  await firm.ledger.database.end({ timeout: 1 });
  rmSync(folder, { recursive: true, force: true });
});
afterAll(() => server.stop());

interface Version {
  readonly sequence: number;
  readonly note: string;
  readonly content: string;
}

function version(names: readonly string[], by: readonly SigningPerson[], before?: Version): Version {
  const rows = names.map((instrument) => ({ list: 'restricted', instrument, sides: 'both', reason: 'A mandate.' }));
  const asOf = '2026-01-04T10:00:00.000000000Z';
  const content = JSON.stringify({ v: 1, kind: KIND, asOf, source: 'Compliance.', rows });
  const sequence = (before?.sequence ?? 0) + 1;
  const wire = {
    ...{ v: 1, kind: KIND, sequence, ...PAPER, from: asOf, reason: 'A test.' },
    ...(before === undefined ? {} : { previous: travellingHash(before.note) }),
    content: { hash: sha256(content).toString('hex'), bytes: Buffer.byteLength(content) },
  };
  const [first, ...more] = by;
  if (first === undefined) throw new Error('nobody signs');
  const note = more.reduce(
    (signed, { signer }) => cosign(signed, signer),
    signDocument(first.signer, DATED_FILE_TYPE, wire),
  );
  return { sequence, note, content };
}

const publish = ({ note, content }: Version) => publishFile(firm.deps, actor(maker), { note, content });
const newest = async () => (await newestFiles(firm.ledger.database, PAPER))[0];
const learn = () => learnFromEdges(firm.deps);
const alarms = async () =>
  (await firm.ledger.database<{ code: string }[]>`SELECT code FROM alarm ORDER BY id`).map(({ code }) => code);

/** The edge sends the entries by which it went by these versions. */
async function journal(...versions: readonly Version[]): Promise<void> {
  const bodies = versions.map(({ sequence, note, content }) => {
    const hash = sha256(content).toString('hex');
    const signed = { sequence, note };
    return { kind: 'facts', body: { v: 1, kind: KIND, hash, files: hash, document: content, signed } };
  });
  await firm.ledger.take(firm.edge, firm.edge.batch(firm.edge.add(...bodies)));
}

/** What a backup of after the first version has of them. */
async function setBack(): Promise<void> {
  const { database } = firm.ledger;
  await database`DELETE FROM dated_file WHERE sequence > 1`;
}

/** Three versions that the hub gave: the first by two people, the others by one who tightened. */
async function given(): Promise<readonly [Version, Version, Version]> {
  const first = version(['ACME'], BOTH);
  const second = version(['ACME', 'EVIL'], [maker], first);
  const third = version(['ACME', 'EVIL', 'LAST'], [checker], second);
  for (const one of [first, second, third]) done(await publish(one));
  return [first, second, third];
}

test('a version that an edge goes by is taken back from its entry, and its number is given to nothing else', async () => {
  const [first, second, third] = await given();
  await setBack();
  expect((await newest())?.sequence).toBe(1);
  await journal(first, second, third);
  expect(await learn()).toBe(2);
  expect(await newest()).toMatchObject({ sequence: 3, note: third.note, publishedBy: 'system', signedBy: checker.id });
  const acts = await firm.ledger.database`SELECT 1 FROM ledger_body WHERE body LIKE '%files.taken-over%'`;
  expect(acts).toHaveLength(2);
  const again = refusal(await publish(version(['OTHER'], BOTH, first)));
  expect(again.problems).toContain('number 2, where 4 has to follow');
  expect(done(await publish(version(['ACME', 'EVIL', 'LAST', 'MORE'], [maker], third))).sequence).toBe(4);
  expect(await learn()).toBe(0);
  expect(await alarms()).toEqual([]);
});

test('a version that came in parts is taken back whole', async () => {
  const [first, second] = await given();
  await setBack();
  const hash = sha256(second.content).toString('hex');
  const [half, asOf] = [Math.floor(second.content.length / 2), instantText(firm.deps.clock.now())];
  const parts = [second.content.slice(0, half), second.content.slice(half)].map((document, index) => {
    const part = { number: index + 1, of: 2, asOf, source: 'Compliance.' };
    const signed = index === 1 ? { signed: { sequence: 2, note: second.note } } : {};
    return { kind: 'facts', body: { v: 1, kind: KIND, hash, files: hash, document, part, ...signed } };
  });
  await journal(first);
  await firm.ledger.take(firm.edge, firm.edge.batch(firm.edge.add(...parts)));
  expect(await learn()).toBe(1);
  expect((await newest())?.contentHash).toBe(hash);
});

test('a version that cannot be taken over is an alarm, its number counts, and the next one takes two people and its hash', async () => {
  const [first, second, third] = await given();
  await setBack();
  await journal(third);
  expect(await learn()).toBe(0);
  expect(await alarms()).toEqual(['FILE_UNKNOWN']);
  expect((await newest())?.sequence).toBe(1);
  expect(refusal(await publish(version(['X'], BOTH, first))).problems).toContain('number 2, where 4 has to follow');
  expect(refusal(await publish(version(['X'], [maker], third))).kind).toBe('refused');
  const strange = version(['X'], BOTH, { ...third, note: second.note });
  expect(refusal(await publish(strange)).problems.join()).toContain(travellingHash(third.note));
  expect(done(await publish(version(['X'], BOTH, third))).sequence).toBe(4);
});

test('two documents under one number are an alarm, and two numbers later edges agree again', async () => {
  const [first, second, third] = await given();
  await setBack();
  const other = version(['OTHER', 'ACME'], BOTH, first);
  done(await publish(other));
  await journal(second, third);
  await learn();
  expect((await alarms()).sort()).toEqual(['FILE_FORKED', 'FILE_UNKNOWN']);
  const cure = version(['ACME'], BOTH, third);
  expect(done(await publish(cure)).sequence).toBe(4);
});

test('what nobody signed who may uses up no number', async () => {
  const [, , third] = await given();
  await journal({ ...version(['X'], [bystander], { ...third, sequence: 1_000 }) });
  expect(await learn()).toBe(0);
  expect(await newestNumber(firm.ledger.database, PAPER, KIND)).toMatchObject({ sequence: 3 });
  expect(await alarms()).toEqual([]);
});

const commandDeps = () => ({
  ...firm.deps,
  signer: firm.ledger.signer,
  random: (length: number) => randomBytes(length),
});
const kill = { kind: 'kill', edges: ['edge-1'], scopes: ['firm'], level: 'cancel', reason: 'A drill.' } as const;
const give = async () => done(await issueCommand(commandDeps(), actor(maker), kill)).numbers.get('edge-1');
const commands = () =>
  firm.ledger.database<{ seq: number; kind: string; id: string; note: string }[]>`
    SELECT i.seq, i.kind, i.id, c.note FROM command_issue i JOIN commands c USING (edge, seq) ORDER BY seq`;

/** The edge sends what became of a command. */
async function answer({ seq, id, note }: { seq: number; id: string; note: string }): Promise<void> {
  const body = {
    v: 2,
    state: 'applied',
    note: signedTextHash(note),
    via: 'mqtt',
    id,
    seq,
    name: 'kill',
    result: 'So.',
  };
  await firm.ledger.take(firm.edge, firm.edge.batch(firm.edge.add({ kind: 'command', body })));
}

test('I18 by the file beside it a database from a backup gives higher numbers, and fills those that no edge answered', async () => {
  const { database } = firm.ledger;
  const file = join(folder, 'given.json');
  await given();
  for (let number = 1; number <= 5; number += 1) expect(await give()).toBe(number);
  expect(await keepGiven(database, file)).toBe(true);
  expect(await keepGiven(database, file)).toBe(false);
  const [, , , fourth] = await commands();
  await setBack();
  await database`DELETE FROM command_issue WHERE seq > 2`;
  await database`DELETE FROM commands WHERE seq > 2`;
  await readGiven(database, file);
  if (fourth !== undefined) await answer(fourth);
  expect(await give()).toBe(6);
  const after = await commands();
  expect(after.map(({ seq, kind: what }) => `${seq} ${what}`)).toEqual([
    '1 kill',
    '2 kill',
    '3 refetch',
    '5 refetch',
    '6 kill',
  ]);
  expect(await give()).toBe(7);
  expect(await newestNumber(database, PAPER, KIND)).toMatchObject({ sequence: 3 });
  await learn();
  expect(await alarms()).toEqual(['COMMAND_UNKNOWN']);
  // An older copy of the file changes nothing.
  writeFileSync(file, JSON.stringify({ 'command edge-1': { number: 3, hash: 'none' } }));
  await readGiven(database, file);
  expect(await keepGiven(database, file)).toBe(true);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ 'command edge-1': { number: 7 } });
});

test('an edge that answers numbers that nobody gave keeps no other edge from a kill, and its own commands go on', async () => {
  const { database } = firm.ledger;
  const other = edgeStream('edge-2');
  await firm.ledger.register(other);
  for (const seq of [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER - 1, 1_000_000])
    await answer({ seq, id: 'K-1', note: `a/v1\n{"seq":${seq}}\n\n— hub x\n` });
  const { numbers } = done(await issueCommand(commandDeps(), actor(maker), { ...kill, edges: 'all' }));
  expect([...numbers]).toEqual([
    ['edge-1', 1],
    ['edge-2', 1],
  ]);
  expect(await commands()).toHaveLength(2);
  await learn();
  const [alarm] = await database<{ code: string; message: string }[]>`SELECT code, message FROM alarm`;
  expect(alarm).toMatchObject({ code: 'COMMAND_UNKNOWN', message: expect.stringContaining('nobody gave') });
});

test('however many commands one edge answered that the hub lacks, those of every other edge are told as well', async () => {
  const { database } = firm.ledger;
  await answer({ seq: 1, id: 'K-1', note: 'a/v1\n{}\n\n— hub x\n' });
  const copies = (edge: string, count: number) => database`
    INSERT INTO command_answer (edge, note_hash, command_id, seq, name, state, via, result, leaf)
    SELECT ${edge}, 'h-' || n, 'K-' || n, n, 'kill', 'applied', 'mqtt', 'So.', leaf
    FROM command_answer, generate_series(2::bigint, ${count}::bigint) n WHERE seq = 1`;
  await copies('edge-2', 2);
  await copies('edge-1', 1_500);
  await learn();
  expect(await alarms()).toEqual(['COMMAND_UNKNOWN', 'COMMAND_UNKNOWN']);
});

test('I18 all numbers that were lost are filled, however many, and what fills them is on record word for word', async () => {
  const { database } = firm.ledger;
  const lost = LOST_COMMANDS_MAX + 10;
  const file = join(folder, 'given.json');
  writeFileSync(file, JSON.stringify({ 'command edge-1': { number: lost, hash: 'none' } }));
  await readGiven(database, file);
  expect(await give()).toBe(lost + 1);
  const given = await commands();
  expect(given.map(({ seq }) => seq)).toEqual(Array.from({ length: lost + 1 }, (_, at) => at + 1));
  const acts = await database<{ body: string }[]>`
    SELECT body FROM ledger_body WHERE strpos(body, '"command.texts"') > 0 ORDER BY leaf`;
  const texts = acts.flatMap(({ body }) => Object.values(ActBody.parse(JSON.parse(body)).after ?? {}));
  expect(texts.toSorted()).toEqual(given.map(({ note }) => note).toSorted());
}, 60_000);

test('a sheet that an edge claims and nobody can verify uses up no sequence and is in no file', async () => {
  const { database } = firm.ledger;
  const claimed = sheetOf('100', { sequence: Number.MAX_SAFE_INTEGER, maker: maker.id });
  await journalLimits(firm.ledger, firm.edge, signedSheet(claimed, bystander));
  await settleAccepted(firm.deps);
  expect(await highestSequence(database, PAPER)).toBe(1);
  expect((await firm.proposed(tighter())).proposalId).not.toBe('');
  const file = join(folder, 'given.json');
  await keepGiven(database, file);
  const name = `sheet ${PAPER.legalEntity} ${PAPER.environment}`;
  expect(JSON.parse(readFileSync(file, 'utf8'))[name]).toEqual({ number: 1, hash: 'none' });
});

test('a sheet that only the file knows keeps its sequence from being given again', async () => {
  const { database } = firm.ledger;
  const file = join(folder, 'given.json');
  const name = `sheet ${PAPER.legalEntity} ${PAPER.environment}`;
  writeFileSync(file, JSON.stringify({ [name]: { number: 9, hash: 'none' } }));
  await readGiven(database, file);
  expect(await highestSequence(database, PAPER)).toBe(9);
  writeFileSync(file, '{"what":');
  await expect(readGiven(database, file)).rejects.toThrow('the file of given numbers cannot be read');
});
