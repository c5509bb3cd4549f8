import { Worker } from 'node:worker_threads';
import { KitError } from '@gatehouse/shared/errors.ts';
import {
  type AppendMessage,
  type FromStore,
  fromWireError,
  type RequestName,
  type Requests,
  type StoreOptions,
  type ToStore,
} from './messages.ts';

/** The main thread's end of the thread that owns the files. */
export interface StoreThread {
  append(message: AppendMessage): void;
  /** Errors: whatever the store refuses with; `JOURNAL_CLOSED` once the thread is gone. */
  request<Name extends RequestName>(name: Name, ask: Requests[Name]['ask']): Promise<Requests[Name]['answer']>;
  /** Resolves when the thread has ended and let go of every file. */
  stop(): Promise<void>;
}

/** Who is told what the thread reports. Shape: `onFailure` at most once. */
export interface StoreListener {
  readonly onDurable: (seq: number) => void;
  readonly onFailure: (error: KitError) => void;
}

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: KitError) => void;
}

const YOUNG_MB_MAX = 8;

/** Starts the thread; it touches nothing until it is asked. */
export function startStoreThread(options: StoreOptions, listener: StoreListener): StoreThread {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), {
    workerData: options,
    name: 'journal',
    execArgv: [],
    // What crosses lives for one commit; a larger nursery would only keep the memory of the process up.
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB_MAX },
  });
  const pending = new Map<number, Pending>();
  let requests = 0;
  let failed = false;
  let ended = false;

  const fail = (error: KitError): void => {
    if (failed) return;
    failed = true;
    listener.onFailure(error);
  };
  const settle = (id: number): Pending | undefined => {
    const waiting = pending.get(id);
    pending.delete(id);
    return waiting;
  };
  const exited = new Promise<void>((resolve) => {
    worker.once('exit', () => {
      ended = true;
      for (const id of [...pending.keys()]) settle(id)?.reject(threadEnded());
      resolve();
    });
  });
  worker.on('message', (message: FromStore) => {
    if (message.kind === 'durable') listener.onDurable(message.seq);
    else if (message.kind === 'failed') fail(fromWireError(message.error));
    else if (message.kind === 'answer') settle(message.id)?.resolve(message.value);
    else settle(message.id)?.reject(fromWireError(message.error));
  });
  worker.on('error', (cause) => fail(new KitError('DISK_FAILED', 'the journal’s thread ended', { cause })));

  const post = (message: ToStore): void => worker.postMessage(message);
  return {
    append: post,
    request: (name, ask) =>
      new Promise((resolve, reject) => {
        if (ended) return reject(threadEnded());
        requests += 1;
        pending.set(requests, { resolve: resolve as (value: unknown) => void, reject });
        post({ kind: 'request', id: requests, name, ask } as ToStore);
      }),
    stop: () => {
      if (!ended) post({ kind: 'exit' });
      return exited;
    },
  };
}

function threadEnded(): KitError {
  return new KitError('JOURNAL_CLOSED', 'the journal’s thread has ended', {
    hint: 'Reopen the journal; it is verified again on the way.',
  });
}
