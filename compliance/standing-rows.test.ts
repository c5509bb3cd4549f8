import { currency } from '@gatehouse/shared/values/currency.ts';
import { addMs } from '@gatehouse/shared/values/instant.ts';
import { expect, test } from 'vitest';
import type { CheckInput } from './check-input.ts';
import { controls } from './controls/index.ts';
import { decisionBody } from './decision-body.ts';
import type { Control, Example } from './define-control.ts';
import { exampleFacts, exampleOrder, type OrderOverrides } from './examples/base.ts';
import { exampleFiles } from './examples/files.ts';
import { exampleOwn } from './examples/own.ts';
import { baseScope, exampleLines, exampleSheet } from './examples/sheet.ts';
import { type Decision, decide, type GateRow } from './gate.ts';
import { isAlike, profileOf } from './order-profile.ts';
import { compileRules, type RuleSet } from './rule-set.ts';
import { ALIKE_PROFILES_MAX, PROFILES_MAX, UNJUDGED } from './standing-rows.ts';
import type { Verdict } from './verdict.ts';

const sheetHash = '0'.repeat(64);
const files = exampleFiles();
const facts = exampleFacts();
const own = exampleOwn();

function rulesOf(registry: readonly Control[] = controls): RuleSet {
  return compileRules({ controls: registry, sheet: exampleSheet({ controls: exampleLines() }), sheetHash });
}

function judged(rules: RuleSet, changes: OrderOverrides = {}, known: Partial<CheckInput> = {}): Decision {
  return decide({ order: exampleOrder(changes), facts, files, own, ...known, rules });
}

function rowOf({ rows }: Decision, control: string): GateRow | undefined {
  return rows.find((row) => row.control === control);
}

/** What a control must not look at throws when it is looked at. */
function hidden(whole: object, names: readonly string[]): object {
  const copy = { ...whole };
  for (const name of names) {
    Object.defineProperty(copy, name, {
      get: () => {
        throw new Error(`looked at ${name}`);
      },
    });
  }
  return copy;
}

const terms = [
  'id',
  'replaces',
  'parent',
  'quantity',
  'limitPrice',
  'stopPrice',
  'trailing',
  'expiresAt',
  'locate',
  'shortExemptReason',
  'decidedAt',
  'clock',
];

function inputOf(example: Example): CheckInput {
  return {
    order: exampleOrder(example.order),
    facts: exampleFacts(example.facts),
    files: exampleFiles(example.files),
    own: exampleOwn(example.own),
    currency: currency('USD'),
  };
}

/** The same input as a control of that sight may see it. */
function seenBy({ looksAt }: Control, input: CheckInput): CheckInput {
  const beyondDay = Object.keys(input.facts).filter((name) => name !== 'day');
  return {
    ...input,
    order: hidden(input.order, terms) as CheckInput['order'],
    facts: (looksAt === 'profile' ? hidden(input.facts, beyondDay) : input.facts) as CheckInput['facts'],
    own: hidden(input.own, Object.keys(input.own)) as CheckInput['own'],
  };
}

const settling = controls.flatMap((control) =>
  control.looksAt === 'all' ? [] : control.examples.map((example) => ({ control, example })),
);

test.each(settling)('$control.id looks at no more than it says: $example.name', ({ control, example }) => {
  const bound = control.bind(example.limits);
  if (bound.kind === 'refused' || bound.settle === undefined) throw new Error('a control that settles');
  const scope = example.scope ?? baseScope(control.id);
  const input = inputOf(example);
  const settled = bound.settle(seenBy(control, input), scope);
  const verdict = bound.judge(input, scope);
  if (settled === undefined) expect(verdict.reason).toMatch(/nearer to zero|of the account is not known/);
  else expect(settled).toEqual(verdict);
});

test('a control that looks at all never settles', () => {
  const other = controls.filter(({ looksAt }) => looksAt === 'all');
  expect(other.length).toBeGreaterThan(20);
  for (const { bind, examples } of other) expect(bind(examples[0]?.limits)).not.toHaveProperty('settle');
});

test('a decision is the same to the byte whether its rows stand already or not', () => {
  const sale = { side: 'sell', shortSaleMark: 'long' } as const;
  const orders: readonly OrderOverrides[] = [{}, sale, { venue: 'elsewhere' }, { account: 'other' }, { quantity: '9' }];
  const rules = rulesOf();
  for (const order of [...orders, ...orders, ...orders.toReversed()]) {
    expect(decisionBody(judged(rules, order))).toEqual(decisionBody(judged(rulesOf(), order)));
  }
});

test('what looks at the moment is asked again as soon as the facts are others', () => {
  const rules = rulesOf();
  for (let times = 0; times < 3; times += 1) expect(judged(rules).approved).toBe(true);
  const later = { ...facts, now: addMs(facts.now, 86_400_000) };
  const row = rowOf(judged(rules, {}, { facts: later }), 'market-data-age');
  expect(row).toMatchObject({ verdict: 'refuse', reason: 'The reference price is too old.' });
  expect(rowOf(judged(rules), 'market-data-age')).toMatchObject({ verdict: 'pass' });
});

test('what looks at the profile is asked again when the files or the day are others', () => {
  const rules = rulesOf();
  for (let times = 0; times < 3; times += 1) expect(judged(rules).approved).toBe(true);
  const closed = exampleFiles({
    entitlements: { accounts: [{ account: 'main', client: 'house', state: 'closed', environment: 'paper' }] },
  });
  expect(rowOf(judged(rules, {}, { files: closed }), 'account-permission')).toMatchObject({ verdict: 'refuse' });
  expect(rowOf(judged(rules), 'account-permission')).toMatchObject({ verdict: 'pass' });

  const until = exampleFiles({
    entitlements: { traders: [{ trader: 'p-7f3a', accounts: ['main'], desks: ['index'], to: facts.day }] },
  });
  const onDay = (day: string) =>
    rowOf(judged(rules, {}, { files: until, facts: { ...facts, day } }), 'trader-permission');
  expect(onDay(facts.day)).toMatchObject({ verdict: 'pass' });
  expect(onDay('2020-03-07')).toMatchObject({ verdict: 'refuse' });
  expect(onDay(facts.day)).toMatchObject({ verdict: 'pass' });
});

test('where only reducing orders may pass, each order is looked at for itself', () => {
  const rules = rulesOf();
  const closing = exampleFiles({
    entitlements: { accounts: [{ account: 'main', client: 'house', state: 'closing', environment: 'paper' }] },
  });
  const held = exampleOwn({ position: '60' });
  const sale = { side: 'sell', shortSaleMark: 'long' } as const;
  const verdictOf = (quantity: string) =>
    rowOf(judged(rules, { ...sale, quantity }, { files: closing, own: held }), 'account-permission')?.verdict;
  expect(['60', '61', '60', '61'].map(verdictOf)).toEqual(['pass', 'refuse', 'pass', 'refuse']);
});

function replaced(id: string, settle: () => Verdict): readonly Control[] {
  const bindOf = (control: Control): Control['bind'] => {
    return (figures) => {
      const bound = control.bind(figures);
      return bound.kind === 'refused' ? bound : { ...bound, judge: settle, check: settle, settle };
    };
  };
  return controls.map((control) => (control.id === id ? { ...control, bind: bindOf(control) } : control));
}

test('a control that fails is asked for each order, and each order is refused for it', () => {
  let asked = 0;
  const registry = replaced('environment', () => {
    asked += 1;
    throw new Error('nothing works');
  });
  const rules = rulesOf(registry);
  for (let times = 1; times <= 3; times += 1) {
    const decision = judged(rules);
    expect(decision.approved).toBe(false);
    expect(rowOf(decision, 'environment')?.reason).toBe('The control could not be computed: nothing works.');
  }
  expect(asked).toBeGreaterThanOrEqual(3);
});

test('a verdict of no known kind never stands', () => {
  const rules = rulesOf(replaced('environment', () => ({ kind: 'perhaps', reason: '', figures: {} }) as never));
  for (let times = 1; times <= 3; times += 1) {
    expect(rowOf(judged(rules), 'environment')).toMatchObject({
      verdict: 'refuse',
      reason: 'The control gave no verdict.',
    });
  }
});

test('a refusal that stands refuses every order of its profile and no other', () => {
  const rules = rulesOf();
  const verdicts = ['elsewhere', 'paper', 'elsewhere', 'paper', 'elsewhere'].map(
    (venue) => judged(rules, { venue }).approved,
  );
  expect(verdicts).toEqual([false, true, false, true, false]);
});

test('more profiles of an algorithm in an instrument than are remembered still meet their own rows', () => {
  const rules = rulesOf();
  for (let client = 0; client <= ALIKE_PROFILES_MAX; client += 1) {
    expect(judged(rules, { client: `client-${client}` }).approved).toBe(false);
  }
  expect(judged(rules).approved).toBe(true);
  expect(judged(rules, { client: 'client-0' }).approved).toBe(false);
});

test('a row that nobody judged lets nothing through', () => {
  expect(UNJUDGED.verdict).toBe('refuse');
  const rules = rulesOf();
  const input = { order: exampleOrder(), facts, files, own, currency: rules.sheet.currency };
  const { rows, asked } = rules.standing.standing(input);
  const places = [...asked.keys()].filter((place) => asked[place] !== undefined);
  expect(places.length).toBeGreaterThan(0);
  for (const place of [0, ...places]) expect(rows[place]).toBe(UNJUDGED);
  expect(rows.filter((row) => row === UNJUDGED)).toHaveLength(places.length + 1);
});

test('more profiles than are remembered still meet their own rules', () => {
  const rules = rulesOf();
  const order = exampleOrder();
  const scopes = () => rules.appliedTo(order).map(({ rule }) => rule?.scope);
  const before = scopes();
  for (let index = 0; index <= PROFILES_MAX; index += 1) rules.appliedTo({ ...order, instrument: `i-${index}` });
  expect(scopes()).toEqual(before);
  expect(judged(rules).approved).toBe(true);
});

test('an order that is changed after its decision does not take its rows along', () => {
  const rules = rulesOf();
  const order = { ...exampleOrder() };
  const approves = () => decide({ order, facts, files, own, rules }).approved;
  expect([approves(), approves()]).toEqual([true, true]);
  order.venue = 'elsewhere';
  expect([approves(), approves()]).toEqual([false, false]);
});

test('each part of a profile tells orders apart', () => {
  const order = exampleOrder({
    counterparty: 'bank',
    auction: 'open',
    postOnly: true,
    reduceOnly: true,
    displayQuantity: '10',
    group: { id: 'G-1', kind: 'bracket', role: 'entry' },
    emulates: ['group', 'expiry'],
  });
  const { algorithm, ...names } = profileOf(order);
  expect(isAlike(order, profileOf(order))).toBe(true);
  for (const name of Object.keys(names)) {
    expect(isAlike(order, { ...order, [name]: name === 'displayQuantity' ? undefined : 'other' })).toBe(false);
  }
  expect(isAlike(order, { ...order, emulates: ['group', 'trigger'] })).toBe(false);
  expect(isAlike(order, { ...order, emulates: undefined })).toBe(false);
  expect(isAlike(order, { ...order, group: { kind: 'bracket', role: 'stop-loss' } })).toBe(false);
  expect(isAlike(order, exampleOrder({ counterparty: 'bank' }))).toBe(false);
  expect(isAlike(order, { ...order, algorithm: { ...algorithm, id: 'other' } })).toBe(false);
  expect(isAlike(order, { ...order, algorithm: { ...algorithm, version: '9.9.9' } })).toBe(false);
  expect(Object.keys({ ...names, algorithm }).sort()).toEqual(
    Object.keys(order)
      .filter((name) => !terms.includes(name))
      .sort(),
  );
});
