import type { JsonValue } from '@gatehouse/shared/journal/canonical.ts';
import { generateSigner } from '@gatehouse/shared/journal/note.ts';
import { signDocument } from '@gatehouse/shared/journal/typed-note.ts';
import type { EntryBody } from '@gatehouse/shared/schema/bodies.ts';
import { encode } from '@gatehouse/shared/schema/decode.ts';
import { SHEET_TYPE, Sheet } from '@gatehouse/shared/schema/sheet.ts';
import { quantity } from '@gatehouse/shared/values/amounts.ts';
import { expect, test } from 'vitest';
import { controls } from './controls/index.ts';
import { decisionBody } from './decision-body.ts';
import { exampleFacts, exampleOrder } from './examples/base.ts';
import { exampleSheet } from './examples/sheet.ts';
import { decide } from './gate.ts';
import { createRejudge, type RejudgeResult } from './rejudge-records.ts';
import { compileRules } from './rule-set.ts';
import { sheetHash } from './sheet-document.ts';

const document = signDocument(generateSigner('P-1'), SHEET_TYPE, encode(Sheet, exampleSheet()) as JsonValue);
const sheet = sheetHash(document);
const rules = compileRules({ controls, sheet: exampleSheet(), sheetHash: sheet });
const limits: EntryBody = { kind: 'limits', body: { v: 1, sheet, document } };

function decided(id: string, units: string): readonly [EntryBody, EntryBody] {
  const order = exampleOrder({ id, quantity: units });
  const body = decisionBody(decide({ order, facts: exampleFacts(), rules }));
  return [
    { kind: 'intent', body: { v: 1, order } },
    { kind: 'decision', body },
  ];
}

function judged(entries: readonly EntryBody[], held = controls): RejudgeResult {
  const rejudge = createRejudge(held);
  for (const [index, entry] of entries.entries()) rejudge.take(entry, `seq ${index + 1}`);
  return rejudge.result();
}

test('decisions of both outcomes come out as they are recorded', () => {
  const result = judged([limits, ...decided('O-1', '50'), ...decided('O-2', '5000')]);
  expect(result).toEqual({ decisions: 2, equal: 2, findings: [], unlisted: 0 });
});

test('an order that was altered after its decision is found, with its place', () => {
  const [intent, decision] = decided('O-1', '50');
  if (intent.kind !== 'intent') throw new Error('the first entry is the intent');
  const altered: EntryBody = { ...intent, body: { v: 1, order: { ...intent.body.order, quantity: quantity('5000') } } };
  const { equal, findings } = judged([limits, altered, decision]);
  expect(equal).toBe(0);
  expect(findings[0]).toMatchObject({ place: 'seq 3', order: 'O-1' });
  expect(findings[0]?.differences.map(({ at }) => at)).toContain('outcome');
});

test('what cannot be made again is a finding with its obstacle, never skipped', () => {
  const [intent, decision] = decided('O-1', '50');
  const obstacleOf = ({ equal, findings }: RejudgeResult) => ({ equal, obstacle: findings[0]?.obstacle });
  expect(obstacleOf(judged([limits, decision]))).toEqual({
    equal: 0,
    obstacle: 'no intent of this order stands before its decision',
  });
  expect(obstacleOf(judged([intent, decision])).obstacle).toContain('was not accepted before this decision');
  expect(obstacleOf(judged([limits, intent, decision], controls.slice(1))).obstacle).toContain(
    'it was made by control set',
  );
  const renamed: EntryBody = { kind: 'limits', body: { v: 1, sheet, document: `${document} ` } };
  expect(obstacleOf(judged([renamed, intent, decision])).obstacle).toContain('has another hash');
  const empty: EntryBody = { kind: 'limits', body: { v: 1, sheet: sheetHash('x'), document: 'x' } };
  const named: EntryBody =
    decision.kind === 'decision' ? { ...decision, body: { ...decision.body, sheet: sheetHash('x') } } : decision;
  expect(obstacleOf(judged([empty, intent, named])).obstacle).toContain('cannot be used');
});

test('findings beyond the list are counted', () => {
  const [, decision] = decided('O-1', '50');
  const { findings, unlisted, decisions } = judged([limits, ...Array.from({ length: 1_001 }, () => decision)]);
  expect([findings.length, unlisted, decisions]).toEqual([1_000, 1, 1_001]);
});
