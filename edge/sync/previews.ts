import type { SealedEntry } from '@gatehouse/shared/journal/entry.ts';
import { PREVIEW_KINDS } from '@gatehouse/shared/schema/preview-kinds.ts';
import type { Journal } from '../journal/journal-types.ts';
import { createTokenBucket } from './token-bucket.ts';

/** Finds what the hub must be shown before its turn. */
export interface Previews {
  /** Looks at what became durable since the last look; `sentSeq` is what went the ordinary way. */
  look(durableSeq: number, sentSeq: number): Promise<readonly SealedEntry[]>;
}

/** Behind so many entries a kill or a fill is shown before its turn. */
export const PREVIEW_BACKLOG_MIN = 2_000;

/** How many are shown in a second; beyond it only kills and releases, since each costs the hub as much as a whole batch. */
export const PREVIEWS_PER_SECOND = 20;

/** How many of the newest entries one look reads: all that can become durable at once, so that no kill among them is passed over. */
const LOOK_ENTRIES_MAX = 20_000;
/** How much of them is read at a time. */
const PAGE = { entries: 200, bytes: 262_144 } as const;

const ALWAYS: ReadonlySet<string> = new Set(['kill', 'release']);

/**
 * Single entries that a person at the hub must see now, each to be sent as a batch of its own.
 *
 * Shape: entries of one chain cannot change places, so what is urgent is shown ahead and sent again in its turn: the hub
 *        sees that entries between are missing, shows it, counts nothing and acknowledges nothing of it.
 */
export function createPreviews(deps: {
  readonly journal: Pick<Journal, 'read'>;
  readonly monotonicMs: () => number;
}): Previews {
  const bucket = createTokenBucket(PREVIEWS_PER_SECOND, deps.monotonicMs);
  let lookedSeq: number | undefined;
  const isShown = (kind: string): boolean => {
    if (ALWAYS.has(kind)) return true;
    if (!PREVIEW_KINDS.has(kind) || bucket.waitMs() > 0) return false;
    bucket.spend(1);
    return true;
  };
  return {
    look: async (durableSeq, sentSeq) => {
      const from = Math.max((lookedSeq ?? durableSeq) + 1, durableSeq - LOOK_ENTRIES_MAX + 1);
      lookedSeq = durableSeq;
      if (durableSeq - sentSeq < PREVIEW_BACKLOG_MIN) return [];
      const shown: SealedEntry[] = [];
      for (let next = from; next <= durableSeq; ) {
        const entries = Math.min(PAGE.entries, durableSeq - next + 1);
        const found = await deps.journal.read(next, { ...PAGE, entries });
        shown.push(...found.filter(({ header }) => isShown(header.kind)));
        next = (found.at(-1)?.header.seq ?? durableSeq) + 1;
      }
      return shown;
    },
  };
}
