import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createAggregates } from './aggregates/aggregates.ts';
import { controls } from './controls/index.ts';
import { type ExampleJournal, exampleJournal } from './examples/journal.ts';
import { exampleLine, exampleSheet } from './examples/sheet.ts';
import { compileRules, type RuleSet } from './rule-set.ts';
import {
  createSimulation,
  SIMULATION_LISTED_MAX,
  type SimulatedDays,
  type SimulationResult,
} from './simulate-limits.ts';

const some = controls.filter(({ id }) => ['max-order-quantity', 'trading-state'].includes(id));
const sheetOf = (quantityMax: string) =>
  exampleSheet({ controls: [exampleLine('max-order-quantity', { quantityMax }), exampleLine('trading-state')] });
const rulesOf = (quantityMax: string): RuleSet =>
  compileRules({ controls: some, sheet: sheetOf(quantityMax), sheetHash: 'b'.repeat(64) });

/** Orders of 40, 50 and 60 units under a limit of 50, the last on the day after. */
function traded(): ExampleJournal {
  const journal = exampleJournal(sheetOf('50'), some);
  journal.decide({ id: 'O-40', quantity: '40' });
  journal.fill({ id: 'O-40', quantity: '40' });
  journal.decide({ id: 'O-50', quantity: '50' });
  journal.decide({ id: 'O-60', quantity: '60' }, { day: '2020-03-09' });
  return journal;
}

function simulated(quantityMax: string, days: SimulatedDays = {}, { entries } = traded()): SimulationResult {
  const simulation = createSimulation({ rules: rulesOf(quantityMax), days });
  for (const [index, entry] of entries.entries()) simulation.take(entry, `${index}`);
  return simulation.result();
}

test('the sheet in force changes nothing', () => {
  expect(simulated('50')).toMatchObject({
    decisions: 3,
    approvedBefore: 2,
    approvedAfter: 2,
    changed: [],
    controls: [{ control: 'max-order-quantity', before: 1, after: 1 }],
  });
});

test('a tighter limit refuses the order at its old border and no smaller one', () => {
  const { newlyRefused, newlyPassed, changed, controls: counts } = simulated('49');
  expect([newlyRefused, newlyPassed]).toEqual([1, 0]);
  expect(changed).toMatchObject([
    { order: 'O-50', change: 'newly-refused', day: '2020-03-06', refusals: [{ control: 'max-order-quantity' }] },
  ]);
  expect(changed[0]?.refusals[0]?.reason).toMatch(/\.$/);
  expect(counts).toEqual([{ control: 'max-order-quantity', before: 1, after: 2 }]);
});

test('a wider limit lets the refused order through at its quantity and not just below', () => {
  expect(simulated('59.9').changed).toEqual([]);
  expect(simulated('60').changed).toMatchObject([
    { order: 'O-60', change: 'newly-passed', refusals: [{ control: 'max-order-quantity', scope: 'firm' }] },
  ]);
});

test('only orders of the days that are asked for are judged, both ends included', () => {
  expect(simulated('10', { to: '2020-03-06' }).decisions).toBe(2);
  expect(simulated('10', { from: '2020-03-07' }).decisions).toBe(1);
  expect(simulated('10', { from: '2020-03-06', to: '2020-03-09' }).decisions).toBe(3);
  expect(simulated('10', { from: '2020-03-10' }).decisions).toBe(0);
});

test('the tighter the limit, the fewer orders pass, and what is counted adds up', () => {
  const limit = fc.integer({ min: 1, max: 100 });
  fc.assert(
    fc.property(limit, limit, (a, b) => {
      const [tight, wide] = [simulated(`${Math.min(a, b)}`), simulated(`${Math.max(a, b)}`)];
      expect(tight.approvedAfter).toBeLessThanOrEqual(wide.approvedAfter);
      for (const one of [tight, wide]) {
        expect(one.approvedAfter).toBe(one.approvedBefore - one.newlyRefused + one.newlyPassed);
        expect(one.changed.length + one.unlisted).toBe(one.newlyRefused + one.newlyPassed);
      }
    }),
    { numRuns: 30 },
  );
});

test('a decision whose order or files are not on record is told, not judged', () => {
  const journal = traded();
  const ofKind = (kind: string) => journal.entries.filter((entry) => entry.kind !== kind);
  const noIntents = simulated('10', {}, { ...journal, entries: ofKind('intent') });
  expect(noIntents).toMatchObject({ decisions: 0, skipped: 3 });
  expect(noIntents.obstacles[0]).toMatchObject({ order: 'O-40', obstacle: expect.stringContaining('no intent') });
  const noFiles = simulated('10', {}, { ...journal, entries: ofKind('facts') });
  expect(noFiles.obstacles[0]).toMatchObject({ obstacle: expect.stringContaining('dated files') });
});

test('from a snapshot the orders after it are judged as with all entries before', () => {
  const { entries } = traded();
  const at = entries.findIndex((entry) => entry.kind === 'intent' && entry.body.order.id === 'O-60');
  const before = createAggregates();
  for (const entry of entries.slice(0, at)) before.fold(entry);
  const simulation = createSimulation({ rules: rulesOf('60'), days: {}, snapshot: before.snapshot() });
  const files = entries.filter(({ kind }) => kind === 'facts');
  for (const entry of [...files, ...entries.slice(at)]) simulation.take(entry, '');
  expect(simulation.result()).toMatchObject({ decisions: 1, newlyPassed: 1, skipped: 0 });
});

test('changed orders and obstacles beyond the list are counted', () => {
  const { entries } = traded();
  const simulation = createSimulation({ rules: rulesOf('60'), days: {} });
  for (const entry of entries) simulation.take(entry, '');
  const [intent, decision] = [entries.at(-2), entries.at(-1)];
  if (intent === undefined || decision === undefined) throw new Error('no order in the journal');
  for (let index = 0; index < SIMULATION_LISTED_MAX; index += 1) {
    simulation.take(intent, '');
    simulation.take(decision, '');
    simulation.take(decision, '');
  }
  const { changed, unlisted, obstacles, skipped } = simulation.result();
  expect([changed.length, unlisted]).toEqual([SIMULATION_LISTED_MAX, 1]);
  expect([obstacles.length, skipped]).toEqual([SIMULATION_LISTED_MAX, SIMULATION_LISTED_MAX]);
  simulation.take(decision, '');
  expect(simulation.result().obstacles).toHaveLength(SIMULATION_LISTED_MAX);
});
