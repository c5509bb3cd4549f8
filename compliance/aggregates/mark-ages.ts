import type { Cell, ScopeState } from './holding-state.ts';

// The cells of a scope in a list by the age of their marks: a new mark is nearly always the newest, so that it moves to the end
// in one step, and the oldest is at hand without a search.

/** Puts a cell that holds or has open something where its mark belongs. Shape: also for one that is in the list already. */
export function listMark(cell: Cell): void {
  const { scope, instrument } = cell;
  const { markAt } = instrument;
  unlistMark(cell);
  if (markAt === undefined) {
    scope.unmarked += 1;
    cell.isListed = true;
    return;
  }
  let before = scope.newest;
  while (before !== undefined && before.listedAt > markAt) before = before.older;
  const after = before === undefined ? scope.oldest : before.newer;
  link(scope, before, cell);
  link(scope, cell, after);
  cell.listedAt = markAt;
  cell.isListed = true;
}

/** Takes a cell out of the list. Shape: its mark may be new, but is not gone, since it was put in. */
export function unlistMark(cell: Cell): void {
  if (!cell.isListed) return;
  const { scope, older, newer } = cell;
  const isLinked = older !== undefined || newer !== undefined || scope.oldest === cell;
  if (isLinked) link(scope, older, newer);
  else scope.unmarked -= 1;
  cell.older = undefined;
  cell.newer = undefined;
  cell.isListed = false;
}

function link(scope: ScopeState, older: Cell | undefined, newer: Cell | undefined): void {
  if (older === undefined) scope.oldest = newer;
  else older.newer = newer;
  if (newer === undefined) scope.newest = older;
  else newer.older = older;
}
