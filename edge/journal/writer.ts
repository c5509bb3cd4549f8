import { assert, KitError } from '@gatehouse/shared/errors.ts';
import {
  type AppendMessage,
  type FromStore,
  type RequestMessage,
  type ToStore,
  toWireError,
  unpackEntries,
} from './messages.ts';
import type { EntryRow } from './segment.ts';
import type { Store } from './store.ts';

/** How much one commit takes. Units: `commitBytesMax` in UTF-16 units of text. */
interface CommitBounds {
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
 * Shape:  groups that wait share one commit, a group is never split; questions are answered in the order of messages.
 * Errors: after the first failure of the store everything is refused.
 */
export class Writer {
  readonly #deps: WriterDeps;
  #waiting: EntryRow[] = [];
  #waitingBytes = 0;
  #failed = false;

  constructor(deps: WriterDeps) {
    this.#deps = deps;
  }

  /** Takes a message; groups may stay uncommitted until `flush`. */
  take(message: ToStore): void {
    if (message.kind === 'append') this.#append(message);
    else if (message.kind === 'request') this.#answer(message);
  }

  flush(): void {
    const { store, post } = this.#deps;
    // While no segment is open the groups wait for the snapshot that opens the next.
    if (this.#failed || this.#waiting.length === 0 || !store.isOpen()) return;
    try {
      const rows = this.#takeWaiting();
      store.insert(rows);
      post({ kind: 'durable', seq: rows.at(-1)?.seq ?? 0 });
    } catch (error) {
      this.#fail(error);
    }
  }

  #append(message: AppendMessage): void {
    if (this.#failed) return;
    const { commitEntriesMax, commitBytesMax } = this.#deps.bounds;
    this.#waiting.push(...unpackEntries(message));
    this.#waitingBytes += message.text.length;
    if (message.opens !== undefined) this.#startSegment(message);
    else if (this.#waiting.length >= commitEntriesMax || this.#waitingBytes >= commitBytesMax) this.flush();
  }

  #startSegment(message: AppendMessage): void {
    const { store, post } = this.#deps;
    assert(message.opens !== undefined, 'a segment is opened by its snapshot');
    const rows = this.#takeWaiting();
    const started = store.startSegment(message.opens, rows).then(() => {
      post({ kind: 'durable', seq: rows.at(-1)?.seq ?? 0 });
      this.flush();
    });
    started.catch((error: unknown) => this.#fail(error));
  }

  #answer(message: RequestMessage): void {
    const { store, post } = this.#deps;
    this.flush();
    const refuse = (error: unknown): void => post({ kind: 'refusal', id: message.id, error: toWireError(error) });
    if (this.#failed) {
      refuse(new KitError('JOURNAL_CLOSED', 'the journal is closed after a failure'));
      return;
    }
    ask(store, message).then(
      (value) => post({ kind: 'answer', id: message.id, value }),
      (error: unknown) => {
        refuse(error);
        if (!(error instanceof KitError && error.code === 'NOT_FOUND')) this.#fail(error);
      },
    );
  }

  #takeWaiting(): readonly EntryRow[] {
    const rows = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    return rows;
  }

  #fail(error: unknown): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#waiting = [];
    this.#deps.post({ kind: 'failed', error: toWireError(error) });
    closeQuietly(this.#deps.store);
  }
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
