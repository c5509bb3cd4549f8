import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { currency } from '@gatehouse/shared/values/currency.ts';
import { expect, test } from 'vitest';
import type { Control, Example } from '../define-control.ts';
import { exampleFacts, exampleOrder } from '../examples/base.ts';
import { exampleFiles } from '../examples/files.ts';
import { exampleOwn } from '../examples/own.ts';
import { baseScope } from '../examples/sheet.ts';
import { figureText, type Verdict } from '../verdict.ts';
import { controls, currentControls, supersededControls } from './index.ts';

function judged(control: Control, example: Example): Verdict {
  const bound = control.bind(example.limits);
  if (bound.kind === 'refused') throw new Error(bound.problems);
  const input = {
    order: exampleOrder(example.order),
    facts: exampleFacts(example.facts),
    files: exampleFiles(example.files),
    own: exampleOwn(example.own),
    currency: currency('USD'),
  };
  return bound.judge(input, example.scope ?? baseScope(control.id));
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
  expect(control.examples.length).toBeGreaterThanOrEqual(8);
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
    expect(figureText(figure)).toMatch(/^(-?\d+(\.\d+)?|[A-Z]{3}|[A-Za-z0-9][A-Za-z0-9 :,._-]{0,199})$/);
  }
});

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => /^[a-z].*\.ts$/.test(name) && !name.startsWith('index.') && !name.endsWith('.test.ts'))
    .toSorted();
}

test('every control has its own file, named after it, and every file is in the registry', () => {
  expect(filesIn(import.meta.dirname)).toEqual(currentControls.map(({ id }) => `${id}.ts`).toSorted());
  const superseded = supersededControls.map(({ id, version }) => `${id}@${version}.ts`);
  expect(filesIn(join(import.meta.dirname, 'superseded'))).toEqual(superseded.toSorted());
});

test('a superseded version has a newer one, and no version is there twice', () => {
  const newest = new Map(currentControls.map(({ id, version }) => [id, version]));
  expect(newest.size).toBe(currentControls.length);
  const older = supersededControls.filter(({ id, version }) => version < (newest.get(id) ?? 0));
  expect(older).toEqual(supersededControls);
  expect(new Set(controls.map(({ id, version }) => `${id}@${version}`)).size).toBe(controls.length);
  expect(controls).toEqual([...currentControls, ...supersededControls]);
});

test('the worked examples stand at the thresholds, where errors are made', () => {
  const atThreshold = cases.filter(({ example }) => example.name.includes('exactly'));
  expect(cases.length).toBeGreaterThanOrEqual(100);
  expect(atThreshold.length).toBeGreaterThanOrEqual(50);
  expect(new Set(atThreshold.map(({ example }) => example.expect))).toEqual(new Set(['pass', 'refuse']));
});

test.each(currentControls)('$id says of each limit which way it tightens', ({ limits }) => {
  expect(limits.filter(({ tighter }) => tighter === undefined).map(({ name }) => name)).toEqual([]);
});

test('the first example of a control is the base order under its base limits, and it is not refused', () => {
  const first = controls.flatMap(({ id, examples: [example] }) => (example === undefined ? [] : [{ id, example }]));
  expect(first.filter(({ example }) => example.expect === 'refuse').map(({ id }) => id)).toEqual([]);
  const changed = first.filter(({ example }) => example.order ?? example.facts ?? example.files ?? example.own);
  expect(changed.map(({ id }) => id)).toEqual([]);
});
