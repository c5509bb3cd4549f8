import { LEASED_THRESHOLD, type LeaseFigures, leaseFiguresOf } from '@gatehouse/compliance/lease-figures.ts';
import { sheetOnRecord } from '@gatehouse/compliance/sheet-document.ts';
import { attempt } from '@gatehouse/shared/governance/problem-list.ts';
import { decimal, toText } from '@gatehouse/shared/values/decimal.ts';
import { chargeOf, chargeOfOthers, type ThresholdShares, unallocated } from '../control/leases/allocator.ts';
import type { Queries } from '../store/database.ts';
import { edgesBehind, edgesHolding, type LeaseShareRow, readShares } from '../store/lease-rows.ts';
import { inForceOf } from '../store/limit-rows.ts';

/**
 * What one edge has of a threshold beside what the firm has of it.
 *
 * Shape: `charged` is what counts against the threshold for this edge: more than `out` where entries of it are missing. The firm's
 *        figures are null where no sheet in force signs a threshold; `firmFree` is below zero where more is out than that.
 * Units: amounts in `currency`.
 */
export interface LeaseRow extends LeaseShareRow {
  readonly isBehind: boolean;
  readonly charged: string;
  readonly currency: string | null;
  readonly firmMax: string | null;
  readonly firmCharged: string;
  readonly firmFree: string | null;
}

/** The leases of every edge, by legal entity, environment, threshold and edge. */
export async function readLeases(database: Queries): Promise<readonly LeaseRow[]> {
  const [shares, behind, holding] = await Promise.all([
    readShares(database),
    edgesBehind(database),
    edgesHolding(database),
  ]);
  const lines = Map.groupBy(shares, ({ legalEntity, environment, threshold }) =>
    [legalEntity, environment, threshold].join(' '),
  );
  const rows: LeaseRow[] = [];
  for (const line of lines.values()) rows.push(...(await rowsOf(database, line, { behind, holding })));
  return rows;
}

async function rowsOf(
  database: Queries,
  line: readonly LeaseShareRow[],
  edges: { readonly behind: ReadonlySet<string>; readonly holding: ReadonlySet<string> },
): Promise<readonly LeaseRow[]> {
  const [first] = line;
  if (first === undefined) return [];
  const figures = first.threshold === LEASED_THRESHOLD ? await figuresOf(database, first) : undefined;
  const unknown = new Set(line.filter((row) => isUnknown(row, { ...edges, figures })).map(({ edge }) => edge));
  const shares = sharesOf(line, { max: figures?.firmMax, behind: unknown });
  const free = unallocated(shares);
  const firm = {
    currency: figures?.currency ?? null,
    firmMax: figures === undefined ? null : toText(figures.firmMax),
    firmCharged: toText(chargeOfOthers(shares, '')),
    firmFree: free === undefined ? null : toText(free),
  };
  return line.map((row) => {
    const share = shares.edges.get(row.edge);
    const charged = share === undefined ? row.out : toText(chargeOf(share));
    return { ...row, ...firm, charged, isBehind: unknown.has(row.edge) };
  });
}

/** The same as where leases are granted: records are missing, what is held was never said, or a lease is in another currency. */
function isUnknown(
  { edge, currency }: LeaseShareRow,
  known: {
    readonly behind: ReadonlySet<string>;
    readonly holding: ReadonlySet<string>;
    readonly figures: LeaseFigures | undefined;
  },
): boolean {
  if (currency === null) return known.behind.has(edge) || known.holding.has(edge);
  return known.behind.has(edge) || (known.figures !== undefined && known.figures.currency !== currency);
}

/** A sheet that cannot be read signs nothing. */
async function figuresOf(database: Queries, line: LeaseShareRow): Promise<LeaseFigures | undefined> {
  const sheet = await inForceOf(database, line);
  return sheet && attempt([], () => leaseFiguresOf(sheetOnRecord(sheet.document)));
}

function sharesOf(
  rows: readonly LeaseShareRow[],
  { max, behind }: { readonly max: ThresholdShares['max']; readonly behind: ReadonlySet<string> },
): ThresholdShares {
  const edges = rows.map(({ edge, version, amount, out, used, cap }) => {
    const amounts = { amount: decimal(amount), out: decimal(out), used: decimal(used), cap: decimal(cap) };
    return [edge, { edge, version, ...amounts, isHeard: true, isBehind: behind.has(edge) }] as const;
  });
  return { max, edges: new Map(edges) };
}
