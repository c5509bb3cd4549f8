import { describeError } from '@gatehouse/shared/errors.ts';
import { follows, genesis, headOf, nextEpoch } from '@gatehouse/shared/journal/chain.ts';
import { type ChainHead, type EntryHeader, entryHash, parseHeader } from '@gatehouse/shared/journal/entry.ts';

/** What is wrong with an entry of a log, in words. */
export interface HeaderFault {
  readonly code: 'header-damaged' | 'chain-broken';
  readonly message: string;
}

/** Checks entries of all streams in the order of the log; one head a stream is all that is kept. */
export interface HeaderCheck {
  /** What is wrong with the next entry; undefined where nothing is. */
  next(bytes: Uint8Array): HeaderFault | undefined;
  /** Forgets where the streams stood: the entries that follow may be of any place. */
  forget(): void;
  streams(): number;
}

/**
 * Checks headers without their bodies.
 *
 * Shape: an epoch may only continue from the end of the one before; that two people opened it stands in a body. Checked from
 *        the middle of a log on, a stream's first entry is taken as it is.
 */
export function headerCheck({ isFromStart }: { readonly isFromStart: boolean }): HeaderCheck {
  const heads = new Map<string, ChainHead>();
  let isWhole = isFromStart;
  return {
    next(bytes) {
      const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
      const header = readHeader(text);
      if (typeof header === 'string') return { code: 'header-damaged', message: header };
      const before = heads.get(header.edge) ?? (isWhole ? genesis(header.edge) : undefined);
      heads.set(header.edge, headOf({ header, headerText: text, hash: entryHash(text) }));
      const fault = before === undefined ? undefined : chainFault(before, header);
      if (fault === undefined) return undefined;
      return { code: 'chain-broken', message: `${header.edge} ${header.epoch}/${header.seq}: ${fault}` };
    },
    forget() {
      heads.clear();
      isWhole = false;
    },
    streams: () => heads.size,
  };
}

function readHeader(text: string): EntryHeader | string {
  try {
    return parseHeader(text);
  } catch (error) {
    return describeError(error);
  }
}

function chainFault(head: ChainHead, header: EntryHeader): string | undefined {
  return follows(header.epoch === head.epoch + 1 ? nextEpoch(head) : head, header);
}
