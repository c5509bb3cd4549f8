import { DecisionBody } from '@gatehouse/shared/schema/decision.ts';
import { decode, encode } from '@gatehouse/shared/schema/decode.ts';
import { expect, test } from 'vitest';
import { controls } from './controls/index.ts';
import { decisionBody } from './decision-body.ts';
import { exampleFacts, exampleOrder, type OrderOverrides } from './examples/base.ts';
import { exampleLine, exampleLines, exampleSheet } from './examples/sheet.ts';
import { decide } from './gate.ts';
import { rejudge } from './rejudge.ts';
import { compileRules } from './rule-set.ts';

const rules = compileRules({ controls, sheet: exampleSheet(), sheetHash: 'a'.repeat(64) });

/** A decision as the journal gives it back: through text and the schema. */
function recordedOf(order: OrderOverrides = {}): DecisionBody {
  const body = decisionBody(decide({ order: exampleOrder(order), facts: exampleFacts(), rules }));
  const wire: unknown = JSON.parse(JSON.stringify(encode(DecisionBody, body)));
  return decode(DecisionBody, wire, 'the decision');
}

function differencesTo(decision: DecisionBody): readonly string[] {
  return rejudge({ order: exampleOrder(), decisionBody: decision, rules }).map(({ at }) => at);
}

const worked = controls.flatMap((control) =>
  control.examples.map((example) => ({
    at: `${control.id}: ${example.name}`,
    order: example.order,
    facts: example.facts,
  })),
);

test.each(worked)('a recorded decision is made again to the last byte: $at', ({ order: changes, facts: overrides }) => {
  const order = exampleOrder(changes);
  const body = decisionBody(decide({ order, facts: exampleFacts(overrides), rules }));
  const wire: unknown = JSON.parse(JSON.stringify(encode(DecisionBody, body)));
  expect(rejudge({ order, decisionBody: decode(DecisionBody, wire, 'the decision'), rules })).toEqual([]);
});

test('a changed field is named with both values', () => {
  const recorded = recordedOf();
  expect(differencesTo({ ...recorded, order: 'O-2' })).toEqual(['order']);
  expect(differencesTo({ ...recorded, sheet: 'b'.repeat(64) })).toEqual(['sheet']);
  expect(differencesTo({ ...recorded, controls: 'b'.repeat(64) })).toEqual(['controls']);
  expect(rejudge({ order: exampleOrder(), decisionBody: { ...recorded, outcome: 'refused' }, rules })).toEqual([
    { at: 'outcome', recorded: 'refused', recomputed: 'approved' },
  ]);
});

test('a row that was changed in one character is named', () => {
  const recorded = recordedOf();
  const rows = recorded.rows.map((row) =>
    row.control === 'price-collar' ? { ...row, figures: { ...row.figures, distance: '0.000' } } : row,
  );
  const [difference, ...more] = rejudge({ order: exampleOrder(), decisionBody: { ...recorded, rows }, rules });
  expect(more).toEqual([]);
  expect(difference?.at).toBe('price-collar firm');
  expect(difference?.recorded).toContain('"distance":"0.000"');
  expect(difference?.recomputed).toContain('"distance":"0.00"');
});

test('rows that are missing, added, repeated or in another order are differences', () => {
  const recorded = recordedOf();
  const [first, ...rest] = recorded.rows;
  if (first === undefined) throw new Error('a decision without rows');
  expect(rejudge({ order: exampleOrder(), decisionBody: { ...recorded, rows: rest }, rules })).toMatchObject([
    { at: 'sheet firm', recorded: 'absent' },
  ]);
  expect(differencesTo({ ...recorded, rows: [...recorded.rows, { ...first, control: 'own' }] })).toEqual(['own firm']);
  expect(differencesTo({ ...recorded, rows: [...recorded.rows, first] })).toEqual(['rows']);
  expect(differencesTo({ ...recorded, rows: recorded.rows.toReversed() })).toEqual(['rows']);
});

test('other limits under the same name are found by their rows', () => {
  const wider = exampleSheet({ controls: exampleLines(exampleLine('max-order-quantity', { quantityMax: '101' })) });
  const others = compileRules({ controls, sheet: wider, sheetHash: 'a'.repeat(64) });
  const order = exampleOrder({ quantity: '101', limitPrice: '990' });
  const differences = rejudge({
    order,
    decisionBody: recordedOf({ quantity: '101', limitPrice: '990' }),
    rules: others,
  });
  expect(differences.map(({ at }) => at)).toEqual(['outcome', 'max-order-quantity firm']);
});
