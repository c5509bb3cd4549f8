import type { EntryBody } from '@gatehouse/shared/schema/bodies.ts';
import { asQuantity } from '@gatehouse/shared/values/amounts.ts';
import { decimal } from '@gatehouse/shared/values/decimal.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createAggregates } from './aggregates/aggregates.ts';
import { controls } from './controls/index.ts';
import { WAITING_MAX } from './decision-records.ts';
import type { Control } from './define-control.ts';
import { type ExampleJournal, exampleJournal } from './examples/journal.ts';
import { exampleLine, exampleSheet } from './examples/sheet.ts';
import { createRejudge, REJUDGE_FINDINGS_MAX, type RejudgeResult } from './rejudge-records.ts';
import { sheetHash } from './sheet-document.ts';

const LINES = [
  exampleLine('max-order-quantity'),
  exampleLine('trading-state'),
  exampleLine('restricted-list'),
  exampleLine('duplicate-order'),
];
const NAMES = LINES.map(({ control }) => control);
const some = controls.filter(({ id }) => NAMES.includes(id));
const sheet = exampleSheet({ controls: LINES });

/** Two orders, one of them refused, and a third after a dated file has changed. */
function traded(registry: readonly Control[] = some): ExampleJournal {
  const journal = exampleJournal(sheet, registry);
  journal.decide({ id: 'O-1' });
  journal.fill({ id: 'O-1' });
  journal.decide({ id: 'O-2', quantity: '5000' });
  journal.learn({
    restrictions: { rows: [{ list: 'restricted', instrument: 'demo-index', sides: 'both', reason: 'A deal.' }] },
  });
  journal.decide({ id: 'O-3', quantity: '20' });
  return journal;
}

function judged(entries: readonly EntryBody[], registry: readonly Control[] = some): RejudgeResult {
  const rejudge = createRejudge({ controls: registry });
  for (const [index, entry] of entries.entries()) rejudge.take(entry, `${index}`);
  return rejudge.result();
}

const placeOf = (entries: readonly EntryBody[], kind: EntryBody['kind'], order: string) =>
  entries.findIndex((entry) => entry.kind === kind && 'order' in entry.body && entry.body.order === order);

function changed(entries: readonly EntryBody[], index: number, change: (entry: EntryBody) => EntryBody): EntryBody[] {
  return entries.map((entry, at) => (at === index ? change(entry) : entry));
}

const without = (entries: readonly EntryBody[], kind: EntryBody['kind']) =>
  entries.filter((entry) => entry.kind !== kind);
const obstacles = ({ findings }: RejudgeResult) => findings.flatMap(({ obstacle }) => obstacle ?? []);

test('decisions of every outcome come out as they are recorded, across a change of a dated file', () => {
  const { entries } = traded();
  const outcomes = entries.flatMap((entry) => (entry.kind === 'decision' ? [entry.body.outcome] : []));
  expect(outcomes).toEqual(['approved', 'refused', 'refused']);
  expect(judged(entries)).toEqual({ decisions: 3, equal: 3, findings: [], unlisted: 0 });
});

test('what entries add up to is what is compared: a fill, a halt or a file that is gone is a difference', () => {
  const { entries } = traded();
  expect(judged(entries.filter((entry) => entry.kind !== 'facts' || entry.body.kind !== 'restrictions')).equal).toBe(0);
  const halted = exampleJournal(sheet, some);
  const kill: EntryBody = {
    kind: 'kill',
    body: {
      v: 2,
      id: 'K-1',
      scopes: ['firm'],
      level: 'cancel',
      haltEpoch: 1,
      by: 'p-01',
      reason: 'A drill.',
      at: halted.decide({ id: 'O-1' }).facts.now,
    },
  };
  halted.add(kill);
  halted.decide({ id: 'O-2', quantity: '20' });
  expect(judged(halted.entries).equal).toBe(2);
  const { findings } = judged(without(halted.entries, 'kill'));
  expect(findings[0]?.differences.map(({ at }) => at)).toEqual(expect.arrayContaining(['haltEpoch', 'outcome']));
});

test('an order that was altered after its decision is found, with its place', () => {
  const { entries } = traded();
  const index = entries.findIndex((entry) => entry.kind === 'intent');
  const altered = changed(entries, index, (entry) => {
    if (entry.kind !== 'intent') return entry;
    return { kind: 'intent', body: { v: 1, order: { ...entry.body.order, quantity: asQuantity(decimal('5000')) } } };
  });
  const { findings } = judged(altered);
  expect(findings[0]).toMatchObject({ place: `${index + 1}`, order: 'O-1' });
  expect(findings[0]?.differences.map(({ at }) => at)).toContain('outcome');
});

test('a decision that was altered is found, with what was changed', () => {
  const { entries } = traded();
  const index = placeOf(entries, 'decision', 'O-2');
  const altered = changed(entries, index, (entry) =>
    entry.kind === 'decision' ? { kind: 'decision', body: { ...entry.body, outcome: 'approved' } } : entry,
  );
  expect(judged(altered).findings[0]).toMatchObject({
    order: 'O-2',
    differences: [{ at: 'outcome', recorded: 'approved', recomputed: 'refused' }],
  });
});

test('what a decision names and the records do not have is a finding with its obstacle, never skipped', () => {
  const { entries } = traded();
  expect(obstacles(judged(without(entries, 'limits')))[0]).toContain('was not accepted before this decision');
  expect(obstacles(judged(without(entries, 'controls')))[0]).toContain('is not on record before this decision');
  expect(obstacles(judged(without(entries, 'intent')))).toContain('no intent of this order stands before its decision');
  expect(obstacles(judged(without(entries, 'facts')))[0]).toContain('are not those on record before this decision');
  expect(judged(without(entries, 'limits')).equal).toBe(0);
});

test('a record that is not what it says is an obstacle: sheet, control set and dated file by their hashes', () => {
  const { entries } = traded();
  const broken = (change: (entry: EntryBody) => EntryBody) => obstacles(judged(entries.map(change)))[0];
  const sheetText = (text: (document: string) => string) => (entry: EntryBody) =>
    entry.kind === 'limits' ? { ...entry, body: { ...entry.body, document: text(entry.body.document) } } : entry;
  expect(broken(sheetText((document) => `${document} `))).toContain('has another hash');
  const renamed = (entry: EntryBody): EntryBody =>
    entry.kind === 'controls'
      ? { ...entry, body: { ...entry.body, set: entry.body.set.map((one) => ({ ...one, title: 'Another title' })) } }
      : entry;
  expect(broken(renamed)).toContain('has another hash');
  const cut = (entry: EntryBody): EntryBody =>
    entry.kind === 'facts' ? { ...entry, body: { ...entry.body, document: entry.body.document.slice(1) } } : entry;
  expect(obstacles(judged(entries.map(cut))).some((text) => text.includes('has not the hash'))).toBe(true);
});

test('a sheet that cannot be read or cannot be used is an obstacle', () => {
  const { entries } = traded();
  const named = (document: string): readonly EntryBody[] =>
    entries.map((entry): EntryBody => {
      if (entry.kind === 'limits') return { kind: 'limits', body: { v: 1, sheet: sheetHash(document), document } };
      return entry.kind === 'decision'
        ? { kind: 'decision', body: { ...entry.body, sheet: sheetHash(document) } }
        : entry;
    });
  expect(obstacles(judged(named('no sheet')))[0]).toContain('cannot be read');
  const limits = entries.find((entry) => entry.kind === 'limits');
  if (limits?.kind !== 'limits') throw new Error('no sheet in the journal');
  const unknown = limits.body.document.replace('"max-order-quantity"', '"no-such-control"');
  expect(obstacles(judged(named(unknown)))[0]).toContain('cannot be used');
});

const passing = () => ({ kind: 'pass', reason: 'It passes.', figures: {} }) as const;

/** The same control as an earlier release had it: it let everything pass. */
const earlier = (control: Control): Control => ({
  ...control,
  version: 0,
  bind: () => ({ kind: 'bound', judge: passing, limits: {}, parts: 0, check: passing, figures: {} }),
});

test('a decision under a superseded version is made again by that version, as long as this release keeps it', () => {
  const old = some.map((control) => (control.id === 'max-order-quantity' ? earlier(control) : control));
  const line = { ...exampleLine('max-order-quantity'), version: 0 };
  const journal = exampleJournal(exampleSheet({ controls: [line, ...LINES.slice(1)] }), old);
  expect(journal.decide({ id: 'O-1', quantity: '5000' }).approved).toBe(true);
  journal.accept(sheet, some);
  expect(journal.decide({ id: 'O-2', quantity: '5000', limitPrice: '1000.50' }).approved).toBe(false);
  const kept = [...some, ...old.filter(({ version }) => version === 0)];
  expect(judged(journal.entries, kept)).toEqual({ decisions: 2, equal: 2, findings: [], unlisted: 0 });
  const { equal, findings } = judged(journal.entries, some);
  expect(equal).toBe(1);
  expect(findings).toMatchObject([{ order: 'O-1' }]);
  expect(findings[0]?.obstacle).toMatch(
    /this release has no max-order-quantity@0 of control set \w+; release 1\.0\.0 has/,
  );
});

test('a title that this release words otherwise changes nothing', () => {
  const { entries } = traded();
  const reworded = some.map((control) => ({ ...control, title: `${control.title}, reworded` }));
  expect(judged(entries, reworded).findings).toEqual([]);
});

test('an entry that does not fit those before it is a finding of its own', () => {
  const open = exampleJournal(sheet, some);
  open.decide({ id: 'O-1' });
  const twice = judged([...open.entries, ...open.entries.slice(-2)]);
  expect(twice.findings.at(-1)).toMatchObject({
    order: 'O-1',
    obstacle: expect.stringMatching(/^it does not add up: /),
  });
  const { entries } = traded();
  const facts = entries.find((entry) => entry.kind === 'facts' && entry.body.kind === 'instruments');
  if (facts?.kind !== 'facts') throw new Error('no file of instruments in the journal');
  const cut: EntryBody = { kind: 'facts', body: { ...facts.body, document: '{}' } };
  expect(judged([...entries, cut]).findings.at(-1)).toMatchObject({ place: `${entries.length}` });
});

test('a fault of the reader itself is no finding', () => {
  const rejudge = createRejudge({ controls: some });
  expect(() => rejudge.take({ kind: 'cash', body: undefined } as never, '')).toThrow(TypeError);
});

test('an order whose intent lies further back than any group of a journal is told as one without', () => {
  const { entries } = traded();
  const index = entries.findIndex((entry) => entry.kind === 'intent');
  const intent = entries[index];
  if (intent?.kind !== 'intent') throw new Error('no intent in the journal');
  const others = (count: number) =>
    Array.from({ length: count }, (_, at): EntryBody => {
      return { kind: 'intent', body: { v: 1, order: { ...intent.body.order, id: `X-${at}` } } };
    });
  const spread = (count: number) =>
    judged([...entries.slice(0, index + 1), ...others(count), ...entries.slice(index + 1)]);
  expect(spread(WAITING_MAX - 1).findings).toEqual([]);
  expect(obstacles(spread(WAITING_MAX))[0]).toBe('no intent of this order stands before its decision');
});

test('findings beyond the list are counted', () => {
  const { entries } = traded();
  const decision = entries.find((entry) => entry.kind === 'decision');
  if (decision === undefined) throw new Error('no decision in the journal');
  const { findings, unlisted, decisions } = judged(Array.from({ length: REJUDGE_FINDINGS_MAX }, () => decision));
  expect([findings.length, decisions]).toEqual([REJUDGE_FINDINGS_MAX, REJUDGE_FINDINGS_MAX]);
  expect(unlisted).toBeGreaterThan(0);
});

test('positions are those that the fills add up to', () => {
  const rejudge = createRejudge({ controls: some });
  for (const entry of traded().entries) rejudge.take(entry, '');
  expect(rejudge.positions()).toEqual([{ account: 'main', instrument: 'demo-index', quantity: decimal('50') }]);
});

/** The entries that name what later decisions are made by; a journal that was cut has them again. */
const NAMING: ReadonlySet<EntryBody['kind']> = new Set(['session', 'facts', 'limits', 'controls']);

test('from a snapshot anywhere the rest of a journal comes out the same', () => {
  const { entries } = traded();
  fc.assert(
    fc.property(fc.integer({ min: 0, max: entries.length }), (at) => {
      const before = createAggregates();
      for (const entry of entries.slice(0, at)) before.fold(entry);
      const rejudge = createRejudge({ controls: some, snapshot: before.snapshot() });
      const kept = entries.slice(0, at).filter(({ kind }) => NAMING.has(kind) && kind !== 'session');
      for (const entry of [...kept, ...entries.slice(at)]) rejudge.take(entry, '');
      const { equal, decisions, findings } = rejudge.result();
      // A cut between an intent and its decision leaves no journal that an edge could have written.
      const isWithinGroup = entries[at]?.kind === 'decision';
      expect(isWithinGroup ? findings.length === 1 : equal === decisions).toBe(true);
    }),
  );
});

test('from a snapshot of another journal the decisions that rest on it differ', () => {
  const { entries } = traded();
  const halted = createAggregates();
  const now = entries.flatMap((entry) => (entry.kind === 'decision' ? [entry.body.facts.now] : []))[0];
  if (now === undefined) throw new Error('no decision in the journal');
  const at = now;
  const body = {
    v: 2,
    id: 'K-9',
    scopes: ['firm'],
    level: 'cancel',
    haltEpoch: 7,
    by: 'p-01',
    reason: 'Other.',
    at,
  } as const;
  halted.fold({ kind: 'kill', body: { ...body, scopes: [...body.scopes] } });
  const rejudge = createRejudge({ controls: some, snapshot: halted.snapshot() });
  for (const entry of entries) rejudge.take(entry, '');
  expect(rejudge.result().equal).toBe(0);
});

test('whoever takes the findings as they come hears of every one, however many there were before', () => {
  const { entries } = traded();
  const decision = entries.find(({ kind }) => kind === 'decision');
  if (decision === undefined) throw new Error('nothing was decided');
  const rejudge = createRejudge({ controls: some });
  const taken: string[] = [];
  for (let index = 0; index < REJUDGE_FINDINGS_MAX + 3; index += 1) {
    rejudge.take(decision, `${index}`);
    taken.push(...rejudge.takeFindings().map(({ place }) => place));
  }
  expect(rejudge.result().unlisted).toBe(0);
  expect(new Set(taken)).toEqual(new Set(Array.from({ length: REJUDGE_FINDINGS_MAX + 3 }, (_, index) => `${index}`)));
});
