import { ScopeText } from '@gatehouse/shared/schema/decision.ts';
import { Identifier } from '@gatehouse/shared/schema/fields.ts';
import { type CommandWish, issueCommand } from '../control/commands/issue-command.ts';
import type { ConsoleContext, Parts } from './console-deps.ts';
import { addressOf, viewerOf } from './route.ts';

/** The fields of the form that stops trading, the edge aside. */
export const STOP_FIELDS = ['stop', 'scopes', 'reason', 'confirmed'] as const;

type StopFields = Readonly<Record<(typeof STOP_FIELDS)[number], string>>;

/** A command that was given, or why it was not. */
export type Giving = { readonly id: string } | { readonly problems: readonly string[] };

const SCOPES_MAX = 8;
const REASON_LENGTH_MAX = 2_000;
/** What a hub without the hub's key answers. */
const NO_COMMANDS = 'This hub gives no commands; ask the hub process that has the hub’s key.';

/**
 * Gives a command that stops trading.
 *
 * Shape:  a session and a confirmation are all that it needs; no code is asked for and no bound of a rate stands before it.
 * Source: RTS 6 Art. 12 (kill functionality).
 */
export async function giveStop(
  c: ConsoleContext,
  parts: Parts,
  { edges, typed }: { readonly edges: 'all' | readonly string[]; readonly typed: StopFields },
): Promise<Giving> {
  const scopes = [...new Set(typed.scopes.split(/[\s,+]+/).filter((scope) => scope !== ''))];
  const problems = [
    ...(typed.confirmed === 'yes' ? [] : ['Nothing was stopped, because it was not confirmed: tick “I mean it”.']),
    ...edgeProblems(edges),
    ...scopeProblems(scopes),
    ...reasonProblems(typed.reason),
  ];
  const stop = stopOf(typed.stop);
  if (stop === undefined) problems.push('What to do is neither to kill, to pause nor to reduce.');
  if (stop === undefined || problems.length > 0) return { problems };
  return giveCommand(c, parts, { ...stop, edges, scopes, reason: typed.reason.trim() });
}

/** Gives a command as the person who asks. */
export async function giveCommand(c: ConsoleContext, parts: Parts, wish: CommandWish): Promise<Giving> {
  if (parts.commands === undefined) return { problems: [NO_COMMANDS] };
  const actor = { personId: viewerOf(c).personId, from: addressOf(c) };
  const outcome = await issueCommand(parts.commands, actor, wish);
  if (outcome.kind === 'done') return { id: outcome.value.id };
  return { problems: [...outcome.problems, outcome.hint] };
}

/** Why a reason is none. */
export function reasonProblems(reason: string): readonly string[] {
  const { length } = reason.trim();
  if (length === 0) return ['The reason is missing.'];
  return length > REASON_LENGTH_MAX ? [`The reason is longer than ${REASON_LENGTH_MAX} characters.`] : [];
}

function edgeProblems(edges: 'all' | readonly string[]): readonly string[] {
  const strange = edges === 'all' ? [] : edges.filter((edge) => !Identifier.safeParse(edge).success);
  return strange.map((edge) => `“${edge.slice(0, 64)}” is no name of an edge.`);
}

function scopeProblems(scopes: readonly string[]): readonly string[] {
  if (scopes.length === 0) return ['No scope is named; “firm” is everything.'];
  if (scopes.length > SCOPES_MAX) return [`There are ${scopes.length} scopes, and at most ${SCOPES_MAX} count.`];
  return scopes
    .filter((scope) => !ScopeText.safeParse(scope).success)
    .map((scope) => `“${scope.slice(0, 80)}” is no scope such as firm, desk:NAME or instrument:NAME.`);
}

function stopOf(text: string) {
  if (text === 'kill-cancel') return { kind: 'kill', level: 'cancel' } as const;
  if (text === 'kill-flatten') return { kind: 'kill', level: 'flatten' } as const;
  return text === 'pause' || text === 'reduce' ? ({ kind: text } as const) : undefined;
}
