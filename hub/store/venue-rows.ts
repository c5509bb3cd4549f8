import { insertRows } from './bulk.ts';
import type { Transaction } from './database.ts';

const termsShape = {
  leaf: 'bigint',
  edge: 'text',
  connector: 'text',
  title: 'text',
  environment: 'text',
  account: 'text',
  venues: 'jsonb',
  capabilities: 'jsonb',
  exemptions: 'jsonb',
  fill_rules: 'jsonb',
  at: 'text',
} as const;

const runStartShape = { leaf: 'bigint', edge: 'text', run_id: 'text' } as const;

type Row<Shape> = { readonly [Name in keyof Shape]: Shape[Name] extends 'bigint' ? number : string };

/** What an edge said that it trades through. Shape: lists are JSON texts; `account` is null where none is needed. */
export type VenueTermsRow = Row<Omit<typeof termsShape, 'account'>> & { readonly account: string | null };
/** The moment in the ledger when a run began or went on. */
export type RunStartRow = Row<typeof runStartShape>;

/** All that a run of entries says about venues. */
export interface VenueWrites {
  readonly terms: readonly VenueTermsRow[];
  readonly runStarts: readonly RunStartRow[];
}

/** Writes what a run of entries says; every row is new. */
export async function writeVenues(tx: Transaction, { terms, runStarts }: VenueWrites): Promise<void> {
  await Promise.all([
    insertRows(tx, { table: 'venue_terms', shape: termsShape, rows: terms }),
    insertRows(tx, { table: 'run_start', shape: runStartShape, rows: runStarts }),
  ]);
}
