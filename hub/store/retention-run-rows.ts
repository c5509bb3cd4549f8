import type { RetentionState } from '@gatehouse/compliance/retention/state.ts';
import type { Queries, Transaction } from './database.ts';

/** How far a run has come. */
export type RunPhase = 'reading' | 'periods' | 'subjects' | 'finished';

/** The run of a day. Shape: `place` is the last target that was judged in its phase; `targets` counts those judged. */
export interface RunRow {
  readonly day: string;
  readonly phase: RunPhase;
  readonly place: string;
  readonly beganAt: string;
  readonly finishedAt: string | null;
  readonly targets: number;
}

/** What a run found about a target that a person has to know. */
export interface FindingRow {
  readonly target: string;
  readonly state: RetentionState;
  readonly records: number;
  readonly firstLeaf: number;
  readonly lastLeaf: number;
  readonly keepUntil: string | null;
  readonly mustGoBy: string | null;
  readonly because: readonly string[];
}

/** How many runs are kept with their findings; what they came to stays in the ledger. */
const RUNS_KEPT = 30;

/** Begins the run of a day, or leaves the one that began. */
export async function beginRun(tx: Transaction, day: string, at: string): Promise<void> {
  await tx`
    INSERT INTO retention_run (day, phase, place, began_at, targets) VALUES (${day}, 'reading', '', ${at}, 0)
    ON CONFLICT (day) DO NOTHING`;
}

/** The run of a day, locked until the transaction ends. */
export async function lockRun(tx: Transaction, day: string): Promise<RunRow | undefined> {
  const [row] = await tx<RunRow[]>`SELECT ${columns(tx)} FROM retention_run WHERE day = ${day} FOR UPDATE`;
  return row;
}

export async function moveRun(
  tx: Transaction,
  run: Pick<RunRow, 'day' | 'phase' | 'place' | 'targets'>,
): Promise<void> {
  await tx`
    UPDATE retention_run SET phase = ${run.phase}, place = ${run.place}, targets = ${run.targets} WHERE day = ${run.day}`;
}

export async function finishRun(tx: Transaction, day: string, at: string): Promise<void> {
  await tx`UPDATE retention_run SET phase = 'finished', finished_at = ${at} WHERE day = ${day}`;
  await tx`
    DELETE FROM retention_run WHERE day < ${day} AND day NOT IN (
      SELECT day FROM retention_run ORDER BY day DESC LIMIT ${RUNS_KEPT})`;
}

export async function insertFinding(tx: Transaction, day: string, row: FindingRow): Promise<void> {
  await tx`
    INSERT INTO retention_finding (day, target, state, records, first_leaf, last_leaf, keep_until, must_go_by, because)
    VALUES (${day}, ${row.target}, ${row.state}, ${row.records}, ${row.firstLeaf}, ${row.lastLeaf}, ${row.keepUntil},
            ${row.mustGoBy}, ${JSON.stringify(row.because)}::text::jsonb)
    ON CONFLICT (day, target) DO NOTHING`;
}

/** Whether the run of a day has finished. */
export async function isRunFinished(tx: Queries, day: string): Promise<boolean> {
  const rows = await tx`SELECT 1 FROM retention_run WHERE day = ${day} AND phase = 'finished'`;
  return rows.length > 0;
}

/** The newest run that has finished. */
export async function newestRun(tx: Queries): Promise<RunRow | undefined> {
  const [row] = await tx<RunRow[]>`
    SELECT ${columns(tx)} FROM retention_run WHERE phase = 'finished' ORDER BY day DESC LIMIT 1`;
  return row;
}

/** The findings of a day: what must go first, then open questions, then what may go. */
export function listFindings(tx: Queries, day: string, limit: number): Promise<FindingRow[]> {
  return tx<FindingRow[]>`
    SELECT target, state, records, first_leaf AS "firstLeaf", last_leaf AS "lastLeaf", keep_until AS "keepUntil",
      must_go_by AS "mustGoBy", because
    FROM retention_finding WHERE day = ${day}
    ORDER BY array_position(ARRAY['must-go', 'held', 'open-question', 'may-go'], state), must_go_by NULLS LAST, target LIMIT ${limit}`;
}

/** How many targets and records a day's run found in one state. */
export interface FindingCount {
  readonly state: RetentionState;
  readonly targets: number;
  readonly records: number;
}

/** How many targets and records a day's run found in each state. */
export function countFindings(tx: Queries, day: string): Promise<readonly FindingCount[]> {
  return tx<FindingCount[]>`
    SELECT state, count(*) AS targets, sum(records)::bigint AS records FROM retention_finding WHERE day = ${day} GROUP BY state`;
}

function columns(tx: Queries) {
  return tx`day, phase, place, began_at AS "beganAt", finished_at AS "finishedAt", targets`;
}
