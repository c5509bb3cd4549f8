import { expect } from 'vitest';
import type { TestFirm } from '../fixtures/firm.ts';
import { type Fact, type FirmFacts, orderLives, readFacts } from './firm-facts.ts';

/** What may happen to an order from its intent on, in the words of its entries. */
const LEGAL_LIFE =
  /^intent (refused|approved( unsent|( sent( unknown)?( working)?( unknown)?( fill filled| expired| cancelled| unsent)?)?)?)$/;
const OPEN_AT_THE_END_MAX = 2;

/**
 * Expects of a stopped firm that nothing is lost, nothing counts twice and everything verifies.
 *
 * Shape: gives back what it read, for what only one test expects.
 */
export async function expectSound(firm: TestFirm): Promise<FirmFacts> {
  const verified = await firm.command('verify');
  expect(verified.stderr).toBe('');
  expect(verified.exit).toBe(0);
  const facts = await readFacts(firm.data);
  expectSameRecords(facts);
  expectLegalLives(facts.ledger);
  expectOnce(facts.ledger);
  await expectSameProjections(firm, facts);
  await expectSameJudgement(firm);
  return facts;
}

/** Both sides hold the same entries, each once, without a gap. */
export function expectSameRecords({ journal, ledger }: FirmFacts): void {
  const place = ({ epoch, seq, hash }: Fact): string => `${epoch}/${seq} ${hash}`;
  expect(journal.length).toBeGreaterThan(0);
  expect(ledger.map(place)).toEqual(journal.map(place));
  expect(ledger.map(({ seq }) => seq)).toEqual(ledger.map((_, index) => index + 1));
}

/** No order has two lives, and none a life that cannot be. */
export function expectLegalLives(entries: readonly Fact[]): void {
  const lives = [...orderLives(entries)].map(([order, words]) => ({ order, life: words.join(' ') }));
  expect(lives.length).toBeGreaterThan(0);
  expect(lives.filter(({ life }) => !LEGAL_LIFE.test(life))).toEqual([]);
  const open = lives.filter(({ life }) => /(approved|sent|unknown|working)$/.test(life));
  expect(open.length).toBeLessThanOrEqual(OPEN_AT_THE_END_MAX);
}

/** Fills, market days and the deposit are there once. */
export function expectOnce(entries: readonly Fact[]): void {
  const of = (kind: string, name: string) =>
    entries.filter((entry) => entry.kind === kind).map(({ body }) => `${body[name]}`);
  for (const ids of [of('fill', 'fill'), of('fill', 'order'), of('valuation', 'day')]) {
    expect(ids.length).toBeGreaterThan(0);
    expect(ids.length - new Set(ids).size).toBe(0);
  }
  expect(of('cash', 'reason')).toEqual(['deposit']);
}

/** The hub's tables are what its ledger folds to. */
async function expectSameProjections(firm: TestFirm, before: FirmFacts): Promise<void> {
  expect(before.projections['orders']?.length).toBeGreaterThan(0);
  const rebuilt = await firm.command('rebuild');
  expect(rebuilt.stderr).toBe('');
  expect(rebuilt.exit).toBe(0);
  expect((await readFacts(firm.data)).projections).toEqual(before.projections);
}

/** Every decision and every position follows from the entries before it, on both sides. */
export async function expectSameJudgement(firm: TestFirm): Promise<void> {
  for (const words of [['rejudge'], ['rejudge', 'journal']]) {
    const { stdout, stderr, exit } = await firm.command(...words);
    expect(stderr).toBe('');
    const [, equal, decisions] = /^(\d+) of (\d+) decisions/m.exec(stdout) ?? [];
    expect(Number(decisions)).toBeGreaterThan(0);
    expect(equal).toBe(decisions);
    expect(exit).toBe(0);
  }
}
