import { assert, KitError } from '@gatehouse/shared/errors.ts';
import {
  type AppendMessage,
  type FromStore,
  packedLength,
  type RequestMessage,
  type ToStore,
  toWireError,
  unpackEntries,
} from './messages.ts';
import type { EntryRow } from './segment.ts';
import type { Store } from './store.ts';

/** How much one commit takes. Units: `commitBytesMax` in UTF-16 units of text. */
export interface CommitBounds {
  readonly commitEntriesMax: number;
  readonly commitBytesMax: number;
}

/** What a writer works with. */
export interface WriterDeps {
  readonly store: Store;
  readonly bounds: CommitBounds;
  readonly post: (message: FromStore) => void;
}

/**
 * Turns messages into commits and answers.
 *
 * Shape: groups that wait share one commit, a group is never split; questions are answered in the order of messages.
 */
export interface Writer {
  /** Takes a message; groups may stay uncommitted until `flush`. */
  take(message: ToStore): void;
  flush(): void;
}

/** A writer over a store. Errors: after the first failure of the store everything is refused. */
export function createWriter({ store, bounds, post }: WriterDeps): Writer {
  let waiting: EntryRow[] = [];
  let waitingBytes = 0;
  let failed = false;

  const fail = (error: unknown): void => {
    if (failed) return;
    failed = true;
    waiting = [];
    post({ kind: 'failed', error: toWireError(error) });
    closeQuietly(store);
  };

  const takeWaiting = (): readonly EntryRow[] => {
    const rows = waiting;
    waiting = [];
    waitingBytes = 0;
    return rows;
  };

  const flush = (): void => {
    // While no segment is open the groups wait for the snapshot that opens the next.
    if (failed || waiting.length === 0 || !store.isOpen()) return;
    try {
      const rows = takeWaiting();
      store.insert(rows);
      post({ kind: 'durable', seq: rows.at(-1)?.seq ?? 0 });
    } catch (error) {
      fail(error);
    }
  };

  const startSegment = (message: AppendMessage): void => {
    const rows = takeWaiting();
    assert(message.opens !== undefined, 'a segment is opened by its snapshot');
    store.startSegment(message.opens, rows).then(() => {
      post({ kind: 'durable', seq: rows.at(-1)?.seq ?? 0 });
      flush();
    }, fail);
  };

  const append = (message: AppendMessage): void => {
    if (failed) return;
    waiting.push(...unpackEntries(message));
    waitingBytes += packedLength(message);
    if (message.opens !== undefined) startSegment(message);
    else if (waiting.length >= bounds.commitEntriesMax || waitingBytes >= bounds.commitBytesMax) flush();
  };

  const answer = (message: RequestMessage): void => {
    flush();
    const refuse = (error: unknown): void => post({ kind: 'refusal', id: message.id, error: toWireError(error) });
    if (failed) return refuse(new KitError('JOURNAL_CLOSED', 'the journal is closed after a failure'));
    ask(store, message).then(
      (value) => post({ kind: 'answer', id: message.id, value }),
      (error: unknown) => {
        refuse(error);
        if (!(error instanceof KitError && error.code === 'NOT_FOUND')) fail(error);
      },
    );
  };

  return {
    take: (message) => {
      if (message.kind === 'append') append(message);
      else if (message.kind === 'request') answer(message);
    },
    flush,
  };
}

async function ask(store: Store, message: RequestMessage): Promise<unknown> {
  switch (message.name) {
    case 'inspect':
      return store.inspect();
    case 'open':
      return store.open(message.ask);
    case 'read':
      return store.read(message.ask.fromSeq, message.ask.bounds);
    case 'seal':
      return store.seal();
    case 'head':
      await store.writeHead(message.ask.note);
      return null;
    case 'close':
      return store.close();
  }
}

function closeQuietly(store: Store): void {
  try {
    store.abandon();
  } catch {
    // The failure that led here was reported; the end of the thread frees what is left.
  }
}
