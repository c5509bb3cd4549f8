import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Control, Example } from '../define-control.ts';
import { exampleFacts, exampleOrder } from '../examples/base.ts';
import type { Verdict } from '../verdict.ts';
import { controls } from './index.ts';

function judged(control: Control, example: Example): Verdict {
  const bound = control.bind(example.limits);
  if (bound.kind === 'refused') throw new Error(bound.problems);
  return bound.judge({ order: exampleOrder(example.order), facts: exampleFacts(example.facts) });
}

const cases = controls.flatMap((control) =>
  control.examples.map((example) => ({ at: `${control.id}: ${example.name}`, control, example })),
);

test.each(cases)('$at', ({ control, example }) => {
  expect(judged(control, example)).toMatchObject({ kind: example.expect });
});

test.each(controls)('$id can be followed from its page alone', (control) => {
  expect(control.title).toMatch(/^[A-Z].{3,}[^.]$/);
  expect(control.question).toMatch(/^[A-Z].*\?$/);
  expect(control.examples.length).toBeGreaterThanOrEqual(6);
  expect(control.examples.filter(({ expect: verdict }) => verdict === 'refuse').length).toBeGreaterThanOrEqual(2);
  expect(control.examples.filter(({ expect: verdict }) => verdict === 'pass').length).toBeGreaterThanOrEqual(2);
  expect(new Set(control.examples.map(({ name }) => name)).size).toBe(control.examples.length);
  for (const { says } of control.limits) expect(says).toMatch(/^[A-Z].*\.$/);
  for (const { says, place } of control.sources) expect(`${place}: ${says}`).toMatch(/^\S.*: [A-Z].*\.$/);
});

test.each(cases)('$at: the reason is a sentence and no figure hides a limit', ({ control, example }) => {
  const { reason, figures } = judged(control, example);
  expect(reason).toMatch(/^[A-Z].*\.$/);
  const names = control.limits.map(({ name }) => name);
  for (const [name, figure] of Object.entries(figures)) {
    expect(names).not.toContain(name);
    expect(figure).toMatch(/^(-?\d+(\.\d+)?|[A-Z]{3})$/);
  }
});

test('every control has its own file, named after it, and every file is in the registry', () => {
  const files = readdirSync(import.meta.dirname).filter((name) => !name.startsWith('index.') && name !== 'superseded');
  const ids = new Set(controls.map(({ id }) => `${id}.ts`));
  expect(files.toSorted()).toEqual([...ids].toSorted());
});
