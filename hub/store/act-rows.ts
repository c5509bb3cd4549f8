import type { ActBody } from '@gatehouse/shared/schema/bodies.ts';
import type { Queries, Transaction } from './database.ts';

/** An act of the hub with its place in the ledger. */
export interface StoredAct {
  readonly leaf: number;
  readonly at: string;
  readonly body: ActBody;
}

/** Puts an act where it can be searched, in the transaction that puts it on record. */
export async function storeAct(tx: Transaction, { leaf, at, body }: StoredAct): Promise<void> {
  const { action, by, from = null, target = null, before, after, note = null } = body;
  await tx`
    INSERT INTO hub_act (leaf, at, action, by_person, from_address, target, before, after, note)
    VALUES (${leaf}, ${at}, ${action}, ${by}, ${from}, ${target}, ${jsonOf(before)}::text::jsonb, ${jsonOf(after)}::text::jsonb, ${note})`;
}

/** What an act says, as it can be searched. */
export interface FoundAct {
  readonly leaf: number;
  readonly at: string;
  readonly after: Readonly<Record<string, string>>;
}

/** The newest act of a name about a target; undefined where there is none. */
export async function newestAct(tx: Queries, action: string, target: string): Promise<FoundAct | undefined> {
  const [row] = await tx<FoundAct[]>`
    SELECT leaf, at, coalesce(after, '{}') AS after FROM hub_act
    WHERE action = ${action} AND target = ${target} ORDER BY leaf DESC LIMIT 1`;
  return row;
}

function jsonOf(value: Readonly<Record<string, string>> | undefined): string | null {
  return value === undefined ? null : JSON.stringify(value);
}
