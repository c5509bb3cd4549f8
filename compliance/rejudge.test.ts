import { canonicalJson, type JsonValue } from '@gatehouse/shared/journal/canonical.ts';
import { DecisionBody } from '@gatehouse/shared/schema/decision.ts';
import { decode, encode } from '@gatehouse/shared/schema/decode.ts';
import { expect, test } from 'vitest';
import { controls } from './controls/index.ts';
import { decisionBody } from './decision-body.ts';
import { exampleRequest, type RequestOverrides } from './examples/request.ts';
import { exampleLine, exampleLines, exampleSheet } from './examples/sheet.ts';
import { decide } from './gate.ts';
import { type Difference, rejudge } from './rejudge.ts';
import { compileRules, type RuleSet } from './rule-set.ts';

const rules = compileRules({ controls, sheet: exampleSheet(), sheetHash: 'a'.repeat(64) });

/** A decision as the journal gives it back: through text and the schema. */
function recordedOf(overrides: RequestOverrides = {}, v?: DecisionBody['v']): DecisionBody {
  const body = decisionBody(decide(exampleRequest(rules, overrides)), v);
  const wire: unknown = JSON.parse(JSON.stringify(encode(DecisionBody, body)));
  return decode(DecisionBody, wire, 'the decision');
}

interface Again extends RequestOverrides {
  readonly under?: RuleSet;
}

function differencesTo(recorded: DecisionBody, { under = rules, ...overrides }: Again = {}): readonly Difference[] {
  const { order, files, own } = exampleRequest(under, overrides);
  return rejudge({ order, recorded, files, own, rules: under }).differences;
}

const placesOf = (recorded: DecisionBody, again: Again = {}) => differencesTo(recorded, again).map(({ at }) => at);

const worked = controls.flatMap((control) =>
  control.examples.map((example) => ({ at: `${control.id}@${control.version}: ${example.name}`, example })),
);

test.each(worked)('a recorded decision is made again to the last byte: $at', ({ example }) => {
  expect(differencesTo(recordedOf(example), example)).toEqual([]);
});

test('a decision that an earlier release recorded with its rows written out reads the same and is made again', () => {
  for (const overrides of [{}, { order: { quantity: '9999' } }]) {
    const long = recordedOf(overrides, 2);
    const short = recordedOf(overrides);
    expect([long.v, short.v]).toEqual([2, 3]);
    expect(short).toEqual({ ...long, v: 3 });
    expect(differencesTo(long, overrides)).toEqual([]);
    expect(placesOf({ ...long, rows: long.rows.slice(1) }, overrides)).toEqual(['sheet firm']);
  }
});

test('a decision with every control on takes less than half of what it took written out', () => {
  const bytes = (v: DecisionBody['v']) =>
    Buffer.byteLength(canonicalJson(encode(DecisionBody, recordedOf({}, v)) as unknown as JsonValue));
  expect(recordedOf().rows.length).toBeGreaterThan(45);
  expect(bytes(3)).toBeLessThan(2_250);
  expect(bytes(3) * 2).toBeLessThan(bytes(2));
});

test('a field that was changed is named with both values', () => {
  const recorded = recordedOf();
  const approved = recorded.outcome === 'approved';
  const other = approved ? 'refused' : 'approved';
  expect(placesOf({ ...recorded, order: 'O-2' })).toEqual(['order']);
  expect(placesOf({ ...recorded, sheet: 'b'.repeat(64) })).toEqual(['sheet']);
  expect(placesOf({ ...recorded, controls: 'b'.repeat(64) })).toEqual(['controls']);
  expect(placesOf({ ...recorded, haltEpoch: recorded.haltEpoch + 1 })).toEqual(['haltEpoch']);
  expect(differencesTo({ ...recorded, outcome: other })).toEqual([
    { at: 'outcome', recorded: other, recomputed: recorded.outcome },
  ]);
  expect(differencesTo({ ...recorded, tickets: ['T-1'] })).toEqual([
    { at: 'tickets', recorded: '["T-1"]', recomputed: 'absent' },
  ]);
});

test('a row that was changed in one character is named', () => {
  const recorded = recordedOf();
  const rows = recorded.rows.map((row) =>
    row.control === 'price-collar' ? { ...row, figures: { ...row.figures, distance: '0.000' } } : row,
  );
  const [difference, ...more] = differencesTo({ ...recorded, rows });
  expect(more).toEqual([]);
  expect(difference?.at).toBe('price-collar firm');
  expect(difference?.recorded).toContain('"distance":"0.000"');
  expect(difference?.recomputed).toContain('"distance":"0.00"');
});

test('rows that are missing, added, repeated or in another order are differences', () => {
  const recorded = recordedOf();
  const [first, ...rest] = recorded.rows;
  if (first === undefined) throw new Error('a decision without rows');
  expect(differencesTo({ ...recorded, rows: rest })).toMatchObject([{ at: 'sheet firm', recorded: 'absent' }]);
  expect(placesOf({ ...recorded, rows: [...recorded.rows, { ...first, control: 'own' }] })).toEqual(['own firm']);
  expect(placesOf({ ...recorded, rows: [...recorded.rows, first] })).toEqual(['rows']);
  expect(placesOf({ ...recorded, rows: recorded.rows.toReversed() })).toEqual(['rows']);
});

test('other limits under the same name, other files and other records are found by their rows', () => {
  const wider = exampleSheet({ controls: exampleLines(exampleLine('max-order-quantity', { quantityMax: '101' })) });
  const under = compileRules({ controls, sheet: wider, sheetHash: 'a'.repeat(64) });
  const recorded = recordedOf({ order: { quantity: '101' } });
  expect(placesOf(recorded, { under, order: { quantity: '101' } })).toContain('max-order-quantity firm');
  expect(placesOf(recordedOf(), { files: { restrictions: null } })).toContain('restricted-list firm');
  const halts = [{ id: 'K-1', scopes: ['firm'], level: 'cancel' as const }];
  expect(placesOf(recordedOf(), { own: { halts } })).toContain('trading-state firm');
});

test('the decision that is made again carries the reasons that a record leaves out', () => {
  const { order, files, own } = exampleRequest(rules);
  const recorded = recordedOf();
  const { decision } = rejudge({ order, recorded, files, own, rules });
  expect(recorded.rows.filter(({ verdict }) => verdict === 'pass').every(({ reason }) => reason === undefined)).toBe(
    true,
  );
  expect(decision.rows.every(({ reason }) => reason.endsWith('.'))).toBe(true);
});
