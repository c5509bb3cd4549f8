import { insertRows, texts } from './bulk.ts';
import type { Transaction } from './database.ts';

const positionShape = {
  account: 'text',
  instrument: 'text',
  currency: 'text',
  quantity: 'text',
  cost: 'text',
  average_cost: 'text',
  realised: 'text',
  fees: 'text',
  mark: 'text',
  mark_at: 'text',
  holding: 'jsonb',
  realised_by_lots: 'text',
  lots: 'bigint',
  leaf: 'bigint',
} as const;

const cashShape = {
  account: 'text',
  currency: 'text',
  amount: 'text',
  deposited: 'text',
  fees: 'text',
  other: 'text',
  purse: 'jsonb',
  leaf: 'bigint',
} as const;

const valuationShape = {
  account: 'text',
  day: 'text',
  at: 'text',
  currency: 'text',
  cash: 'text',
  equity: 'text',
  realised: 'text',
  unrealised: 'text',
  fees: 'text',
  leaf: 'bigint',
} as const;

/** A position as it is stored: exact decimals as text, and `holding` as the text of what the next entry goes on from. */
export interface PositionRow {
  readonly account: string;
  readonly instrument: string;
  readonly currency: string;
  readonly quantity: string;
  readonly cost: string;
  readonly average_cost: string;
  readonly realised: string;
  readonly fees: string;
  readonly mark: string | null;
  readonly mark_at: string | null;
  readonly holding: string;
  readonly realised_by_lots: string;
  readonly lots: number;
  readonly leaf: number;
}

/**
 * The cash of an account in one currency.
 *
 * Shape: `deposited` is what came in less what was withdrawn, `fees` those of executions, `other` the rest that no execution moved;
 *        `purse` is the text of what the next entry goes on from.
 */
export interface CashRow {
  readonly account: string;
  readonly currency: string;
  readonly amount: string;
  readonly deposited: string;
  readonly fees: string;
  readonly other: string;
  readonly purse: string;
  readonly leaf: number;
}

/** What an account was worth at the close of a day. */
export type ValuationRow = { readonly [Name in keyof typeof valuationShape]: Name extends 'leaf' ? number : string };

/** All that a run of entries changed about accounts. */
export interface AccountWrites {
  readonly positions: readonly PositionRow[];
  readonly cash: readonly CashRow[];
  readonly valuations: readonly ValuationRow[];
}

/** Of a position, what the next entry goes on from. */
export type KeptPosition = Pick<PositionRow, 'account' | 'instrument' | 'mark' | 'mark_at' | 'holding' | 'leaf'>;

/** Of cash, what the next entry goes on from. */
export type KeptCash = Pick<CashRow, 'account' | 'currency' | 'purse' | 'leaf'>;

/** The positions of these accounts and instruments, as pairs, as they stand. */
export function readPositions(tx: Transaction, pairs: readonly (readonly [string, string])[]): Promise<KeptPosition[]> {
  const [accounts, instruments] = columns(pairs);
  return tx<KeptPosition[]>`
    SELECT p.account, p.instrument, p.currency, p.mark, p.mark_at, p.holding::text AS holding, p.leaf FROM position p
    JOIN (SELECT DISTINCT * FROM unnest(${accounts}::text[], ${instruments}::text[]) AS u(account, instrument)) u USING (account, instrument)`;
}

/** The cash of these accounts and currencies, as pairs, as it stands. */
export function readCash(tx: Transaction, pairs: readonly (readonly [string, string])[]): Promise<KeptCash[]> {
  const [accounts, currencies] = columns(pairs);
  return tx<KeptCash[]>`
    SELECT c.account, c.currency, c.purse::text AS purse, c.leaf FROM cash c
    JOIN (SELECT DISTINCT * FROM unnest(${accounts}::text[], ${currencies}::text[]) AS u(account, currency)) u USING (account, currency)`;
}

/** Writes what a run of entries changed; the later row wins. */
export async function writeAccounts(tx: Transaction, writes: AccountWrites): Promise<void> {
  await Promise.all([
    insertRows(tx, {
      table: 'position',
      shape: positionShape,
      rows: writes.positions,
      onConflict: replaceOn(['account', 'instrument'], positionShape),
    }),
    insertRows(tx, {
      table: 'cash',
      shape: cashShape,
      rows: writes.cash,
      onConflict: replaceOn(['account', 'currency'], cashShape),
    }),
    insertRows(tx, {
      table: 'valuation',
      shape: valuationShape,
      rows: writes.valuations,
      onConflict: replaceOn(['account', 'leaf'], valuationShape),
    }),
  ]);
}

/** The clause by which a row with the same key is replaced. */
export function replaceOn(keys: readonly string[], shape: Readonly<Record<string, unknown>>): string {
  const sets = Object.keys(shape)
    .filter((name) => !keys.includes(name))
    .map((name) => `${name} = excluded.${name}`);
  return `ON CONFLICT (${keys.join(', ')}) DO UPDATE SET ${sets.join(', ')}`;
}

function columns(pairs: readonly (readonly [string, string])[]) {
  return [texts(pairs.map(([first]) => first)), texts(pairs.map(([, second]) => second))] as const;
}
