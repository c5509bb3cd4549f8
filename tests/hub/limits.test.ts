import { randomBytes } from 'node:crypto';
import { controls } from '@gatehouse/compliance/controls/index.ts';
import { exampleLine, exampleLines } from '@gatehouse/compliance/examples/sheet.ts';
import { settleAccepted } from '@gatehouse/hub/control/accepted-sheets.ts';
import { approveLimits, proposeLimits, rejectLimits, withdrawLimits } from '@gatehouse/hub/control/limit-proposals.ts';
import { signLimits } from '@gatehouse/hub/control/limit-signatures.ts';
import type { LimitDeps, Outcome, StepRefusal } from '@gatehouse/hub/control/limit-work.ts';
import { rebuildProjections } from '@gatehouse/hub/ingest/rebuild-projections.ts';
import { inForceOf, newestReady } from '@gatehouse/hub/store/limit-rows.ts';
import { listActs } from '@gatehouse/hub/store/pages/acts.ts';
import { findProposal, type StandingProposal } from '@gatehouse/hub/store/proposal-rows.ts';
import type { Sheet } from '@gatehouse/shared/schema/sheet.ts';
import { type ManualClock, manualClock } from '@gatehouse/shared/values/clock.ts';
import { fromMillis } from '@gatehouse/shared/values/instant.ts';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type EdgeStream, edgeStream } from '../fixtures/edge-stream.ts';
import { type TestLedger, testLedger } from '../fixtures/hub-ledger.ts';
import {
  journalLimits,
  journalTrust,
  PAPER,
  type SigningPerson,
  sheetOf,
  signedSheet,
  signedText,
  signingPerson,
  trustNote,
} from '../fixtures/limit-people.ts';
import { startTestServer, type TestServer } from '../fixtures/postgres.ts';

const maker = signingPerson('P-maker', 'limits-maker', 'limits-checker');
const checker = signingPerson('P-checker', 'limits-checker');
const other = signingPerson('P-other', 'limits-checker');
const bystander = signingPerson('P-bystander', 'kill-releaser');
const expired = { ...signingPerson('P-expired', 'limits-checker'), to: '2021-01-01T00:00:00.000000000Z' };

let server: TestServer;
let ledger: TestLedger;
let clock: ManualClock;
let deps: LimitDeps;
let edge: EdgeStream;
/** The hash of the sheet that the edge runs on: 100 units an order, sequence 1. */
let base: string;

beforeAll(async () => {
  server = await startTestServer();
}, 60_000);
beforeEach(async () => {
  const { database } = await server.database();
  ledger = testLedger(database);
  clock = manualClock(fromMillis(Date.UTC(2026, 0, 5, 10)));
  const random = (length: number) => randomBytes(length);
  deps = { database, appendAct: (tx, act) => ledger.hubStream.appendAct(tx, act), clock, random, controls };
  edge = edgeStream('edge-1');
  await ledger.register(edge);
  await journalTrust(ledger, edge, trustNote([maker, checker, other, bystander, expired]));
  base = await journalLimits(ledger, edge, signedSheet(sheetOf('100', { maker: 'P-maker' }), maker));
});
afterAll(() => server.stop());

const actor = ({ id }: SigningPerson) => ({ personId: id, from: '127.0.0.1' });
const looser = (change = {}): Sheet => sheetOf('101', { sequence: 2, maker: 'P-maker', ...change });
const tighter = (change = {}): Sheet => sheetOf('99', { sequence: 2, maker: 'P-maker', ...change });

async function proposed(sheet: Sheet, from: string | null = base): Promise<StandingProposal> {
  return done(await proposeLimits(deps, actor(maker), { base: from, sheet }));
}

async function signed(proposal: StandingProposal, ...people: readonly SigningPerson[]): Promise<StandingProposal> {
  const note = signedText(proposal.unsignedText, ...people);
  return done(await signLimits(deps, actor(maker), { proposalId: proposal.proposalId, note }));
}

function done<Value>(outcome: Outcome<Value>): Value {
  if (outcome.kind === 'done') return outcome.value;
  throw new Error(`${outcome.code}: ${outcome.problems.join('; ')}`);
}

function refusal(outcome: Outcome<unknown>): StepRefusal {
  if (outcome.kind === 'refused') return outcome;
  throw new Error('the step was taken');
}

const stateOf = async ({ proposalId }: StandingProposal) => (await findProposal(ledger.database, proposalId))?.state;

/** The acts about limits, oldest first. */
async function acts(): Promise<readonly string[]> {
  const rows = await listActs(ledger.database, {}, { limit: 100 });
  return rows
    .filter(({ action }) => action.startsWith('limits.'))
    .map(({ action, by }) => `${action} ${by}`)
    .reverse();
}

test('one person tightens: proposed, signed by the maker alone, in force when the edge says so', async () => {
  const proposal = await proposed(tighter());
  expect(proposal).toMatchObject({ state: 'proposed', needsChecker: false, isLoosening: false });
  expect(proposal.changes.map(({ says }) => says)).toEqual([
    'max-order-quantity for firm: quantityMax goes from 100 to 99.',
  ]);
  expect((await signed(proposal, maker)).state).toBe('signed');
  const ready = await newestReady(ledger.database, PAPER);
  expect(ready).toMatchObject({ sequence: 2, maker: 'P-maker', checkers: [], base });
  expect((await inForceOf(ledger.database, PAPER))?.sheet).toBe(base);

  const hash = await journalLimits(ledger, edge, ready?.document ?? '');
  await settleAccepted(deps);
  expect(hash).toBe(ready?.sheet);
  expect((await inForceOf(ledger.database, PAPER))?.sheet).toBe(hash);
  expect(await stateOf(proposal)).toBe('in-force');
});

test('one person cannot loosen: not by signing, not by approving their own', async () => {
  const proposal = await proposed(looser());
  expect(proposal).toMatchObject({ needsChecker: true, isLoosening: true });
  const { proposalId, unsignedText } = proposal;
  const alone = await signLimits(deps, actor(maker), { proposalId, note: signedText(unsignedText, maker) });
  expect(refusal(alone).code).toBe('STATE_CONFLICT');
  const own = refusal(await approveLimits(deps, actor(maker), proposalId));
  expect([own.code, own.problems]).toEqual(['FORBIDDEN', ['the maker of a sheet can never check it']]);
  expect(refusal(await rejectLimits(deps, actor(maker), { proposalId, reason: 'no' })).code).toBe('FORBIDDEN');
  expect(await stateOf(proposal)).toBe('proposed');
});

test('two people loosen: the approver stands in the text, and both signatures are needed', async () => {
  const proposal = await proposed(looser());
  const approved = done(await approveLimits(deps, actor(checker), proposal.proposalId));
  expect(approved.unsignedText).toContain('"checkers":["P-checker"]');
  const old = await signLimits(deps, actor(maker), {
    proposalId: proposal.proposalId,
    note: signedText(proposal.unsignedText, maker),
  });
  expect(refusal(old).problems).toEqual(['the text that was signed is not the text of the proposal, byte for byte']);
  expect((await signed(approved, maker)).state).toBe('checked');
  expect(await newestReady(ledger.database, PAPER)).toBeUndefined();
  expect((await signed(approved, checker)).state).toBe('signed');
  const ready = await newestReady(ledger.database, PAPER);
  expect(ready?.checkers).toEqual(['P-checker']);
  expect(ready?.document.split('\n').filter((line) => line.startsWith('— '))).toHaveLength(2);
});

test('both signatures can come in one note', async () => {
  const approved = done(await approveLimits(deps, actor(checker), (await proposed(looser())).proposalId));
  expect((await signed(approved, checker, maker)).state).toBe('signed');
});

test('a live sheet needs two people even where it tightens', async () => {
  const live = { environment: 'live', mark: 'FIRM' } as const;
  const first = await proposed(sheetOf('100', { ...live, maker: 'P-maker' }), null);
  expect(first).toMatchObject({ needsChecker: true, isLoosening: false });
  const demo = await proposeLimits(deps, actor(maker), {
    base: null,
    sheet: sheetOf('100', { environment: 'live', maker: 'P-maker' }),
  });
  expect(refusal(demo).problems).toEqual(['a sheet for live trading cannot be marked DEMO']);
});

test('the people of one environment do not sign for another', async () => {
  const live = sheetOf('100', { environment: 'live', mark: 'FIRM', maker: 'P-maker' });
  const approved = done(await approveLimits(deps, actor(checker), (await proposed(live, null)).proposalId));
  const note = signedText(approved.unsignedText, maker, checker);
  const refused = refusal(await signLimits(deps, actor(maker), { proposalId: approved.proposalId, note }));
  expect(refused.code).toBe('SIGNATURE_INVALID');
  expect(refused.problems).toHaveLength(2);
  expect(refused.problems[0]).toContain('no trust document');
});

test('of two approvals at once one is taken', async () => {
  const { proposalId } = await proposed(looser());
  const outcomes = await Promise.all([
    approveLimits(deps, actor(checker), proposalId),
    approveLimits(deps, actor(other), proposalId),
  ]);
  expect(outcomes.map(({ kind }) => kind).sort()).toEqual(['done', 'refused']);
  expect(outcomes.flatMap((outcome) => (outcome.kind === 'refused' ? [outcome.code] : []))).toEqual(['STATE_CONFLICT']);
  const steps = await ledger.database`SELECT by_person FROM limit_proposal_step WHERE event = 'approve'`;
  expect(steps).toHaveLength(1);
});

test('of an approval and a withdrawal at once one is taken', async () => {
  const { proposalId } = await proposed(looser());
  const outcomes = await Promise.all([
    approveLimits(deps, actor(checker), proposalId),
    withdrawLimits(deps, actor(maker), { proposalId, reason: 'A slip.' }),
  ]);
  const state = (await findProposal(ledger.database, proposalId))?.state;
  // Withdrawn after it was checked is in order as well; checked after it was withdrawn is not.
  expect(state).toBe('withdrawn');
  expect(outcomes.some(({ kind }) => kind === 'done')).toBe(true);
});

test('a proposal whose base is no longer in force is superseded, and a new one on the old base is refused', async () => {
  const proposal = await proposed(looser());
  const second = await proposed(sheetOf('98', { sequence: 3, maker: 'P-maker' }));
  await signed(second, maker);
  const hash = await journalLimits(ledger, edge, (await newestReady(ledger.database, PAPER))?.document ?? '');

  const late = refusal(await approveLimits(deps, actor(checker), proposal.proposalId));
  expect(late.code).toBe('STATE_CONFLICT');
  expect(await stateOf(proposal)).toBe('superseded');
  const stale = refusal(
    await proposeLimits(deps, actor(maker), { base, sheet: sheetOf('97', { sequence: 4, maker: 'P-maker' }) }),
  );
  expect([stale.code, stale.problems]).toEqual(['STATE_CONFLICT', [`it starts from ${base}, and in force is ${hash}`]]);
  expect((await proposed(sheetOf('97', { sequence: 4, maker: 'P-maker' }), hash)).state).toBe('proposed');
});

test('a sequence that was signed already comes never again', async () => {
  const replay = refusal(
    await proposeLimits(deps, actor(maker), { base, sheet: sheetOf('99', { sequence: 1, maker: 'P-maker' }) }),
  );
  expect([replay.code, replay.problems]).toEqual([
    'SHEET_REFUSED',
    ['its sequence is 1, and a sheet with sequence 1 is signed already'],
  ]);
  const [first, second, third] = [await proposed(tighter()), await proposed(tighter()), await proposed(looser())];
  await signed(first, maker);
  const note = signedText(second.unsignedText, maker);
  const twin = refusal(await signLimits(deps, actor(maker), { proposalId: second.proposalId, note }));
  expect([twin.code, twin.problems]).toEqual([
    'SHEET_REFUSED',
    ['its sequence is 2, and a sheet with sequence 2 is signed already'],
  ]);
  expect(refusal(await approveLimits(deps, actor(checker), third.proposalId)).code).toBe('SHEET_REFUSED');
});

test('a bad sheet is refused with every problem, and nothing of it is kept', async () => {
  const sheet = sheetOf('99', {
    sequence: 1,
    maker: 'P-somebody',
    checkers: ['P-checker'],
    to: '2026-01-02T00:00:00.000000000Z',
    controls: [
      ...exampleLines(exampleLine('max-order-quantity', { quantityMax: '-1' })),
      { control: 'no-such-control', off: { reason: 'None.' } },
    ],
  });
  const refused = refusal(await proposeLimits(deps, actor(maker), { base: null, sheet }));
  expect(refused.code).toBe('SHEET_REFUSED');
  for (const part of [
    'its maker is P-somebody, and P-maker proposes it',
    'it names checkers',
    'this release has no control no-such-control',
    'quantityMax: below zero',
    'its term is over by now',
    'its sequence is 1',
    'it starts from no sheet',
  ]) {
    expect(
      refused.problems.filter((problem) => problem.includes(part)),
      part,
    ).toHaveLength(1);
  }
  expect(await ledger.database`SELECT proposal_id FROM limit_proposal`).toHaveLength(0);
});

test('a sheet that changes nothing is no proposal', async () => {
  const same = sheetOf('100', { sequence: 2, maker: 'P-maker' });
  const refused = refusal(await proposeLimits(deps, actor(maker), { base, sheet: same }));
  expect(refused.problems).toEqual([`it changes nothing of the sheet in force, ${base}`]);
});

test('a signature counts only by the right key, of the right person, in their term', async () => {
  const { proposalId, unsignedText } = done(
    await approveLimits(deps, actor(checker), (await proposed(looser())).proposalId),
  );
  const tryNote = async (note: string, by = maker) =>
    refusal(await signLimits(deps, actor(by), { proposalId, note })).problems.join('; ');
  const impostor = signingPerson('P-checker', 'limits-checker');
  expect(await tryNote(signedText(unsignedText, impostor))).toContain('signed by no known key');
  expect(await tryNote(signedText(unsignedText, bystander))).toBe(
    'P-bystander signed, who is neither the maker nor a checker of this sheet',
  );
  const [line = ''] = signedText(unsignedText, maker)
    .split('\n')
    .filter((text) => text.startsWith('— '));
  const forged = `${unsignedText}\n${line.slice(0, -6)}${line.slice(-6) === 'AAAAA=' ? 'BBBBB=' : 'AAAAA='}\n`;
  expect(await tryNote(forged)).toContain('P-maker');
  expect(await tryNote('no note at all')).toContain('signed document');
  expect(await tryNote(signedText(unsignedText, maker), bystander)).toContain('neither the maker nor a checker');
  expect(await ledger.database`SELECT signer FROM proposal_signature`).toHaveLength(0);
  expect((await findProposal(ledger.database, proposalId))?.state).toBe('checked');
});

test('a checker whose key has ended cannot sign, and one without the role neither', async () => {
  for (const person of [expired, bystander]) {
    const { proposalId, unsignedText } = done(
      await approveLimits(deps, actor(person), (await proposed(looser())).proposalId),
    );
    const note = signedText(unsignedText, person);
    const refused = refusal(await signLimits(deps, actor(person), { proposalId, note }));
    expect(refused.code).toBe('SIGNATURE_INVALID');
    expect(refused.problems.join()).toMatch(/counted until 2021|has not the role/);
  }
});

test('a rejection has a reason and is the end', async () => {
  const proposal = await proposed(looser());
  const { proposalId } = proposal;
  expect(refusal(await withdrawLimits(deps, actor(checker), { proposalId, reason: 'no' })).code).toBe('FORBIDDEN');
  const rejected = done(await rejectLimits(deps, actor(checker), { proposalId, reason: 'Too wide for this desk.' }));
  expect(rejected.state).toBe('rejected');
  expect(refusal(await approveLimits(deps, actor(other), proposalId)).code).toBe('STATE_CONFLICT');
  const [step] = await ledger.database`SELECT note FROM limit_proposal_step WHERE event = 'reject'`;
  expect(step?.['note']).toBe('Too wide for this desk.');
});

test('I14 every step and every refused attempt is an act, with the state before and after', async () => {
  const proposal = await proposed(looser());
  await approveLimits(deps, actor(maker), proposal.proposalId);
  const approved = done(await approveLimits(deps, actor(checker), proposal.proposalId));
  await signed(approved, maker);
  await signed(approved, checker);
  await journalLimits(ledger, edge, (await newestReady(ledger.database, PAPER))?.document ?? '');
  await settleAccepted(deps);
  expect(await acts()).toEqual([
    'limits.in-force system',
    'limits.proposed P-maker',
    'limits.refused P-maker',
    'limits.approved P-checker',
    'limits.signature-added P-maker',
    'limits.signed P-maker',
    'limits.in-force system',
  ]);
  const rows = await listActs(ledger.database, { target: proposal.proposalId }, { limit: 100 });
  expect(rows.map(({ before, after }) => [before?.['state'], after?.['state']]).reverse()).toEqual([
    [undefined, 'proposed'],
    [undefined, undefined],
    ['proposed', 'checked'],
    ['checked', 'checked'],
    ['checked', 'signed'],
    ['signed', 'in-force'],
  ]);
  expect((await ledger.verify()).findings).toEqual([]);
});

test('I14 a step whose act cannot be recorded has not happened', async () => {
  const { proposalId } = await proposed(looser());
  const failing: LimitDeps = {
    ...deps,
    appendAct: async () => {
      throw new Error('the ledger is away');
    },
  };
  await expect(approveLimits(failing, actor(checker), proposalId)).rejects.toThrow('the ledger is away');
  expect((await findProposal(ledger.database, proposalId))?.state).toBe('proposed');
});

test('a sheet in use whose signatures do not count raises an alarm and is no base', async () => {
  const rogue = signingPerson('P-maker', 'limits-maker');
  await journalLimits(ledger, edge, signedSheet(sheetOf('5000', { sequence: 9, maker: 'P-maker' }), rogue));
  await journalLimits(ledger, edge, signedSheet(sheetOf('6000', { sequence: 10, maker: 'P-maker' }), maker));
  await settleAccepted(deps);
  expect((await inForceOf(ledger.database, PAPER))?.sheet).toBe(base);
  const alarms = await ledger.database`SELECT message FROM alarm WHERE code = 'SHEET_UNVERIFIED' ORDER BY id`;
  expect(alarms).toHaveLength(2);
  expect(alarms[0]?.['message']).toContain('the signature of P-maker does not count');
  expect(alarms[1]?.['message']).toContain('it needs a second person, and names no checker');
});

test('where no sheet in use can be verified, a first proposal needs two people', async () => {
  const elsewhere = { environment: 'live', mark: 'FIRM' } as const;
  const stranger = edgeStream('edge-2');
  await ledger.register(stranger);
  await journalLimits(ledger, stranger, signedSheet(sheetOf('9', { ...elsewhere, maker: 'P-maker' }), maker));
  const proposal = await proposed(sheetOf('9', { ...elsewhere, sequence: 2, maker: 'P-maker' }), null);
  expect(proposal).toMatchObject({ base: null, needsChecker: true });
});

test('an edge that lags behind on an older sheet changes nothing and raises no alarm', async () => {
  const old = signedSheet(sheetOf('100', { maker: 'P-maker' }), maker);
  await signed(await proposed(tighter()), maker);
  const hash = await journalLimits(ledger, edge, (await newestReady(ledger.database, PAPER))?.document ?? '');
  const second = edgeStream('edge-2');
  await ledger.register(second);
  await journalLimits(ledger, second, old);
  await settleAccepted(deps);
  expect((await inForceOf(ledger.database, PAPER))?.sheet).toBe(hash);
  expect(await ledger.database`SELECT code FROM alarm`).toHaveLength(0);
});

test('two sheets of one sequence in use at once raise an alarm', async () => {
  const second = edgeStream('edge-2');
  await ledger.register(second);
  await journalLimits(ledger, second, signedSheet(sheetOf('90', { maker: 'P-maker' }), maker));
  await settleAccepted(deps);
  expect(await ledger.database`SELECT code FROM alarm`).toEqual([{ code: 'SHEET_FORKED' }]);
  expect((await inForceOf(ledger.database, PAPER))?.sheet).toBe(base);
});

test('rows of versions, proposals, steps and signatures are never changed or removed', async () => {
  await signed(await proposed(tighter()), maker);
  for (const table of [
    'limit_sheet',
    'limit_acceptance',
    'limit_proposal',
    'limit_proposal_step',
    'proposal_signature',
  ]) {
    const sql = ledger.database;
    await expect(sql.unsafe(`DELETE FROM ${table}`)).rejects.toThrow('never changed or removed');
    await expect(sql.unsafe(`TRUNCATE ${table} CASCADE`)).rejects.toThrow('never changed or removed');
  }
  await expect(ledger.database`UPDATE limit_proposal_step SET state = 'checked'`).rejects.toThrow('never changed');
});

test('a rebuild of the projections leaves limits as they are', async () => {
  const proposal = await proposed(looser());
  const before = await acts();
  await rebuildProjections(ledger.database);
  await settleAccepted(deps);
  expect((await inForceOf(ledger.database, PAPER))?.sheet).toBe(base);
  expect(await stateOf(proposal)).toBe('proposed');
  expect(await acts()).toEqual(before);
});
