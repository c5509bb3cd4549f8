import type { FigureText, Sheet } from '@gatehouse/shared/schema/sheet.ts';
import { add, decimal, fromInteger, isDecimalText, toText } from '@gatehouse/shared/values/decimal.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { breakers } from './breakers/index.ts';
import { duplicateOrder } from './controls/duplicate-order.ts';
import { controls, currentControls } from './controls/index.ts';
import { tradingState } from './controls/trading-state.ts';
import type { Control, Example } from './define-control.ts';
import { exampleFacts, exampleOrder } from './examples/base.ts';
import { exampleFiles } from './examples/files.ts';
import { exampleOwn } from './examples/own.ts';
import { baseScope, exampleSheet, type SheetLine } from './examples/sheet.ts';
import { type DecisionRequest, decide } from './gate.ts';
import { compileRules } from './rule-set.ts';
import { isLoosening } from './sheet-difference.ts';

type Figures = Record<string, FigureText>;

/** A control, one of its worked cases, and two ways in which a sheet may speak of it. */
interface Case {
  readonly control: Control;
  readonly example: Example;
  readonly before: Sheet;
  readonly after: Sheet;
}

const OFF = { reason: 'Another control is looked at.' };

const base = exampleSheet();

/** A control that is off stands beside the one that is looked at, so that the outcome is that of one. */
function fillerFor(control: Control): Control {
  return control.id === tradingState.id ? duplicateOrder : tradingState;
}

function sheetOf(line: SheetLine | undefined, control: Control): Sheet {
  const filler = { control: fillerFor(control).id, off: OFF };
  return { ...base, controls: line === undefined ? [filler] : [filler, line] };
}

/** A figure near another one: a little more or less, nothing, or far more; names that come and go. */
function nearby(figure: FigureText): fc.Arbitrary<FigureText> {
  if (Array.isArray(figure)) {
    const names: string[] = [...figure];
    return fc.oneof(fc.subarray(names), fc.constant<string[]>([...names, 'somebody-else']), fc.constant<string[]>([]));
  }
  if (typeof figure === 'number') {
    return fc.constantFrom(
      figure,
      figure + 1,
      Math.max(0, figure - 1),
      0,
      figure * 2,
      figure * 1_000,
      Math.floor(figure / 2),
    );
  }
  if (!isDecimalText(figure)) return fc.constantFrom(figure, 'yes', 'no', 'cash', 'venue', 'EUR');
  const moved = (by: string) => toText(add(decimal(figure), decimal(by)));
  return fc.constantFrom(figure, moved('0.01'), moved('1'), moved('1000000'), '0', '1', toText(fromInteger(10)));
}

function mutated(figures: Figures): fc.Arbitrary<Figures> {
  return fc.record(Object.fromEntries(Object.entries(figures).map(([name, figure]) => [name, nearby(figure)])));
}

function figuresOf(control: Control): fc.Arbitrary<Figures> {
  const known = control.examples.map(({ limits }) => limits as Figures);
  return fc.constantFrom(...known).chain((figures) => fc.oneof(fc.constant(figures), mutated(figures)));
}

function lineOf(control: Control, example: Example): fc.Arbitrary<SheetLine | undefined> {
  const { id, version } = control;
  const scope = example.scope ?? baseScope(id);
  const own = figuresOf(control).map((figures) => [{ scope, figures }]);
  const elsewhere = figuresOf(control).map((figures) => ({ scope: `${control.scopes.at(-1)}:elsewhere`, figures }));
  const on = fc.tuple(own, fc.option(elsewhere, { freq: 4 }), fc.boolean()).map(([here, there, isBoth]) => ({
    control: id,
    version,
    on: there === null || there.scope.startsWith('firm') ? here : isBoth ? [...here, there] : [there],
  }));
  return fc.oneof(
    { weight: 12, arbitrary: on },
    { weight: 1, arbitrary: fc.constant({ control: id, off: OFF }) },
    { weight: 1, arbitrary: fc.constant(undefined) },
  );
}

const drawn: fc.Arbitrary<Case> = fc
  .constantFrom(...currentControls)
  .chain((control) =>
    fc
      .constantFrom(...control.examples)
      .chain((example) =>
        fc
          .tuple(lineOf(control, example), lineOf(control, example))
          .map(([was, is]) => ({ control, example, before: sheetOf(was, control), after: sheetOf(is, control) })),
      ),
  );

const given = new Map<Example, Omit<DecisionRequest, 'rules'>>();

function requestOf(example: Example): Omit<DecisionRequest, 'rules'> {
  const known = given.get(example);
  if (known !== undefined) return known;
  const request = {
    order: exampleOrder(example.order),
    facts: exampleFacts(example.facts),
    files: exampleFiles(example.files),
    own: exampleOwn(example.own),
  };
  given.set(example, request);
  return request;
}

/** Whether the worked case's order passes; undefined where the sheet is none. */
function passes(sheet: Sheet, { control, example }: Pick<Case, 'control' | 'example'>): boolean | undefined {
  try {
    const registry = [control, fillerFor(control)];
    const rules = compileRules({ controls: registry, sheet, sheetHash: 'a'.repeat(64) });
    return decide({ ...requestOf(example), rules }).approved;
  } catch {
    return undefined;
  }
}

const MS_MAX = 180_000;

test('what loosens nothing lets no order through that was refused before', { timeout: MS_MAX }, () => {
  const seen = { held: 0, loosened: 0 };
  fc.assert(
    fc.property(drawn, ({ control, example, before, after }) => {
      const { isLoosening: isLooser, changes } = isLoosening(before, after);
      const [was, is] = [passes(before, { control, example }), passes(after, { control, example })];
      if (was !== false || is === undefined) return;
      if (is) seen.loosened += 1;
      else if (!isLooser && changes.length > 0) seen.held += 1;
      expect({ control: control.id, example: example.name, isLooser: isLooser || !is, changes }).toMatchObject({
        isLooser: true,
      });
    }),
    { numRuns: 2_000 },
  );
  // Both sides of the border were met: refusals that a tightening kept, and refusals that a loosening took away.
  expect(seen.held).toBeGreaterThan(20);
  expect(seen.loosened).toBeGreaterThan(20);
});

test('a sheet and itself differ in nothing, and a tightening taken back is a loosening', { timeout: MS_MAX }, () => {
  fc.assert(
    fc.property(drawn, ({ before, after }) => {
      expect(isLoosening(before, before)).toEqual({ isLoosening: false, changes: [] });
      const { isLoosening: isLooser, changes } = isLoosening(before, after);
      if (isLooser || !changes.some(({ effect }) => effect === 'tightening')) return;
      expect(isLoosening(after, before).isLoosening).toBe(true);
    }),
    { numRuns: 1_000 },
  );
});

test('every figure of every control and breaker says which way it tightens', () => {
  const silent = [...controls, ...breakers].flatMap(({ id, version, limits }) =>
    limits.filter(({ tighter }) => tighter === undefined).map(({ name }) => `${id}@${version} ${name}`),
  );
  expect(silent).toEqual([]);
});
