import { type Offset, ShapeStream } from '@electric-sql/client';
import { describeError } from '@gatehouse/shared/errors.ts';
import type { ControlRow, ControlStore } from '../../journal/control-store.ts';
import { createBatchCollector, type ShapeBatch } from './shape-batch.ts';

/** Follows one shape of the hub for as long as the edge runs. */
export interface ShapeReader {
  /** The rows of the shape as it was whole last, by their keys. */
  readonly rows: ReadonlyMap<string, ControlRow>;
  /** Whether the hub answered the newest question. */
  readonly isConnected: boolean;
  /** Drops what is stored and fetches the shape from the start; what counts, counts on. */
  refetch(): void;
  stop(): void;
}

/** What a reader works with. Shape: `address` ends before the shape's name; `onRows` hears of every row that came, also again. */
export interface ShapeReaderDeps {
  readonly shape: string;
  readonly address: string;
  readonly fetch: typeof fetch;
  readonly store: ControlStore;
  readonly monotonicMs: () => number;
  readonly random: () => number;
  readonly onRows: (rows: readonly ControlRow[]) => void;
  readonly log: (line: string) => void;
}

/** The longest wait before a question that failed is asked again. Units: milliseconds. */
export const RETRY_MS_MAX = 3_000;
/** A stream that asks nothing for so long is dead and made anew; the hub answers within 20 s. Units: milliseconds. */
export const STREAM_SILENT_MS_MAX = 60_000;

const RETRY_MS_MIN = 200;
const RECREATE_MS_MIN = 1_000;
const WATCH_MS = 1_000;

/** A reader that goes on from what is stored. */
export function createShapeReader(deps: ShapeReaderDeps): ShapeReader {
  return new SupervisedReader(deps);
}

class SupervisedReader implements ShapeReader {
  readonly #deps: ShapeReaderDeps;
  readonly #watch: NodeJS.Timeout;
  #rows: Map<string, ControlRow> = new Map();
  #abort = new AbortController();
  #again: NodeJS.Timeout | undefined;
  #askedMs = 0;
  #isConnected = false;
  #isStopped = false;

  constructor(deps: ShapeReaderDeps) {
    this.#deps = deps;
    this.#start();
    this.#watch = setInterval(() => this.#look(), WATCH_MS);
  }

  get rows(): ReadonlyMap<string, ControlRow> {
    return this.#rows;
  }

  get isConnected(): boolean {
    return this.#isConnected;
  }

  refetch(): void {
    this.#quietly('what is stored could not be dropped', () => this.#deps.store.forget(this.#deps.shape));
    this.#restart('the hub asked for it', 0);
  }

  stop(): void {
    this.#isStopped = true;
    clearInterval(this.#watch);
    clearTimeout(this.#again);
    this.#abort.abort();
  }

  #start(): void {
    const { shape, address, store, monotonicMs } = this.#deps;
    const stored = this.#quietly('what is stored cannot be read', () => store.load(shape));
    if (stored !== undefined && stored.rows.size > 0) this.#rows = new Map(stored.rows);
    const collector = createBatchCollector(stored === undefined);
    const abort = new AbortController();
    this.#abort = abort;
    this.#askedMs = monotonicMs();
    const stream = new ShapeStream({
      url: `${address}/v1/shapes/${shape}`,
      ...(stored === undefined ? {} : { offset: stored.offset as Offset, handle: stored.handle }),
      signal: abort.signal,
      // A stream of events may be ahead of the batch that is being stored; a long poll never is.
      liveSse: false,
      warnOnHttp: false,
      fetchClient: (input, init) => this.#ask(input, init),
      backoffOptions: { initialDelay: RETRY_MS_MIN, maxDelay: RETRY_MS_MAX, multiplier: 2 },
      parser: { int8: (text) => text },
      onError: () => ({}),
    });
    stream.subscribe(
      (messages) => {
        if (abort.signal.aborted) return;
        const batch = collector.take(messages, this.#rows);
        const { shapeHandle, lastOffset } = stream;
        if (batch !== undefined && shapeHandle !== undefined)
          this.#take(batch, { handle: shapeHandle, offset: lastOffset });
      },
      (error) => this.#restart(describeError(error)),
    );
    if (this.#rows.size > 0) this.#tell([...this.#rows.values()]);
  }

  async #ask(input: Parameters<typeof fetch>[0], init: Parameters<typeof fetch>[1]): Promise<Response> {
    this.#askedMs = this.#deps.monotonicMs();
    try {
      const response = await this.#deps.fetch(input, init);
      this.#isConnected = response.status < 400 || response.status === 409;
      return response;
    } catch (error) {
      this.#isConnected = false;
      throw error;
    }
  }

  /** What came counts even where it cannot be stored: a full disk must keep no kill away. */
  #take(batch: ShapeBatch, place: { readonly handle: string; readonly offset: string }): void {
    const { shape, store, log } = this.#deps;
    if (batch.isWhole) this.#rows = new Map();
    for (const key of batch.gone) this.#rows.delete(key);
    for (const [key, row] of batch.rows) this.#rows.set(key, row);
    this.#tell([...batch.rows.values()]);
    try {
      store.save(shape, { ...batch, ...place });
    } catch (error) {
      log(`ALARM CONTROL_STORE_FAILED: shape ${shape} could not be stored: ${describeError(error)}`);
      // What is stored goes on from an older place, so the same comes once more.
      this.#restart('it could not be stored');
    }
  }

  #tell(rows: readonly ControlRow[]): void {
    this.#quietly('rows could not be taken', () => this.#deps.onRows(rows));
  }

  #look(): void {
    if (this.#again !== undefined) return;
    if (this.#deps.monotonicMs() - this.#askedMs < STREAM_SILENT_MS_MAX) return;
    this.#restart(`it asked nothing for ${STREAM_SILENT_MS_MAX / 1_000} s`);
  }

  #restart(why: string, waitMs = RECREATE_MS_MIN + this.#deps.random() * (RETRY_MS_MAX - RECREATE_MS_MIN)): void {
    this.#abort.abort();
    this.#isConnected = false;
    if (this.#isStopped || this.#again !== undefined) return;
    this.#deps.log(`the stream of ${this.#deps.shape} is made anew: ${why}`);
    this.#again = setTimeout(() => {
      this.#again = undefined;
      this.#start();
    }, waitMs);
  }

  /** What goes wrong here is said and tried again; it never stops trading. */
  #quietly<Value>(what: string, act: () => Value): Value | undefined {
    try {
      return act();
    } catch (error) {
      this.#deps.log(`shape ${this.#deps.shape}: ${what}: ${describeError(error)}`);
      return undefined;
    }
  }
}
