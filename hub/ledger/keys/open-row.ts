import type { RecordKeys } from './record-keys.ts';
import { bodyOpener } from './sealed-body.ts';

/**
 * Opens the body in a row that a query gives, in place; every query of the hub's database comes through here.
 *
 * Shape: a row that was read by `bodyColumns` leaves with `salt` and `body`, or with neither and the id of its `disposal`, or with a
 *        `fault` that says why a body that should open does not. Other rows stay as they are.
 */
export type RowOpener = (row: Record<string, unknown>) => Record<string, unknown>;

/** Opens rows by the keys of a folder. */
export function rowOpener(keys: Pick<RecordKeys, 'find' | 'destroyedBy'>): RowOpener {
  const open = bodyOpener();
  return (row) => {
    const { sealed, recordKey, header } = row;
    if (!(sealed instanceof Uint8Array) || typeof recordKey !== 'string' || typeof header !== 'string') return row;
    row['sealed'] = null;
    const key = keys.find(recordKey);
    if (key === undefined) {
      const disposal = keys.destroyedBy(recordKey)?.disposal;
      const isForgotten = disposal !== undefined;
      return Object.assign(row, isForgotten ? { disposal, isForgotten } : { fault: `its key ${recordKey} is missing` });
    }
    const opened = open(key, sealed, header);
    if (opened !== undefined) return Object.assign(row, opened, { isChecked: true });
    return Object.assign(row, { fault: `it does not open by its key ${recordKey}` });
  };
}
