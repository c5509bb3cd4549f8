import { sha256 } from '@gatehouse/shared/journal/canonical.ts';

const ID_LENGTH_MAX = 36;
const HASH_DIGITS = 16;

/**
 * The id of an order that the desk makes out of another.
 *
 * Shape: `seq` is the place in the journal that the order gets, which never comes twice.
 */
export function derivedOrderId(from: string, seq: number): string {
  const id = `${from}.${seq}`;
  return id.length <= ID_LENGTH_MAX ? id : `D${sha256(from).toString('hex').slice(0, HASH_DIGITS)}.${seq}`;
}
