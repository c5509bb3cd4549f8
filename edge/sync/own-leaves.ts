import { KitError } from '@gatehouse/shared/errors.ts';
import type { SealedEntry } from '@gatehouse/shared/journal/entry.ts';
import { headerLeaves } from '@gatehouse/shared/journal/merkle-runs.ts';
import type { Journal } from '../journal/journal-types.ts';

/** The leaf hashes of this edge's entries: those that were just sent are at hand, others are read again. */
export interface OwnLeaves {
  sent(entries: readonly SealedEntry[]): void;
  /** After the first place up to the second; undefined where the journal no longer keeps them. */
  between(after: number, to: number): Promise<readonly Uint8Array[] | undefined>;
  /** Lets go of what was proven. */
  proven(seq: number): void;
}

/** How many are at hand. */
export const LEAVES_AT_HAND_MAX = 8_192;

const READ = { entries: 1_000, bytes: 4_194_304 } as const;

/** The leaves of a journal. Errors: those of its `read`. */
export function createOwnLeaves(journal: Pick<Journal, 'read'>): OwnLeaves {
  const atHand = new Map<number, Uint8Array>();

  async function read(after: number, to: number): Promise<readonly Uint8Array[]> {
    const leaves: Uint8Array[] = [];
    while (after + leaves.length < to) {
      const first = after + leaves.length + 1;
      const entries = Math.min(READ.entries, to - first + 1);
      const found = await journal.read(first, { ...READ, entries });
      if (found.length === 0) throw new KitError('NOT_FOUND', `entry ${first} is not in the journal`);
      leaves.push(...headerLeaves(found));
    }
    return leaves;
  }

  return {
    sent: (entries) => {
      if (atHand.size + entries.length > LEAVES_AT_HAND_MAX) atHand.clear();
      for (const [index, leaf] of headerLeaves(entries).entries()) {
        const seq = entries[index]?.header.seq;
        if (seq !== undefined) atHand.set(seq, leaf);
      }
    },
    between: async (after, to) => {
      const known = Array.from({ length: to - after }, (_, index) => atHand.get(after + index + 1));
      if (!known.includes(undefined)) return known.filter((leaf) => leaf !== undefined);
      try {
        return await read(after, to);
      } catch (error) {
        if (error instanceof KitError && error.code === 'NOT_FOUND') return undefined;
        throw error;
      }
    },
    proven: (seq) => {
      for (const place of atHand.keys()) {
        if (place > seq) return;
        atHand.delete(place);
      }
    },
  };
}
