import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson, type JsonValue } from '../journal/canonical.ts';
import { DecisionBody, DecisionRow, ScopeText } from './decision.ts';
import { decode, encode } from './decode.ts';
import { ROW_FORMS } from './row-forms.ts';

const AT = '2020-03-06T20:30:00.000000000Z';
const HASH = 'ab'.repeat(32);

const facts = { now: AT, wallAt: AT, day: '2020-03-06', files: HASH };
const body = {
  v: 2,
  order: 'O-1',
  outcome: 'refused',
  sheet: HASH,
  controls: HASH,
  haltEpoch: 3,
  facts: { ...facts, reference: { price: '1000.10', at: AT, source: 'bars' } },
  rows: [
    ['price-collar@1', 'firm', 'pass', { distance: '3.00' }],
    ['max-order-value@12', 'account:main', 'refuse', { valueMax: '1', orderValue: '2.50' }, 'It is worth too much.'],
    ['locate@1', 'firm', 'not-applicable'],
  ],
};

/** The same decision as it is recorded now. */
const short = {
  ...body,
  v: 3,
  scopes: ['account:main'],
  rows: [
    ['own-control@1', 'firm', 'pass', { distance: '3.00' }],
    [numberOf('max-order-quantity@1 pass quantity'), 1, 250],
    ['max-order-value@12', 'account:main', 'refuse', { valueMax: '1', orderValue: '2.50' }, 'It is worth too much.'],
    numberOf('locate@1 not-applicable'),
  ],
};

function numberOf(form: string): number {
  return ROW_FORMS.indexOf(form);
}

const textOf = (wire: unknown): string =>
  canonicalJson(encode(DecisionBody, decode(DecisionBody, wire, 'it')) as unknown as JsonValue);

test('a row is a short list on the wire and a record inside', () => {
  const [collar, value, locate] = decode(DecisionBody, body, 'it').rows;
  expect(collar).toEqual({
    control: 'price-collar',
    version: 1,
    scope: 'firm',
    verdict: 'pass',
    figures: { distance: '3.00' },
  });
  expect(value).toMatchObject({ control: 'max-order-value', version: 12, reason: 'It is worth too much.' });
  expect(locate).toEqual({ control: 'locate', version: 1, scope: 'firm', verdict: 'not-applicable' });
});

test('a decision comes back from the wire with the same bytes', () => {
  expect(textOf(body)).toBe(canonicalJson(body as JsonValue));
  expect(textOf({ ...body, tickets: ['T-1'] })).toContain('"tickets":["T-1"]');
});

test('a decision of either version reads the same, and each goes back to its own bytes', () => {
  const { rows, v } = decode(DecisionBody, short, 'it');
  expect(v).toBe(3);
  expect(rows).toEqual(decode(DecisionBody, { ...body, rows: rows.map((row) => encode(DecisionRow, row)) }, 'it').rows);
  expect(rows[1]).toEqual({
    control: 'max-order-quantity',
    version: 1,
    scope: 'account:main',
    verdict: 'pass',
    figures: { quantity: '250' },
  });
  expect(textOf(short)).toBe(canonicalJson(short as JsonValue));
});

test.each([
  ['a form that this release does not have', { rows: [ROW_FORMS.length] }, /row 0: this release has no form/],
  [
    'a scope that the decision does not name',
    { rows: [[numberOf('max-order-quantity@1 pass quantity'), 2, 1]] },
    /no scope 2/,
  ],
  ['the word of a scope that is none', { scopes: ['planet:earth'] }, /not a scope/],
  ['no scopes at all', { scopes: undefined }, /scopes/],
  ['a row in full that is none', { rows: [['price-collar', 'firm', 'pass']] }, /row 0: 0: not a control/],
  ['no rows at all', { rows: [] }, /rows/],
])('a short decision with %s is refused', (_, change, why) => {
  expect(() => decode(DecisionBody, { ...short, ...change }, 'it')).toThrow(why);
});

const figures = fc.dictionary(fc.string({ maxLength: 10 }), fc.string({ maxLength: 20 }), { maxKeys: 4 });
const row = fc.record({
  control: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,20}$/),
  version: fc.integer({ min: 0, max: 9_999 }),
  scope: fc.constantFrom('firm', 'account:main', 'algorithm:ema-cross'),
  verdict: fc.constantFrom('pass', 'refuse', 'not-applicable', 'off', 'overridden'),
  figures: fc.option(figures, { nil: undefined }),
  reason: fc.option(fc.string({ minLength: 1, maxLength: 40 }), { nil: undefined }),
});

test('every row has one form on the wire and comes back from it', () => {
  fc.assert(
    fc.property(row, (made) => {
      const wire = encode(DecisionRow, made as DecisionRow);
      const again = decode(DecisionRow, JSON.parse(JSON.stringify(wire)), 'the row');
      expect(encode(DecisionRow, again)).toEqual(wire);
      expect([again.control, again.version, again.reason]).toEqual([made.control, made.version, made.reason]);
    }),
  );
});

test.each([
  ['a control without its version', { rows: [['price-collar', 'firm', 'pass']] }],
  ['a verdict that is none', { rows: [['price-collar@1', 'firm', 'passed']] }],
  ['a scope that is none', { rows: [['price-collar@1', 'planet:earth', 'pass']] }],
  ['a figure that is a number', { rows: [['price-collar@1', 'firm', 'pass', { distance: 3 }]] }],
  ['a row with more than it has', { rows: [['price-collar@1', 'firm', 'pass', {}, 'Why.', 'more']] }],
  ['no rows at all', { rows: [] }],
  ['the version before', { v: 1 }],
  ['a fact that nobody knows', { facts: { ...facts, position: '3' } }],
  ['a key that nobody knows', { why: 'x' }],
])('%s is refused', (_, change) => {
  expect(() => decode(DecisionBody, { ...body, ...change }, 'it')).toThrow(/is malformed/);
});

test.each(['firm', 'desk:index', 'account:main', `venue:${'a'.repeat(64)}`])('%s is a scope', (scope) => {
  expect(ScopeText.safeParse(scope).success).toBe(true);
});

test.each(['', 'firm:', 'firm:x', 'desk:', 'Desk:index', 'account:-a', `venue:${'a'.repeat(65)}`, 'account:a b'])(
  '%s is no scope',
  (scope) => {
    expect(ScopeText.safeParse(scope).success).toBe(false);
  },
);
