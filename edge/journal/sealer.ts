import { assert } from '@gatehouse/shared/errors.ts';
import type { JsonValue } from '@gatehouse/shared/journal/canonical.ts';
import { type ChainHead, headOf } from '@gatehouse/shared/journal/chain.ts';
import { type EntryStamp, SALT_BYTES, type SealedEntry, sealEntry } from '@gatehouse/shared/journal/entry.ts';
import type { Clock } from '@gatehouse/shared/values/clock.ts';
import { instantText } from '@gatehouse/shared/values/instant.ts';
import type { Draft, JournalNotice } from './journal-types.ts';

/** What stamps and salts entries. */
export interface SealerDeps {
  readonly clock: Clock;
  readonly random: (bytes: number) => Uint8Array;
  readonly onNotice: (notice: JournalNotice) => void;
}

/** Makes entries, one after the other, at the end of a chain. */
export interface Sealer {
  readonly head: ChainHead;
  /** Seals a group whole or not at all. Errors: those of `sealEntry`; the chain is then where it was. */
  seal(drafts: readonly Draft[]): readonly SealedEntry[];
  sealSnapshot(body: JsonValue): SealedEntry;
}

/** A sealer that goes on from a head whose last entry was made at `lastAt` (empty where there is none). */
export function createSealer(start: { readonly head: ChainHead; readonly lastAt: string }, deps: SealerDeps): Sealer {
  let head = start.head;
  let latestAt = start.lastAt;
  let behind = false;

  const watchClock = ({ at }: EntryStamp): void => {
    // Instants have one width, so their texts compare as they do.
    const isBehind = at < latestAt;
    if (isBehind && !behind) deps.onNotice(clockBehind(at, latestAt));
    behind = isBehind;
    if (!isBehind) latestAt = at;
  };

  const sealAll = (drafts: readonly Draft[]): readonly SealedEntry[] => {
    // A group happens at one time, and one call for all its salts is several times faster.
    const stamp = stampOf(deps.clock);
    const salts = deps.random(SALT_BYTES * drafts.length);
    let next = head;
    const entries = drafts.map(({ kind, body }, index) => {
      const salt = salts.subarray(index * SALT_BYTES, (index + 1) * SALT_BYTES);
      const entry = sealEntry({ head: next, at: stamp, kind, body, salt });
      next = headOf(entry);
      return entry;
    });
    head = next;
    if (entries.length > 0) watchClock(stamp);
    return entries;
  };

  return {
    get head() {
      return head;
    },
    seal: sealAll,
    sealSnapshot: (body) => {
      const [entry] = sealAll([{ kind: 'snapshot', body }]);
      assert(entry !== undefined, 'one draft gives one entry');
      return entry;
    },
  };
}

function stampOf(clock: Clock): EntryStamp {
  const { at, source, offsetNs, uncertaintyNs } = clock.reading();
  return { at: instantText(at), clock: { source, offsetNs: `${offsetNs}`, uncertaintyNs: `${uncertaintyNs}` } };
}

function clockBehind(at: string, latestAt: string): JournalNotice {
  return {
    code: 'CLOCK_BEHIND',
    message: `the clock shows ${at}, an earlier entry was made at ${latestAt}`,
    hint: 'Check the time source; entries keep their true readings and their order is by seq.',
  };
}
