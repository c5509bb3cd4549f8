import { type SnapshotMoment, seesTransaction, type Visibility } from '../../store/shapes/shape-rows.ts';
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
  /** Whether the snapshot holds already what a transaction did. */
  hasSeen(transaction: TransactionPlace): boolean;
  /** Whether there is anything after a place. */
  hasAfter(offset: ShapeOffset): boolean;
  /** The next chunk after a place. */
  read(offset: ShapeOffset): ShapeChunk;
  /** Adds what one transaction did, where the snapshot does not hold it. */
  append(transaction: TransactionPlace, operations: readonly ShapeOperation[]): void;
  /** Calls once, at the next change or when the shape is dropped; the answer takes the wish back. */
  onNext(listener: () => void): () => void;
  drop(): void;
}

/** A transaction as the stream of changes names it. */
export interface TransactionPlace {
  readonly xid: number;
  readonly commitLsn: bigint;
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
  /** When the snapshot was taken. */
  readonly moment: SnapshotMoment;
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
export function createShape({ handle, definition, snapshot, moment, chunkBytes, now }: ShapeStart): Shape {
  const log = createLog(chunkBytes);
  const listeners = new Set<() => void>();
  const readChunks = new Map<string, ShapeChunk>();
  let usedAt = now();
  let isDropped = false;

  function wake(): void {
    const waiting = [...listeners];
    listeners.clear();
    for (const listener of waiting) listener();
  }

  const hasSeen = (place: TransactionPlace): boolean => sees(moment, place);

  function append(transaction: TransactionPlace, operations: readonly ShapeOperation[]): void {
    if (operations.length === 0 || isDropped || hasSeen(transaction)) return;
    for (const item of logItems(definition, transaction, operations)) log.add(item);
    readChunks.clear();
    wake();
  }

  function read(offset: ShapeOffset): ShapeChunk {
    usedAt = now();
    const at = offsetText(offset);
    const known = readChunks.get(at);
    if (known !== undefined) return known;
    const chunk = readSnapshot(snapshot, offset) ?? log.read(offset);
    // Whoever follows reads from one of the few places where answers end; the rest is not worth keeping.
    if (readChunks.size < READ_CHUNKS_MAX) readChunks.set(at, chunk);
    return chunk;
  }

  const snapshotBytes = snapshot.reduce((sum, chunk) => sum + chunk.length, 0);
  return {
    handle,
    definition,
    schemaText: schemaTextOf(definition),
    get lastOffset() {
      return log.end;
    },
    get bytes() {
      return snapshotBytes + log.bytes;
    },
    get usedAt() {
      // Whoever waits for the next change uses it, however long nothing changes.
      return listeners.size > 0 ? now() : usedAt;
    },
    get isDropped() {
      return isDropped;
    },
    hasSeen,
    hasAfter: (offset) =>
      isAfter(log.end, offset) && !(log.end === AFTER_SNAPSHOT && offset.operation >= snapshot.length - 1),
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

/** Ids of transactions come round again; beyond the position of the snapshot none is one that it saw. */
function sees({ databaseLsn, visibility }: SnapshotMoment, { xid, commitLsn }: TransactionPlace): boolean {
  return commitLsn <= databaseLsn && seesTransaction(visibility, xid);
}

function logItems(
  definition: ShapeDefinition,
  { xid, commitLsn }: TransactionPlace,
  operations: readonly ShapeOperation[],
): readonly LogItem[] {
  return operations.map((operation, at) => {
    const last = at === operations.length - 1;
    const text = operationMessage(definition, operation, { xid, commitLsn, last });
    return { offset: { transaction: commitLsn, operation: operation.op }, text };
  });
}

function schemaTextOf({ table, columns }: ShapeDefinition): string {
  const selected = table.columns.filter(({ name }) => columns.includes(name));
  return JSON.stringify(Object.fromEntries(selected.map(({ name, schema }) => [name, schema])));
}

function readSnapshot(snapshot: readonly string[], offset: ShapeOffset): ShapeChunk | undefined {
  const at = offset.transaction < 0n ? 0 : offset.operation + 1;
  const text = offset.transaction > 0n ? undefined : snapshot[at];
  if (text === undefined) return undefined;
  return { messages: text === '' ? [] : [text], text, end: { transaction: 0n, operation: at }, isEnd: false };
}

/** What came after the snapshot. */
interface Log {
  readonly end: ShapeOffset;
  readonly bytes: number;
  add(item: LogItem): void;
  read(offset: ShapeOffset): ShapeChunk;
}

function createLog(chunkBytes: number): Log {
  const chunks: LogChunk[] = [];
  let end = AFTER_SNAPSHOT;
  let bytes = 0;
  return {
    get end() {
      return end;
    },
    get bytes() {
      return bytes;
    },
    add: (item) => {
      let chunk = chunks.at(-1);
      if (chunk === undefined || chunk.bytes >= chunkBytes) {
        chunk = { items: [], bytes: 0 };
        chunks.push(chunk);
      }
      chunk.items.push(item);
      chunk.bytes += item.text.length;
      bytes += item.text.length;
      end = item.offset;
    },
    read: (offset) => {
      // Nearly everybody reads at the end, so the search begins there.
      const chunk = chunks[startOfTail(chunks, ({ items }) => isAfter(items.at(-1)?.offset ?? BEFORE_ALL, offset))];
      if (chunk === undefined) return { messages: [], text: '', end: isAfter(offset, end) ? offset : end, isEnd: true };
      const items = chunk.items.slice(startOfTail(chunk.items, (item) => isAfter(item.offset, offset)));
      const messages = items.map((item) => item.text);
      const last = items.at(-1)?.offset ?? end;
      return { messages, text: messages.join(',\n'), end: last, isEnd: !isAfter(end, last) };
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
