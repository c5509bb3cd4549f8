import { readFile } from 'node:fs/promises';
import { type Ack, openAck } from '@gatehouse/shared/journal/ack.ts';
import type { Verifier } from '@gatehouse/shared/journal/note.ts';
import { createKeptText } from './kept-text.ts';

/** Keeps the hub's newest signed ack in a file, so that a lost end of the journal is noticed before the hub is reached. */
export interface StoredAck {
  /** The ack of an earlier run, or undefined where there is none that the hub signed. */
  load(): Promise<Ack | undefined>;
  /** Keeps the one that reaches farthest; writes one after the other and skips what a newer one has overtaken. */
  keep(note: string, ack: Pick<Ack, 'epoch' | 'seq'>): void;
  flush(): Promise<void>;
}

/** A store in one file. Shape: only what the hub's key signed is believed. */
export function createStoredAck(path: string, hub: readonly Verifier[]): StoredAck {
  const file = createKeptText(path);
  let farthest: Pick<Ack, 'epoch' | 'seq'> = { epoch: 1, seq: 0 };

  return {
    load: async () => {
      try {
        const ack = openAck(await readFile(path, 'utf8'), hub);
        if (!isBefore(ack, farthest)) farthest = ack;
        return ack;
      } catch {
        // A file that is absent or not the hub's says nothing; the hub's own answer will.
        return undefined;
      }
    },
    keep: (note, ack) => {
      // An old ack that comes again, or a hub that was set back, must not hide a loss here.
      if (isBefore(ack, farthest)) return;
      farthest = ack;
      file.keep(note);
    },
    flush: file.flush,
  };
}

function isBefore(one: Pick<Ack, 'epoch' | 'seq'>, other: Pick<Ack, 'epoch' | 'seq'>): boolean {
  return one.epoch === other.epoch ? one.seq < other.seq : one.epoch < other.epoch;
}
