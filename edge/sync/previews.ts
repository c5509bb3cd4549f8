import { encodeBatch } from '@gatehouse/shared/journal/batch.ts';
import { headOf } from '@gatehouse/shared/journal/chain.ts';
import { signHead } from '@gatehouse/shared/journal/head-note.ts';
import type { Signer } from '@gatehouse/shared/journal/note.ts';
import { PREVIEW_KINDS } from '@gatehouse/shared/schema/preview-kinds.ts';
import type { Journal } from '../journal/journal-types.ts';

/** Shows the hub what cannot wait for a long backlog. */
export interface Previews {
  /** Looks at what became durable since the last look; `sentSeq` is what went the ordinary way. */
  look(durableSeq: number, sentSeq: number): Promise<readonly Buffer[]>;
}

/** Behind so many entries a kill or a fill is shown before its turn. */
export const PREVIEW_BACKLOG_MIN = 2_000;

/** How many of the newest entries one look reads. */
const LOOK_ENTRIES_MAX = 200;
const LOOK_BYTES_MAX = 262_144;

/**
 * Single entries that a person at the hub must see now, each as a batch of its own.
 *
 * Shape: entries of one chain cannot change places, so what is urgent is shown ahead and sent again in its turn: the hub
 *        sees that entries between are missing, shows it, counts nothing and acknowledges nothing of it.
 */
export function createPreviews(journal: Pick<Journal, 'read'>, signer: Signer): Previews {
  let lookedSeq: number | undefined;
  return {
    look: async (durableSeq, sentSeq) => {
      const from = Math.max((lookedSeq ?? durableSeq) + 1, durableSeq - LOOK_ENTRIES_MAX + 1);
      lookedSeq = durableSeq;
      if (durableSeq - sentSeq < PREVIEW_BACKLOG_MIN || from > durableSeq) return [];
      const entries = await journal.read(from, { entries: LOOK_ENTRIES_MAX, bytes: LOOK_BYTES_MAX });
      const urgent = entries.filter(({ header }) => PREVIEW_KINDS.has(header.kind));
      return urgent.map((entry) => encodeBatch([entry], signHead(signer, headOf(entry))));
    },
  };
}
