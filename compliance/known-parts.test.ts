import { currency } from '@gatehouse/shared/values/currency.ts';
import { expect, test } from 'vitest';
import type { CheckInput } from './check-input.ts';
import { controls } from './controls/index.ts';
import { exampleFacts, exampleOrder } from './examples/base.ts';
import { exampleFiles } from './examples/files.ts';
import { exampleOwn } from './examples/own.ts';
import { absentParts, isPartKnown, type PartName, partSet } from './known-parts.ts';

const names = Object.keys(isPartKnown) as readonly PartName[];
const whole: CheckInput = {
  order: exampleOrder(),
  facts: exampleFacts(),
  files: exampleFiles(),
  own: exampleOwn(),
  currency: currency('USD'),
};

function without(name: PartName): CheckInput {
  const { facts, files } = whole;
  return { ...whole, facts: { ...facts, [name]: undefined }, files: { ...files, [name]: undefined } } as CheckInput;
}

test('nothing is absent of what is all there, and nobody needs nothing in vain', () => {
  expect(absentParts(whole) & partSet(names)).toBe(0);
  expect(absentParts(whole) & partSet([])).toBe(0);
});

test.each(names)('without %s just that is absent', (name) => {
  const absent = absentParts(without(name));
  expect(names.filter((one) => (absent & partSet([one])) !== 0)).toEqual([name]);
});

test('each part that a control names has a place, and a part that nobody knows is never there', () => {
  const named = new Set(controls.flatMap(({ needs, files }) => [...needs, ...files]));
  expect([...named].filter((name) => !names.includes(name))).toEqual([]);
  expect(absentParts(whole) & partSet(['horoscope' as PartName])).not.toBe(0);
});
