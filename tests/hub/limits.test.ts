import { exampleLine, exampleLines } from '@gatehouse/compliance/examples/sheet.ts';
import { settleAccepted } from '@gatehouse/hub/control/accepted-sheets.ts';
import { approveLimits, proposeLimits, rejectLimits, withdrawLimits } from '@gatehouse/hub/control/limit-proposals.ts';
import { signLimits } from '@gatehouse/hub/control/limit-signatures.ts';
import type { LimitDeps } from '@gatehouse/hub/control/limit-work.ts';
import { inForceOf, newestReady } from '@gatehouse/hub/store/limit-rows.ts';
import { listActs } from '@gatehouse/hub/store/pages/acts.ts';
import { findProposal } from '@gatehouse/hub/store/proposal-rows.ts';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  actor,
  bystander,
  checker,
  done,
  expired,
  type LimitFirm,
  limitFirm,
  looser,
  maker,
  other,
  refusal,
  tighter,
} from '../fixtures/limit-firm.ts';
import { PAPER, sheetOf, signedText, signingPerson } from '../fixtures/limit-people.ts';
import { startTestServer, type TestServer } from '../fixtures/postgres.ts';

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

test('one person tightens: proposed, signed by the maker alone, in force when the edge says so', async () => {
  const proposal = await firm.proposed(tighter());
  expect(proposal).toMatchObject({ state: 'proposed', needsChecker: false, isLoosening: false });
  expect(proposal.changes.map(({ says }) => says)).toEqual([
    'max-order-quantity for firm: quantityMax goes from 100 to 99.',
  ]);
  expect((await firm.signed(proposal, maker)).state).toBe('signed');
  const ready = await newestReady(firm.ledger.database, PAPER);
  expect(ready).toMatchObject({ sequence: 2, maker: 'P-maker', checkers: [], base: firm.base });
  expect((await inForceOf(firm.ledger.database, PAPER))?.sheet).toBe(firm.base);

  const hash = await firm.applied();
  await settleAccepted(firm.deps);
  expect(hash).toBe(ready?.sheet);
  expect((await inForceOf(firm.ledger.database, PAPER))?.sheet).toBe(hash);
  expect(await firm.stateOf(proposal)).toBe('in-force');
});

test('one person cannot loosen: not by signing, not by approving their own', async () => {
  const proposal = await firm.proposed(looser());
  expect(proposal).toMatchObject({ needsChecker: true, isLoosening: true });
  const { proposalId, unsignedText } = proposal;
  const alone = await signLimits(firm.deps, actor(maker), { proposalId, note: signedText(unsignedText, maker) });
  expect(refusal(alone).code).toBe('STATE_CONFLICT');
  const own = refusal(await approveLimits(firm.deps, actor(maker), proposalId));
  expect([own.code, own.problems]).toEqual(['FORBIDDEN', ['the maker of a sheet can never check it']]);
  expect(refusal(await rejectLimits(firm.deps, actor(maker), { proposalId, reason: 'no' })).code).toBe('FORBIDDEN');
  expect(await firm.stateOf(proposal)).toBe('proposed');
});

test('two people loosen: the approver stands in the text, and both signatures are needed', async () => {
  const proposal = await firm.proposed(looser());
  const approved = done(await approveLimits(firm.deps, actor(checker), proposal.proposalId));
  expect(approved.unsignedText).toContain('"checkers":["P-checker"]');
  const old = await signLimits(firm.deps, actor(maker), {
    proposalId: proposal.proposalId,
    note: signedText(proposal.unsignedText, maker),
  });
  expect(refusal(old).problems).toEqual(['the text that was signed is not the text of the proposal, byte for byte']);
  expect((await firm.signed(approved, maker)).state).toBe('checked');
  expect(await newestReady(firm.ledger.database, PAPER)).toBeUndefined();
  expect((await firm.signed(approved, checker)).state).toBe('signed');
  const ready = await newestReady(firm.ledger.database, PAPER);
  expect(ready?.checkers).toEqual(['P-checker']);
  expect(ready?.document.split('\n').filter((line) => line.startsWith('— '))).toHaveLength(2);
});

test('both signatures can come in one note', async () => {
  const approved = done(await approveLimits(firm.deps, actor(checker), (await firm.proposed(looser())).proposalId));
  expect((await firm.signed(approved, checker, maker)).state).toBe('signed');
});

test('a live sheet needs two people even where it tightens', async () => {
  const live = { environment: 'live', mark: 'FIRM' } as const;
  const first = await firm.proposed(sheetOf('100', { ...live, maker: 'P-maker' }), null);
  expect(first).toMatchObject({ needsChecker: true, isLoosening: false });
  const demo = await proposeLimits(firm.deps, actor(maker), {
    base: null,
    sheet: sheetOf('100', { environment: 'live', maker: 'P-maker' }),
  });
  expect(refusal(demo).problems).toEqual(['a sheet for live trading cannot be marked DEMO']);
});

test('the people of one environment do not sign for another', async () => {
  const live = sheetOf('100', { environment: 'live', mark: 'FIRM', maker: 'P-maker' });
  const approved = done(await approveLimits(firm.deps, actor(checker), (await firm.proposed(live, null)).proposalId));
  const note = signedText(approved.unsignedText, maker, checker);
  const refused = refusal(await signLimits(firm.deps, actor(maker), { proposalId: approved.proposalId, note }));
  expect(refused.code).toBe('SIGNATURE_INVALID');
  expect(refused.problems).toHaveLength(2);
  expect(refused.problems[0]).toContain('no trust document');
});

test('of two approvals at once one is taken', async () => {
  const { proposalId } = await firm.proposed(looser());
  const outcomes = await Promise.all([
    approveLimits(firm.deps, actor(checker), proposalId),
    approveLimits(firm.deps, actor(other), proposalId),
  ]);
  expect(outcomes.map(({ kind }) => kind).sort()).toEqual(['done', 'refused']);
  expect(outcomes.flatMap((outcome) => (outcome.kind === 'refused' ? [outcome.code] : []))).toEqual(['STATE_CONFLICT']);
  const steps = await firm.ledger.database`SELECT by_person FROM limit_proposal_step WHERE event = 'approve'`;
  expect(steps).toHaveLength(1);
});

test('of an approval and a withdrawal at once one is taken', async () => {
  const { proposalId } = await firm.proposed(looser());
  const outcomes = await Promise.all([
    approveLimits(firm.deps, actor(checker), proposalId),
    withdrawLimits(firm.deps, actor(maker), { proposalId, reason: 'A slip.' }),
  ]);
  const state = (await findProposal(firm.ledger.database, proposalId))?.state;
  // Withdrawn after it was checked is in order as well; checked after it was withdrawn is not.
  expect(state).toBe('withdrawn');
  expect(outcomes.some(({ kind }) => kind === 'done')).toBe(true);
});

test('a proposal whose base is no longer in force is superseded, and a new one on the old base is refused', async () => {
  const proposal = await firm.proposed(looser());
  const second = await firm.proposed(sheetOf('98', { sequence: 3, maker: 'P-maker' }));
  await firm.signed(second, maker);
  const hash = await firm.applied();

  const late = refusal(await approveLimits(firm.deps, actor(checker), proposal.proposalId));
  expect(late.code).toBe('STATE_CONFLICT');
  expect(await firm.stateOf(proposal)).toBe('superseded');
  const stale = refusal(
    await proposeLimits(firm.deps, actor(maker), {
      base: firm.base,
      sheet: sheetOf('97', { sequence: 4, maker: 'P-maker' }),
    }),
  );
  expect([stale.code, stale.problems]).toEqual([
    'STATE_CONFLICT',
    [`it starts from ${firm.base}, and in force is ${hash}`],
  ]);
  expect((await firm.proposed(sheetOf('97', { sequence: 4, maker: 'P-maker' }), hash)).state).toBe('proposed');
});

test('a sequence that was signed already comes never again', async () => {
  const replay = refusal(
    await proposeLimits(firm.deps, actor(maker), {
      base: firm.base,
      sheet: sheetOf('99', { sequence: 1, maker: 'P-maker' }),
    }),
  );
  expect([replay.code, replay.problems]).toEqual([
    'SHEET_REFUSED',
    ['its sequence is 1, and a sheet with sequence 1 is signed already'],
  ]);
  const [first, second, third] = [
    await firm.proposed(tighter()),
    await firm.proposed(tighter()),
    await firm.proposed(looser()),
  ];
  await firm.signed(first, maker);
  const note = signedText(second.unsignedText, maker);
  const twin = refusal(await signLimits(firm.deps, actor(maker), { proposalId: second.proposalId, note }));
  expect([twin.code, twin.problems]).toEqual([
    'SHEET_REFUSED',
    ['its sequence is 2, and a sheet with sequence 2 is signed already'],
  ]);
  expect(refusal(await approveLimits(firm.deps, actor(checker), third.proposalId)).code).toBe('SHEET_REFUSED');
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
    breakers: [{ breaker: 'no-such-breaker', version: 1, scope: 'firm', level: 'pause', figures: {} }],
  });
  const refused = refusal(await proposeLimits(firm.deps, actor(maker), { base: null, sheet }));
  expect(refused.code).toBe('SHEET_REFUSED');
  for (const part of [
    'its maker is P-somebody, and P-maker proposes it',
    'it names checkers',
    'this release has no control no-such-control',
    'this release has no breaker no-such-breaker',
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
  expect(await firm.ledger.database`SELECT proposal_id FROM limit_proposal`).toHaveLength(0);
});

test('a sheet that changes nothing is no proposal', async () => {
  const same = sheetOf('100', { sequence: 2, maker: 'P-maker' });
  const refused = refusal(await proposeLimits(firm.deps, actor(maker), { base: firm.base, sheet: same }));
  expect(refused.problems).toEqual([`it changes nothing of the sheet in force, ${firm.base}`]);
});

test('a signature counts only by the right key, of the right person, in their term', async () => {
  const { proposalId, unsignedText } = done(
    await approveLimits(firm.deps, actor(checker), (await firm.proposed(looser())).proposalId),
  );
  const tryNote = async (note: string, by = maker) =>
    refusal(await signLimits(firm.deps, actor(by), { proposalId, note })).problems.join('; ');
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
  expect(await firm.ledger.database`SELECT signer FROM proposal_signature`).toHaveLength(0);
  expect((await findProposal(firm.ledger.database, proposalId))?.state).toBe('checked');
});

test('a checker whose key has ended cannot sign, and one without the role neither', async () => {
  for (const person of [expired, bystander]) {
    const { proposalId, unsignedText } = done(
      await approveLimits(firm.deps, actor(person), (await firm.proposed(looser())).proposalId),
    );
    const note = signedText(unsignedText, person);
    const refused = refusal(await signLimits(firm.deps, actor(person), { proposalId, note }));
    expect(refused.code).toBe('SIGNATURE_INVALID');
    expect(refused.problems.join()).toMatch(/counted until 2021|has not the role/);
  }
});

test('a rejection has a reason and is the end', async () => {
  const proposal = await firm.proposed(looser());
  const { proposalId } = proposal;
  expect(refusal(await withdrawLimits(firm.deps, actor(checker), { proposalId, reason: 'no' })).code).toBe('FORBIDDEN');
  const rejected = done(
    await rejectLimits(firm.deps, actor(checker), { proposalId, reason: 'Too wide for this desk.' }),
  );
  expect(rejected.state).toBe('rejected');
  expect(refusal(await approveLimits(firm.deps, actor(other), proposalId)).code).toBe('STATE_CONFLICT');
  const [step] = await firm.ledger.database`SELECT note FROM limit_proposal_step WHERE event = 'reject'`;
  expect(step?.['note']).toBe('Too wide for this desk.');
});

test('I14 every step and every refused attempt is an act, with the state before and after', async () => {
  const proposal = await firm.proposed(looser());
  await approveLimits(firm.deps, actor(maker), proposal.proposalId);
  const approved = done(await approveLimits(firm.deps, actor(checker), proposal.proposalId));
  await firm.signed(approved, maker);
  await firm.signed(approved, checker);
  await firm.applied();
  await settleAccepted(firm.deps);
  expect(await firm.acts()).toEqual([
    'limits.in-force system',
    'limits.proposed P-maker',
    'limits.refused P-maker',
    'limits.approved P-checker',
    'limits.signature-added P-maker',
    'limits.signed P-maker',
    'limits.in-force system',
  ]);
  const rows = await listActs(firm.ledger.database, { target: proposal.proposalId }, { limit: 100 });
  expect(rows.map(({ before, after }) => [before?.['state'], after?.['state']]).reverse()).toEqual([
    [undefined, 'proposed'],
    [undefined, undefined],
    ['proposed', 'checked'],
    ['checked', 'checked'],
    ['checked', 'signed'],
    ['signed', 'in-force'],
  ]);
  expect((await firm.ledger.verify()).findings).toEqual([]);
});

test('I14 a step whose act cannot be recorded has not happened', async () => {
  const { proposalId } = await firm.proposed(looser());
  const failing: LimitDeps = {
    ...firm.deps,
    appendAct: async () => {
      throw new Error('the ledger is away');
    },
  };
  await expect(approveLimits(failing, actor(checker), proposalId)).rejects.toThrow('the ledger is away');
  expect((await findProposal(firm.ledger.database, proposalId))?.state).toBe('proposed');
});
