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

const SALTS_A_CALL = 64;

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
  let salts: Uint8Array = new Uint8Array(0);

  // One call for many salts is several times faster than one for each.
  const nextSalt = (): Uint8Array => {
    if (salts.length === 0) salts = deps.random(SALT_BYTES * SALTS_A_CALL);
    const salt = salts.subarray(0, SALT_BYTES);
    salts = salts.subarray(SALT_BYTES);
    return salt;
  };

  const watchClock = ({ at }: EntryStamp): void => {
    // Instants have one width, so their texts compare as they do.
    const isBehind = at < latestAt;
    if (isBehind && !behind) deps.onNotice(clockBehind(at, latestAt));
    behind = isBehind;
    if (!isBehind) latestAt = at;
  };

  const sealAll = (drafts: readonly Draft[]): readonly SealedEntry[] => {
    // A group happens at one time.
    const stamp = stampOf(deps.clock);
    let next = head;
    const entries = drafts.map(({ kind, body }) => {
      const entry = sealEntry({ head: next, at: stamp, kind, body, salt: nextSalt() });
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
