import type { Queries } from './database.ts';

/** What the projections say is held. Units: signed, in units of the instrument. */
export interface HeldRow {
  readonly account: string;
  readonly instrument: string;
  readonly quantity: string;
}

/** Every position of the projections. */
export function readHeld(tx: Queries): Promise<HeldRow[]> {
  return tx<HeldRow[]>`SELECT account, instrument, quantity FROM position ORDER BY account, instrument`;
}

/** Whether the projections have read the whole ledger. */
export async function areProjectionsWhole(tx: Queries): Promise<boolean> {
  const [row] = await tx<{ isWhole: boolean }[]>`
    SELECT (SELECT next_leaf FROM projection_head) = (SELECT size FROM ledger_head) AS "isWhole"`;
  return row?.isWhole ?? false;
}
