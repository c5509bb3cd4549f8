import type { Queries } from '../../store/database.ts';
import { listRetentionProposals, type StandingRetentionProposal } from '../../store/retention-proposal-rows.ts';
import { type HoldRow, listHolds } from '../../store/retention-rows.ts';
import {
  countFindings,
  type FindingCount,
  type FindingRow,
  listFindings,
  newestRun,
  type RunRow,
} from '../../store/retention-run-rows.ts';
import { type FiguresInForce, figuresInForce } from './proposals-figures.ts';

/** Where retention stands, as pages and commands show it. Shape: `run` is the newest that finished, and `findings` are its own. */
export interface RetentionStanding {
  readonly inForce: FiguresInForce | undefined;
  readonly run: RunRow | undefined;
  readonly findings: readonly FindingRow[];
  readonly counts: readonly FindingCount[];
  readonly holds: readonly HoldRow[];
  readonly proposals: readonly StandingRetentionProposal[];
}

const ROWS_MAX = 200;

/** Reads where retention stands. Errors: as `figuresInForce`. */
export async function readStanding(tx: Queries): Promise<RetentionStanding> {
  const [inForce, run, holds, proposals] = await Promise.all([
    figuresInForce(tx),
    newestRun(tx),
    listHolds(tx, ROWS_MAX),
    listRetentionProposals(tx, ROWS_MAX),
  ]);
  const findings = run === undefined ? [] : await listFindings(tx, run.day, ROWS_MAX);
  const counts = run === undefined ? [] : await countFindings(tx, run.day);
  return { inForce, run, findings, counts, holds, proposals };
}
