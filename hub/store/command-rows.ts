import { insertRows, texts } from './bulk.ts';
import type { Queries, Transaction } from './database.ts';

const answerShape = {
  edge: 'text',
  note_hash: 'text',
  command_id: 'text',
  seq: 'bigint',
  name: 'text',
  state: 'text',
  via: 'text',
  result: 'text',
  received_at: 'text',
  settled_at: 'text',
  leaf: 'bigint',
} as const;

/** How an edge answered a text that came as a command. Shape: id, number and name are null where the edge could not believe it. */
export interface CommandAnswerRow {
  readonly edge: string;
  readonly note_hash: string;
  readonly command_id: string | null;
  readonly seq: number | null;
  readonly name: string | null;
  readonly state: 'received' | 'applied' | 'refused';
  readonly via: string;
  readonly result: string;
  readonly received_at: string | null;
  readonly settled_at: string | null;
  readonly leaf: number;
}

/** A command as pages show it. Shape: `state` is `sent` before the edge has said anything; times are UTC text. */
export interface CommandView {
  readonly edge: string;
  readonly seq: number;
  readonly id: string;
  readonly kind: string;
  readonly effect: string;
  readonly issuedBy: string;
  readonly reason: string;
  readonly target: string;
  readonly issuedAt: string;
  readonly state: 'sent' | 'received' | 'applied' | 'refused';
  readonly via: string | null;
  readonly result: string | null;
  readonly receivedAt: string | null;
  readonly settledAt: string | null;
  readonly leaf: number | null;
}

/** Which commands: of one edge or all, of one id, those still open, older than a place that was read before. */
export interface CommandSearch {
  readonly edge?: string;
  readonly id?: string;
  readonly isOpen?: boolean;
  readonly before?: { readonly at: string; readonly edge: string; readonly seq: number };
  readonly limit: number;
}

/** An edge that has not done with all its commands. Shape: `since` is when the oldest of them was given. */
export interface Unacknowledged {
  readonly edge: string;
  readonly open: number;
  readonly since: string;
  readonly oldestId: string;
}

/** Writes what edges answered; what was settled once stays as it is. */
export async function writeAnswers(tx: Transaction, rows: readonly CommandAnswerRow[]): Promise<void> {
  const isOpen = "command_answer.state = 'received'";
  const kept = (column: string) =>
    `${column} = CASE WHEN ${isOpen} THEN excluded.${column} ELSE command_answer.${column} END`;
  const onConflict = `ON CONFLICT (edge, note_hash) DO UPDATE SET ${['state', 'result', 'leaf'].map(kept).join(', ')},
    received_at = coalesce(command_answer.received_at, excluded.received_at),
    settled_at = coalesce(command_answer.settled_at, excluded.settled_at)`;
  await insertRows(tx, { table: 'command_answer', shape: answerShape, rows, onConflict });
}

/** Commands, newest first, with how their edges answered. */
export function listCommands(tx: Queries, search: CommandSearch): Promise<readonly CommandView[]> {
  const { edge, id, isOpen, before, limit } = search;
  return tx<CommandView[]>`
    SELECT i.edge, i.seq, i.id, i.kind, i.effect, i.issued_by AS "issuedBy", i.reason, i.target, i.at AS "issuedAt",
      coalesce(a.state, 'sent') AS state, a.via, a.result, a.received_at AS "receivedAt", a.settled_at AS "settledAt", a.leaf
    FROM command_issue i LEFT JOIN command_answer a ON a.edge = i.edge AND a.note_hash = i.note_hash
    WHERE true
      ${edge === undefined ? tx`` : tx`AND i.edge = ${edge}`}
      ${id === undefined ? tx`` : tx`AND i.id = ${id}`}
      ${isOpen === true ? tx`AND coalesce(a.state, 'sent') IN ('sent', 'received')` : tx``}
      ${before === undefined ? tx`` : tx`AND (i.at, i.edge, i.seq) < (${before.at}, ${before.edge}, ${before.seq})`}
    ORDER BY i.at DESC, i.edge DESC, i.seq DESC LIMIT ${limit}`;
}

/** The edges that have not done with all their commands, the one that waits longest first. */
export function unacknowledged(tx: Queries): Promise<readonly Unacknowledged[]> {
  return tx<Unacknowledged[]>`
    SELECT i.edge, count(*) AS open, min(i.at) AS since, (array_agg(i.id ORDER BY i.seq))[1] AS "oldestId"
    FROM command_issue i LEFT JOIN command_answer a ON a.edge = i.edge AND a.note_hash = i.note_hash
    WHERE coalesce(a.state, 'sent') IN ('sent', 'received') GROUP BY i.edge ORDER BY since, i.edge`;
}

/** The place of a command at its edge. */
export interface CommandPlace {
  readonly edge: string;
  readonly seq: number;
}

/** Commands that were settled before a moment and have so many newer ones at their edge, locked until the transaction ends. */
export function settledCommands(
  tx: Transaction,
  search: { readonly before: string; readonly kept: number; readonly limit: number },
): Promise<readonly CommandPlace[]> {
  return tx<CommandPlace[]>`
    SELECT i.edge, i.seq FROM command_issue i
    JOIN (SELECT edge, max(seq) AS seq FROM commands GROUP BY edge) n ON n.edge = i.edge
    JOIN command_answer a ON a.edge = i.edge AND a.note_hash = i.note_hash
    WHERE i.seq <= n.seq - ${search.kept} AND a.state <> 'received' AND a.settled_at < ${search.before}
    ORDER BY i.edge, i.seq LIMIT ${search.limit} FOR UPDATE OF i SKIP LOCKED`;
}

/** Takes commands away that edges need to read no more. */
export async function deleteCommands(tx: Transaction, places: readonly CommandPlace[]): Promise<void> {
  const edges = texts(places.map(({ edge }) => edge));
  const seqs = texts(places.map(({ seq }) => `${seq}`));
  const listed = () => tx`SELECT * FROM unnest(${edges}::text[], ${seqs}::bigint[])`;
  await tx`DELETE FROM command_issue WHERE (edge, seq) IN (${listed()})`;
  await tx`DELETE FROM commands WHERE (edge, seq) IN (${listed()})`;
}
