import { Count, Identifier } from '@gatehouse/shared/schema/fields.ts';
import { z } from 'zod';
import { type KillRow, listKills } from '../store/pages/kills.ts';
import { listReleases } from '../store/pages/releases.ts';
import { type ApiRoute, apiRoute } from './api-route.ts';

const PAGE_ROWS = 50;
const Time = z.string().describe('UTC with nanoseconds');

const RecordQuery = z.strictObject({
  edge: Identifier.optional(),
  before: z
    .string()
    .regex(/^\d{1,15}$/, 'not a leaf')
    .optional()
    .describe('The leaf of the last one that was read; older ones follow.'),
});

const Kill = z.strictObject({
  leaf: Count,
  edge: z.string(),
  kill: Identifier,
  scopes: z.array(z.string()).describe('An order is stopped where it lies in all of them.'),
  level: z.string(),
  haltEpoch: Count,
  by: Identifier,
  reason: z.string(),
  at: Time,
  breaker: z.string().nullable(),
  figures: z.record(z.string(), z.string()),
  reports: z.array(
    z.strictObject({
      venue: z.string(),
      sent: Count,
      acknowledged: Count,
      remaining: Count,
      unknown: Count,
      failed: Count,
      positions: Count.nullable().describe('Positions left to close; null where none were to be closed.'),
      elapsedMs: Count,
      isDone: z.boolean(),
    }),
  ),
  release: z
    .strictObject({ by: z.array(Identifier), at: Time.nullable(), reason: z.string().nullable(), leaf: Count })
    .nullable(),
});

const Release = z.strictObject({
  leaf: Count,
  edge: z.string(),
  kill: Identifier,
  by: z.array(Identifier),
  at: Time.nullable(),
  reason: z.string().nullable(),
  document: z.string().describe('The exact signed note.'),
});

/** Kills and their releases, as edges recorded them. */
export const killRoutes: readonly ApiRoute[] = [
  apiRoute({
    method: 'GET',
    path: '/kills',
    needs: 'records.read',
    summary: 'Every stop of trading on record, newest first, with how far it came at each venue and its release.',
    query: RecordQuery,
    answer: z.strictObject({ kills: z.array(Kill), next: z.string().nullable() }),
    async handle({ query }, { database }) {
      const rows = await listKills(database, edgeOf(query), pageOf(query));
      return { json: { kills: rows.map(killOf), next: nextOf(rows) } };
    },
  }),
  apiRoute({
    method: 'GET',
    path: '/releases',
    needs: 'records.read',
    summary: 'Every release of a kill on record, newest first, with the note that two people signed.',
    query: RecordQuery,
    answer: z.strictObject({ releases: z.array(Release), next: z.string().nullable() }),
    async handle({ query }, { database }) {
      const rows = await listReleases(database, edgeOf(query), pageOf(query));
      return { json: { releases: rows.map(({ by, ...row }) => ({ ...row, by: [...by] })), next: nextOf(rows) } };
    },
  }),
];

type Asked = z.output<typeof RecordQuery>;

function edgeOf({ edge }: Asked): Readonly<Record<string, string>> {
  return edge === undefined ? {} : { edge };
}

function pageOf({ before }: Asked) {
  return { limit: PAGE_ROWS, ...(before === undefined ? {} : { before }) };
}

function nextOf(rows: readonly { readonly leaf: number }[]): string | null {
  const last = rows.at(-1);
  return rows.length < PAGE_ROWS || last === undefined ? null : `${last.leaf}`;
}

function killOf(row: KillRow): z.input<typeof Kill> {
  const { leaf, edge, kill, scopes, level, haltEpoch, by, reason, at, breaker, figures, reports } = row;
  const { releasedBy, releasedAt, releaseReason, releaseLeaf } = row;
  return {
    ...{ leaf, edge, kill, scopes: [...scopes], level, haltEpoch, by, reason, at, breaker, figures: { ...figures } },
    reports: reports.map(({ venue, sent, acknowledged, remaining, unknown, failed, positions, elapsedMs, isDone }) => {
      return { venue, sent, acknowledged, remaining, unknown, failed, positions, elapsedMs, isDone };
    }),
    release:
      releaseLeaf === null ? null : { by: [...releasedBy], at: releasedAt, reason: releaseReason, leaf: releaseLeaf },
  };
}
