import { createHash } from 'node:crypto';
import { KitError } from '@gatehouse/shared/errors.ts';
import { addMs, parseInstant } from '@gatehouse/shared/values/instant.ts';
import { expect, test } from 'vitest';
import { controls } from './controls/index.ts';
import { maxOrderQuantity } from './controls/max-order-quantity.ts';
import type { Control } from './define-control.ts';
import { exampleFacts, exampleOrder } from './examples/base.ts';
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

function quantityLine(on: { scope: string; figures: Record<string, string | number> }[]): SheetLine {
  return { control: 'max-order-quantity', version: 1, on };
}

test.each<[string, SheetLine]>([
  ['this release has no control price-colar', exampleLine('price-colar')],
  ['this release has no control price-colar', { control: 'price-colar', off: { reason: 'Not needed.' } }],
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
  ['position-limit has no limits per firm, only per account, instrument', exampleLine('position-limit', {}, 'firm')],
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
  ['currency: ', exampleLine('max-order-value', { currency: 'usd' })],
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
      exampleLine('price-colar'),
      exampleLine('price-collar', { collarBps: -1, referenceAgeMsMax: -1 }),
      exampleLine('position-limit', { longMax: '-1' }, 'firm'),
      exampleLine('position-limit'),
    ],
  });
  expect(error.message).toBe(
    'sheet example: its end is not after its start; it names position-limit more than once; ' +
      'this release has no control price-colar; ' +
      'figures of price-collar for firm: collarBps: below zero; referenceAgeMsMax: below zero; ' +
      'position-limit has no limits per firm, only per account, instrument; ' +
      'figures of position-limit for firm: longMax: below zero',
  );
});

test('a sheet must end after it starts, by a nanosecond at least', () => {
  const from = '2020-01-01T00:00:00.000000000Z';
  expect(refusalOf({ from, to: from }).message).toContain('its end is not after its start');
  const sheet = exampleSheet({ from, to: '2020-01-01T00:00:00.000000001Z' });
  expect(compileRules({ controls, sheet, sheetHash }).sheet).toBe(sheet);
});

test('limits of zero are limits', () => {
  const line = exampleLine('position-limit', { longMax: '0', shortMax: '0' });
  const rules = compileRules({ controls, sheet: exampleSheet({ controls: exampleLines(line) }), sheetHash });
  expect(decide({ order: exampleOrder(), facts: exampleFacts(), rules }).approved).toBe(false);
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

test('a sheet may name a superseded version while the registry lists it; what it does not name counts in its newest one', () => {
  const registry = [...controls, { ...maxOrderQuantity, version: 2 }];
  const facts = exampleFacts();
  const older = compileRules({ controls: registry, sheet: exampleSheet(), sheetHash });
  expect(older.controlsHash).toBe(controlSet(registry).hash);
  const decision = decide({ order: exampleOrder(), facts, rules: older });
  expect(decision.approved).toBe(true);
  expect(decision.rows.filter(({ control }) => control === 'max-order-quantity')).toMatchObject([{ version: 1 }]);

  const controlsLeft = exampleLines().filter(({ control }) => control !== 'max-order-quantity');
  const unnamed = compileRules({ controls: registry, sheet: exampleSheet({ controls: controlsLeft }), sheetHash });
  const refused = decide({ order: exampleOrder(), facts, rules: unnamed });
  expect(refused.rows.filter(({ control }) => control === 'max-order-quantity')).toMatchObject([
    { version: 2, verdict: 'refuse' },
  ]);
});

test('a registry that is empty, lists a version twice or takes the gate’s own name is a bug', () => {
  const sheet = exampleSheet();
  const compile = (registry: readonly Control[]) => () => compileRules({ controls: registry, sheet, sheetHash });
  expect(compile([])).toThrow('at least one control');
  expect(compile([...controls, maxOrderQuantity])).toThrow('listed once');
  expect(compile([...controls, { ...maxOrderQuantity, id: 'sheet' }])).toThrow('own row');
});
