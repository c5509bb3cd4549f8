import { isLoosening, type SheetDifference } from '@gatehouse/compliance/sheet-difference.ts';
import { sheetOnRecord } from '@gatehouse/compliance/sheet-document.ts';
import type { Sheet } from '@gatehouse/shared/schema/sheet.ts';
import type { LimitSheetRow } from '../store/limit-rows.ts';

/** What a sheet changes, and whether one person is enough for it. */
export interface Judged extends SheetDifference {
  readonly needsChecker: boolean;
}

/**
 * Compares a sheet with the one in force and says who is needed.
 *
 * Shape:  tightening takes one person, loosening two, on paper; live takes two for everything. Without a sheet in force there is
 *         nothing to loosen: every order is refused so far, and a first sheet on paper may have one person, as at the edge.
 *         Where sheets are on record of which none could be verified, nobody knows what is in force, and two are needed.
 * Source: 17 CFR 240.15c3-5(d); RTS 6 Art. 15.
 */
export function judgeSheet(
  sheet: Sheet,
  { inForce, hasUnverified }: { readonly inForce: LimitSheetRow | undefined; readonly hasUnverified: boolean },
): Judged {
  const isLive = sheet.environment === 'live';
  if (inForce === undefined) return { isLoosening: false, changes: [], needsChecker: isLive || hasUnverified };
  const difference = isLoosening(sheetOnRecord(inForce.document), sheet);
  return { ...difference, needsChecker: isLive || difference.isLoosening };
}

/** What is wrong with the people that a sheet names; empty where nothing is. */
export function fourEyesProblems({ maker, checkers }: Sheet, { needsChecker }: Judged): readonly string[] {
  return [
    ...(checkers.includes(maker) ? [`${maker} is the maker and can never be a checker as well`] : []),
    ...(new Set(checkers).size < checkers.length ? ['a checker is named twice'] : []),
    ...(needsChecker && checkers.length === 0 ? ['it needs a second person, and names no checker'] : []),
  ];
}
