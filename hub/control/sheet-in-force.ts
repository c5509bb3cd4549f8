import { sheetOnRecord } from '@gatehouse/compliance/sheet-document.ts';
import type { Database } from '../store/database.ts';
import { newestSheet } from '../store/pages/sheets.ts';
import type { SheetInForce } from './control-pages.ts';

/** The sheet that an edge accepted last, as the ledger has it. Shape: undefined before any edge has sent one. */
export async function sheetInForce(database: Database): Promise<SheetInForce | undefined> {
  const row = await newestSheet(database);
  return row === undefined ? undefined : { sheet: sheetOnRecord(row.document), hash: row.sheet };
}
