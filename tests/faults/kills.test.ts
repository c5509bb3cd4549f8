import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Ack } from '@gatehouse/shared/journal/ack.ts';
import { beforeAll, describe, expect, test } from 'vitest';
import { canWatchProcesses, kill, openFirm, type Running, type TestFirm, until } from '../fixtures/firm.ts';
import { witnessAcks } from './ack-witness.ts';
import { expectLegalLives, expectOnce, expectSameJudgement, expectSameRecords } from './expect-sound.ts';
import { FAULT_ROUNDS, FAULT_SEED, type PlannedKill, planKills, tellRound } from './fault-plan.ts';
import { type FirmFacts, keptAck, readFacts } from './firm-facts.ts';
import { tradingOf, uninterruptedTrading } from './uninterrupted.ts';

// kill -9 in the middle of a replay, of every part and several times; the seed is printed and repeats the plan.

/** So slow that no kill comes after the end, however long a part takes to come back; a last start finishes at full speed. */
const PACE_SECONDS = 45;
const KILLS = 5;
const MS_MAX = 300_000;
const READY_MS_MAX = 90_000;
const BACK_MS_MAX = 90_000;
const POLL_MS = 10;
const IDLE_MS_MAX = 45_000;

const seeds = Array.from({ length: FAULT_ROUNDS }, (_, round) => FAULT_SEED + round);

describe.skipIf(!canWatchProcesses).each(seeds)('a replay with kill -9 in the middle, seed %i', (seed) => {
  let firm: TestFirm;
  let acks: readonly Ack[];
  let facts: FirmFacts;
  let rebuilt: FirmFacts;

  beforeAll(async () => {
    firm = await openFirm();
    try {
      const start = firm.run('start', '--pace', `${PACE_SECONDS}`, '--until-done');
      acks = await killsWitnessed(firm, { start, plan: planKills(seed, KILLS) });
      await expectEnd(firm, start, 'Stopped. Everything is on disk');
      const last = firm.run('start', '--pace', '0', '--until-done');
      await expectEnd(firm, last, 'The replay is complete.');
      facts = await readFacts(firm.data);
      expect((await firm.command('rebuild')).exit).toBe(0);
      rebuilt = await readFacts(firm.data);
    } catch (error) {
      await firm.end();
      throw error;
    }
    return () => firm.end();
  }, MS_MAX);

  test('I1 every entry that the hub signed for is in its ledger, and the ledger has all that the edge has', () => {
    expectAcked(facts, acks);
    expectSameRecords(facts);
    tellRound(`seed ${seed}: ${KILLS} kills, ${acks.length} acks witnessed, ${facts.ledger.length} entries, none lost`);
  });

  test('I2 no entry, fill, market day or deposit counts twice', () => {
    expectOnce(facts.ledger);
  });

  test('I3 both chains verify', async () => {
    const { exit, stderr } = await firm.command('verify');
    expect(stderr).toBe('');
    expect(exit).toBe(0);
  });

  test('I7 one intent is at most one order, its life is legal, and it trades as if nothing had happened', async () => {
    expectLegalLives(facts.ledger);
    await expectSameTrading(firm, facts);
  });

  test('I17 every decision follows from the entries before it, whatever was killed between them', async () => {
    await expectSameJudgement(firm);
  });

  test('I9 the projections of the hub equal the fold of its ledger', () => {
    expect(facts.projections['orders']?.length).toBeGreaterThan(0);
    expect(rebuilt.projections).toEqual(facts.projections);
  });
});

interface Round {
  readonly start: Running;
  readonly plan: readonly PlannedKill[];
}

/** Carries out the plan; gives back every signed ack that was heard or kept meanwhile. */
async function killsWitnessed(firm: TestFirm, { start, plan }: Round): Promise<readonly Ack[]> {
  expect(await until(async () => (await firm.status()) !== undefined, READY_MS_MAX), start.said()).toBe(true);
  const port = readFileSync(join(firm.data, 'hub', 'broker.port'), 'utf8');
  const witness = witnessAcks(firm.data, `mqtt://127.0.0.1:${port}`);
  const kept: Ack[] = [];
  try {
    for (const planned of plan) {
      const pid = await reach(firm, planned);
      expect(kill(pid, 'SIGKILL')).toBe(true);
      const ack = keptAck(firm.data);
      if (ack !== undefined) kept.push(ack);
      const isBack = await until(() => ![undefined, pid].includes(firm.pid(planned.part)), BACK_MS_MAX);
      expect(isBack, `the ${planned.part} comes back\n${start.said()}`).toBe(true);
    }
    start.signal('SIGINT');
    await start.ended;
  } finally {
    await witness.stop();
  }
  expect(kept.length).toBeGreaterThan(0);
  expect(witness.acks.length).toBeGreaterThan(plan.length);
  return [...kept, ...witness.acks];
}

/** Waits for a start to end well, without a word of trouble and with nothing left running. */
async function expectEnd(firm: TestFirm, start: Running, words: string): Promise<void> {
  const { exit, stdout, stderr } = await start.ended;
  expect(stderr).toBe('');
  expect(stdout).toContain(words);
  expect(exit).toBe(0);
  expect(await firm.idle(IDLE_MS_MAX)).toEqual([]);
}

/** Waits for the moment of a kill, in the middle of the replay; gives back the process that runs then. */
async function reach(firm: TestFirm, { part, atShare, laterMs }: PlannedKill): Promise<number> {
  const endsAt = performance.now() + READY_MS_MAX;
  for (;;) {
    expect(performance.now()).toBeLessThan(endsAt);
    const status = await firm.status();
    const pid = firm.pid(part);
    // An edge that has just been started does not know its bars yet.
    const isReached = status !== undefined && status.bars > 0 && status.done >= atShare * status.bars;
    if (isReached && pid !== undefined) {
      expect(status.phase).toBe('replaying');
      expect(status.done).toBeLessThan(status.bars);
      await sleep(laterMs);
      return pid;
    }
    await sleep(POLL_MS);
  }
}

/** What the hub signed for is in its ledger, and it signed for something. */
function expectAcked({ ledger }: FirmFacts, acks: readonly Ack[]): void {
  const lost = acks.filter(({ epoch, seq, hash }) => {
    const entry = ledger[seq - 1];
    return seq > 0 && (entry?.hash !== hash || entry.epoch !== epoch);
  });
  expect(lost).toEqual([]);
  expect(acks.some(({ seq }) => seq > 0)).toBe(true);
}

/** An order that was given up before it was sent may change what follows; without one, nothing may differ. */
async function expectSameTrading(firm: TestFirm, { ledger }: FirmFacts): Promise<void> {
  const trading = tradingOf(ledger);
  const givenUp = [...trading.lives.values()].filter((life) => life.includes('unsent'));
  const reference = await uninterruptedTrading(firm.data);
  if (givenUp.length === 0) expect(trading.fills).toEqual(reference.fills);
  else expect(trading.fills.length).toBeGreaterThan(reference.fills.length / 2);
}
