import { texts } from './bulk.ts';
import type { Queries, Transaction } from './database.ts';

/**
 * How far the ledger was judged again.
 *
 * Shape: `judged` counts the leaves that were read from the first on; `positionsAt` is how many had been read when positions were last
 *        compared, null where they never were; `different` counts decisions and entries that did not come out, `positions` those that
 *        are projected otherwise.
 */
export interface RejudgementRow {
  readonly run: string;
  readonly release: string;
  readonly startedAt: string;
  readonly judged: number;
  readonly judgedAt: string;
  readonly edges: number;
  readonly decisions: number;
  readonly different: number;
  readonly unreadable: number;
  readonly positionsAt: number | null;
  readonly positions: number;
}

/** Something that did not come out as recorded. Shape: `place` names a leaf, or a position by account and instrument with a blank between. */
export interface RejudgementFinding {
  readonly place: string;
  readonly message: string;
}

/**
 * Puts down how far a run is; false where another process of the hub judges and was heard after `silentSince`.
 *
 * Shape: whoever was silent for longer has ended, and its place is taken.
 */
export async function storeRejudgement(tx: Transaction, row: RejudgementRow, silentSince: string): Promise<boolean> {
  const { run, release, startedAt, judged, judgedAt, edges, decisions } = row;
  const { different, unreadable, positionsAt, positions } = row;
  const taken = await tx`
    INSERT INTO rejudgement (run, release, started_at, judged, judged_at, edges, decisions, different, unreadable,
      positions_at, positions)
    VALUES (${run}, ${release}, ${startedAt}, ${judged}, ${judgedAt}, ${edges}, ${decisions}, ${different}, ${unreadable},
      ${positionsAt}, ${positions})
    ON CONFLICT (single) DO UPDATE SET run = excluded.run, release = excluded.release, started_at = excluded.started_at,
      judged = excluded.judged, judged_at = excluded.judged_at, edges = excluded.edges, decisions = excluded.decisions,
      different = excluded.different, unreadable = excluded.unreadable, positions_at = excluded.positions_at,
      positions = excluded.positions
    WHERE rejudgement.run = excluded.run OR rejudgement.judged_at < ${silentSince}
    RETURNING run`;
  return taken.length > 0;
}

/** How far the ledger was judged again; undefined where nobody ever did. */
export async function readRejudgement(tx: Queries): Promise<RejudgementRow | undefined> {
  const [row] = await tx<RejudgementRow[]>`
    SELECT run, release, started_at AS "startedAt", judged, judged_at AS "judgedAt", edges, decisions, different, unreadable,
      positions_at AS "positionsAt", positions FROM rejudgement`;
  return row;
}

/** Keeps findings; gives those that nobody had found before. */
export async function storeFindings(
  tx: Transaction,
  found: readonly RejudgementFinding[],
  at: string,
): Promise<readonly RejudgementFinding[]> {
  const fresh: RejudgementFinding[] = [];
  for (const finding of found) {
    const rows = await tx`
      INSERT INTO rejudgement_finding (place, message, at) VALUES (${finding.place}, ${finding.message}, ${at})
      ON CONFLICT DO NOTHING RETURNING place`;
    if (rows.length > 0) fresh.push(finding);
  }
  return fresh;
}

/** Takes away what was found of positions that are right by now, so that they are told again should they part again. */
export async function settlePositions(tx: Transaction, apart: readonly string[]): Promise<void> {
  await tx`DELETE FROM rejudgement_finding WHERE strpos(place, ' ') > 0 AND NOT place = ANY(${texts(apart)}::text[])`;
}

/** The oldest findings, so many. */
export function readFindings(tx: Queries, limit: number): Promise<(RejudgementFinding & { readonly at: string })[]> {
  return tx<(RejudgementFinding & { readonly at: string })[]>`
    SELECT place, message, at FROM rejudgement_finding ORDER BY at, place LIMIT ${limit}`;
}
