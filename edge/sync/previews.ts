import type { SealedEntry } from '@gatehouse/shared/journal/entry.ts';
import { PREVIEW_KINDS } from '@gatehouse/shared/schema/preview-kinds.ts';
import type { Journal } from '../journal/journal-types.ts';
import { createTokenBucket } from './token-bucket.ts';

/** Finds what the hub must be shown before its turn. */
export interface Previews {
  /** Looks at what became durable since the last look; `sentSeq` is what went the ordinary way. */
  look(durableSeq: number, sentSeq: number): Promise<readonly SealedEntry[]>;
  /** What must be shown after the hub was away: every kill and release that it does not have and that would not come soon by itself. */
  again(ackedSeq: number, durableSeq: number): Promise<readonly SealedEntry[]>;
}

/** Behind so many entries a kill or a fill is shown before its turn. */
export const PREVIEW_BACKLOG_MIN = 2_000;

/** How many are shown in a second; beyond it only kills and releases, since each costs the hub as much as a whole batch. */
export const PREVIEWS_PER_SECOND = 20;

/** How many of the newest entries one look reads: all that can become durable at once, so that no kill among them is passed over. */
const LOOK_ENTRIES_MAX = 20_000;
/** How much of them is read at a time. */
const PAGE = { entries: 200, bytes: 262_144 } as const;

/** So many kills and releases are remembered for a hub that is away; of more the newest. */
export const URGENT_MAX = 200;

const ALWAYS: ReadonlySet<string> = new Set(['kill', 'release']);

/**
 * Single entries that a person at the hub must see now, each to be sent as a batch of its own.
 *
 * Shape: entries of one chain cannot change places, so what is urgent is shown ahead and sent again in its turn: the hub
 *        sees that entries between are missing, shows it, counts nothing and acknowledges nothing of it. A kill or release is shown with
 *        each connection until it was acknowledged: what the last one took with it, nobody knows.
 */
export function createPreviews(deps: {
  readonly journal: Pick<Journal, 'read'>;
  readonly monotonicMs: () => number;
}): Previews {
  const bucket = createTokenBucket(PREVIEWS_PER_SECOND, deps.monotonicMs);
  let lookedSeq: number | undefined;
  let urgent: number[] = [];
  let isStartSeen = false;
  const isShown = (kind: string): boolean => {
    if (ALWAYS.has(kind)) return true;
    if (!PREVIEW_KINDS.has(kind) || bucket.waitMs() > 0) return false;
    bucket.spend(1);
    return true;
  };
  async function* pages(from: number, to: number): AsyncGenerator<readonly SealedEntry[]> {
    for (let next = from; next <= to; ) {
      const entries = Math.min(PAGE.entries, to - next + 1);
      const found = await deps.journal.read(next, { ...PAGE, entries });
      yield found;
      next = (found.at(-1)?.header.seq ?? to) + 1;
    }
  }
  function remember(entries: readonly SealedEntry[]): void {
    const seqs = entries.flatMap(({ header }) => (ALWAYS.has(header.kind) ? [header.seq] : []));
    if (seqs.length > 0) urgent = [...new Set([...urgent, ...seqs])].toSorted((a, b) => a - b).slice(-URGENT_MAX);
  }

  return {
    look: async (durableSeq, sentSeq) => {
      const from = Math.max((lookedSeq ?? durableSeq) + 1, durableSeq - LOOK_ENTRIES_MAX + 1);
      lookedSeq = durableSeq;
      if (durableSeq - sentSeq < PREVIEW_BACKLOG_MIN) return [];
      const shown: SealedEntry[] = [];
      for await (const found of pages(from, durableSeq)) {
        remember(found);
        shown.push(...found.filter(({ header }) => isShown(header.kind)));
      }
      return shown;
    },
    again: async (ackedSeq, durableSeq) => {
      const isLate = (seq: number): boolean => seq - ackedSeq > PREVIEW_BACKLOG_MIN;
      if (!isStartSeen && isLate(durableSeq)) {
        // What was written before this process began was never looked at.
        for await (const found of pages(Math.max(ackedSeq + 1, durableSeq - LOOK_ENTRIES_MAX + 1), durableSeq))
          remember(found);
      }
      isStartSeen = true;
      urgent = urgent.filter((seq) => seq > ackedSeq);
      const shown: SealedEntry[] = [];
      for (const seq of urgent.filter(isLate)) shown.push(...(await deps.journal.read(seq, { ...PAGE, entries: 1 })));
      return shown;
    },
  };
}
