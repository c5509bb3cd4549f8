import type { BreakerExample } from '@gatehouse/compliance/define-breaker.ts';
import type { Example } from '@gatehouse/compliance/define-control.ts';
import { exampleInstrument } from '@gatehouse/compliance/examples/files.ts';

/** An example of a control or of a breaker. */
export type ToldExample = Omit<Example, 'name' | 'expect'> & Pick<BreakerExample, 'refusedBy' | 'crashes'>;

const WHOLE_SECOND = /\.0+Z$/;

/** A worked example in words. Shape: limits, then what differs from the base order, facts, files and records, which all examples share. */
export function exampleText(example: ToldExample): string {
  const { order, facts, files, own, scope, limits, refusedBy, crashes } = example;
  const parts = [
    ...namedTexts(limits),
    ...(scope === undefined ? [] : [`scope ${scope}`]),
    ...[order, facts, changedFiles(files), own].flatMap(namedTexts),
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
  return String(value).replace(WHOLE_SECOND, 'Z');
}

/** The dated files of an example; an instrument is told by what makes it differ from the base one. */
function changedFiles(files: Example['files']): object | undefined {
  const rows = files?.instruments?.rows;
  if (files === undefined || rows === undefined) return files;
  return { ...files, instruments: { ...files.instruments, rows: rows.map(changedFields) } };
}

function changedFields(row: object): object {
  const base = Object.entries(exampleInstrument).map(([name, value]) => [name, JSON.stringify(value)]);
  const known = new Map(base as [string, string][]);
  const changed = Object.entries(row).filter(([name, value]) => known.get(name) !== JSON.stringify(value));
  return changed.length === 0 ? { id: exampleInstrument.id } : Object.fromEntries(changed);
}
