import type { Example } from '@gatehouse/compliance/define-control.ts';

/** A worked example in words. Shape: limits, then what differs from the base order, facts, files and records, which all examples share. */
export function exampleText({ order, facts, files, own, scope, limits }: Example): string {
  const parts = [
    ...namedTexts(limits),
    ...(scope === undefined ? [] : [`scope ${scope}`]),
    ...namedTexts(order),
    ...namedTexts(facts),
    ...namedTexts(files),
    ...namedTexts(own),
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
