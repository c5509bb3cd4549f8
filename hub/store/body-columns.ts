import type { Queries } from './database.ts';

/**
 * What a reader selects of a body `b` of a leaf `l`, for whoever opens rows.
 *
 * Shape: the row leaves the driver with `salt` and `body`, or with `disposal` or `fault` in their place.
 */
export function bodyColumns(tx: Queries) {
  return tx`l.hash, l.header, b.salt, b.body, b.sealed, b.record_key AS "recordKey", b.disposal`;
}

/** A body as its reader gets it. */
export interface OpenedBody {
  /** Null where it was disposed of, is missing, or does not open. */
  readonly salt: Uint8Array | null;
  readonly body: string | null;
  /** The disposal that destroyed it; absent or null where none did. */
  readonly disposal?: string | null;
  /** Whether the list beside the keys alone says so: the database is from before the disposal, and its bytes open no more. */
  readonly isForgotten?: boolean;
  /** Whether whoever opened it has compared it with the hash in its header already. */
  readonly isChecked?: boolean;
  /** Why a body that should open does not. */
  readonly fault?: string;
}
