import type { Control } from '@gatehouse/compliance/define-control.ts';
import { createRejudge, type Rejudge } from '@gatehouse/compliance/rejudge-records.ts';
import { type Database, inSnapshot } from '../../store/database.ts';
import { readHead, readLeaves } from '../../store/ledger-rows.ts';
import type { RejudgementFinding } from '../../store/rejudgement-rows.ts';
import { visitLeaves } from '../visit-entries.ts';
import { comparePositions, type PositionDifference } from './compare-positions.ts';
import { findingText } from './record-rejudgement.ts';

/**
 * How far a follower is.
 *
 * Shape: `judged` of `size` leaves were read; `found` is what this step found and no step before it; `positions` is how many are
 *        projected otherwise than the entries add up to, as of `positionsAt` leaves, where they were compared yet.
 */
export interface FollowedStep {
  readonly judged: number;
  readonly size: number;
  readonly edges: number;
  readonly decisions: number;
  readonly different: number;
  readonly unreadable: number;
  readonly positionsAt: number | null;
  readonly positions: number;
  /** Those positions, as findings name them. */
  readonly apart: readonly string[];
  readonly found: readonly RejudgementFinding[];
}

/** Judges a ledger again as it grows. */
export interface LedgerFollower {
  /** Reads on by one bounded part; at the end of the ledger positions are compared too. Errors: those of the database. */
  step(): Promise<FollowedStep>;
}

/** A step reads at most so many leaves, so that whoever waits for it waits for moments; a leaf has a megabyte at most. */
const STEP_LEAVES = 200;

/** Begins at the first leaf: what a decision rests on is everything before it. */
export function followLedger(
  database: Database,
  controls: readonly Control[],
  stepLeaves = STEP_LEAVES,
): LedgerFollower {
  const edges = new Map<string, Judged>();
  // Edges of which records were disposed of: what they decided afterwards rests on those, and nothing adds up any more.
  const cut = new Set<string>();
  let judged = 0;
  let unreadable = 0;
  let compared: Compared = { at: null, differences: [] };

  return {
    step: () =>
      inSnapshot(database, async (tx) => {
        const size = (await readHead(tx))?.size ?? 0;
        const to = Math.min(size, judged + stepLeaves);
        const found: RejudgementFinding[] = [];
        const rows = to > judged ? await readLeaves(tx, { from: judged, to }) : [];
        visitLeaves(rows, {
          onEntry: ({ edge, leaf, entry }) => {
            if (!cut.has(edge)) judgedOf(edge).rejudge.take(entry, `${leaf}`);
          },
          onDisposed: (edge) => void cut.add(edge),
          onUnreadable: (leaf) => {
            unreadable += 1;
            found.push({
              place: `${leaf}`,
              message: `leaf ${leaf} could not be read, though decisions may rest on it`,
            });
          },
        });
        judged = to;
        for (const [edge, one] of edges) found.push(...newFindings(edge, one));
        if (judged === size && compared.at !== size && cut.size === 0) {
          const folded = [...edges.values()].flatMap(({ rejudge }) => rejudge.positions());
          const differences = await comparePositions(tx, folded);
          if (differences !== undefined) {
            compared = { at: size, differences };
            found.push(...differences.map(positionFinding));
          }
        }
        return { judged, size, unreadable, found, ...sums() };
      }),
  };

  function judgedOf(edge: string): Judged {
    const known = edges.get(edge) ?? { rejudge: createRejudge({ controls }), told: 0 };
    edges.set(edge, known);
    return known;
  }

  function sums() {
    const results = [...edges.values()].map(({ rejudge, told }) => ({ ...rejudge.result(), told }));
    const sum = (of: (result: (typeof results)[number]) => number) =>
      results.reduce((total, one) => total + of(one), 0);
    return {
      edges: edges.size,
      decisions: sum(({ decisions }) => decisions),
      different: sum(({ told, unlisted }) => told + unlisted),
      positionsAt: compared.at,
      positions: compared.differences.length,
      apart: compared.differences.map(placeOf),
    };
  }
}

/** The judge of one edge's entries, and how many of its findings were told. */
interface Judged {
  readonly rejudge: Rejudge;
  told: number;
}

interface Compared {
  readonly at: number | null;
  readonly differences: readonly PositionDifference[];
}

function newFindings(edge: string, judged: Judged): readonly RejudgementFinding[] {
  const fresh = judged.rejudge.takeFindings();
  judged.told += fresh.length;
  return fresh.map((finding) => ({ place: finding.place, message: `edge ${edge}, ${findingText(finding)}` }));
}

function placeOf({ account, instrument }: PositionDifference): string {
  return `${account} ${instrument}`;
}

function positionFinding(difference: PositionDifference): RejudgementFinding {
  const { account, instrument, projected, folded } = difference;
  const message = `${account} ${instrument} is projected as ${projected}, the entries add up to ${folded}`;
  return { place: placeOf(difference), message };
}
