import { KitError } from '@gatehouse/shared/errors.ts';
import { ScopeText } from '@gatehouse/shared/schema/decision.ts';
import { Count, Identifier, Sentence } from '@gatehouse/shared/schema/fields.ts';
import { z } from 'zod';
import {
  type CommandDeps,
  type CommandWish,
  type IssuedCommand,
  issueCommand,
} from '../control/commands/issue-command.ts';
import { type CommandView, listCommands, unacknowledged } from '../store/command-rows.ts';
import { type ApiParts, type ApiRoute, apiRoute, personOf } from './api-route.ts';
import { doneOr } from './limit-answers.ts';

const PAGE_ROWS = 50;
const RELEASE_BODY_BYTES_MAX = 64 * 1024;
const Time = z.string().describe('UTC with nanoseconds');

const Edges = z
  .union([z.literal('all'), z.array(Identifier).min(1).max(1_000)])
  .describe('Names of edges, or "all" that the hub knows.');
const Scopes = z.array(ScopeText).min(1).max(8).describe('An order is stopped where it lies in all of them.');

/** What stops: no code is asked for, and no bound of a rate stands before it. */
const StopBody = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('kill'),
    edges: Edges,
    scopes: Scopes,
    level: z.enum(['cancel', 'flatten']),
    reason: Sentence,
  }),
  z.strictObject({ kind: z.enum(['pause', 'reduce']), edges: Edges, scopes: Scopes, reason: Sentence }),
]);

/** What keeps its order. */
const OrderedBody = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('release'),
    edge: Identifier,
    kill: Identifier,
    document: z.string().min(1).max(20_000).describe('The release that two people signed with "gatehouse sign".'),
    reason: Sentence,
  }),
  z.strictObject({ kind: z.enum(['rotate-keys', 'refetch']), edges: Edges, reason: Sentence }),
  z.strictObject({
    kind: z.literal('upgrade-notice'),
    edges: Edges,
    release: z.string().min(1).max(64),
    reason: Sentence,
  }),
]);

const Issued = z.strictObject({
  id: Identifier,
  kind: z.string(),
  at: Time,
  numbers: z.record(z.string(), Count).describe('The number that the command has at each edge.'),
});

const Command = z.strictObject({
  edge: z.string(),
  seq: Count,
  id: Identifier,
  kind: z.string(),
  effect: z.string(),
  issuedBy: Identifier,
  reason: z.string(),
  target: z.string(),
  issuedAt: Time,
  state: z.enum(['sent', 'received', 'applied', 'refused']),
  via: z.string().nullable(),
  result: z.string().nullable(),
  receivedAt: Time.nullable(),
  settledAt: Time.nullable(),
  leaf: Count.nullable(),
});

const CommandQuery = z.strictObject({
  edge: Identifier.optional(),
  id: Identifier.optional(),
  open: z.enum(['true', 'false']).optional().describe('Only those that their edges have not done with.'),
  before: z
    .string()
    .regex(/^\d{4}-[0-9T:.-]+Z,[A-Za-z0-9._-]+,\d{1,15}$/, 'not a place in the list')
    .optional()
    .describe('The value of "next" of the page that was read; older ones follow.'),
});

const Waiting = z.strictObject({ edge: z.string(), open: Count, since: Time, oldestId: Identifier });

/** Commands to edges: giving them, and how edges answered. */
export const commandRoutes: readonly ApiRoute[] = [
  apiRoute({
    method: 'GET',
    path: '/commands',
    needs: 'records.read',
    summary: 'Every command to an edge, newest first, with how the edge answered.',
    query: CommandQuery,
    answer: z.strictObject({ commands: z.array(Command), next: z.string().nullable() }),
    async handle({ query }, { database }) {
      const { edge, id, open, before } = query;
      const rows = await listCommands(database, {
        ...(edge === undefined ? {} : { edge }),
        ...(id === undefined ? {} : { id }),
        ...(before === undefined ? {} : { before: placeOf(before) }),
        isOpen: open === 'true',
        limit: PAGE_ROWS,
      });
      return { json: { commands: rows.map((row) => ({ ...row })), next: nextOf(rows) } };
    },
  }),
  apiRoute({
    method: 'GET',
    path: '/commands/waiting',
    needs: 'records.read',
    summary: 'The edges that have not done with all their commands, and since when.',
    answer: z.strictObject({ edges: z.array(Waiting) }),
    async handle(_, { database }) {
      return { json: { edges: (await unacknowledged(database)).map((row) => ({ ...row })) } };
    },
  }),
  apiRoute({
    method: 'POST',
    path: '/commands/stop',
    needs: 'commands.stop',
    summary: 'Stop trading at edges: kill, pause or reduce. It counts at each edge as soon as it arrives.',
    body: StopBody,
    answer: Issued,
    async handle(request, parts) {
      const issued = doneOr(await issueCommand(commandsOf(parts), personOf(request), request.body));
      return { json: issuedJson(issued), status: 201 };
    },
  }),
  apiRoute({
    method: 'POST',
    path: '/commands',
    needs: 'commands.issue',
    needsStepUp: true,
    summary: 'Give a command that keeps its order: the release of a kill, a renewal of keys, a fetch anew, a notice.',
    body: OrderedBody,
    bodyBytesMax: RELEASE_BODY_BYTES_MAX,
    answer: Issued,
    async handle(request, parts) {
      const issued = doneOr(await issueCommand(commandsOf(parts), personOf(request), wishOf(request.body)));
      return { json: issuedJson(issued), status: 201 };
    },
  }),
];

function commandsOf({ commands }: ApiParts): CommandDeps {
  if (commands !== undefined) return commands;
  throw new KitError('PROCESS_UNREACHABLE', 'this hub gives no commands', {
    hint: 'Ask the hub process that has the hub’s key.',
  });
}

function wishOf(body: z.output<typeof OrderedBody>): CommandWish {
  if (body.kind !== 'release') return body;
  const { edge, ...rest } = body;
  return { ...rest, edges: [edge] };
}

function issuedJson({ id, kind, at, numbers }: IssuedCommand): z.input<typeof Issued> {
  return { id, kind, at, numbers: Object.fromEntries(numbers) };
}

function placeOf(before: string): { readonly at: string; readonly edge: string; readonly seq: number } {
  const [at = '', edge = '', seq = ''] = before.split(',');
  return { at, edge, seq: Number(seq) };
}

function nextOf(rows: readonly CommandView[]): string | null {
  const last = rows.at(-1);
  return rows.length < PAGE_ROWS || last === undefined ? null : `${last.issuedAt},${last.edge},${last.seq}`;
}
