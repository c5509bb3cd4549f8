import type { Queries, Transaction } from './database.ts';

/** A file that a run of a report left behind. Units: `bytes` is its length. */
export interface ReportOutput {
  readonly format: 'pdf' | 'xlsx';
  readonly file: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** A making of a report with all that is needed to make it again. Shape: leaves `[firstLeaf, endLeaf)`. */
export interface ReportRun {
  readonly runId: string;
  readonly report: string;
  readonly firstLeaf: number;
  readonly endLeaf: number;
  readonly parameters: Readonly<Record<string, string>>;
  readonly dataHash: string;
  readonly codeVersion: string;
  readonly madeAt: string;
  readonly madeBy: string;
  readonly outputs: readonly ReportOutput[];
}

/**
 * The leaves that the hub took on a day.
 *
 * Shape: half-open `[first, end)`; consecutive days leave no gap and share no leaf. Units: `day` is `YYYY-MM-DD` in UTC.
 */
export async function leavesOfDay(tx: Queries, day: string): Promise<{ readonly first: number; readonly end: number }> {
  const [row] = await tx<{ first: number; end: number }[]>`
    SELECT coalesce((SELECT max(size) FROM checkpoint WHERE at < ${`${day}T00:00:00`}), 0)::bigint AS first,
           coalesce((SELECT max(size) FROM checkpoint WHERE at < ${`${day}T24`}), 0)::bigint AS end`;
  return row ?? { first: 0, end: 0 };
}

/** Keeps a run; false where a run with the same id is there already, which stays as it was. */
export async function storeReportRun(tx: Transaction, run: ReportRun): Promise<boolean> {
  const stored = await tx`
    INSERT INTO report_run
      (run_id, report, first_leaf, end_leaf, parameters, data_hash, code_version, made_at, made_by, outputs)
    VALUES (${run.runId}, ${run.report}, ${run.firstLeaf}, ${run.endLeaf}, ${tx.json({ ...run.parameters })}, ${run.dataHash},
            ${run.codeVersion}, ${run.madeAt}, ${run.madeBy}, ${tx.json(run.outputs.map((output) => ({ ...output })))})
    ON CONFLICT (run_id) DO NOTHING`;
  return stored.count === 1;
}

/** The newest runs first. */
export function listReportRuns(tx: Queries, count: number): Promise<ReportRun[]> {
  return tx<ReportRun[]>`
    SELECT run_id AS "runId", report, first_leaf AS "firstLeaf", end_leaf AS "endLeaf", parameters, data_hash AS "dataHash",
           code_version AS "codeVersion", made_at AS "madeAt", made_by AS "madeBy", outputs
    FROM report_run ORDER BY made_at DESC, run_id LIMIT ${count}`;
}

/** One run by its id. */
export async function readReportRun(tx: Queries, runId: string): Promise<ReportRun | undefined> {
  const [row] = await tx<ReportRun[]>`
    SELECT run_id AS "runId", report, first_leaf AS "firstLeaf", end_leaf AS "endLeaf", parameters, data_hash AS "dataHash",
           code_version AS "codeVersion", made_at AS "madeAt", made_by AS "madeBy", outputs
    FROM report_run WHERE run_id = ${runId}`;
  return row;
}
