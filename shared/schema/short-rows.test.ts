import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson, type JsonValue, sha256 } from '../journal/canonical.ts';
import type { DecisionRow, RowVerdict } from './decision-row.ts';
import type { ScopeText } from './fields.ts';
import { ROW_FORMS } from './row-forms.ts';
import { agreesOnForms, fullRows, type ShortRows, shortRows, shortRowsText } from './short-rows.ts';

/** What a reader gets: the short rows through their text. */
function readBack(short: ShortRows): readonly DecisionRow[] {
  const wire = JSON.parse(canonicalJson(short as unknown as JsonValue)) as ShortRows;
  const read = fullRows(wire.rows, wire.scopes);
  if ('rows' in read) return read.rows;
  throw new Error(read.problems.join('; '));
}

const problemsOf = (rows: readonly unknown[], scopes: readonly ScopeText[] = []): readonly string[] => {
  const read = fullRows(rows, scopes);
  return 'problems' in read ? read.problems : [];
};

const numberOf = (form: string): number => ROW_FORMS.indexOf(form);

function rowOf(form: string, scope: ScopeText, values: readonly string[]): DecisionRow {
  const [name = '', verdict, ...names] = form.split(' ');
  const [control = '', version] = name.split('@');
  const row = { control, version: Number(version), scope, verdict: verdict as RowVerdict };
  if (names.length === 0) return row;
  return { ...row, figures: Object.fromEntries(names.map((each, index) => [each, values[index] ?? '0'])) };
}

const scope = fc.constantFrom<ScopeText>('firm', 'account:main', 'algorithm:ema-cross', 'venue:SIM');
const wholes = ['0', '-0', '007', '+1', '-12', '1e3', '999999999999999', '1000000000000000', '-999999999999999'];
const value = fc.oneof(fc.constantFrom('', '0.10', ...wholes), fc.string({ maxLength: 8 }), fc.integer().map(String));
const values = fc.array(value, { minLength: 12, maxLength: 12 });
const known = fc.tuple(fc.constantFrom(...ROW_FORMS), scope, values).map(([form, at, texts]) => rowOf(form, at, texts));
const strange = fc.record({
  control: fc.constantFrom('price-collar', 'own-control'),
  version: fc.integer({ min: 0, max: 9_999 }),
  scope,
  verdict: fc.constantFrom<RowVerdict>('pass', 'refuse', 'not-applicable', 'off', 'overridden'),
  figures: fc.dictionary(fc.constantFrom('distance', 'limitPrice', ''), value, { maxKeys: 3 }),
});
const reasoned = fc.tuple(known, fc.string({ minLength: 1, maxLength: 9 })).map(([row, reason]) => {
  return { ...row, figures: row.figures ?? {}, reason };
});
const rows = fc.array(fc.oneof({ weight: 5, arbitrary: known }, strange, reasoned), { minLength: 1, maxLength: 30 });

test('whatever rows are made short, the same rows come back', () => {
  fc.assert(
    fc.property(rows, fc.nat({ max: 5 }), (made, times) => {
      // Rows of a control in several scopes often have the same figures, which are then left out.
      const repeated = made.flatMap((row) => Array.from({ length: 1 + times }, () => row));
      expect(readBack(shortRows(repeated))).toEqual(repeated);
    }),
  );
});

test('the text that is written at once is that of the short form', () => {
  fc.assert(
    fc.property(rows, fc.nat({ max: 2 }), (made, times) => {
      const repeated = made.flatMap((row) => Array.from({ length: 1 + times }, () => row));
      const short = shortRows(repeated);
      const text = shortRowsText(repeated);
      expect(text.rows).toBe(canonicalJson(short.rows as unknown as JsonValue));
      expect(text.scopes).toEqual(short.scopes);
    }),
  );
});

test('rows have one short form, in whatever order their figures stand', () => {
  fc.assert(
    fc.property(rows, (made) => {
      const turned = made.map((row) =>
        row.figures === undefined
          ? row
          : { ...row, figures: Object.fromEntries(Object.entries(row.figures).reverse()) },
      );
      expect(canonicalJson(shortRows(turned) as unknown as JsonValue)).toBe(
        canonicalJson(shortRows(made) as unknown as JsonValue),
      );
    }),
  );
});

test('a row of the firm without figures is a number, figures are values, and equal ones are not written twice', () => {
  const plain = rowOf('locate@1 not-applicable', 'firm', []);
  const net = (at: ScopeText, ...texts: string[]) => rowOf('net-exposure@1 pass worstLong worstShort', at, texts);
  const made = [plain, net('firm', '1.50', '7'), net('account:main', '1.50', '7'), net('account:main', '1.50', '8')];
  const form = numberOf('net-exposure@1 pass worstLong worstShort');
  expect(shortRows(made)).toEqual({
    rows: [numberOf('locate@1 not-applicable'), [form, 0, '1.50', 7], [form, 1], [form, 1, '1.50', 8]],
    scopes: ['account:main'],
  });
});

test('a refusal keeps its sentence, and a row whose form is not listed is written in full', () => {
  const head = { control: 'price-collar', version: 1, scope: 'firm' as const };
  const refusal = { ...head, verdict: 'refuse' as const, figures: { distance: '9' }, reason: 'It is too far off.' };
  const unlisted = { ...head, verdict: 'pass' as const, figures: { ownFigure: '1' } };
  expect(shortRows([refusal, unlisted]).rows).toEqual([
    ['price-collar@1', 'firm', 'refuse', { distance: '9' }, 'It is too far off.'],
    ['price-collar@1', 'firm', 'pass', { ownFigure: '1' }],
  ]);
});

test.each([
  ['a form that is not there', [ROW_FORMS.length]],
  ['a form that is no number', [null]],
  ['a form below zero', [[-1, 0]]],
  ['half a form', [[0.5, 0]]],
  ['a list without a form', [[]]],
  ['an object', [{ form: 1 }]],
  ['a scope that is not there', [[numberOf('gross-exposure@1 pass gross'), 1, 5]]],
  ['too few values', [[numberOf('net-exposure@1 pass worstLong worstShort'), 0, 1]]],
  ['too many values', [[numberOf('gross-exposure@1 pass gross'), 0, 1, 2]]],
  ['values left out of the first row', [[numberOf('gross-exposure@1 pass gross'), 0]]],
  ['a broken number as a value', [[numberOf('gross-exposure@1 pass gross'), 0, 0.5]]],
  ['a number that is not safe', [[numberOf('gross-exposure@1 pass gross'), 0, 2 ** 53]]],
  ['nothing as a value', [[numberOf('gross-exposure@1 pass gross'), 0, null]]],
  ['a row in full without its verdict', [['price-collar@1', 'firm']]],
  [
    'values left out after a row in full',
    [
      [numberOf('gross-exposure@1 pass gross'), 0, 1],
      ['own@1', 'firm', 'pass'],
      [numberOf('gross-exposure@1 pass gross'), 0],
    ],
  ],
])('%s is a problem and never a row', (_, wire) => {
  expect(problemsOf(wire)).toHaveLength(1);
});

test('each form is listed once, and names a control with its version, a verdict that lets pass, and figures once each', () => {
  const meanings = ROW_FORMS.map((form) => {
    const [name, verdict, ...names] = form.split(' ');
    expect(name).toMatch(/^[a-z][a-z-]*@[1-9]\d{0,3}$/);
    expect(['pass', 'not-applicable', 'off']).toContain(verdict);
    expect(new Set(names).size).toBe(names.length);
    return `${name} ${verdict} ${names.toSorted().join(' ')}`;
  });
  expect(new Set(meanings).size).toBe(ROW_FORMS.length);
});

test('the forms that decisions on record name by their number are as they were', () => {
  const RELEASED = 166;
  const hash = 'bc3582801a35bd19b19a22d2ed05045331b88f702af9c6faababb5f24ff09d80';
  expect(sha256(canonicalJson(ROW_FORMS.slice(0, RELEASED))).toString('hex')).toBe(hash);
});

test('a list on record agrees with this release where it is shorter or longer, and not where it says something else', () => {
  expect(agreesOnForms(ROW_FORMS.slice(0, 5))).toBe(true);
  expect(agreesOnForms([...ROW_FORMS, 'of-a-later-release@1 pass'])).toBe(true);
  expect(agreesOnForms(ROW_FORMS.toReversed())).toBe(false);
});
