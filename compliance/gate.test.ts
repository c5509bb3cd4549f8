import { cite, RTS_6 } from '@gatehouse/shared/law/acts.ts';
import { DecisionBody } from '@gatehouse/shared/schema/decision.ts';
import { decode, encode } from '@gatehouse/shared/schema/decode.ts';
import { quantity } from '@gatehouse/shared/values/amounts.ts';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { controls, currentControls } from './controls/index.ts';
import { maxOrderQuantity } from './controls/max-order-quantity.ts';
import { decisionBody } from './decision-body.ts';
import { type Control, defineControl } from './define-control.ts';
import { exampleRequest, type RequestOverrides } from './examples/request.ts';
import {
  baseScope,
  exampleLine,
  exampleLines,
  exampleSheet,
  type SheetLine,
  type SheetText,
} from './examples/sheet.ts';
import { type ApprovedOrder, type Decision, decide, type GateRow, isApproved } from './gate.ts';
import { compileRules, type RuleSet } from './rule-set.ts';
import { figureTexts, notApplicable, pass, refuse, type Verdict } from './verdict.ts';

const HASH = 'a'.repeat(64);

function rulesOf(overrides: Partial<SheetText> = {}, registry: readonly Control[] = controls): RuleSet {
  return compileRules({ controls: registry, sheet: exampleSheet(overrides), sheetHash: HASH });
}

function decideBase(rules: RuleSet, overrides: RequestOverrides = {}): Decision {
  return decide(exampleRequest(rules, overrides));
}

function refused({ rows }: Decision): readonly string[] {
  return rows.flatMap(({ control, scope, verdict }) => (verdict === 'refuse' ? [`${control} ${scope}`] : []));
}

function rowOf({ rows }: Decision, id: string): GateRow | undefined {
  return rows.find(({ control }) => control === id);
}

function approvalOf({ approval }: Decision): ApprovedOrder {
  if (approval === undefined) throw new Error('not approved');
  return approval;
}

/** A control of one's own, on for the firm beside the others. */
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

test('an order inside every limit is approved, with a row for the sheet and for each control in its newest version', () => {
  const decision = decideBase(rulesOf());
  expect(refused(decision)).toEqual([]);
  expect(decision.rows.map(({ control, version, scope }) => `${control}@${version} ${scope}`)).toEqual([
    'sheet@1 firm',
    ...currentControls.map(({ id, version }) => `${id}@${version} ${baseScope(id)}`),
  ]);
  const rowCount = currentControls.length + 1;
  expect(decision).toMatchObject({ approved: true, sheet: HASH, tickets: [], approval: { haltEpoch: 3, rowCount } });
});

test('one refusal refuses the order, exactly from the border on', () => {
  const under = (quantityMax: string) =>
    decideBase(rulesOf({ controls: exampleLines(exampleLine('max-order-quantity', { quantityMax })) }));
  const atLimit = under('50');
  const beyond = under('49.999999999999999999');
  expect(atLimit.approved).toBe(true);
  expect(beyond.approved).toBe(false);
  expect(refused(beyond)).toEqual(['max-order-quantity firm']);
  expect(beyond).not.toHaveProperty('approval');
});

test('an order for nothing is refused', () => {
  const request = exampleRequest(rulesOf());
  const decision = decide({ ...request, order: { ...request.order, quantity: quantity('0') } });
  expect(refused(decision)).toContain('max-order-quantity firm');
  expect(decision.approved).toBe(false);
});

test('no refusal cuts the others short', () => {
  const order = { quantity: '100000', limitPrice: '2000', account: 'other' };
  const decision = decideBase(rulesOf(), { order });
  const expected = [
    'sheet',
    'quantity-increment',
    'max-order-quantity',
    'max-order-value',
    'price-collar',
    'fat-finger',
  ];
  expect(refused(decision)).toEqual(expect.arrayContaining(expected.map((id) => `${id} firm`)));
  expect(rowOf(decision, 'duplicate-order')?.verdict).toBe('pass');
});

test('each row names the limits of the sheet beside what was observed', () => {
  const row = rowOf(decideBase(rulesOf(), { order: { type: 'market', limitPrice: null } }), 'max-order-value');
  expect(row).toMatchObject({ version: 2, scope: 'firm', verdict: 'pass', remedy: undefined });
  expect(row?.reason).toBe('The order is worth no more than one order may be.');
  expect(row?.limits).toEqual({
    valueMax: '100000',
    marketOrderBps: '200',
    referenceAgeMsMax: '60000',
    rateAgeMsMax: '3600000',
  });
  expect(figureTexts(row?.figures ?? {})).toEqual({
    referencePrice: '1000.00',
    referenceAgeMs: '1000',
    worstPrice: '1020.000000',
    orderValue: '51000.000000',
  });
});

test.each(currentControls)('I5 $id refuses every order while the sheet does not name it', ({ id, version }) => {
  const rules = rulesOf({ controls: exampleLines().filter(({ control }) => control !== id) });
  const decision = decideBase(rules);
  expect(decideBase(rulesOf()).approved).toBe(true);
  expect(decision.approved).toBe(false);
  expect(refused(decision)).toEqual([`${id} firm`]);
  expect(rowOf(decision, id)).toMatchObject({ version, reason: 'The sheet does not name this control.' });
});

test.each(currentControls)('$id refuses every order while it is on in no scope of the order', ({ id, scopes }) => {
  const kind = scopes.find((one) => one !== 'firm');
  if (kind === undefined) return expect(scopes).toEqual(['firm']);
  const decision = decideBase(rulesOf({ controls: exampleLines(exampleLine(id, {}, `${kind}:elsewhere`)) }));
  expect(refused(decision)).toEqual([`${id} firm`]);
  const reason = 'The sheet has no limits of this control for any scope of this order.';
  return expect(rowOf(decision, id)?.reason).toBe(reason);
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
    { scope: 'firm', verdict: 'pass', limits: { quantityMax: '100' } },
    { scope: 'instrument:demo-index', verdict: 'refuse', limits: { quantityMax: '49' } },
  ]);
});

test('orders of other scopes meet their own rules, whatever was asked before', () => {
  const line: SheetLine = {
    control: 'max-order-quantity',
    version: 1,
    on: [
      { scope: 'trader:p-7f3a', figures: { quantityMax: '100' } },
      { scope: 'trader:p-02', figures: { quantityMax: '49' } },
    ],
  };
  const rules = rulesOf({ controls: exampleLines(line) });
  const scopesOf = (trader: string) =>
    decideBase(rules, { order: { trader } }).rows.flatMap(({ control, scope, verdict }) =>
      control === 'max-order-quantity' ? [`${scope} ${verdict}`] : [],
    );
  expect(scopesOf('p-7f3a')).toEqual(['trader:p-7f3a pass']);
  expect(scopesOf('p-02')).toEqual(['trader:p-02 refuse']);
  expect(scopesOf('p-7f3a')).toEqual(['trader:p-7f3a pass']);
});

test('a control that the sheet turns off lets orders through and says so', () => {
  const line: SheetLine = { control: 'max-order-quantity', off: { reason: 'The venue has its own.' } };
  const decision = decideBase(rulesOf({ controls: exampleLines(line) }), {
    order: { quantity: '101', limitPrice: '990' },
  });
  expect(refused(decision)).not.toContain('max-order-quantity firm');
  expect(rowOf(decision, 'max-order-quantity')).toEqual({
    control: 'max-order-quantity',
    version: 1,
    scope: 'firm',
    verdict: 'off',
    reason: 'The sheet turns this control off: The venue has its own.',
    figures: {},
    limits: {},
    remedy: undefined,
  });
});

test('a control that has nothing to say lets orders through', () => {
  const decision = decideWith(() => notApplicable('Nothing to say.'));
  expect(decision.approved).toBe(true);
  expect(rowOf(decision, 'own')?.verdict).toBe('not-applicable');
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
  'I5 a check that answers %o refuses',
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
  expect(refused(decision)).toEqual(['max-order-quantity firm']);
  expect(rowOf(decision, 'max-order-quantity')).toMatchObject({
    version: 2,
    reason: 'The sheet was read for version 1 of this control, and version 2 runs.',
  });
});

test.each<[string, RequestOverrides['order']]>([
  ['The order is for live and the sheet for paper.', { environment: 'live' }],
  ['The sheet is of another legal entity.', { legalEntity: '5493001KJTIIGC8Y1R12' }],
  ['The sheet does not cover account second.', { account: 'second' }],
])('an order that the sheet does not cover is refused: %s', (reason, order) => {
  expect(rowOf(decideBase(rulesOf()), 'sheet')?.verdict).toBe('pass');
  const decision = decideBase(rulesOf(), { order });
  expect(decision.approved).toBe(false);
  expect(decision.rows[0]).toMatchObject({ control: 'sheet', version: 1, scope: 'firm', verdict: 'refuse', reason });
});

test.each([
  ['2020-03-06T20:30:00.000000001Z', undefined, 'refuse'],
  ['2020-03-06T20:30:00.000000000Z', undefined, 'pass'],
  ['2020-01-01T00:00:00.000000000Z', '2020-03-06T20:30:00.000000001Z', 'pass'],
  ['2020-01-01T00:00:00.000000000Z', '2020-03-06T20:30:00.000000000Z', 'refuse'],
])('a live order is held to the term of its sheet, by wall time: from %s to %s', (from, to, verdict) => {
  const rules = rulesOf({ environment: 'live', mark: 'FIRM', from, ...(to === undefined ? {} : { to }) });
  const decision = decideBase(rules, {
    order: { environment: 'live' },
    facts: { now: '2019-01-01T00:00:00.000000000Z' },
  });
  expect(rowOf(decision, 'sheet')?.verdict).toBe(verdict);
});

test('a paper order may lie in a past before its sheet', () => {
  const decision = decideBase(rulesOf({ from: '2026-01-01T00:00:00.000000000Z' }));
  expect(rowOf(decision, 'sheet')?.verdict).toBe('pass');
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
  const request = exampleRequest(rulesOf());
  const approval = approvalOf(decide(request));
  request.order.account = 'other';
  expect(approval.order.account).toBe('main');
  expect(Object.isFrozen(approval)).toBe(true);
  expect(Object.isFrozen(approval.order)).toBe(true);
});

test('a decision reads back from its record as it was', () => {
  const body = decisionBody(decideBase(rulesOf(), { order: { quantity: '101' } }));
  expect(body).toMatchObject({ v: 3, order: 'O-1', outcome: 'refused', sheet: HASH, haltEpoch: 3 });
  expect(decisionBody(decideBase(rulesOf())).outcome).toBe('approved');
  const wire: unknown = JSON.parse(JSON.stringify(encode(DecisionBody, body)));
  expect(decode(DecisionBody, wire, 'the decision')).toEqual(body);
});

test('a refusal is recorded with its limits and its reason, a pass with what was observed alone', () => {
  const { rows } = decisionBody(decideBase(rulesOf(), { order: { quantity: '101' } }));
  const recorded = (id: string) => rows.find(({ control }) => control === id);
  expect(recorded('max-order-quantity')).toEqual({
    control: 'max-order-quantity',
    version: 1,
    scope: 'firm',
    verdict: 'refuse',
    figures: { quantityMax: '100', quantity: '101' },
    reason: 'The quantity is above the most that one order may have.',
  });
  expect(recorded('duplicate-order')).toEqual({
    control: 'duplicate-order',
    version: 2,
    scope: 'firm',
    verdict: 'pass',
    figures: { recentOrders: '0' },
  });
  expect(recorded('sheet')).toEqual({ control: 'sheet', version: 1, scope: 'firm', verdict: 'pass' });
});

test('the remedy of a refusal stays beside its row', () => {
  const decision = decideWith(() => ({ ...refuse('Not yet.'), remedy: { cancel: ['O-0'] } }));
  expect(decision.rows.at(-1)?.remedy).toEqual({ cancel: ['O-0'] });
  expect(decideWith(() => pass('Yes.')).rows.at(-1)?.remedy).toBeUndefined();
});
