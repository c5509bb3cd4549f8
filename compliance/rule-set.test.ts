import { createHash } from 'node:crypto';
import { KitError } from '@gatehouse/shared/errors.ts';
import { addMs, parseInstant } from '@gatehouse/shared/values/instant.ts';
import { expect, test } from 'vitest';
import { controls } from './controls/index.ts';
import { maxOrderQuantity } from './controls/max-order-quantity.ts';
import type { Control } from './define-control.ts';
import { exampleRequest } from './examples/request.ts';
import { exampleLine, exampleLines, exampleSheet, type SheetLine, type SheetText } from './examples/sheet.ts';
import { decide } from './gate.ts';
import { compileRules, controlSet, isInForce } from './rule-set.ts';

const sheetHash = 'a'.repeat(64);

function refusalOf(overrides: Partial<SheetText>, registry: readonly Control[] = controls): KitError {
  try {
    compileRules({ controls: registry, sheet: exampleSheet(overrides), sheetHash });
  } catch (error) {
    if (error instanceof KitError) return error;
    throw error;
  }
  throw new Error('the sheet was accepted');
}

/** A line of a control that no release has. */
const misspelt: SheetLine = { control: 'price-colar', version: 1, on: [{ scope: 'firm', figures: {} }] };

function quantityLine(on: { scope: string; figures: Record<string, string | number> }[]): SheetLine {
  return { control: 'max-order-quantity', version: 1, on };
}

test.each<[string, SheetLine]>([
  ['this release has no control price-colar', misspelt],
  ['this release has no control price-colar', { control: 'price-colar', off: { reason: 'Not needed.' } }],
  [
    'it names version 3 of max-order-value, and this release has 2, 1',
    { control: 'max-order-value', version: 3, on: [{ scope: 'firm', figures: {} }] },
  ],
  [
    'it names version 2 of price-collar, and this release has 1',
    { control: 'price-collar', version: 2, on: [{ scope: 'firm', figures: { collarBps: 1, referenceAgeMsMax: 1 } }] },
  ],
  [
    'it gives max-order-quantity twice for desk:index',
    quantityLine([
      { scope: 'desk:index', figures: { quantityMax: '1' } },
      { scope: 'desk:index', figures: { quantityMax: '2' } },
    ]),
  ],
  ['price-increment has no limits per desk, only per firm', exampleLine('price-increment', {}, 'desk:index')],
  [
    'figures of max-order-quantity for firm: quantityMax: below zero',
    exampleLine('max-order-quantity', { quantityMax: '-0.01' }),
  ],
  ['figures of price-collar for firm: collarBps: below zero', exampleLine('price-collar', { collarBps: -1 })],
  ['figures of duplicate-order for firm: windowMs: below zero', exampleLine('duplicate-order', { windowMs: -1 })],
  ['Unrecognized key: "quantityMin"', exampleLine('max-order-quantity', { quantityMin: '1' })],
  ['quantityMax: ', quantityLine([{ scope: 'firm', figures: {} }])],
  ['quantityMax: ', exampleLine('max-order-quantity', { quantityMax: '1e3' })],
  ['quantityMax: ', exampleLine('max-order-quantity', { quantityMax: 100 })],
  ['basis: ', exampleLine('worst-price', { basis: 'guess' })],
  ['assetClasses.0: ', exampleLine('known-instrument', { assetClasses: ['stamps'] })],
  ['ordersMin: ', exampleLine('fat-finger', { ordersMin: 0 })],
  ['ordersMin: ', exampleLine('fat-finger', { ordersMin: 101 })],
])('a sheet is refused: %s', (problem, line) => {
  const others = exampleLines().filter(({ control }) => control !== line.control);
  const error = refusalOf({ controls: [...others, line] });
  expect(error.code).toBe('SHEET_REFUSED');
  expect(error.message).toContain(problem);
  expect(error.hint).toMatch(/\.$/);
});

test('a sheet that names a control twice is refused, also once on and once off', () => {
  const line: SheetLine = { control: 'price-collar', off: { reason: 'Not needed.' } };
  expect(refusalOf({ controls: [...exampleLines(), line] }).message).toContain('it names price-collar more than once');
});

test('a refusal lists every problem at once', () => {
  const error = refusalOf({
    to: '2019-12-31T00:00:00.000000000Z',
    controls: [
      misspelt,
      exampleLine('price-collar', { collarBps: -1, referenceAgeMsMax: -1 }),
      exampleLine('price-increment', { tickMax: '1' }, 'desk:index'),
      exampleLine('price-increment'),
    ],
  });
  expect(error.message).toBe(
    'sheet example: its end is not after its start; it names price-increment more than once; ' +
      'this release has no control price-colar; ' +
      'figures of price-collar for firm: collarBps: below zero; referenceAgeMsMax: below zero; ' +
      'price-increment has no limits per desk, only per firm; ' +
      'figures of price-increment for desk:index: value: Unrecognized key: "tickMax"',
  );
});

test('a sheet must end after it starts, by a nanosecond at least', () => {
  const from = '2020-01-01T00:00:00.000000000Z';
  expect(refusalOf({ from, to: from }).message).toContain('its end is not after its start');
  const sheet = exampleSheet({ from, to: '2020-01-01T00:00:00.000000001Z' });
  expect(compileRules({ controls, sheet, sheetHash }).sheet).toBe(sheet);
});

test('limits of zero are limits', () => {
  const line = exampleLine('max-order-quantity', { quantityMax: '0' });
  const rules = compileRules({ controls, sheet: exampleSheet({ controls: exampleLines(line) }), sheetHash });
  const { rows } = decide(exampleRequest(rules));
  expect(rows.filter(({ verdict }) => verdict === 'refuse').map(({ control }) => control)).toEqual([
    'max-order-quantity',
  ]);
});

test('a sheet is in force from its start until just before its end', () => {
  const start = parseInstant('2020-01-01T00:00:00Z');
  const open = exampleSheet();
  const closed = exampleSheet({ to: '2020-01-02T00:00:00.000000000Z' });
  expect(isInForce(open, addMs(start, -1))).toBe(false);
  expect(isInForce(open, start)).toBe(true);
  expect(isInForce(open, addMs(start, 86_400_000 * 365))).toBe(true);
  expect(isInForce(closed, addMs(start, 86_400_000 - 1))).toBe(true);
  expect(isInForce(closed, addMs(start, 86_400_000))).toBe(false);
});

test('the control set is named by the SHA-256 of its canonical JSON', () => {
  const { hash, set } = controlSet([maxOrderQuantity]);
  const text = '[{"id":"max-order-quantity","title":"Largest order quantity","version":1}]';
  expect(set).toEqual(JSON.parse(text));
  expect(hash).toBe(createHash('sha256').update(text).digest('hex'));
  expect(controlSet(controls).hash).not.toBe(hash);
});

/** A line that a sheet of the past still has. */
const older: SheetLine = {
  control: 'max-order-value',
  version: 1,
  on: [
    {
      scope: 'firm',
      figures: { valueMax: '100000', currency: 'USD', marketOrderBps: 200, referenceAgeMsMax: 60_000 },
    },
  ],
};

test('a sheet may name a superseded version, and that version judges', () => {
  const sheet = exampleSheet({ controls: exampleLines(older) });
  const rules = compileRules({ controls, sheet, sheetHash });
  expect(rules.controlsHash).toBe(controlSet(controls).hash);
  const rowsOf = (order: { currency?: string }) =>
    decide(exampleRequest(rules, { order })).rows.filter(({ control }) => control === 'max-order-value');
  expect(rowsOf({})).toMatchObject([{ version: 1, verdict: 'pass' }]);
  expect(rowsOf({ currency: 'EUR' })).toMatchObject([
    { version: 1, verdict: 'refuse', reason: 'The order is not in the currency of the limit.' },
  ]);
});

test('what the sheet does not name counts in its newest version', () => {
  const others = exampleLines().filter(({ control }) => control !== 'max-order-value');
  const unnamed = compileRules({ controls, sheet: exampleSheet({ controls: others }), sheetHash });
  const refused = decide(exampleRequest(unnamed));
  expect(refused.rows.filter(({ control }) => control === 'max-order-value')).toMatchObject([
    { version: 2, verdict: 'refuse', reason: 'The sheet does not name this control.' },
  ]);
});

test('the lines of a rule set are those of the registry, in its order, each as the sheet has it', () => {
  const [first, second, ...rest] = exampleLines();
  if (first === undefined || second === undefined) throw new Error('a registry of at least two');
  const off: SheetLine = { control: second.control, off: { reason: 'Not needed.' } };
  const rules = compileRules({ controls, sheet: exampleSheet({ controls: [...rest, off] }), sheetHash });
  const kinds = rules.lines.map(({ control, kind }) => `${control.id} ${kind}`);
  expect(kinds).toEqual([
    `${first.control} unnamed`,
    `${second.control} off`,
    ...rest.map(({ control }) => `${control} on`),
  ]);
});

test('more kinds of orders than are remembered still meet their own rules', () => {
  const line = quantityLine([
    { scope: 'trader:p-7f3a', figures: { quantityMax: '100' } },
    { scope: 'desk:index', figures: { quantityMax: '49' } },
  ]);
  const rules = compileRules({ controls, sheet: exampleSheet({ controls: exampleLines(line) }), sheetHash });
  const { order } = exampleRequest(rules);
  const scopesFor = (desk: string) =>
    rules
      .appliedTo({ ...order, desk })
      .flatMap(({ line: { control }, rule }) => (control.id === 'max-order-quantity' ? [rule?.scope] : []));
  for (let desk = 0; desk < 20_001; desk += 1) rules.appliedTo({ ...order, desk: `desk-${desk}` });
  expect(scopesFor('desk-0')).toEqual(['trader:p-7f3a']);
  expect(scopesFor('index')).toEqual(['trader:p-7f3a', 'desk:index']);
});

test('kinds of orders whose names run together are told apart', () => {
  const line = quantityLine([{ scope: 'trader:b', figures: { quantityMax: '49' } }]);
  const rules = compileRules({ controls, sheet: exampleSheet({ controls: exampleLines(line) }), sheetHash });
  const { order } = exampleRequest(rules);
  const isJudged = (desk: string, trader: string) =>
    rules.appliedTo({ ...order, desk, trader }).some((one) => one.rule?.scope === 'trader:b');
  expect([isJudged('a.b', 'c'), isJudged('a', 'b'), isJudged('a', 'b.c')]).toEqual([false, true, false]);
});

test('a registry that is empty, lists a version twice or takes the gate’s own name is a bug', () => {
  const sheet = exampleSheet();
  const compile = (registry: readonly Control[]) => () => compileRules({ controls: registry, sheet, sheetHash });
  expect(compile([])).toThrow('at least one control');
  expect(compile([...controls, maxOrderQuantity])).toThrow('listed once');
  expect(compile([...controls, { ...maxOrderQuantity, id: 'sheet' }])).toThrow('own row');
});
