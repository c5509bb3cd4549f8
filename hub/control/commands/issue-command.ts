import { signedTextHash } from '@gatehouse/shared/governance/claimed-document.ts';
import type { Signer } from '@gatehouse/shared/journal/note.ts';
import { type Command, effectOf, signCommand } from '@gatehouse/shared/schema/control.ts';
import type { ScopeText } from '@gatehouse/shared/schema/decision.ts';
import type { Clock } from '@gatehouse/shared/values/clock.ts';
import { addMs, type Instant, instantText } from '@gatehouse/shared/values/instant.ts';
import type { RandomBytes } from '../../people/secret-token.ts';
import { insertCommands, knownEdges, lockCommands } from '../../store/control-rows.ts';
import { type Database, inTransaction, type Transaction } from '../../store/database.ts';
import { lostCommands } from '../../store/given-rows.ts';
import type { AppendAct } from '../../store/pages/people-store.ts';
import { type Actor, type Outcome, type StepRefusal, shortened } from '../limit-work.ts';
import { releaseProblems } from './release-problems.ts';

/** What commands stand on. Shape: `signer` is the hub's online key. */
export interface CommandDeps {
  readonly database: Database;
  readonly appendAct: AppendAct;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly signer: Signer;
}

/** The edges that a command is for; all that the hub knows where none is named. */
type Addressees = readonly string[] | 'all';

/** What a person asks for. Shape: a release is for one edge, since its document names one. */
export type CommandWish =
  | {
      readonly kind: 'kill';
      readonly edges: Addressees;
      readonly scopes: readonly ScopeText[];
      readonly level: 'cancel' | 'flatten';
      readonly reason: string;
    }
  | {
      readonly kind: 'pause' | 'reduce';
      readonly edges: Addressees;
      readonly scopes: readonly ScopeText[];
      readonly reason: string;
    }
  | {
      readonly kind: 'release';
      readonly edges: readonly [string];
      readonly kill: string;
      readonly document: string;
      readonly reason: string;
    }
  | { readonly kind: 'rotate-keys' | 'refetch'; readonly edges: Addressees; readonly reason: string }
  | { readonly kind: 'upgrade-notice'; readonly edges: Addressees; readonly release: string; readonly reason: string };

/** A command that was given: one id, and its number at each edge. */
export interface IssuedCommand {
  readonly id: string;
  readonly kind: Command['kind'];
  readonly at: string;
  readonly numbers: ReadonlyMap<string, number>;
}

/** How long a command that may expire counts. Units: milliseconds. */
export const COMMAND_TERM_MS = 7 * 24 * 3_600_000;
/** So many edges one command may be for. */
export const ADDRESSEES_MAX = 1_000;

/** So many numbers that were lost are filled at once, the lowest first, and so many times. */
export const LOST_COMMANDS_MAX = 5_000;
const LOST_ROUNDS_MAX = 40;

const ID_BYTES = 6;
/** An act names so many edges with their numbers; of more it names how many. */
const NAMED_EDGES_MAX = 200;
/** So much of the signed texts stands in one act, the texts for some fifty edges; a list of acts shows all of it. Units: UTF-16 code units. */
const ACT_TEXTS_LENGTH_MAX = 40_000;

/**
 * Gives a command to edges: the commands, their signatures and the acts that say who gave them, and word for word what, are durable
 * together.
 *
 * Shape:  what stops needs nobody's consent and meets no bound of a rate. A release has to carry the document that two people
 *         signed for this edge, as it is judged at the edge; the caller has seen to it that the person has stepped up. A refused
 *         wish is on record as well.
 * Source: RTS 6 Art. 12; Art. 15(3); 17 CFR 240.15c3-5(d).
 */
export function issueCommand(deps: CommandDeps, actor: Actor, wish: CommandWish): Promise<Outcome<IssuedCommand>> {
  return inTransaction(deps.database, async (tx) => {
    const now = deps.clock.now();
    const edges = await addressees(tx, wish.edges);
    const problems = [...edges.problems, ...(wish.kind === 'release' ? await releaseProblems(tx, wish, now) : [])];
    if (problems.length > 0) return refuse({ tx, deps, actor }, wish, problems);
    const id = `${wish.kind === 'release' ? 'R' : 'K'}-${Buffer.from(deps.random(ID_BYTES)).toString('hex')}`;
    const numbers = await lockCommands(tx, edges.found);
    const given = new Map([...numbers].map(([edge, seq]) => [edge, seq + 1]));
    const at = instantText(now);
    const rows = [...given].map(([edge, seq]) => {
      return signedRows(deps, wish, { id, edge, seq, issuedAt: now, by: actor.personId });
    });
    await standIn(deps, tx, { edges: edges.found, issuedAt: now });
    await insertCommands(tx, rows);
    await recordTexts(deps, tx, {
      id,
      by: actor.personId,
      texts: rows.map(({ command }) => [command.edge, command.note]),
    });
    const said = { kind: wish.kind, ...('level' in wish ? { level: wish.level } : {}) };
    await deps.appendAct(tx, {
      action: 'command.issued',
      by: actor.personId,
      from: actor.from,
      target: id,
      after: { ...said, target: targetOf(wish).slice(0, 200), edges: `${given.size}`, ...namedNumbers(given) },
      note: shortened(wish.reason),
    });
    return { kind: 'done', value: { id, kind: wish.kind, at, numbers: given } };
  });
}

/** What was signed for each edge, word for word: the rows that edges read leave the database long before an act may. */
async function recordTexts(
  { appendAct }: CommandDeps,
  tx: Transaction,
  given: {
    readonly id: string;
    readonly by: string;
    readonly texts: readonly (readonly [place: string, note: string])[];
  },
): Promise<void> {
  const { id, by, texts } = given;
  for (let index = 0; index < texts.length; ) {
    const after: Record<string, string> = {};
    for (let length = 0; index < texts.length; index += 1) {
      const [place, note] = texts[index] ?? ['', ''];
      length += note.length;
      if (length > ACT_TEXTS_LENGTH_MAX && Object.keys(after).length > 0) break;
      after[place] = note;
    }
    await appendAct(tx, { action: 'command.texts', by, target: id, after });
  }
}

async function addressees(
  tx: Transaction,
  wanted: Addressees,
): Promise<{ readonly found: readonly string[]; readonly problems: readonly string[] }> {
  const known = await knownEdges(tx);
  const found = wanted === 'all' ? known : [...new Set(wanted)];
  const strange = found.filter((edge) => !known.includes(edge));
  return {
    found,
    problems: [
      ...strange.map((edge) => `there is no edge ${edge}`),
      ...(found.length === 0 ? ['no edge is known that it could be for'] : []),
      ...(found.length > ADDRESSEES_MAX
        ? [`it is for ${found.length} edges, and at most ${ADDRESSEES_MAX} are told`]
        : []),
    ],
  };
}

/** A command as it travels, and what is kept beside it. */
function signedRows({ signer }: CommandDeps, wish: CommandWish, place: Place) {
  const { edge, seq, id, issuedAt, by } = place;
  const at = instantText(issuedAt);
  const note = signCommand(signer, commandOf(wish, place));
  const issue = {
    ...{ edge, seq, id, at, kind: wish.kind, effect: effectOf(wish.kind), note_hash: signedTextHash(note) },
    ...{ issued_by: by, reason: wish.reason, target: targetOf(wish) },
  };
  return { command: { edge, seq, id, note, at }, issue };
}

/**
 * Gives a command that changes nothing under each number that was given before this database was set back and that its edge has not
 * answered: whatever loosens would wait at the edge for those numbers for ever. An edge that had them refuses the copy.
 */
async function standIn(deps: CommandDeps, tx: Transaction, { edges, issuedAt }: Standing): Promise<void> {
  // A number above them is given next, and what lies below that is never looked for again.
  for (let round = 0; round < LOST_ROUNDS_MAX; round += 1) {
    const lost = await lostCommands(tx, edges, LOST_COMMANDS_MAX);
    if (lost.length > 0) await fill(deps, tx, { lost, issuedAt });
    if (lost.length < LOST_COMMANDS_MAX) return;
  }
}

interface Standing {
  readonly edges: readonly string[];
  readonly issuedAt: Instant;
}

async function fill(
  deps: CommandDeps,
  tx: Transaction,
  { lost, issuedAt }: { readonly lost: Awaited<ReturnType<typeof lostCommands>>; readonly issuedAt: Instant },
): Promise<void> {
  const reason = 'It stands for a number that was lost with a database.';
  const rows = lost.map(({ edge, seq }) => {
    const id = `S-${Buffer.from(deps.random(ID_BYTES)).toString('hex')}`;
    return signedRows(deps, { kind: 'refetch', edges: [edge], reason }, { id, edge, seq, issuedAt, by: 'system' });
  });
  await insertCommands(tx, rows);
  const texts = rows.map(({ command: { edge, seq, note } }) => [`${edge}:${seq}`, note] as const);
  await recordTexts(deps, tx, { id: 'commands', by: 'system', texts });
  const numbers = lost.slice(0, NAMED_EDGES_MAX).map(({ edge, seq }) => `${edge}:${seq}`);
  const after = { commands: `${lost.length}`, numbers: numbers.join(' ') };
  await deps.appendAct(tx, { action: 'command.stood-in', by: 'system', target: 'commands', after, note: reason });
}

type Place = Pick<Command, 'id' | 'edge' | 'seq' | 'issuedAt' | 'by'>;

function commandOf(wish: CommandWish, place: Place): Command {
  const head = { v: 1, ...place, reason: wish.reason } as const;
  const notAfter: Instant = addMs(place.issuedAt, COMMAND_TERM_MS);
  switch (wish.kind) {
    case 'kill':
      return { ...head, kind: 'kill', scopes: [...wish.scopes], level: wish.level };
    case 'pause':
    case 'reduce':
      return { ...head, kind: wish.kind, scopes: [...wish.scopes], notAfter };
    case 'release':
      return { ...head, kind: 'release', kill: wish.kill, document: wish.document, notAfter };
    case 'rotate-keys':
      return { ...head, kind: 'rotate-keys', which: 'access', notAfter };
    case 'refetch':
      return { ...head, kind: 'refetch', what: 'control', notAfter };
    case 'upgrade-notice':
      return { ...head, kind: 'upgrade-notice', release: wish.release, notAfter };
  }
}

/** What a command is about, in a few words for a list. */
function targetOf(wish: CommandWish): string {
  if ('scopes' in wish) return wish.scopes.join(' and ');
  if (wish.kind === 'release') return wish.kill;
  return wish.kind === 'upgrade-notice' ? wish.release : 'the edge itself';
}

function namedNumbers(given: ReadonlyMap<string, number>): Readonly<Record<string, string>> {
  const named = [...given].slice(0, NAMED_EDGES_MAX).map(([edge, seq]) => `${edge}:${seq}`);
  return { numbers: named.join(' ') };
}

interface Refusing {
  readonly tx: Transaction;
  readonly deps: CommandDeps;
  readonly actor: Actor;
}

async function refuse(
  { tx, deps, actor }: Refusing,
  wish: CommandWish,
  problems: readonly string[],
): Promise<StepRefusal> {
  await deps.appendAct(tx, {
    action: 'command.refused',
    by: actor.personId,
    from: actor.from,
    target: targetOf(wish).slice(0, 200),
    after: { kind: wish.kind },
    note: shortened(problems.join('; ')),
  });
  const hint = 'Nothing was sent; correct it and give the command again.';
  return { kind: 'refused', code: wish.kind === 'release' ? 'SIGNATURE_INVALID' : 'NOT_FOUND', problems, hint };
}
