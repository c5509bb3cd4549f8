import type { SealedEntry } from '@gatehouse/shared/journal/entry.ts';
import { type AppendMessage, packEntries } from './messages.ts';

/** How long entries that nobody waits for may linger, and how many of them. */
export interface LingerBounds {
  readonly lingerMs: number;
  readonly lingerEntriesMax: number;
}

/**
 * Entries on their way to the thread that stores them.
 *
 * Shape: what nobody waits for stays here for a moment, so that it shares one message and one commit with what follows; otherwise an
 *        order would wait for the sync of the order before it. Many at once are better stored while the next order is judged.
 */
export interface Outgoing {
  add(entries: readonly SealedEntry[]): void;
  /** Posts what is here, now. */
  send(): void;
}

/** Nothing waits at first. */
export function createOutgoing(post: (message: AppendMessage) => void, bounds: LingerBounds): Outgoing {
  let waiting: SealedEntry[] = [];
  let timer: NodeJS.Timeout | undefined;

  const send = (): void => {
    clearTimeout(timer);
    timer = undefined;
    const [first] = waiting;
    if (first === undefined) return;
    const entries = waiting;
    waiting = [];
    post({ kind: 'append', ...packEntries(entries, first.header.seq) });
  };

  return {
    add: (entries) => {
      for (const entry of entries) waiting.push(entry);
      if (waiting.length > bounds.lingerEntriesMax) send();
      else timer ??= setTimeout(send, bounds.lingerMs);
    },
    send,
  };
}
