import type { Sheet } from '@gatehouse/shared/schema/sheet.ts';

/** The name of the figure by which a sheet says how far back a control looks. */
const WINDOW_FIGURE = 'windowMs';

/** How far back recent orders must be known for every control of a sheet. Units: milliseconds of market time. */
export function recentWindowMs(sheet: Sheet): number {
  const windows = sheet.controls.flatMap((line) =>
    'on' in line ? line.on.map(({ figures }) => Number(figures[WINDOW_FIGURE] ?? 0)) : [],
  );
  return Math.max(0, ...windows.filter(Number.isSafeInteger));
}
