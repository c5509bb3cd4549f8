import { expect, test } from 'vitest';
import { createAggregates } from './aggregates/aggregates.ts';
import { decisionEntry, intentEntry, stateEntry } from './aggregates/entry-streams.ts';
import { controls } from './controls/index.ts';
import { exampleFacts, exampleOrder, type OrderOverrides } from './examples/base.ts';
import { exampleFiles } from './examples/files.ts';
import { exampleLine, exampleLines, exampleSheet, type SheetLine } from './examples/sheet.ts';
import { decide } from './gate.ts';
import type { OwnFacts } from './own-facts.ts';
import { compileRules } from './rule-set.ts';

const stop = { type: 'stop', limitPrice: null, stopPrice: '1100.00' } as const;
const waiting = exampleOrder({ id: 'O-0', ...stop, quantity: '100', emulates: ['trigger'] });
const market = { type: 'market', limitPrice: null } as const;
const child: OrderOverrides = { id: 'O-9', ...market, quantity: '100', replaces: 'O-0', parent: 'O-0' };
const duplicates1: SheetLine = { ...exampleLine('duplicate-order'), version: 1 } as SheetLine;

/** The records of an account whose stop waits, after smaller orders than that came, which are over. */
function records(smaller: number): OwnFacts {
  const own = createAggregates();
  for (const entry of [intentEntry(waiting), decisionEntry(waiting), stateEntry('O-0', 'held')]) own.fold(entry);
  for (let count = 0; count < smaller; count += 1) {
    const order = exampleOrder({ id: `S-${count}`, quantity: '1', limitPrice: `${900 + count}` });
    for (const entry of [intentEntry(order), decisionEntry(order), stateEntry(order.id, 'expired')]) own.fold(entry);
  }
  return own;
}

function verdictsOf(
  changes: OrderOverrides,
  own: OwnFacts,
  ...lines: readonly SheetLine[]
): ReadonlyMap<string, string> {
  const sheet = exampleSheet({ controls: exampleLines(...lines) });
  const rules = compileRules({ controls, sheet, sheetHash: 'a'.repeat(64) });
  const known = { facts: exampleFacts(), files: exampleFiles(), own };
  const { rows } = decide({ order: exampleOrder(changes), ...known, rules });
  return new Map(rows.map(({ control, verdict }) => [control, verdict]));
}

test('a stop that goes out is not held back by its own entry, nor by smaller orders that came after it', () => {
  // Thirty messages were sent, and this is one more; that the stop waited was none.
  const rate = exampleLine('message-rate', { messagesMax: 31 });
  const ratio = exampleLine('order-to-trade-number', { messagesFreeMax: 31 });
  const verdicts = verdictsOf(child, records(30), rate, ratio);
  for (const control of ['duplicate-order', 'fat-finger']) expect(verdicts.get(control)).toBe('not-applicable');
  for (const control of ['order-consistency', 'message-rate', 'order-to-trade-number'])
    expect(verdicts.get(control)).toBe('pass');
  expect(verdictsOf(child, records(31), rate, ratio).get('message-rate')).toBe('refuse');
});

test('the same order by itself is refused as too large for the account, and as what it is not where it names no waiting one', () => {
  const own = records(30);
  expect(verdictsOf({ ...market, quantity: '100' }, own).get('fat-finger')).toBe('refuse');
  const stranger = verdictsOf({ ...child, replaces: 'S-1', parent: 'S-1' }, own);
  expect([stranger.get('fat-finger'), stranger.get('order-consistency')]).toEqual(['refuse', 'refuse']);
  expect(verdictsOf({ ...child, quantity: '101' }, own).get('order-consistency')).toBe('refuse');
});

test('a sheet of before goes on with the version that it names, by which a stop repeats itself', () => {
  expect(verdictsOf(child, records(0), duplicates1).get('duplicate-order')).toBe('refuse');
  expect(verdictsOf(child, records(0)).get('duplicate-order')).toBe('not-applicable');
});
