import { KitError } from '@gatehouse/shared/errors.ts';
import { decode } from '@gatehouse/shared/schema/decode.ts';
import { DayText, Identifier } from '@gatehouse/shared/schema/fields.ts';
import { z } from 'zod';
import { newestAct } from '../../store/act-rows.ts';
import { type Database, inTransaction } from '../../store/database.ts';
import { closedKeys, lockAppends, putKeyOnRecord } from '../../store/disposal-rows.ts';
import type { HubStream } from '../hub-stream.ts';
import { makeKey } from './make-key.ts';
import type { RecordKeys } from './record-keys.ts';
import { openField, sealField, subjectKey } from './sealed-field.ts';

/** The act by which a customer is put on record. */
export const CUSTOMER_RECORDED = 'customer.recorded';

/** What is known of a customer who is a person. Shape: `subject` is an opaque id; the rest is sealed under its key. */
export const Customer = z.strictObject({
  subject: Identifier,
  name: z.string().min(1).max(500),
  birthDate: DayText,
  address: z.string().min(1).max(1_000),
});

export type Customer = z.output<typeof Customer>;

const FIELDS = ['name', 'birthDate', 'address'] as const;

/** What a customer's records need. */
export interface CustomerDeps {
  readonly database: Database;
  readonly keys: RecordKeys;
  readonly appendAct: HubStream['appendAct'];
}

/** What is on record of a customer. */
export type CustomerOnRecord =
  | { readonly state: 'recorded'; readonly leaf: number; readonly customer: Customer }
  | { readonly state: 'disposed'; readonly leaf: number; readonly disposal: string };

/**
 * Puts a customer on record, or what is known of one now; gives the leaf of the act.
 *
 * Errors: `VALUE_MALFORMED`, `STATE_CONFLICT` for a subject that was disposed of: who comes back has another id;
 *         `LEDGER_MISMATCH` where the folder of keys lacks some under which records lie.
 */
export function recordCustomer(
  { database, keys, appendAct }: CustomerDeps,
  customer: Customer,
  by: string,
): Promise<number> {
  const known = decode(Customer, customer, 'a customer');
  const name = subjectKey(known.subject);
  return inTransaction(database, async (tx) => {
    await lockAppends(tx);
    if ((await closedKeys(tx)).has(name)) {
      throw new KitError('STATE_CONFLICT', `what was known of ${known.subject} was disposed of`, {
        hint: 'Give a customer who comes back a new id.',
      });
    }
    const key = await makeKey(tx, keys, name);
    await putKeyOnRecord(tx, name);
    const after = Object.fromEntries(
      FIELDS.map((field) => [field, sealField(key, { subject: known.subject, field }, known[field])]),
    );
    const { leaf } = await appendAct(tx, { action: CUSTOMER_RECORDED, by, target: known.subject, after });
    return leaf;
  });
}

/**
 * What is on record of a customer; undefined where there is none.
 *
 * Errors: `LEDGER_MISMATCH` where it should be readable and is not.
 */
export async function readCustomer(
  { database, keys }: Pick<CustomerDeps, 'database' | 'keys'>,
  subject: string,
): Promise<CustomerOnRecord | undefined> {
  const act = await newestAct(database, CUSTOMER_RECORDED, subject);
  if (act === undefined) return undefined;
  const name = subjectKey(subject);
  const key = keys.find(name);
  const disposal = keys.destroyedBy(name)?.disposal;
  if (key === undefined && disposal !== undefined) return { state: 'disposed', leaf: act.leaf, disposal };
  const fields = FIELDS.map((field) => {
    const text = key && openField(key, { subject, field }, act.after[field] ?? '');
    if (text !== undefined) return [field, text] as const;
    throw new KitError('LEDGER_MISMATCH', `${field} of ${subject} at leaf ${act.leaf} does not open`, {
      hint: 'Its key is missing or the record was changed; put the newest copy of the folder record-keys back.',
    });
  });
  const customer = decode(Customer, { subject, ...Object.fromEntries(fields) }, 'a customer');
  return { state: 'recorded', leaf: act.leaf, customer };
}
