import type { BreakerExample } from '@gatehouse/compliance/define-breaker.ts';
import type { Example } from '@gatehouse/compliance/define-control.ts';

/** An example of a control or of a breaker. */
export type ToldExample = Omit<Example, 'name' | 'expect'> & Pick<BreakerExample, 'refusedBy' | 'crashes'>;

/** A worked example in words. Shape: limits, then what differs from the base order, facts, files and records, which all examples share. */
export function exampleText(example: ToldExample): string {
  const { order, facts, files, own, scope, limits, refusedBy, crashes } = example;
  const parts = [
    ...namedTexts(limits),
    ...(scope === undefined ? [] : [`scope ${scope}`]),
    ...[order, facts, files, own].flatMap(namedTexts),
    ...(refusedBy === undefined ? [] : [`refused by ${shown(refusedBy)}`]),
    ...(crashes === undefined ? [] : [`crashes ${shown(crashes)}`]),
  ];
  return parts.length === 0 ? 'the base case' : parts.join(', ');
}

function namedTexts(changes: object | undefined): readonly string[] {
  return Object.entries(changes ?? {}).map(([name, value]) => `${name} ${shown(value)}`);
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return 'absent';
  if (Array.isArray(value)) return value.length === 0 ? 'empty' : value.map(shown).join('; ');
  if (typeof value === 'object') return namedTexts(value).join(' ');
  return String(value);
}
