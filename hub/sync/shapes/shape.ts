import type { Visibility } from '../../store/shapes/shape-rows.ts';
import { operationMessage, type ShapeOperation } from './row-messages.ts';
import type { ShapeDefinition } from './shape-definition.ts';
import { AFTER_SNAPSHOT, BEFORE_ALL, isAfter, offsetText, type ShapeOffset } from './shape-offset.ts';

/** A shape that can be read: a snapshot in chunks, and the log of what came after it. */
export interface Shape {
  /** Never used again for anything else. */
  readonly handle: string;
  readonly definition: ShapeDefinition;
  /** The protocol's schema header. */
  readonly schemaText: string;
  /** The end of what there is. */
  readonly lastOffset: ShapeOffset;
  readonly bytes: number;
  /** When it was read last. Units: milliseconds of the process's own time. */
  readonly usedAt: number;
  readonly isDropped: boolean;
  /** Whether there is anything after a place. */
  hasAfter(offset: ShapeOffset): boolean;
  /** The next chunk after a place. */
  read(offset: ShapeOffset): ShapeChunk;
  /** Adds what one transaction did. */
  append(
    transaction: { readonly xid: number; readonly commitLsn: bigint },
    operations: readonly ShapeOperation[],
  ): void;
  /** Calls once, at the next change or when the shape is dropped; the answer takes the wish back. */
  onNext(listener: () => void): () => void;
  drop(): void;
}

/** What follows a place: messages as they are sent, and where they end. */
export interface ShapeChunk {
  readonly messages: readonly string[];
  /** The messages joined, made once for all who read the same chunk. */
  readonly text: string;
  readonly end: ShapeOffset;
  /** Whether the log ends here; never so for the first chunk of a snapshot, which may be kept by others for long. */
  readonly isEnd: boolean;
}

/** What a shape begins with. */
export interface ShapeStart {
  readonly handle: string;
  readonly definition: ShapeDefinition;
  /** The snapshot in chunks, at least one, each the joined messages. */
  readonly snapshot: readonly string[];
  readonly chunkBytes: number;
  readonly now: () => number;
}

/** How many places of one shape are kept ready as joined text. */
const READ_CHUNKS_MAX = 8;

interface LogItem {
  readonly offset: ShapeOffset;
  readonly text: string;
}

interface LogChunk {
  readonly items: LogItem[];
  bytes: number;
}

/** The last message of a snapshot. */
export function snapshotEnd({ xmin, xmax, running }: Visibility): string {
  const headers = { control: 'snapshot-end', xmin: `${xmin}`, xmax: `${xmax}`, xip_list: running.map(String) };
  return JSON.stringify({ headers });
}

/** Opens a shape on its snapshot. */
export function createShape({ handle, definition, snapshot, chunkBytes, now }: ShapeStart): Shape {
  const log: LogChunk[] = [];
  const listeners = new Set<() => void>();
  const readChunks = new Map<string, ShapeChunk>();
  const columns = definition.table.columns.filter(({ name }) => definition.columns.includes(name));
  const schemaText = JSON.stringify(Object.fromEntries(columns.map(({ name, schema }) => [name, schema])));
  let lastOffset = AFTER_SNAPSHOT;
  let bytes = snapshot.reduce((sum, chunk) => sum + chunk.length, 0);
  let usedAt = now();
  let isDropped = false;

  function wake(): void {
    const waiting = [...listeners];
    listeners.clear();
    for (const listener of waiting) listener();
  }

  function append(
    { xid, commitLsn }: { readonly xid: number; readonly commitLsn: bigint },
    operations: readonly ShapeOperation[],
  ): void {
    if (operations.length === 0 || isDropped) return;
    for (const [at, operation] of operations.entries()) {
      const last = at === operations.length - 1;
      const text = operationMessage(definition, operation, { xid, commitLsn, last });
      const offset = { transaction: commitLsn, operation: operation.op };
      put({ offset, text });
      lastOffset = offset;
    }
    readChunks.clear();
    wake();
  }

  function put(item: LogItem): void {
    let chunk = log.at(-1);
    if (chunk === undefined || chunk.bytes >= chunkBytes) {
      chunk = { items: [], bytes: 0 };
      log.push(chunk);
    }
    chunk.items.push(item);
    chunk.bytes += item.text.length;
    bytes += item.text.length;
  }

  function read(offset: ShapeOffset): ShapeChunk {
    usedAt = now();
    const at = offsetText(offset);
    const known = readChunks.get(at);
    if (known !== undefined) return known;
    const chunk = readSnapshot(offset) ?? readLog(offset);
    // Whoever follows reads from one of the few places where answers end; the rest is not worth keeping.
    if (readChunks.size < READ_CHUNKS_MAX) readChunks.set(at, chunk);
    return chunk;
  }

  function readSnapshot(offset: ShapeOffset): ShapeChunk | undefined {
    const at = offset === BEFORE_ALL || offset.transaction < 0n ? 0 : offset.operation + 1;
    const text = offset.transaction > 0n ? undefined : snapshot[at];
    if (text === undefined) return undefined;
    return {
      messages: text === '' ? [] : [text],
      text,
      end: { transaction: 0n, operation: at },
      isEnd: false,
    };
  }

  function readLog(offset: ShapeOffset): ShapeChunk {
    // Nearly everybody reads at the end, so the search begins there.
    const chunk = log[startOfTail(log, ({ items }) => isAfter(items.at(-1)?.offset ?? BEFORE_ALL, offset))];
    if (chunk === undefined) {
      const end = isAfter(offset, lastOffset) ? offset : lastOffset;
      return { messages: [], text: '', end, isEnd: true };
    }
    const items = chunk.items.slice(startOfTail(chunk.items, (item) => isAfter(item.offset, offset)));
    const messages = items.map((item) => item.text);
    const end = items.at(-1)?.offset ?? lastOffset;
    return { messages, text: messages.join(',\n'), end, isEnd: !isAfter(lastOffset, end) };
  }

  return {
    handle,
    definition,
    schemaText,
    get lastOffset() {
      return lastOffset;
    },
    get bytes() {
      return bytes;
    },
    get usedAt() {
      return usedAt;
    },
    get isDropped() {
      return isDropped;
    },
    hasAfter: (offset) =>
      isAfter(lastOffset, offset) && !(lastOffset === AFTER_SNAPSHOT && offset.operation >= snapshot.length - 1),
    read,
    append,
    onNext: (listener) => {
      if (isDropped) queueMicrotask(listener);
      else listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    drop: () => {
      isDropped = true;
      wake();
    },
  };
}

/** The first place of those at the end for which the claim holds; the length where it holds for none. */
function startOfTail<T>(list: readonly T[], holds: (item: T) => boolean): number {
  let at = list.length;
  while (at > 0) {
    const item = list[at - 1];
    if (item === undefined || !holds(item)) break;
    at -= 1;
  }
  return at;
}
