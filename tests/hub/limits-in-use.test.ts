import { sheetHash } from '@gatehouse/compliance/sheet-document.ts';
import { settleAccepted } from '@gatehouse/hub/control/accepted-sheets.ts';
import { approveLimits } from '@gatehouse/hub/control/limit-proposals.ts';
import { rebuildProjections } from '@gatehouse/hub/ingest/rebuild-projections.ts';
import { ACCEPTED_ENTRIES_MAX, inForceOf } from '@gatehouse/hub/store/limit-rows.ts';
import { signedTextHash } from '@gatehouse/shared/governance/claimed-document.ts';
import { generateSigner } from '@gatehouse/shared/journal/note.ts';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { edgeStream } from '../fixtures/edge-stream.ts';
import { actor, checker, done, type LimitFirm, limitFirm, looser, maker, tighter } from '../fixtures/limit-firm.ts';
import {
  journalLimits,
  journalTrust,
  PAPER,
  sheetOf,
  signedSheet,
  signedText,
  signingPerson,
  trustNote,
} from '../fixtures/limit-people.ts';
import { startTestServer, type TestServer } from '../fixtures/postgres.ts';

const second = { sequence: 2, maker: maker.id };

let server: TestServer;
let firm: LimitFirm;

beforeAll(async () => {
  server = await startTestServer();
}, 60_000);
beforeEach(async () => {
  firm = await limitFirm(server);
});
afterEach(() => firm.ledger.database.end({ timeout: 1 }));
afterAll(() => server.stop());

test('a sheet in use whose signatures do not count raises an alarm and is no base', async () => {
  const rogue = signingPerson('P-maker', 'limits-maker');
  await journalLimits(firm.ledger, firm.edge, signedSheet(sheetOf('5000', { sequence: 9, maker: 'P-maker' }), rogue));
  await journalLimits(firm.ledger, firm.edge, signedSheet(sheetOf('6000', { sequence: 10, maker: 'P-maker' }), maker));
  await settleAccepted(firm.deps);
  expect((await inForceOf(firm.ledger.database, PAPER))?.sheet).toBe(firm.base);
  const alarms = await firm.ledger.database`SELECT message FROM alarm WHERE code = 'SHEET_UNVERIFIED' ORDER BY id`;
  expect(alarms).toHaveLength(2);
  expect(alarms[0]?.['message']).toContain('the signature of P-maker does not count');
  expect(alarms[1]?.['message']).toContain('it needs a second person, and names no checker');
});

test('where no sheet in use can be verified, a first proposal needs two people', async () => {
  const elsewhere = { environment: 'live', mark: 'FIRM' } as const;
  const stranger = edgeStream('edge-2');
  await firm.ledger.register(stranger);
  await journalLimits(firm.ledger, stranger, signedSheet(sheetOf('9', { ...elsewhere, maker: 'P-maker' }), maker));
  const proposal = await firm.proposed(sheetOf('9', { ...elsewhere, sequence: 2, maker: 'P-maker' }), null);
  expect(proposal).toMatchObject({ base: null, needsChecker: true });
});

test('an edge that lags behind on an older sheet changes nothing and raises no alarm', async () => {
  const old = signedSheet(sheetOf('100', { maker: 'P-maker' }), maker);
  await firm.signed(await firm.proposed(tighter()), maker);
  const hash = await firm.applied();
  const second = edgeStream('edge-2');
  await firm.ledger.register(second);
  await journalLimits(firm.ledger, second, old);
  await settleAccepted(firm.deps);
  expect((await inForceOf(firm.ledger.database, PAPER))?.sheet).toBe(hash);
  expect(await firm.ledger.database`SELECT code FROM alarm`).toHaveLength(0);
});

test('two sheets of one sequence in use at once raise an alarm', async () => {
  const second = edgeStream('edge-2');
  await firm.ledger.register(second);
  await journalLimits(firm.ledger, second, signedSheet(sheetOf('90', { maker: 'P-maker' }), maker));
  await settleAccepted(firm.deps);
  expect(await firm.ledger.database`SELECT code FROM alarm`).toEqual([{ code: 'SHEET_FORKED' }]);
  expect((await inForceOf(firm.ledger.database, PAPER))?.sheet).toBe(firm.base);
});

test('rows of versions, proposals, steps and signatures are never changed or removed', async () => {
  await firm.signed(await firm.proposed(tighter()), maker);
  for (const table of [
    'limit_sheet',
    'limit_acceptance',
    'limit_proposal',
    'limit_proposal_step',
    'proposal_signature',
  ]) {
    const sql = firm.ledger.database;
    await expect(sql.unsafe(`DELETE FROM ${table}`)).rejects.toThrow('never changed or removed');
    await expect(sql.unsafe(`TRUNCATE ${table} CASCADE`)).rejects.toThrow('never changed or removed');
  }
  await expect(firm.ledger.database`UPDATE limit_proposal_step SET state = 'checked'`).rejects.toThrow('never changed');
});

test('a rebuild of the projections leaves limits as they are', async () => {
  const proposal = await firm.proposed(looser());
  const before = await firm.acts();
  await rebuildProjections(firm.ledger.database);
  await settleAccepted(firm.deps);
  expect((await inForceOf(firm.ledger.database, PAPER))?.sheet).toBe(firm.base);
  expect(await firm.stateOf(proposal)).toBe('proposed');
  expect(await firm.acts()).toEqual(before);
});

test('an entry that holds no sheet raises an alarm and keeps nothing behind it from being read', async () => {
  const body = { v: 1, sheet: 'ab'.repeat(32), document: 'no sheet' };
  await firm.ledger.take(firm.edge, firm.edge.batch(firm.edge.add({ kind: 'limits', body })));
  const hash = await journalLimits(firm.ledger, firm.edge, signedSheet(sheetOf('99', second), maker));
  await settleAccepted(firm.deps);
  expect(await firm.ledger.database`SELECT code FROM alarm`).toEqual([{ code: 'SHEET_UNREADABLE' }]);
  expect((await inForceOf(firm.ledger.database, PAPER))?.sheet).toBe(hash);
});

test('an entry that names its sheet by another hash counts for nothing', async () => {
  const document = signedSheet(sheetOf('99', second), maker);
  const body = { v: 1, sheet: 'ab'.repeat(32), document };
  await firm.ledger.take(firm.edge, firm.edge.batch(firm.edge.add({ kind: 'limits', body })));
  await settleAccepted(firm.deps);
  expect(await firm.ledger.database`SELECT code FROM alarm`).toEqual([{ code: 'SHEET_UNVERIFIED' }]);
  expect((await inForceOf(firm.ledger.database, PAPER))?.sheet).toBe(firm.base);
});

test('more entries than one transaction reads are all read, and the same sheet again is no news', async () => {
  const document = signedSheet(sheetOf('99', second), maker);
  const body = { v: 1, sheet: sheetHash(document), document };
  const entries = Array.from({ length: ACCEPTED_ENTRIES_MAX + 1 }, () => ({ kind: 'limits', body }));
  await firm.ledger.take(firm.edge, firm.edge.batch(firm.edge.add(...entries)));
  await settleAccepted(firm.deps);
  const [row] = await firm.ledger.database`SELECT count(*) AS count FROM limit_acceptance`;
  expect(row?.['count']).toBe(ACCEPTED_ENTRIES_MAX + 2);
  expect(await firm.acts()).toEqual(['limits.in-force system', 'limits.in-force system']);
});

test('a sheet with another order of its signatures is the same sheet of the same proposal', async () => {
  const proposal = await firm.proposed(looser());
  const approved = done(await approveLimits(firm.deps, actor(checker), proposal.proposalId));
  await firm.signed(approved, maker, checker);
  await journalLimits(firm.ledger, firm.edge, signedText(approved.unsignedText, checker, maker));
  await settleAccepted(firm.deps);
  expect(await firm.stateOf(proposal)).toBe('in-force');
  expect(await firm.ledger.database`SELECT code FROM alarm`).toHaveLength(0);
});

test('a new version of trust takes a key away, and an edge with roots of its own changes nothing', async () => {
  const root = generateSigner('root-1');
  const stranger = edgeStream('edge-2');
  await firm.ledger.register(stranger);
  await journalTrust(firm.ledger, stranger, trustNote([signingPerson('P-maker', 'limits-maker')], { root }));
  const proposal = await firm.proposed(tighter());
  const renewed = signingPerson('P-maker', 'limits-maker');
  const next = { version: 2, previous: signedTextHash(firm.trust) };
  await journalTrust(firm.ledger, firm.edge, trustNote([renewed], { ...next, root: firm.root }), 2);

  await expect(firm.signed(proposal, maker)).rejects.toThrow('signed by no known key');
  expect((await firm.signed(proposal, renewed)).state).toBe('signed');
});
