import type { Difference } from '@gatehouse/shared/accounts/reconcile/records.ts';
import { visible } from '@gatehouse/shared/governance/document-words.ts';

/** What differs, as a table for a terminal. Shape: empty where nothing does. */
export function differenceTable(differences: readonly Difference[]): string {
  if (differences.length === 0) return '';
  const heads = ['BREAK', 'WHAT', 'BETWEEN', 'OURS', 'THEIRS', 'PERHAPS'];
  const rows = differences.map(({ id, subject, key, between, ours, theirs, cause }) => [
    id,
    `${subject} ${key}`,
    between.join('/'),
    ours,
    theirs,
    cause,
  ]);
  return tableText([heads, ...rows]);
}

/** Rows as columns of their widest cell. Shape: what others wrote is shown so that it can do nothing to a terminal. */
export function tableText(rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map(visible));
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ');
  return cells.map((row) => `${line(row).trimEnd()}\n`).join('');
}
