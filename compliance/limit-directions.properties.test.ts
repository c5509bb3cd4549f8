import { type Currency, currency } from '@gatehouse/shared/values/currency.ts';
import { compare, type Decimal, decimal, isDecimalText } from '@gatehouse/shared/values/decimal.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { controls } from './controls/index.ts';
import type { CheckInput, Control, Example } from './define-control.ts';
import { exampleFacts, exampleOrder } from './examples/base.ts';
import { exampleFiles } from './examples/files.ts';
import { exampleOwn } from './examples/own.ts';
import { baseScope } from './examples/sheet.ts';
import type { Tighter } from './limit-fields.ts';
import type { Window } from './own-facts.ts';

// Whether a limit tightens the way it says is asked of every limit of every control.

type Figure = string | number | readonly string[];
type Figures = Readonly<Record<string, Figure>>;

interface Case {
  readonly control: Control;
  readonly example: Example;
  readonly input: CheckInput;
  readonly figures: Figures;
}

const baseFiles = exampleFiles();
const MANY = 1_000_000;
/** A hundred times the price: an assumption that no limit of value withstands. */
const BPS_MOST = 1_000_000;

const cases: ReadonlyMap<Control, readonly Case[]> = new Map(
  controls.map((control) => [control, control.examples.map((example) => caseOf(control, example))]),
);

function caseOf(control: Control, example: Example): Case {
  const input = {
    order: exampleOrder(example.order),
    facts: exampleFacts(example.facts),
    files: example.files === undefined ? baseFiles : exampleFiles(example.files),
    own: exampleOwn(example.own),
    currency: currency('USD'),
  };
  return { control, example, input, figures: example.limits as Figures };
}

/** Whether the order passes under these figures; undefined where no sheet could have them. */
function passes({ control, example, input }: Case, figures: Figures): boolean | undefined {
  const bound = control.bind(figures);
  if (bound.kind === 'refused') return undefined;
  try {
    return bound.judge(input, example.scope ?? baseScope(control.id)).kind !== 'refuse';
  } catch {
    return false;
  }
}

/** Figures that the examples have for a limit, and those beside them. */
function figuresOf(control: Control, name: string): readonly Figure[] {
  const given = control.examples.flatMap(({ limits }) => (limits[name] === undefined ? [] : [limits[name] as Figure]));
  const names = [...new Set(given.flatMap((figure) => (Array.isArray(figure) ? (figure as string[]) : [])))];
  const near = given.flatMap((figure): readonly Figure[] => {
    if (typeof figure === 'number') {
      return [figure, figure - 1, figure + 1, 0, figure * 2, Math.floor(figure / 2), BPS_MOST];
    }
    if (typeof figure !== 'string') return [figure, [], names, ...names.map((one) => [one])];
    return isDecimalText(figure)
      ? [figure, '0', '0.01', `${figure}${figure.includes('.') ? '' : '.'}1`, '9'.repeat(12)]
      : [figure];
  });
  return [...new Map(near.map((figure) => [JSON.stringify(figure), figure])).values()];
}

/** The two figures in their order, the tighter one first; the same one twice where a limit has no direction. */
function ordered(tighter: Tighter | undefined, a: Figure, b: Figure): readonly [Figure, Figure] {
  if (tighter === 'fewer') return [common(a, b), together(a, b)];
  if (tighter === 'more') return [together(a, b), common(a, b)];
  if (tighter === 'lower') return compareFigures(a, b) <= 0 ? [a, b] : [b, a];
  if (tighter === 'higher') return compareFigures(a, b) >= 0 ? [a, b] : [b, a];
  if (typeof tighter !== 'object') return [a, a];
  return tighter.indexOf(String(a)) <= tighter.indexOf(String(b)) ? [a, b] : [b, a];
}

function compareFigures(a: Figure, b: Figure): number {
  return compare(exact(a), exact(b));
}

function exact(figure: Figure): Decimal {
  return decimal(String(figure));
}

function common(a: Figure, b: Figure): Figure {
  return Array.isArray(a) && Array.isArray(b) ? a.filter((name) => b.includes(name)) : a;
}

function together(a: Figure, b: Figure): Figure {
  return Array.isArray(a) && Array.isArray(b) ? [...new Set([...a, ...b])] : a;
}

/** Two sets of figures for the situation of an example, one nowhere looser than the other. */
function pairOf(control: Control): fc.Arbitrary<{ given: Case; tight: Figures; wide: Figures }> {
  const pools = control.limits.map(({ name }) => figuresOf(control, name));
  const drawn = fc.tuple(
    ...pools.map((pool) => fc.option(fc.tuple(fc.constantFrom(...pool), fc.constantFrom(...pool)))),
  );
  return fc.record({ given: fc.constantFrom(...(cases.get(control) ?? [])), drawn }).map(({ given, drawn: pairs }) => {
    const changed = control.limits.flatMap(({ name, tighter }, index) => {
      const pair = pairs[index];
      if (pair === null || pair === undefined || given.figures[name] === undefined) return [];
      const [tight, wide] = ordered(tighter, pair[0], pair[1]);
      return [{ name, tight, wide }];
    });
    const take = (end: 'tight' | 'wide') => Object.fromEntries(changed.map((one) => [one.name, one[end]]));
    return { given, tight: { ...given.figures, ...take('tight') }, wide: { ...given.figures, ...take('wide') } };
  });
}

const limited = controls.filter(({ limits }) => limits.length > 0);

test.each(limited)(
  '$id version $version refuses nothing under wider limits that it let through under tighter ones',
  (control) => {
    fc.assert(
      fc.property(pairOf(control), ({ given, tight, wide }) => {
        const [before, after] = [passes(given, tight), passes(given, wide)];
        fc.pre(before !== undefined && after !== undefined);
        expect(after || !before, given.example.name).toBe(true);
      }),
      { numRuns: 300 },
    );
  },
);

const directed = limited.flatMap((control) =>
  control.limits
    .filter(({ tighter }) => tighter !== undefined && tighter !== 'none')
    .map((limit) => ({ at: `${control.id}@${control.version} ${limit.name}`, control, limit })),
);

/** The situation of an example and those beside it: a market order, another currency, and much that happened before. */
function beside(given: Case): readonly Case[] {
  const { order, own } = given.input;
  const { limitPrice: _, ...priceless } = order;
  const euro = currency('EUR');
  const longAgo = typeof given.figures['windowMs'] === 'number' ? given.figures['windowMs'] : 0;
  const count = (known: number | undefined, { windowMs }: Window) => (windowMs > longAgo ? MANY : known);
  const inputs: readonly CheckInput[] = [
    given.input,
    { ...given.input, order: { ...priceless, type: 'market' } },
    {
      ...given.input,
      order: { ...order, currency: euro },
      own: {
        ...own,
        cell: (...of) => inCurrency(own.cell(...of), euro),
        totals: (...of) => own.totals(...of)?.map((row) => inCurrency(row, euro)),
      },
    },
    {
      ...given.input,
      own: {
        ...own,
        messages: (scope, window) => count(own.messages(scope, window), window),
        rejections: (scope, window) => count(own.rejections(scope, window), window),
        executions: (algorithm, window) => count(own.executions(algorithm, window), window),
      },
    },
  ];
  return inputs.map((input) => ({ ...given, input }));
}

function inCurrency<Row extends { readonly currency: Currency } | undefined>(row: Row, other: Currency): Row {
  return row === undefined ? row : { ...row, currency: other };
}

const situations = new Map([...cases].map(([control, list]) => [control, list.flatMap(beside)]));

test.each(directed)('$at refuses an order that it lets through when it alone is wider', ({ control, limit }) => {
  const pool = figuresOf(control, limit.name);
  const pairs = pool.flatMap((a) => pool.map((b) => ordered(limit.tighter, a, b)));
  const bites = (situations.get(control) ?? []).some((given) => {
    const answers = new Map<string, boolean | undefined>();
    function passesWith(figure: Figure): boolean | undefined {
      const key = JSON.stringify(figure);
      if (!answers.has(key)) answers.set(key, passes(given, { ...given.figures, [limit.name]: figure }));
      return answers.get(key);
    }
    return pairs.some(([tight, wide]) => passesWith(tight) === false && passesWith(wide) === true);
  });
  expect(bites).toBe(true);
});
