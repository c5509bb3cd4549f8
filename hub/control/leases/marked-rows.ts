import { LEASED_THRESHOLD, type LeaseFigures } from '@gatehouse/compliance/lease-figures.ts';
import { toText } from '@gatehouse/shared/values/decimal.ts';
import type { LeaseShareRow } from '../../store/lease-rows.ts';
import type { LimitLine } from '../../store/limit-rows.ts';
import { type LeaseMark, markName } from './lease-mark.ts';

/** A row as it is to be read beside the marks. Shape: `isReplaced` where a mark in another currency took the place of its amounts. */
export interface MarkedRow extends LeaseShareRow {
  readonly isReplaced: boolean;
}

/** Stands for a currency that nobody wrote down. Source: ISO 4217, "no currency". */
export const UNKNOWN_CURRENCY = 'XXX';

/**
 * The rows of a line, fit to be compared with the marks beside the database.
 *
 * Shape: amounts in different currencies are never compared as numbers. A newer mark in another currency than the row, or in none that
 *        is known, takes the place of the amounts, and then the edge counts as one that has not said what it uses.
 */
export function markedRows(
  rows: readonly LeaseShareRow[],
  place: {
    readonly line: LimitLine;
    readonly figures: LeaseFigures | undefined;
    readonly marks: ReadonlyMap<string, LeaseMark>;
  },
): readonly MarkedRow[] {
  const { legalEntity, environment } = place.line;
  const own = rows.filter((row) => row.legalEntity === legalEntity && row.environment === environment);
  const byEdge = new Map(own.filter(({ threshold }) => threshold === LEASED_THRESHOLD).map((row) => [row.edge, row]));
  const start = markName([legalEntity, environment, LEASED_THRESHOLD, '']);
  for (const name of place.marks.keys()) {
    if (!name.startsWith(start)) continue;
    const edge = name.slice(start.length);
    if (!byEdge.has(edge)) byEdge.set(edge, nothingOf(place.line, edge));
  }
  return [...byEdge.values()].map((row) => withMark(row, place.marks.get(`${start}${row.edge}`), place.figures));
}

function withMark(row: LeaseShareRow, mark: LeaseMark | undefined, figures: LeaseFigures | undefined): MarkedRow {
  if (mark === undefined || row.version >= mark.version) return { ...row, isReplaced: false };
  const { version, currency } = mark;
  const isSame = currency !== undefined && (row.currency === currency || isSilentIn(row, figures, currency));
  if (isSame) return { ...row, isReplaced: false };
  const out = toText(mark.out);
  // What the edge used was said in a currency that is over: in that of the sheet it has said nothing yet.
  const silent = currency !== undefined && currency === figures?.currency;
  return {
    ...row,
    version,
    ...{ amount: out, out, used: '0', isReplaced: true },
    currency: silent ? null : (currency ?? UNKNOWN_CURRENCY),
  };
}

/** An edge that never said what it uses has its leases in the currency of the sheet. */
function isSilentIn(row: LeaseShareRow, figures: LeaseFigures | undefined, currency: string): boolean {
  return row.currency === null && figures?.currency === currency;
}

function nothingOf({ legalEntity, environment }: LimitLine, edge: string): LeaseShareRow {
  const nothing = { version: 0, amount: '0', out: '0', used: '0', cap: '0', currency: null };
  return { legalEntity, environment, threshold: LEASED_THRESHOLD, edge, ...nothing };
}
