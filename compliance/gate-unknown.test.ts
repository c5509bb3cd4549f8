import { currency } from '@gatehouse/shared/values/currency.ts';
import { expect, test } from 'vitest';
import { controls } from './controls/index.ts';
import type { CheckInput, Control, Example } from './define-control.ts';
import { exampleFacts, exampleOrder } from './examples/base.ts';
import { exampleFiles } from './examples/files.ts';
import { exampleOwn } from './examples/own.ts';
import { baseScope } from './examples/sheet.ts';
import type { Verdict } from './verdict.ts';

// Each control is watched while it judges, and then asked again with one of its answers withheld.

type Part = 'facts' | 'files' | 'own';

/** What is there in every decision, and can therefore not be withheld. */
const always: Readonly<Record<Part, readonly string[]>> = {
  facts: ['now', 'wallAt', 'day', 'files'],
  files: ['hash'],
  // An order that is not open, and a ticket that nobody gave, are answers and not gaps.
  own: ['haltEpoch', 'openOrder', 'tickets'],
};

/** The files where a row that is missing is a gap; in the others, lists of exceptions, it says that there is none. */
const complete: readonly string[] = [
  'instruments',
  'calendars',
  'rates',
  'liquidity',
  'margins',
  'portfolio',
  'entitlements',
];

/** Where a gap may let an order pass all the same, and why. */
const excused: Readonly<Record<string, string>> = {
  'price-band facts market': 'The sheet says whether a band is asked for, and outside its hours none is.',
};

interface Watched {
  readonly input: CheckInput;
  readonly asked: ReadonlySet<string>;
}

/** The question to a control, with a note of what it reads; what is withheld is as if nobody knew it. */
function watched({ order, facts, files, own }: Example, withheld?: string): Watched {
  const asked = new Set<string>();
  function answer(name: string, known: () => unknown): unknown {
    asked.add(name);
    return name === withheld ? undefined : known();
  }
  function watch<Whole extends object>(part: Part, whole: Whole, of: (name: string, value: unknown) => unknown): Whole {
    return new Proxy(whole, {
      get: (target, key) => {
        const value: unknown = Reflect.get(target, key);
        return typeof key === 'symbol' || always[part].includes(key) ? value : of(key, value);
      },
    });
  }
  // A file counts as asked for once something in it is: a control may hand all files on without a look.
  const file = (name: string, value: object): object =>
    watch('files', value, (method, found) => {
      asked.add(`files ${name}`);
      if (typeof found !== 'function' || !complete.includes(name)) return found;
      return (...keys: unknown[]) => {
        const row: unknown = Reflect.apply(found, undefined, keys);
        return row === undefined ? undefined : answer(`rows ${name}.${method}`, () => row);
      };
    });
  const input = {
    order: exampleOrder(order),
    facts: watch('facts', exampleFacts(facts), (name, value) => answer(`facts ${name}`, () => value)),
    files: watch('files', exampleFiles(files), (name, value) =>
      withheld !== `files ${name}` && typeof value === 'object' && value !== null ? file(name, value) : undefined,
    ),
    own: watch('own', exampleOwn(own), (name, value) =>
      typeof value === 'function'
        ? (...keys: unknown[]) => answer(`own ${name}`, () => Reflect.apply(value, undefined, keys))
        : value,
    ),
    currency: currency('USD'),
  };
  return { input, asked };
}

function verdictOf(control: Control, example: Example, input: CheckInput): Pick<Verdict, 'kind' | 'isBeyondLimit'> {
  const bound = control.bind(example.limits);
  if (bound.kind === 'refused') throw new Error(bound.problems);
  try {
    return bound.judge(input, example.scope ?? baseScope(control.id));
  } catch {
    // The gate turns what a check throws into a refusal.
    return { kind: 'refuse' };
  }
}

function judged(control: Control, example: Example, input: CheckInput): Verdict['kind'] {
  return verdictOf(control, example, input).kind;
}

/** Every answer that a control read for an order that it did not refuse. */
function askedBy(control: Control): readonly (readonly [example: Example, asked: string])[] {
  return control.examples.flatMap((example) => {
    const { input, asked } = watched(example);
    return judged(control, example, input) === 'refuse' ? [] : [...asked].map((name) => [example, name] as const);
  });
}

function gapsOf(control: Control): readonly string[] {
  const passed = askedBy(control).filter(
    ([example, asked]) => judged(control, example, watched(example, asked).input) !== 'refuse',
  );
  return [...new Set(passed.map(([, asked]) => `${control.id} ${asked}`))];
}

test.each(controls)('I5 $id version $version refuses once anything that it asked for is not known', (control) => {
  expect(gapsOf(control).filter((gap) => !(gap in excused))).toEqual([]);
});

test.each(controls.filter(({ isOverridable }) => isOverridable))(
  '$id version $version never calls it a limit exceeded where anything that it asked for is not known',
  (control) => {
    const isBeyond = (example: Example, withheld?: string): boolean =>
      verdictOf(control, example, watched(example, withheld).input).isBeyondLimit === true;
    const beyond = control.examples.filter((example) => isBeyond(example));
    expect(beyond.length).toBeGreaterThan(0);
    expect(askedBy(control).filter(([example, asked]) => isBeyond(example, asked))).toEqual([]);
  },
);

test('what is excused is still needed', () => {
  const gaps = new Set(controls.flatMap(gapsOf));
  expect(Object.keys(excused).filter((gap) => !gaps.has(gap))).toEqual([]);
});

test.each(controls)('$id version $version asks for everything that it says it needs', (control) => {
  const asked = new Set(
    control.examples.flatMap((example) => {
      const { input, asked: names } = watched(example);
      judged(control, example, input);
      return [...names];
    }),
  );
  const named = [...control.needs.map((need) => `facts ${need}`), ...control.files.map((file) => `files ${file}`)];
  expect([...asked]).toEqual(expect.arrayContaining(named));
});

test('the controls ask for every kind of answer there is', () => {
  const names = new Set(controls.flatMap((control) => askedBy(control).map(([, asked]) => asked)));
  expect(names.size).toBeGreaterThan(15);
  expect([...names]).toEqual(
    expect.arrayContaining(['facts reference', 'files instruments', 'rows instruments.of', 'own recent']),
  );
});

test('an answer that is withheld is one that a control would have used', () => {
  const control = controls.find(({ id }) => id === 'fat-finger');
  const [example] = control?.examples ?? [];
  if (control === undefined || example === undefined) throw new Error('no such control');
  expect([...watched(example).asked]).toEqual([]);
  const { input, asked } = watched(example);
  expect(judged(control, example, input)).toBe('pass');
  expect([...asked]).toEqual(['own history']);
  expect(judged(control, example, watched(example, 'own history').input)).toBe('refuse');
  expect(judged(control, example, watched(example, 'own recent').input)).toBe('pass');
});
