import { KitError } from '@gatehouse/shared/errors.ts';
import type { Queries } from '../../store/database.ts';
import { openKeysOnRecord } from '../../store/disposal-rows.ts';
import type { RecordKeys } from './record-keys.ts';

/**
 * The key of a name, made where neither the folder nor the database knows it.
 *
 * Shape:  a folder that lacks any key under which records lie is an old copy, or not the folder of this database, and takes no new one:
 *         that would go when the right folder is put back.
 * Errors: `LEDGER_MISMATCH` for such a folder, `STATE_CONFLICT` for a name that was destroyed.
 */
export async function makeKey(tx: Queries, keys: RecordKeys, name: string): Promise<Uint8Array> {
  const known = keys.find(name);
  if (known !== undefined) return known;
  const [first, ...others] = (await openKeysOnRecord(tx)).filter(
    (one) => keys.find(one) === undefined && keys.destroyedBy(one) === undefined,
  );
  if (first === undefined) return keys.make(name);
  const more = others.length === 0 ? '' : `; ${others.length} more are missing`;
  throw new KitError('LEDGER_MISMATCH', `the record key ${first} is missing, and records lie under it${more}`, {
    hint: 'Put the newest copy of the folder record-keys back; every hub of a database has to use the same one.',
  });
}
