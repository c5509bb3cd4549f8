import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  examplePeople,
  exampleTrust,
  exampleTrustText,
  signedBy,
  signedSheet,
} from '@gatehouse/compliance/examples/people.ts';
import { exampleSheet } from '@gatehouse/compliance/examples/sheet.ts';
import { sheetHash } from '@gatehouse/compliance/sheet-document.ts';
import type { JsonValue } from '@gatehouse/shared/journal/canonical.ts';
import { OVERRIDE_TYPE, RELEASE_TYPE, TRUST_TYPE } from '@gatehouse/shared/schema/governance.ts';
import { addMs } from '@gatehouse/shared/values/instant.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AT, type GovernanceFixture, governanceFixture, sheetOf } from './governance-fixture.ts';
import { governanceFolders } from './governance-folders.ts';
import { createGovernanceRecord } from './governance-record.ts';
import { newestSheetOnDisk } from './sheet-keeper.ts';

const { maker, checker, root } = examplePeople;

let edge: GovernanceFixture;
beforeEach(async () => {
  edge = await governanceFixture();
});
afterEach(() => rmSync(edge.root, { recursive: true, force: true }));

const context = () => ({ at: AT, record: edge.take });
const kinds = () => edge.entries.map(({ kind }) => kind);
const incidents = () =>
  edge.entries.flatMap(({ kind, body }) => (kind === 'incident' ? [{ code: body.code, message: body.message }] : []));

test('without a sheet there are no rules, and that is an incident once', async () => {
  const { governance } = await edge.start();
  expect(governance.sheets.rulesAt(AT)).toBeUndefined();
  expect(kinds()).toEqual(['trust', 'incident']);
  expect(incidents()).toEqual([{ code: 'SHEET_MISSING', message: 'there is no limit sheet' }]);
  expect(governance.sheets.look(AT)).toEqual([]);
});

test('a sheet from the inbox is in force at the start, on record, and gone from the inbox', async () => {
  const document = sheetOf(1, '100');
  await edge.post('first.sheet', document);
  const { governance, inbox, clearInbox } = await edge.start();
  expect(inbox).toMatchObject([{ file: 'first.sheet', kind: 'accepted' }]);
  expect(kinds()).toEqual(['trust', 'limits']);
  expect(governance.sheets.rulesAt(AT)?.sheetHash).toBe(sheetHash(document));
  await clearInbox();
  expect(readdirSync(governanceFolders(edge.root).inbox)).toEqual([]);
  expect(newestSheetOnDisk(edge.root)).toMatchObject({ hash: sheetHash(document), document });

  const again = await edge.start();
  expect(again.entries).toEqual([]);
  expect(again.governance.sheets.held?.document).toBe(document);
});

test('a start that was killed before the inbox was cleared changes nothing the second time', async () => {
  await edge.post('first.sheet', sheetOf(1, '100'));
  await edge.start();
  const again = await edge.start();
  expect(again.inbox).toMatchObject([{ kind: 'in-force' }]);
  expect(kinds()).toEqual(['trust', 'limits']);
});

test('a start that was killed before the sheet was on record accepts it once more', async () => {
  await edge.post('first.sheet', sheetOf(1, '100'));
  await edge.start();
  edge.forget();
  const again = await edge.start();
  expect(again.governance.sheets.rulesAt(AT)).toBeDefined();
});

test('I15 a refused sheet leaves the one in force, lists all problems, and is on record and set aside', async () => {
  const first = sheetOf(1, '100');
  await edge.post('a.sheet', first);
  await edge.post('b.sheet', sheetOf(1, '1000'));
  await edge.post('c.sheet', 'nothing signed');
  const { governance, inbox, clearInbox } = await edge.start();
  expect(governance.sheets.held?.document).toBe(first);
  expect(inbox.map(({ kind }) => kind)).toEqual(['accepted', 'refused', 'refused']);
  expect(inbox[1]?.problems).toEqual([
    'its number 1 is not higher than 1, that of the sheet in force',
    expect.stringContaining('it loosens the sheet in force and names no checker'),
  ]);
  expect(incidents().map(({ code }) => code)).toEqual(['SHEET_REFUSED', 'SHEET_REFUSED']);
  for (const problem of inbox[1]?.problems ?? []) expect(incidents()[0]?.message).toContain(problem);
  await clearInbox();
  expect(readdirSync(governanceFolders(edge.root).refused)).toEqual(['b.sheet', 'c.sheet']);
});

test('I15 while the edge runs one person tightens and two loosen, and entry and rules change together', async () => {
  await edge.post('first.sheet', sheetOf(1, '100'));
  const { governance } = await edge.start();
  const tight = sheetOf(2, '50');
  expect(await governance.apply('limits', tight, context())).toMatchObject({ kind: 'accepted', problems: [] });
  expect(governance.sheets.rulesAt(AT)?.sheetHash).toBe(sheetHash(tight));
  expect(edge.record.accepted.sheet).toEqual({ hash: sheetHash(tight), sequence: 2 });

  expect(await governance.apply('limits', sheetOf(3, '100'), context())).toMatchObject({ kind: 'refused' });
  expect(governance.sheets.rulesAt(AT)?.sheetHash).toBe(sheetHash(tight));
  const loose = sheetOf(3, '100', [maker, checker]);
  expect(await governance.apply('limits', loose, context())).toMatchObject({
    kind: 'accepted',
    says: 'Limit sheet example number 3, which loosens the one before it, is in force, signed by p-01 and p-02.',
  });
  expect(await governance.apply('limits', loose, context())).toMatchObject({ kind: 'in-force' });
  expect(await governance.apply('limits', tight, context())).toMatchObject({ kind: 'refused' });
  expect(kinds()).toEqual(['trust', 'limits', 'limits', 'incident', 'limits', 'incident']);
});

test('documents that are handed in at once are taken one after the other', async () => {
  const { governance } = await edge.start();
  const answers = await Promise.all(
    [sheetOf(1, '100'), sheetOf(2, '90'), sheetOf(2, '80'), sheetOf(3, '70')].map((one) =>
      governance.apply('limits', one, context()),
    ),
  );
  expect(answers.map(({ kind }) => kind)).toEqual(['accepted', 'accepted', 'refused', 'accepted']);
  expect(governance.sheets.held?.sheet.sequence).toBe(3);
});

test('a sheet whose term ends stops trading at that moment, and says so', async () => {
  const end = addMs(AT, 1_000);
  const sheet = { ...exampleSheet(), to: end };
  await edge.post('first.sheet', signedSheet(sheet, [maker]));
  const { governance } = await edge.start();
  expect(governance.sheets.rulesAt(addMs(AT, 999))).toBeDefined();
  expect(governance.sheets.look(addMs(AT, 999))).toEqual([]);
  expect(governance.sheets.rulesAt(end)).toBeUndefined();
  expect(governance.sheets.look(end)).toMatchObject([
    { kind: 'incident', body: { code: 'SHEET_MISSING', message: 'the term of limit sheet example is over' } },
  ]);
  expect(governance.sheets.look(end)).toEqual([]);
});

test('an accepted sheet whose file was changed or is gone stops trading until it is put back', async () => {
  const document = sheetOf(1, '100');
  await edge.post('first.sheet', document);
  await (await edge.start()).clearInbox();
  const path = join(governanceFolders(edge.root).accepted, `${sheetHash(document)}.sheet`);
  writeFileSync(path, document.replace('"quantityMax":"100"', '"quantityMax":"900"'));
  expect((await edge.start()).governance.sheets.rulesAt(AT)).toBeUndefined();
  expect(incidents().at(-1)?.message).toContain('cannot be used: the file of the sheet in force has not the hash');

  rmSync(path);
  const { governance } = await edge.start();
  expect(governance.sheets.rulesAt(AT)).toBeUndefined();
  // Nobody can say what a further sheet loosens, so it takes two people.
  expect(await governance.apply('limits', sheetOf(2, '50'), context())).toMatchObject({ kind: 'refused' });
  expect(await governance.apply('limits', document, context())).toMatchObject({ kind: 'in-force' });
  expect(governance.sheets.rulesAt(AT)?.sheetHash).toBe(sheetHash(document));
  expect(existsSync(path)).toBe(true);
  expect(governance.sheets.look(AT)).toEqual([]);
});

const second = (changes: object = {}) =>
  exampleTrustText({ version: 2, previous: exampleTrust().hash, at: '2020-02-01T00:00:00.000000000Z', ...changes });
const signedTrust = (text: object, by = root) => signedBy(TRUST_TYPE, text as JsonValue, [by]);

test('the next version of trust is taken, and a person who is no longer in it signs nothing more', async () => {
  const { governance } = await edge.start();
  const people = exampleTrustText().people.filter(({ id }) => id !== 'p-01');
  expect(await governance.apply('trust', signedTrust(second({ people })), context())).toMatchObject({
    kind: 'accepted',
  });
  expect(governance.trust.trust.version).toBe(2);
  expect((await governance.apply('limits', sheetOf(1, '100'), context())).problems).toContain(
    'p-01 is not among the people of trust version 2',
  );
  expect(edge.record.accepted.trust).toMatchObject({ version: 2 });
  expect((await edge.start()).governance.trust.trust.version).toBe(2);
});

test('trust that is signed by others, or comes again, changes nothing', async () => {
  const { governance } = await edge.start();
  expect(await governance.apply('trust', signedTrust(second(), maker), context())).toMatchObject({ kind: 'refused' });
  expect(await governance.apply('trust', exampleTrust().document, context())).toMatchObject({ kind: 'in-force' });
  expect(governance.trust.trust.version).toBe(1);
  expect(incidents().at(-1)?.code).toBe('TRUST_REFUSED');
});

test('trust never goes back, and is never another than the journal knows', async () => {
  const { governance } = await edge.start();
  await governance.apply('trust', signedTrust(second()), context());
  const folder = governanceFolders(edge.root).trust;
  rmSync(join(folder, 'trust-000002.note'));
  await expect(edge.start()).rejects.toThrow('end at version 1, and version 2 was in force');
  writeFileSync(join(folder, 'trust-000002.note'), signedTrust(second({ threshold: 1, people: [] })));
  await expect(edge.start()).rejects.toThrow('version 2 is another document than the one that was in force');
});

test('an edge that waits for its first trust document takes it from the inbox before the sheet', async () => {
  rmSync(join(governanceFolders(edge.root).trust, 'trust-000001.note'));
  await edge.post('a.sheet', sheetOf(1, '100'));
  await edge.post('b.note', exampleTrust().document);
  const { governance, inbox } = await edge.start();
  expect(inbox.map(({ file, kind }) => `${file} ${kind}`)).toEqual(['b.note accepted', 'a.sheet accepted']);
  expect(governance.sheets.rulesAt(AT)).toBeDefined();
});

test('what waits is applied by its numbers, whatever its files are called', async () => {
  await edge.post('z.sheet', sheetOf(1, '100'));
  await edge.post('a.sheet', sheetOf(2, '90'));
  await edge.post('y.note', signedTrust(second()));
  const { inbox } = await edge.start();
  expect(inbox.map(({ file, kind }) => `${file} ${kind}`)).toEqual([
    'y.note accepted',
    'z.sheet accepted',
    'a.sheet accepted',
  ]);
});

test('without trust nobody signs anything', async () => {
  rmSync(join(governanceFolders(edge.root).trust, 'trust-000001.note'));
  const { governance } = await edge.start();
  expect((await governance.apply('limits', sheetOf(1, '100'), context())).problems).toEqual([
    'no trust document says who may sign',
  ]);
  expect(() => governance.verifyRelease('any', AT)).toThrow('no trust document says who may sign');
});

const ticket = (id: string) => ({
  v: 1,
  id,
  edge: 'edge-1',
  environment: 'paper',
  legalEntity: 'GATEHOUSEDEMOFIRM008',
  account: 'main',
  trader: 'p-7f3a',
  algorithm: 'ema-cross',
  instrument: 'demo-index',
  venue: 'paper',
  side: 'buy',
  type: 'limit',
  quantity: '200',
  limitPrice: '1000.00',
  controls: [{ control: 'max-order-quantity', scope: 'firm' }],
  reason: 'A client asked for this one order in writing.',
  from: '2020-03-06T20:00:00.000000000Z',
  to: '2020-03-06T21:00:00.000000000Z',
});

test('a ticket is taken once, also after a restart', async () => {
  const { governance } = await edge.start();
  const document = signedBy(OVERRIDE_TYPE, ticket('T-1'), [checker]);
  expect(await governance.apply('override', document, context())).toMatchObject({
    kind: 'accepted',
    says: 'Ticket T-1 counts for one order until 2020-03-06T21:00:00.000000000Z.',
  });
  expect(edge.entries.at(-1)).toEqual({ kind: 'override', body: { v: 1, ticket: 'T-1', document } });
  expect(await governance.apply('override', document, context())).toMatchObject({ kind: 'refused' });
  const later = await edge.start();
  expect(await later.governance.apply('override', document, context())).toMatchObject({ kind: 'refused' });
  expect(incidents().map(({ code }) => code)).toContain('OVERRIDE_REFUSED');
});

test('a document that its entry has no room for is refused before anything is written', async () => {
  const { governance } = await edge.start();
  const before = readdirSync(governanceFolders(edge.root).trust);
  const { document } = exampleTrust();
  const long = await governance.apply('trust', document + ' '.repeat(200_001 - document.length), context());
  expect(long.problems).toEqual(['the document has more than 200000 characters']);
  expect(readdirSync(governanceFolders(edge.root).trust)).toEqual(before);
  const fitting = await governance.apply('trust', document + ' '.repeat(200_000 - document.length), context());
  expect(fitting.problems).not.toEqual(long.problems);
  expect(incidents().at(-1)?.code).toBe('TRUST_REFUSED');
});

test('a release is verified by the trust in force', async () => {
  const { governance } = await edge.start();
  const release = {
    v: 1,
    id: 'R-1',
    kill: 'K-1',
    edge: 'edge-1',
    reason: 'It is over.',
    from: ticket('T').from,
    to: ticket('T').to,
  };
  expect(governance.verifyRelease(signedBy(RELEASE_TYPE, release, [maker, checker]), AT).by).toHaveLength(2);
  expect(() => governance.verifyRelease(signedBy(RELEASE_TYPE, release, [maker]), AT)).toThrow('1 of the 2 people');
});

test('what is on record survives a snapshot', async () => {
  await edge.post('first.sheet', sheetOf(1, '100'));
  const { governance } = await edge.start();
  await governance.apply('override', signedBy(OVERRIDE_TYPE, ticket('T-1'), [checker]), context());
  const again = createGovernanceRecord(JSON.parse(JSON.stringify(edge.record.snapshot())));
  expect(again.accepted).toEqual(edge.record.accepted);
  expect(again.accepted.tickets).toEqual(['T-1']);
  expect(createGovernanceRecord(createGovernanceRecord().snapshot()).accepted).toMatchObject({ tickets: [] });
});

test.skipIf(process.platform === 'win32')(
  'what cannot be read in the inbox is refused and set aside, and what can be is applied',
  async () => {
    const { inbox: folder, refused } = governanceFolders(edge.root);
    await edge.post('a-large.sheet', 'x'.repeat(500_001));
    mkdirSync(join(folder, 'b-folder'));
    symlinkSync(join(folder, 'nowhere'), join(folder, 'c-link'));
    await edge.post('d-first.sheet', sheetOf(1, '100'));
    const { governance, inbox, clearInbox } = await edge.start();
    expect(inbox.map(({ file, kind }) => `${file} ${kind}`)).toEqual([
      'd-first.sheet accepted',
      'a-large.sheet refused',
      'b-folder refused',
      'c-link refused',
    ]);
    expect(incidents().map(({ code }) => code)).toEqual(['SHEET_REFUSED', 'SHEET_REFUSED', 'SHEET_REFUSED']);
    expect(governance.sheets.rulesAt(AT)).toBeDefined();
    await clearInbox();
    expect(readdirSync(folder)).toEqual([]);
    expect(readdirSync(refused).toSorted()).toEqual(['a-large.sheet', 'b-folder', 'c-link']);
  },
);
