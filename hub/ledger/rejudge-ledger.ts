import { controls as registry } from '@gatehouse/compliance/controls/index.ts';
import type { Control } from '@gatehouse/compliance/define-control.ts';
import {
  createRejudge,
  type FoldedPosition,
  REJUDGE_FINDINGS_MAX,
  type Rejudge,
  type RejudgeFinding,
} from '@gatehouse/compliance/rejudge-records.ts';
import { add, compare, type Decimal, decimal, toText, ZERO } from '@gatehouse/shared/values/decimal.ts';
import { type Database, inSnapshot, type Transaction } from '../store/database.ts';
import { areProjectionsWhole, readHeld } from '../store/position-rows.ts';
import { visitEntries } from './visit-entries.ts';

/** A finding with the edge whose records it is in. */
export interface LedgerFinding extends RejudgeFinding {
  readonly edge: string;
  readonly leaf: number;
}

/** A position that the projections have otherwise than the entries add up to. Units: signed, in units of the instrument, as text. */
export interface PositionDifference {
  readonly account: string;
  readonly instrument: string;
  readonly projected: string;
  readonly folded: string;
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
    let unreadable = 0;
    const leaves = await visitEntries(tx, {
      onEntry: ({ edge, leaf, entry }) => {
        const rejudge = edges.get(edge) ?? createRejudge({ controls });
        edges.set(edge, rejudge);
        rejudge.take(entry, `${leaf}`);
      },
      onUnreadable: () => {
        unreadable += 1;
      },
      ...(onProgress === undefined ? {} : { onProgress }),
    });
    const positions = await comparePositions(
      tx,
      [...edges.values()].flatMap((rejudge) => rejudge.positions()),
    );
    return {
      ...summed(edges),
      leaves,
      edges: edges.size,
      unreadable,
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

/** Where projections and entries part; undefined where the projections are behind. An account may be traded by several edges. */
async function comparePositions(
  tx: Transaction,
  folded: readonly FoldedPosition[],
): Promise<readonly PositionDifference[] | undefined> {
  if (!(await areProjectionsWhole(tx))) return undefined;
  const key = (one: { readonly account: string; readonly instrument: string }) => `${one.account}\n${one.instrument}`;
  const sums = new Map<string, Decimal | undefined>();
  for (const position of folded) {
    const before = sums.has(key(position)) ? sums.get(key(position)) : ZERO;
    sums.set(key(position), sumOf(before, position.quantity));
  }
  const held = new Map((await readHeld(tx)).map((row) => [key(row), row.quantity]));
  const places = new Set([...sums.keys(), ...held.keys()]);
  return [...places].flatMap((place) => {
    const [account = '', instrument = ''] = place.split('\n');
    const projected = held.get(place) ?? '0';
    const sum = sums.has(place) ? sums.get(place) : ZERO;
    const isSame = sum !== undefined && compare(decimal(projected), sum) === 0;
    return isSame ? [] : [{ account, instrument, projected, folded: sum === undefined ? 'not known' : toText(sum) }];
  });
}

function sumOf(first: Decimal | undefined, second: Decimal | undefined): Decimal | undefined {
  return first === undefined || second === undefined ? undefined : add(first, second);
}
