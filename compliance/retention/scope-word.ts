import { KitError } from '@gatehouse/shared/errors.ts';
import { RetentionScope } from './scope.ts';

/** How scopes are written in one word, for whoever types one. */
export const SCOPE_FORMS = [
  'subject:ID',
  'account:ID',
  'instrument:ID',
  'class:KEY-CLASS',
  'class:KEY-CLASS:2026-01..2026-03',
  'records:100..250',
] as const;

/** Reads a scope from its word. Errors: `VALUE_MALFORMED`, with the forms that there are. */
export function parseScope(word: string): RetentionScope {
  const [kind = '', name = '', ...rest] = word.trim().split(':');
  const read = RetentionScope.safeParse(wireOf(kind, name, rest));
  if (read.success) return read.data;
  throw new KitError('VALUE_MALFORMED', `the scope "${word.slice(0, 200)}"`, {
    hint: `Write one of ${SCOPE_FORMS.join(', ')}.`,
  });
}

function wireOf(kind: string, name: string, rest: readonly string[]): unknown {
  if (kind === 'records') return rest.length === 0 ? { kind, ...leavesOf(name) } : undefined;
  if (kind !== 'class') return rest.length === 0 ? { kind, [kind]: name } : undefined;
  const [months, ...more] = rest;
  if (more.length > 0) return undefined;
  if (months === undefined) return { kind, class: name };
  const [from = '', to = from, ...others] = months.split('..');
  return others.length > 0 ? undefined : { kind, class: name, from, to };
}

function leavesOf(range: string): object {
  const [, first, last] = /^(\d{1,15})(?:\.\.(\d{1,15}))?$/.exec(range) ?? [];
  return first === undefined ? {} : { first: Number(first), last: Number(last ?? first) };
}
