import type { CommandView } from '../command-rows.ts';
import type { Queries } from '../database.ts';
import { dayBounds, type FilterValues, newestFirst, type Page } from './paging.ts';

/** A command with the login of who gave it. Shape: `login` is null for a part of the hub. */
export interface GivenCommand extends CommandView {
  readonly login: string | null;
  /** How far a kill goes; null for everything else. */
  readonly level: string | null;
}

/** Commands that a filter lets through, newest first. Shape: the state `open` is sent or received. */
export async function pageCommands(
  database: Queries,
  filter: FilterValues,
  page: Page,
): Promise<readonly GivenCommand[]> {
  const { edge, id, kind, by, state } = filter;
  const { from, to } = dayBounds(filter);
  const sql = database;
  const states = state === 'open' ? ['sent', 'received'] : [state ?? ''];
  const place = placeOf(page.after ?? page.before);
  const order =
    page.after === undefined ? sql`ORDER BY i.at DESC, i.edge DESC, i.seq DESC` : sql`ORDER BY i.at, i.edge, i.seq`;
  // What a page shows is found by an index first; only then are answers, notes and people looked up for it.
  const rows = await sql<GivenCommand[]>`
    SELECT i.edge, i.seq, i.id, i.kind, i.effect, i.issued_by AS "issuedBy", i.reason, i.target, i.at AS "issuedAt",
      i.state, a.via, a.result, a.received_at AS "receivedAt", a.settled_at AS "settledAt", a.leaf,
      p.login, substring(c.note FROM '"level":"([a-z]+)"') AS level
    FROM (
      SELECT * FROM command_issue i WHERE true
        ${edge === undefined ? sql`` : sql`AND i.edge = ${edge}`}
        ${id === undefined ? sql`` : sql`AND i.id = ${id}`}
        ${kind === undefined ? sql`` : sql`AND i.kind = ${kind}`}
        ${by === undefined ? sql`` : sql`AND i.issued_by IN ${sql(await idsOf(sql, by))}`}
        ${state === undefined ? sql`` : sql`AND i.state IN ${sql(states)}`}
        ${from === undefined ? sql`` : sql`AND i.at >= ${from}`}
        ${to === undefined ? sql`` : sql`AND i.at < ${to}`}
        ${page.after === undefined ? sql`` : sql`AND (i.at, i.edge, i.seq) > (${place.at}, ${place.edge}, ${place.seq})`}
        ${page.after !== undefined || page.before === undefined ? sql`` : sql`AND (i.at, i.edge, i.seq) < (${place.at}, ${place.edge}, ${place.seq})`}
      ${order} LIMIT ${page.limit}
    ) i
    LEFT JOIN command_answer a ON a.edge = i.edge AND a.note_hash = i.note_hash
    LEFT JOIN commands c ON c.edge = i.edge AND c.seq = i.seq
    LEFT JOIN person p ON p.person_id = i.issued_by
    ${order}`;
  return newestFirst(rows, page);
}

/** Who is meant by a login or by a person's own id. */
async function idsOf(sql: Queries, by: string): Promise<readonly string[]> {
  const people = await sql<{ id: string }[]>`SELECT person_id AS id FROM person WHERE login = ${by} LIMIT 100`;
  return [by, ...people.map(({ id }) => id)];
}

/** Where a command stands in the list. */
export function commandCursor({ issuedAt, edge, seq }: CommandView): string {
  return `${issuedAt},${edge},${seq}`;
}

/** What is no place lies before all. */
function placeOf(cursor: string | undefined): { readonly at: string; readonly edge: string; readonly seq: number } {
  const [, at = '', edge = '', seq = '0'] = /^([0-9T:.Z-]+),([A-Za-z0-9._-]+),(\d{1,15})$/.exec(cursor ?? '') ?? [];
  return { at, edge, seq: Number(seq) };
}
