import { KitError } from '../errors.ts';
import { hasForm, isCountFrom, isRecord, unknownKeys } from './forms.ts';
import type { Signer, Verifier } from './note.ts';
import { openDocument, signDocument } from './typed-note.ts';

/**
 * An edge asks for its own entries back, from a place on. Shape: those of the newest epoch that the hub knows, or of the one that
 * is named.
 */
export interface FetchRequest {
  readonly edge: string;
  readonly from: number;
  readonly epoch?: number | undefined;
}

const TYPE = 'gatehouse/fetch/v1';

/** The signed note of a request. */
export function signFetch(signer: Signer, { edge, from, epoch }: FetchRequest): string {
  return signDocument(signer, TYPE, { edge, from, ...(epoch === undefined ? {} : { epoch }) });
}

/** Whether bytes of an uplink are a request and no batch; who signed it is another question. */
export function isFetch(bytes: Uint8Array): boolean {
  const start = Buffer.from(`${TYPE}\n`);
  return Buffer.compare(bytes.subarray(0, start.length), start) === 0;
}

/** The request that a note signs. Errors: as `openDocument`; `MESSAGE_MALFORMED` where it has not its form. */
export function openFetch(note: string, verifiers: readonly Verifier[]): FetchRequest {
  const { value } = openDocument(note, TYPE, verifiers);
  if (isRequest(value)) return value;
  throw new KitError('MESSAGE_MALFORMED', 'a request for entries without its form');
}

function isRequest(value: unknown): value is FetchRequest {
  if (!isRecord(value) || unknownKeys(value, ['edge', 'epoch', 'from']).length > 0) return false;
  if (value['epoch'] !== undefined && !isCountFrom(value['epoch'], 1)) return false;
  return hasForm(value['edge'], 'edge') && isCountFrom(value['from'], 1);
}
