import type { Queries } from '../database.ts';

/** A limit sheet that an edge accepted, as the exact signed note. */
export interface SheetRow {
  readonly sheet: string;
  readonly document: string;
  readonly leaf: number;
}

/** The sheet that was accepted last; undefined before the first. */
export async function newestSheet(tx: Queries): Promise<SheetRow | undefined> {
  const [row] = await tx<SheetRow[]>`SELECT sheet, document, leaf FROM sheet ORDER BY leaf DESC LIMIT 1`;
  return row;
}
