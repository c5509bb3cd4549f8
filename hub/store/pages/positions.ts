import type { Database } from '../database.ts';
import type { FilterValues } from './paging.ts';

/** What an account holds of an instrument, by both methods. Units: amounts in `currency`; `quantity` is signed. */
export interface PositionRow {
  readonly account: string;
  readonly instrument: string;
  readonly currency: string;
  readonly quantity: string;
  readonly averageCost: string;
  readonly realised: string;
  readonly realisedByLots: string;
  readonly lots: number;
  readonly fees: string;
  readonly mark: string | null;
  readonly markAt: string | null;
  readonly leaf: number;
}

/** The money of an account. Units: amounts in `currency`. */
export interface CashRow {
  readonly account: string;
  readonly currency: string;
  readonly amount: string;
  /** What came in less what was withdrawn. */
  readonly deposited: string;
  /** Of executions, whatever currency their price was in. */
  readonly fees: string;
  /** Dividends, funding, interest and whatever else moved, adjustments among it. */
  readonly other: string;
  readonly leaf: number;
}

/** Positions by account and instrument; flat ones only where the filter asks for all. */
export function listPositions(database: Database, filter: FilterValues, limit: number): Promise<PositionRow[]> {
  const { account, instrument, holding } = filter;
  const sql = database;
  return sql<PositionRow[]>`
    SELECT account, instrument, currency, quantity, average_cost AS "averageCost", realised,
      realised_by_lots AS "realisedByLots", lots, fees, mark,
      mark_at AS "markAt", leaf
    FROM position WHERE true
      ${account === undefined ? sql`` : sql`AND account = ${account}`}
      ${instrument === undefined ? sql`` : sql`AND instrument = ${instrument}`}
      ${holding === 'open' ? sql`AND quantity::numeric <> 0` : sql``}
    ORDER BY account, instrument LIMIT ${limit}`;
}

/** The money of each account. */
export function listCash(database: Database, limit: number): Promise<CashRow[]> {
  return database<CashRow[]>`
    SELECT account, currency, amount, deposited, fees, other, leaf FROM cash ORDER BY account, currency LIMIT ${limit}`;
}
