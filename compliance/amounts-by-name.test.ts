import { toText } from '@gatehouse/shared/values/decimal.ts';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { AmountsByName } from './amounts-by-name.ts';

function problems(lines: readonly string[]): readonly string[] {
  const decoded = z.safeDecode(AmountsByName, [...lines]);
  return decoded.success ? [] : decoded.error.issues.map(({ message }) => message);
}

test('each line gives a name its amount, and is written back as it was', () => {
  const lines = ['technology 250000.50', 'energy 0'];
  const amounts = z.decode(AmountsByName, lines);
  expect([...amounts].map(([name, amount]) => [name, toText(amount)])).toEqual([
    ['technology', '250000.50'],
    ['energy', '0'],
  ]);
  expect(z.encode(AmountsByName, amounts)).toEqual(lines);
});

test('a line that is no name and amount is refused', () => {
  expect(problems(['technology 1'])).toEqual([]);
  expect(problems(['technology'])).toContain('not a name and an amount with a space between them');
  expect(problems(['technology  1'])).toContain('not a name and an amount with a space between them');
  expect(problems(['technology 1e3'])).toContain('not an exact amount of zero or above');
  expect(problems(['technology -0.01'])).toContain('not an exact amount of zero or above');
  expect(problems(['technology 0'])).toEqual([]);
});

test('a name stands once', () => {
  expect(problems(['energy 1', 'technology 1'])).toEqual([]);
  expect(problems(['energy 1', 'energy 2'])).toEqual(['a name stands more than once']);
});
