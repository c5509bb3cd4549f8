import { cite, RTS_6 } from '@gatehouse/shared/law/acts.ts';
import { DecisionBody } from '@gatehouse/shared/schema/decision.ts';
import { decode, encode } from '@gatehouse/shared/schema/decode.ts';
import { quantity } from '@gatehouse/shared/values/amounts.ts';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { controls } from './controls/index.ts';
import { maxOrderQuantity } from './controls/max-order-quantity.ts';
import { decisionBody } from './decision-body.ts';
import { type Control, defineControl } from './define-control.ts';
import { exampleFacts, exampleOrder, type OrderOverrides } from './examples/base.ts';
import { exampleLine, exampleLines, exampleSheet, type SheetLine, type SheetText } from './examples/sheet.ts';
import { type ApprovedOrder, type Decision, decide, isApproved } from './gate.ts';
import { compileRules, type RuleSet } from './rule-set.ts';
import { notApplicable, refuse, type Verdict } from './verdict.ts';

const HASH = 'a'.repeat(64);

function rulesOf(overrides: Partial<SheetText> = {}, registry: readonly Control[] = controls): RuleSet {
  return compileRules({ controls: registry, sheet: exampleSheet(overrides), sheetHash: HASH });
}

function decideBase(rules: RuleSet, order: OrderOverrides = {}): Decision {
  return decide({ order: exampleOrder(order), facts: exampleFacts(), rules });
}

function verdicts({ rows }: Decision): Record<string, string> {
  return Object.fromEntries(rows.map((row) => [`${row.control} ${row.scope}`, row.verdict]));
}

function approvalOf({ approval }: Decision): ApprovedOrder {
  if (approval === undefined) throw new Error('not approved');
  return approval;
}

/** A control of one's own, on for the firm beside the six. */
function decideWith(check: () => Verdict): Decision {
  const own = defineControl({
    id: 'own',
    version: 1,
    title: 'Own control',
    question: 'What happens?',
    sources: [cite(RTS_6, 'Art. 15', 'Orders are checked before they are sent.')],
    limits: z.strictObject({}),
    scopes: ['firm'],
    check,
    examples: [],
  });
  const line: SheetLine = { control: 'own', version: 1, on: [{ scope: 'firm', figures: {} }] };
  return decideBase(rulesOf({ controls: [...exampleLines(), line] }, [...controls, own]));
}

test('an order inside every limit is approved, with a row for the sheet and for each control', () => {
  const decision = decideBase(rulesOf());
  expect(verdicts(decision)).toEqual({
    'sheet firm': 'pass',
    'trading-state firm': 'pass',
    'max-order-quantity firm': 'pass',
    'max-order-value firm': 'pass',
    'price-collar firm': 'pass',
    'position-limit account:main': 'pass',
    'duplicate-order firm': 'pass',
  });
  expect(decision).toMatchObject({ approved: true, sheet: HASH, approval: { haltEpoch: 3, rowCount: 7 } });
});

test('one refusal refuses the order, exactly from the border on', () => {
  const atLimit = decideBase(rulesOf(), { quantity: '100' });
  const beyond = decideBase(rulesOf(), { quantity: '100.000000000000000001', limitPrice: '990' });
  expect(atLimit.approved).toBe(true);
  expect(beyond.approved).toBe(false);
  expect(Object.entries(verdicts(beyond)).filter(([, verdict]) => verdict === 'refuse')).toEqual([
    ['max-order-quantity firm', 'refuse'],
  ]);
  expect(beyond).not.toHaveProperty('approval');
});

test('an order for nothing is refused', () => {
  const order = { ...exampleOrder(), quantity: quantity('0') };
  const decision = decide({ order, facts: exampleFacts(), rules: rulesOf() });
  expect(verdicts(decision)).toMatchObject({ 'max-order-quantity firm': 'refuse', 'max-order-value firm': 'pass' });
  expect(decision.approved).toBe(false);
});

test('no refusal cuts the others short', () => {
  const decision = decideBase(rulesOf(), { quantity: '1000', limitPrice: '2000', account: 'other' });
  expect(verdicts(decision)).toMatchObject({
    'sheet firm': 'refuse',
    'max-order-quantity firm': 'refuse',
    'max-order-value firm': 'refuse',
    'price-collar firm': 'refuse',
    'position-limit firm': 'refuse',
    'duplicate-order firm': 'pass',
  });
});

test('each row names the limits of the sheet beside what was observed', () => {
  const rows = decideBase(rulesOf(), { type: 'market', limitPrice: null }).rows;
  expect(rows.find(({ control }) => control === 'max-order-value')).toEqual({
    control: 'max-order-value',
    version: 1,
    scope: 'firm',
    verdict: 'pass',
    reason: 'The order is worth no more than one order may be.',
    figures: {
      valueMax: '100000',
      currency: 'USD',
      marketOrderBps: '200',
      referenceAgeMsMax: '60000',
      referencePrice: '1000.00',
      referenceAgeMs: '1000',
      worstPrice: '1020',
      orderValue: '51000',
    },
  });
});

test.each(controls)('$id refuses every order while the sheet does not name it', ({ id }) => {
  const rules = rulesOf({ controls: exampleLines().filter(({ control }) => control !== id) });
  const decision = decideBase(rules);
  const named = decideBase(rulesOf());
  expect(named.approved).toBe(true);
  expect(decision.approved).toBe(false);
  expect(decision.rows.filter(({ verdict }) => verdict === 'refuse')).toEqual([
    { control: id, version: 1, scope: 'firm', verdict: 'refuse', reason: 'The sheet does not name this control.' },
  ]);
});

test('a control that is on in no scope of the order refuses it', () => {
  const line = exampleLine('price-collar', {}, 'venue:elsewhere');
  const decision = decideBase(rulesOf({ controls: exampleLines(line) }));
  expect(decision.approved).toBe(false);
  expect(decision.rows.filter(({ verdict }) => verdict === 'refuse')).toEqual([
    {
      control: 'price-collar',
      version: 1,
      scope: 'firm',
      verdict: 'refuse',
      reason: 'The sheet has no limits of this control for any scope of this order.',
    },
  ]);
});

test('a control that is on in several scopes judges in each that the order lies in', () => {
  const line: SheetLine = {
    control: 'max-order-quantity',
    version: 1,
    on: [
      { scope: 'firm', figures: { quantityMax: '100' } },
      { scope: 'instrument:demo-index', figures: { quantityMax: '49' } },
      { scope: 'instrument:demo-bond', figures: { quantityMax: '1' } },
    ],
  };
  const decision = decideBase(rulesOf({ controls: exampleLines(line) }));
  expect(decision.approved).toBe(false);
  expect(decision.rows.filter(({ control }) => control === 'max-order-quantity')).toMatchObject([
    { scope: 'firm', verdict: 'pass', figures: { quantityMax: '100' } },
    { scope: 'instrument:demo-index', verdict: 'refuse', figures: { quantityMax: '49' } },
  ]);
});

test('a control that the sheet turns off lets orders through and says so', () => {
  const line: SheetLine = { control: 'price-collar', off: { reason: 'No prices before the open.' } };
  const decision = decideBase(rulesOf({ controls: exampleLines(line) }), { limitPrice: '1' });
  expect(decision.approved).toBe(true);
  expect(decision.rows.find(({ control }) => control === 'price-collar')).toEqual({
    control: 'price-collar',
    version: 1,
    scope: 'firm',
    verdict: 'off',
    reason: 'The sheet turns this control off: No prices before the open.',
  });
});

test('a control that has nothing to say lets orders through', () => {
  const decision = decideWith(() => notApplicable('Nothing to say.'));
  expect(decision.approved).toBe(true);
  expect(verdicts(decision)).toMatchObject({ 'own firm': 'not-applicable' });
});

test('a refusal stands in its row in the control’s own words', () => {
  const decision = decideWith(() => refuse('Not today.'));
  expect(decision.approved).toBe(false);
  expect(decision.rows.at(-1)).toMatchObject({ verdict: 'refuse', reason: 'Not today.' });
});

test('I5 a check that throws refuses, with the cause in words that fit the record', () => {
  const decision = decideWith(() => {
    throw new Error(`no ${'x'.repeat(5_000)}`);
  });
  expect(decision.approved).toBe(false);
  expect(decision.rows.at(-1)).toMatchObject({ control: 'own', verdict: 'refuse' });
  expect(decision.rows.at(-1)?.reason).toMatch(/^The control could not be computed: no x{497}\.$/);
});

test.each([undefined, null, {}, { kind: 'maybe', reason: 'Perhaps.', figures: {} }, { kind: 'off', reason: 'No.' }])(
  'a check that answers %o refuses',
  (answer) => {
    const decision = decideWith(() => answer as unknown as Verdict);
    expect(decision.approved).toBe(false);
    expect(decision.rows.at(-1)).toMatchObject({ control: 'own', verdict: 'refuse' });
    expect(decision.rows.at(-1)?.reason).toMatch(/^The control (gave no verdict|could not be computed: Cannot .+)\.$/);
  },
);

test('a control of another version than the sheet was read for refuses', () => {
  const changing = { ...maxOrderQuantity };
  const others = controls.filter(({ id }) => id !== changing.id);
  const rules = rulesOf({}, [...others, changing]);
  expect(decideBase(rules).approved).toBe(true);

  changing.version = 2;
  const decision = decideBase(rules);
  expect(decision.approved).toBe(false);
  expect(decision.rows.at(-1)).toMatchObject({
    version: 2,
    verdict: 'refuse',
    reason: 'The sheet was read for version 1 of this control, and version 2 runs.',
  });
});

test.each<[string, OrderOverrides]>([
  ['The order is for live and the sheet for paper.', { environment: 'live' }],
  ['The sheet is of another legal entity.', { legalEntity: '5493001KJTIIGC8Y1R12' }],
  ['The sheet does not cover account second.', { account: 'second' }],
])('an order that the sheet does not cover is refused: %s', (reason, order) => {
  const line = exampleLine('position-limit', {}, 'instrument:demo-index');
  const rules = rulesOf({ controls: exampleLines(line) });
  expect(decideBase(rules).approved).toBe(true);
  const decision = decideBase(rules, order);
  expect(decision.approved).toBe(false);
  expect(decision.rows[0]).toEqual({ control: 'sheet', version: 1, scope: 'firm', verdict: 'refuse', reason });
});

test.each([
  ['2020-03-06T21:00:00.000000001Z', undefined, false],
  ['2020-03-06T21:00:00.000000000Z', undefined, true],
  ['2020-01-01T00:00:00.000000000Z', '2020-03-06T21:00:00.000000001Z', true],
  ['2020-01-01T00:00:00.000000000Z', '2020-03-06T21:00:00.000000000Z', false],
])('a live order is held to the term of its sheet: from %s to %s', (from, to, approved) => {
  const rules = rulesOf({ environment: 'live', from, ...(to === undefined ? {} : { to }) });
  expect(decideBase(rules, { environment: 'live' }).approved).toBe(approved);
});

test('a paper order may lie in a past before its sheet', () => {
  expect(decideBase(rulesOf({ from: '2026-01-01T00:00:00.000000000Z' })).approved).toBe(true);
});

test('I4 only the gate’s own approvals are genuine', () => {
  const approval = approvalOf(decideBase(rulesOf()));
  expect(isApproved(approval)).toBe(true);
  const lookAlikes = [
    undefined,
    null,
    'approved',
    {},
    { ...approval },
    structuredClone(approval),
    Object.create(approval),
  ];
  for (const lookAlike of [...lookAlikes, new Proxy(approval, {})]) expect(isApproved(lookAlike)).toBe(false);
});

test('nothing else makes an approval', () => {
  const approval = approvalOf(decideBase(rulesOf()));
  // @ts-expect-error: an object of the same shape is no approval.
  const forged: ApprovedOrder = { order: approval.order, haltEpoch: 3, rowCount: 7 };
  expect(isApproved(forged)).toBe(false);
  expect(() => Reflect.construct(approval.constructor, [Symbol('gate'), {}, 7])).toThrow('only the gate approves');
});

test('what was approved cannot be changed afterwards', () => {
  const order = exampleOrder();
  const approval = approvalOf(decide({ order, facts: exampleFacts(), rules: rulesOf() }));
  order.account = 'other';
  expect(approval.order.account).toBe('main');
  expect(Object.isFrozen(approval)).toBe(true);
  expect(Object.isFrozen(approval.order)).toBe(true);
});

test('a decision reads back from its record as it was', () => {
  const body = decisionBody(decideBase(rulesOf(), { quantity: '101' }));
  expect(body).toMatchObject({ v: 1, order: 'O-1', outcome: 'refused', sheet: HASH });
  expect(decisionBody(decideBase(rulesOf())).outcome).toBe('approved');
  const wire: unknown = JSON.parse(JSON.stringify(encode(DecisionBody, body)));
  expect(decode(DecisionBody, wire, 'the decision')).toEqual(body);
});
