import { describeError } from '@gatehouse/shared/errors.ts';
import { parseBody } from '@gatehouse/shared/journal/entry.ts';
import { bodySchemas, type EntryBody, type EntryKind } from '@gatehouse/shared/schema/bodies.ts';
import { decode } from '@gatehouse/shared/schema/decode.ts';

/** The stream of the hub's own acts. */
export const HUB_STREAM = 'hub';

/** A leaf with its body, as the projections read it. */
export interface Leaf {
  readonly leaf: number;
  readonly edge: string;
  readonly kind: string;
  readonly at: string;
  readonly body: string | null;
  /** The disposal that destroyed its body; absent or null where none did. */
  readonly disposal?: string | null;
  /** Why a body that should open does not. */
  readonly fault?: string;
}

/** A leaf whose body this release can read. */
export type ReadableLeaf = EntryBody & { readonly leaf: number; readonly edge: string; readonly at: string };

/** A leaf that is kept but not projected, and why. */
export interface UnreadableLeaf {
  readonly leaf: number;
  readonly edge: string;
  readonly reason: string;
  /** Whether its body was disposed of, which is no fault. */
  readonly isDisposed?: boolean;
}

const REASON_LENGTH_MAX = 1_000;
/** The server's text holds no NUL, so a value with one cannot be projected. */
const ESCAPED_NUL = '\\u0000';

/** A leaf after the attempt to read it. */
export type ReadLeaf = ReadableLeaf | UnreadableLeaf;

/** The leaf with its body decoded, or the reason why it is set aside. */
export function readEntry({ leaf, edge, kind, at, body, disposal, fault }: Leaf): ReadLeaf {
  const unreadable = (reason: string): UnreadableLeaf => ({ leaf, edge, reason: reason.slice(0, REASON_LENGTH_MAX) });
  if (body === null && disposal) return { ...unreadable(`its body was disposed of by ${disposal}`), isDisposed: true };
  if (!isKnownKind(kind)) return unreadable(`kind ${kind} is unknown to this release`);
  if ((kind === 'act') !== (edge === HUB_STREAM)) return unreadable(`kind ${kind} does not belong into stream ${edge}`);
  if (body === null) return unreadable(fault === undefined ? 'its body is gone' : `its body: ${fault}`);
  if (body.includes(ESCAPED_NUL)) return unreadable('its body holds a NUL character');
  try {
    const decoded: unknown = decode(bodySchemas[kind], parseBody(body), kind);
    return { leaf, edge, at, kind, body: decoded } as ReadableLeaf;
  } catch (error) {
    return unreadable(describeError(error));
  }
}

/** Whether the leaf could be read. */
export function isReadable(read: ReadLeaf): read is ReadableLeaf {
  return 'kind' in read;
}

function isKnownKind(kind: string): kind is EntryKind {
  return Object.hasOwn(bodySchemas, kind);
}

/** Whether there is nothing to read, and rightly so. */
export function isDisposed(read: ReadLeaf): boolean {
  return 'isDisposed' in read && read.isDisposed === true;
}
