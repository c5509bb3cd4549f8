import { SALT_BYTES } from '@gatehouse/shared/journal/entry.ts';
import type { RecordKeys } from './record-keys.ts';
import { unseal } from './wrapped-key.ts';

/**
 * Opens the body in a row that a query gives, in place; every query of the hub's database comes through here.
 *
 * Shape: a row that was read by `bodyColumns` leaves with `salt` and `body`, or with neither and the id of its `disposal`, or with a
 *        `fault` that says why a body that should open does not. Other rows stay as they are.
 */
export type RowOpener = (row: Record<string, unknown>) => Record<string, unknown>;

/** Opens rows by the keys of a folder. */
export function rowOpener(keys: Pick<RecordKeys, 'find' | 'destroyedBy'>): RowOpener {
  return (row) => {
    const { sealed, recordKey, hash } = row;
    if (!(sealed instanceof Uint8Array) || typeof recordKey !== 'string' || typeof hash !== 'string') return row;
    row['sealed'] = null;
    const key = keys.find(recordKey);
    if (key === undefined) {
      const disposal = keys.destroyedBy(recordKey)?.disposal;
      return Object.assign(row, disposal === undefined ? { fault: `its key ${recordKey} is missing` } : { disposal });
    }
    const plain = unseal(key, sealed, Buffer.from(hash, 'hex'));
    if (plain === undefined || plain.length <= SALT_BYTES) {
      return Object.assign(row, { fault: `it does not open by its key ${recordKey}` });
    }
    row['salt'] = plain.subarray(0, SALT_BYTES);
    row['body'] = plain.toString('utf8', SALT_BYTES);
    return row;
  };
}
