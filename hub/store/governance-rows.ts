import { replaceOn } from './account-rows.ts';
import { insertRows, texts } from './bulk.ts';
import type { Transaction } from './database.ts';

const ticketShape = {
  edge: 'text',
  ticket: 'text',
  document: 'text',
  leaf: 'bigint',
  order_id: 'text',
  used_leaf: 'bigint',
} as const;

const trustShape = { edge: 'text', version: 'bigint', hash: 'text', document: 'text', leaf: 'bigint' } as const;

const factsFileShape = { hash: 'text', kind: 'text', as_of: 'text', source: 'text', leaf: 'bigint' } as const;

const factsInUseShape = { leaf: 'bigint', edge: 'text', kind: 'text', hash: 'text', files: 'text' } as const;

const instrumentShape = {
  edge: 'text',
  instrument: 'text',
  title: 'text',
  currency: 'text',
  asset_class: 'text',
  sector: 'text',
  multiplier: 'text',
  leaf: 'bigint',
} as const;

type Row<Shape> = { readonly [Name in keyof Shape]: Shape[Name] extends 'bigint' ? number : string };

/** A signed permission for one order. Shape: `order_id` names the order that used it up. */
export interface TicketRow {
  readonly edge: string;
  readonly ticket: string;
  readonly document: string;
  readonly leaf: number;
  readonly order_id: string | null;
  readonly used_leaf: number | null;
}

/** A version of who may sign what, as an edge accepted it. */
export type TrustRow = Row<typeof trustShape>;
/** A dated file by the hash of its text. */
export type FactsFileRow = Row<typeof factsFileShape>;
/** From which leaf on an edge used a dated file. */
export type FactsInUseRow = Row<typeof factsInUseShape>;
/** An instrument as the newest file of an edge has it. */
export type InstrumentRow = Row<typeof instrumentShape>;

/** All that a run of entries changed about permissions and dated files. Shape: the registries given take the place of whole ones. */
export interface GovernanceWrites {
  readonly tickets: readonly TicketRow[];
  readonly trust: readonly TrustRow[];
  readonly factsFiles: readonly FactsFileRow[];
  readonly factsInUse: readonly FactsInUseRow[];
  readonly registries: ReadonlyMap<string, ReadonlyMap<string, InstrumentRow>>;
}

type Pairs = readonly (readonly [string, string])[];

/** The tickets of these edges and ids, as pairs, as they stand. */
export function readTickets(tx: Transaction, pairs: Pairs): Promise<TicketRow[]> {
  const [edges, tickets] = columns(pairs);
  return tx<TicketRow[]>`
    SELECT t.* FROM override_ticket t
    JOIN (SELECT DISTINCT * FROM unnest(${edges}::text[], ${tickets}::text[]) AS u(edge, ticket)) u USING (edge, ticket)`;
}

/** Every version of trust that these edges accepted, oldest first. */
export function readTrust(tx: Transaction, edges: readonly string[]): Promise<TrustRow[]> {
  return tx<TrustRow[]>`
    SELECT edge, version, hash, document, leaf FROM trust_version WHERE edge = ANY(${texts(edges)}::text[]) ORDER BY version`;
}

/** The instruments of these edges and ids, as pairs, as the newest file of each edge has them. */
export function readInstruments(tx: Transaction, pairs: Pairs): Promise<InstrumentRow[]> {
  const [edges, instruments] = columns(pairs);
  return tx<InstrumentRow[]>`
    SELECT i.* FROM instrument i
    JOIN (SELECT DISTINCT * FROM unnest(${edges}::text[], ${instruments}::text[]) AS u(edge, instrument)) u USING (edge, instrument)`;
}

/** Writes what a run of entries changed; a document that is named by its hash stays the first one. */
export async function writeGovernance(tx: Transaction, writes: GovernanceWrites): Promise<void> {
  const { tickets, trust, factsFiles, factsInUse, registries } = writes;
  const ofTicket = replaceOn(['edge', 'ticket'], ticketShape);
  const first = 'ON CONFLICT DO NOTHING';
  await Promise.all([
    insertRows(tx, { table: 'override_ticket', shape: ticketShape, rows: tickets, onConflict: ofTicket }),
    insertRows(tx, { table: 'trust_version', shape: trustShape, rows: trust, onConflict: first }),
    insertRows(tx, { table: 'facts_file', shape: factsFileShape, rows: factsFiles, onConflict: first }),
    insertRows(tx, { table: 'facts_in_use', shape: factsInUseShape, rows: factsInUse }),
    writeRegistries(tx, registries),
  ]);
}

async function writeRegistries(tx: Transaction, registries: GovernanceWrites['registries']): Promise<void> {
  if (registries.size === 0) return;
  await tx`DELETE FROM instrument WHERE edge = ANY(${texts([...registries.keys()])}::text[])`;
  const rows = [...registries.values()].flatMap((instruments) => [...instruments.values()]);
  await insertRows(tx, { table: 'instrument', shape: instrumentShape, rows });
}

function columns(pairs: Pairs) {
  return [texts(pairs.map(([first]) => first)), texts(pairs.map(([, second]) => second))] as const;
}
