import { KitError } from '@gatehouse/shared/errors.ts';
import { expect, test } from 'vitest';
import { type Bench, bench, PLACE, TRADED } from './reconcile-fixture.ts';
import { checkStatement } from './statement-check.ts';

const head = (to = '2026-03-02T15:30:00Z', place = PLACE) => `gatehouse-statement,1
venue,${place.venue}
account,${place.account}
from,2026-03-02T00:00:00Z
to,${to}
`;
const FILLS = `[fills]
time,fill,order,instrument,side,quantity,price,currency,fee
2026-03-02T15:00:01Z,F-1,O-1,${TRADED},buy,2,100,USD,0.2
`;

/** Two fills, one before the statement's end and one after it. */
async function traded(): Promise<Bench> {
  const one = bench();
  one.work('O-1');
  one.report('O-1', one.venue.trade({ id: 'F-1', order: 'O-1', quantity: '2', fee: '0.2', afterMs: 1_000 }));
  one.report('O-1', one.venue.trade({ id: 'F-2', order: 'O-1', quantity: '1', fee: '0.1', afterMs: 3_600_000 }));
  await one.time.advance(7_200_000);
  return one;
}

const check = (one: Bench, text: string) =>
  checkStatement(text, { ...one.deps, clock: one.deps.clock, executions: (since) => one.venue.executions(since) });
const told = (one: Awaited<ReturnType<typeof check>>) =>
  one.differences.map(({ subject, key, between, cause }) => [subject, key, between.join('-'), cause]);

test('a statement is compared with what the books held at its moment, not with what they hold now', async () => {
  const one = await traded();
  const text = `${head()}${FILLS}[positions]\ninstrument,quantity\n${TRADED},2\n[balances]\ncurrency,amount\nUSD,99799.8\n`;
  const report = await check(one, text);
  expect([told(report), report.steps, report.venueSays]).toEqual([[], [], undefined]);
  const spot = await check(one, `${head()}[balances]\ncurrency,amount\nUSD,99799.8\n${TRADED},2\n`);
  expect(told(spot)).toEqual([]);
});

test('each figure that differs becomes a break between journal and statement, told once', async () => {
  const one = await traded();
  const text = `${head()}[positions]\ninstrument,quantity\n${TRADED},2.5\n[balances]\ncurrency,amount\nUSD,99799.79\n`;
  const report = await check(one, text);
  expect(told(report)).toEqual([
    ['position', TRADED, 'journal-statement', 'not-known'],
    ['balance', 'USD', 'journal-statement', 'not-known'],
  ]);
  expect(report.venueSays).toContain('names no executions');
  expect((await check(one, text)).steps).toEqual([]);
  expect(one.bodies('break')).toHaveLength(2);
  expect(one.reconciler.blocks().some((block) => block.scopes.includes(`instrument:${TRADED}`))).toBe(true);
  const right = `${head('2026-03-02T15:31:00Z')}[positions]\ninstrument,quantity\n${TRADED},2\n`;
  expect((await check(one, right)).steps).toMatchObject([{ subject: 'position', step: 'resolved' }]);
});

test('journal, venue and statement are compared three ways', async () => {
  const one = await traded();
  one.venue.trade({ id: 'H-1', quantity: '1', fee: '0', afterMs: 5_000 });
  const report = await check(one, `${head()}${FILLS.replace('0.2\n', '0.25\n')}`);
  expect(told(report)).toEqual([
    ['fill', 'F-1', 'journal-statement', 'fee'],
    ['fill', 'F-1', 'venue-statement', 'fee'],
    ['fill', 'H-1', 'venue-statement', 'timing'],
  ]);
});

test('a venue that does not answer keeps no statement from being compared with the journal', async () => {
  const one = await traded();
  one.venue.answers = new KitError('VENUE_UNREACHABLE', 'the line is dead');
  const report = await check(one, `${head()}${FILLS}`);
  expect([told(report), report.venueSays]).toEqual([[], expect.stringContaining('the line is dead')]);
});

test.each([
  ['of another account', head('2026-03-02T15:30:00Z', { ...PLACE, account: 'other' }), /of account other/],
  ['of another venue', head('2026-03-02T15:30:00Z', { ...PLACE, venue: 'ELSEWHERE' }), /of venue ELSEWHERE/],
  ['of a time to come', head('2026-03-02T17:00:00.000000001Z'), /still to come/],
  ['that cannot be read', 'what is this', /the first line is not/],
])('a statement %s is refused, and nothing is recorded', async (_what, text, words) => {
  const one = await traded();
  const before = one.entries.length;
  await expect(check(one, text)).rejects.toThrow(words);
  expect(one.entries).toHaveLength(before);
});
