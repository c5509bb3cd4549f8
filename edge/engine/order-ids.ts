import { assert } from '@gatehouse/shared/errors.ts';
import { sha256 } from '@gatehouse/shared/journal/canonical.ts';

/** The place of an order in its run. */
export interface OrderPlace {
  readonly algorithm: string;
  readonly barIndex: number;
  readonly ordinal: number;
}

const ID_LENGTH_MAX = 36;
const TAG_LENGTH = 12;
const HASH_DIGITS = 8;

/**
 * Order ids that depend on nothing but run, bar, algorithm and ordinal, so that a replayed decision is recognised.
 *
 * Errors: `INVARIANT_BROKEN` where an id would be longer than every venue takes.
 */
export function createOrderIds(run: string): (place: OrderPlace) => string {
  const tags = new Map<string, string>();
  return ({ algorithm, barIndex, ordinal }) => {
    const tag = tags.get(algorithm) ?? tagOf(algorithm);
    tags.set(algorithm, tag);
    const id = `${run}-${barIndex}-${tag}-${ordinal}`;
    assert(id.length <= ID_LENGTH_MAX, `the order id ${id} is longer than ${ID_LENGTH_MAX}`);
    return id;
  };
}

/** A run of an edge over a source; without an epoch the first one. */
export interface RunPlace {
  readonly edge: string;
  readonly sourceHash: string;
  readonly number: number;
  readonly epoch?: number;
}

/**
 * The id of a run.
 *
 * Shape: differs between edges and sources, so that order ids are unique in the firm; and between epochs, since orders that were
 *        set aside with the one before may stand at the venue under its ids.
 */
export function runIdOf({ edge, sourceHash, number, epoch = 1 }: RunPlace): string {
  return `R${number}-${digest(`${edge}|${sourceHash}${epoch === 1 ? '' : `|${epoch}`}`)}`;
}

function tagOf(algorithm: string): string {
  if (algorithm.length <= TAG_LENGTH) return algorithm;
  return `${algorithm.slice(0, TAG_LENGTH - HASH_DIGITS)}${digest(algorithm)}`;
}

function digest(text: string): string {
  return sha256(text).toString('hex').slice(0, HASH_DIGITS);
}
