import { controls as registry } from '@gatehouse/compliance/controls/index.ts';
import type { Control } from '@gatehouse/compliance/define-control.ts';
import {
  createRejudge,
  REJUDGE_FINDINGS_MAX,
  type Rejudge,
  type RejudgeFinding,
} from '@gatehouse/compliance/rejudge-records.ts';
import { type Database, inSnapshot } from '../../store/database.ts';
import { visitEntries } from '../visit-entries.ts';
import { comparePositions, type PositionDifference } from './compare-positions.ts';

/** A finding with the edge whose records it is in. */
export interface LedgerFinding extends RejudgeFinding {
  readonly edge: string;
  readonly leaf: number;
}

/** What was judged again, and what could not be read. Units: `leaves` of the whole ledger. */
export interface LedgerRejudgement {
  readonly leaves: number;
  readonly edges: number;
  readonly decisions: number;
  readonly equal: number;
  readonly findings: readonly LedgerFinding[];
  readonly unlisted: number;
  /** Leaves whose body was destroyed or cannot be read by this release, though decisions may rest on it. */
  readonly unreadable: number;
  /** Leaves whose body was disposed of, and the decisions after them at the same edges, which cannot be made again. */
  readonly disposed: number;
  readonly notJudged: number;
  readonly positions: readonly PositionDifference[];
  /** False while the projections have not read the whole ledger; positions are then not compared. */
  readonly arePositionsChecked: boolean;
}

/** How the ledger is judged again. Shape: `controls` is the registry of this release unless another is given. */
export interface RejudgeOptions {
  readonly controls?: readonly Control[];
  onProgress?(leaves: number): void;
}

/** Makes every decision in the ledger again, edge by edge, as of one moment, and compares the positions that follow. */
export function rejudgeLedger(database: Database, options: RejudgeOptions = {}): Promise<LedgerRejudgement> {
  const { controls = registry, onProgress } = options;
  return inSnapshot(database, async (tx) => {
    const edges = new Map<string, Rejudge>();
    const cut = new Set<string>();
    const counts = { unreadable: 0, disposed: 0, notJudged: 0 };
    const leaves = await visitEntries(tx, {
      onEntry: ({ edge, leaf, entry }) => {
        if (cut.has(edge)) {
          if (entry.kind === 'decision') counts.notJudged += 1;
          return;
        }
        const rejudge = edges.get(edge) ?? createRejudge({ controls });
        edges.set(edge, rejudge);
        rejudge.take(entry, `${leaf}`);
      },
      onUnreadable: () => {
        counts.unreadable += 1;
      },
      onDisposed: (edge) => {
        counts.disposed += 1;
        cut.add(edge);
      },
      ...(onProgress === undefined ? {} : { onProgress }),
    });
    // Without what was disposed of, entries no longer add up to what is held.
    const folded = [...edges.values()].flatMap((rejudge) => rejudge.positions());
    const positions = cut.size > 0 ? undefined : await comparePositions(tx, folded);
    return {
      ...summed(edges),
      leaves,
      edges: edges.size,
      ...counts,
      positions: positions ?? [],
      arePositionsChecked: positions !== undefined,
    };
  });
}

/** Whether every decision came out as recorded and every position as projected, with nothing left unread. */
export function isSound({ findings, unreadable, positions }: LedgerRejudgement): boolean {
  return findings.length === 0 && unreadable === 0 && positions.length === 0;
}

type Sums = Pick<LedgerRejudgement, 'decisions' | 'equal' | 'findings' | 'unlisted'>;

function summed(edges: ReadonlyMap<string, Rejudge>): Sums {
  const results = [...edges].map(([edge, rejudge]) => ({ edge, ...rejudge.result() }));
  const found = results.flatMap(({ edge, findings }) =>
    findings.map((finding) => ({ ...finding, edge, leaf: Number(finding.place) })),
  );
  const findings = found.slice(0, REJUDGE_FINDINGS_MAX);
  const sum = (of: (result: (typeof results)[number]) => number) => results.reduce((total, one) => total + of(one), 0);
  return {
    decisions: sum(({ decisions }) => decisions),
    equal: sum(({ equal }) => equal),
    findings,
    unlisted: sum(({ unlisted }) => unlisted) + found.length - findings.length,
  };
}
