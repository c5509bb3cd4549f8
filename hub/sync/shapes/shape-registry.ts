import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { KitError } from '@gatehouse/shared/errors.ts';
import type { Database, Transaction as Queries } from '../../store/database.ts';
import type { WireRelation } from '../../store/shapes/pgoutput.ts';
import { readMoment, rowsOf, type SnapshotMoment, seesTransaction } from '../../store/shapes/shape-rows.ts';
import type { TableInfo } from '../../store/shapes/table-info.ts';
import type { Transaction } from '../../store/shapes/transaction-collector.ts';
import { type ShapeOperation, snapshotMessage } from './row-messages.ts';
import { createShape, type Shape, snapshotEnd } from './shape.ts';
import { definitionKey, type ShapeDefinition, whereOf } from './shape-definition.ts';
import type { ShapeLimits } from './shape-limits.ts';
import {
  changesOf,
  createTableFollowers,
  type MatchRows,
  operationsFor,
  type TableFollowers,
} from './table-followers.ts';

/** What the shapes of one process need. */
export interface RegistryDeps {
  readonly database: Database;
  readonly limits: ShapeLimits;
  readonly match: MatchRows;
  /** Units: microseconds since 1970. */
  readonly nowMicros: () => bigint;
  /** Units: milliseconds of the process's own time. */
  readonly elapsedMs: () => number;
}

/** All shapes of one process, kept up with the database one transaction after another. */
export interface ShapeRegistry {
  /** Takes the next transaction of the stream; resolves when every shape has it, or it is dropped. */
  apply(transaction: Transaction): Promise<void>;
  /**
   * The shape of a definition, made where there is none.
   *
   * Errors: `QUEUE_FULL`, `BODY_TOO_LARGE`, `SHAPES_UNAVAILABLE`, `DATABASE_UNREACHABLE`; the server's own for a condition.
   */
  open(definition: ShapeDefinition): Promise<Shape>;
  /** Reads as of a moment that no transaction given out before lies after. Errors: as `open`. */
  atMoment<T>(work: (moment: SnapshotMoment, tx: Queries) => Promise<T>): Promise<T>;
  find(handle: string): Shape | undefined;
  /** The shape of a definition, where it is open. */
  findLike(definition: ShapeDefinition): Shape | undefined;
  /** Remembers by which words a shape was asked for, so that the next request needs no look into the database. */
  name(name: string, shape: Shape): void;
  named(name: string): Shape | undefined;
  drop(shape: Shape): void;
  /** A handle that nothing has: what follows a dropped shape before anybody has asked for it. */
  handleAfter(shape: Shape): string;
  /** From here on every transaction comes to `apply`; before, and after `dropAll`, no shape can be made. */
  follow(): void;
  /** Drops every shape of a table that is not what it was. */
  keepTables(tables: readonly TableInfo[]): void;
  readonly tableOids: readonly number[];
  dropAll(): void;
  /** The newest transaction that every shape has. */
  readonly lastCommitLsn: bigint;
  readonly count: number;
}

/** A shape that is being made: what its table goes through meanwhile waits for its snapshot. */
interface Opening {
  readonly definition: ShapeDefinition;
  readonly waiting: { readonly transaction: Transaction; readonly changes: ReturnType<typeof changesOf> }[];
  changes: number;
  isLost: boolean;
}

const RECENT_TRANSACTIONS_MAX = 1_000;
const MOMENT_ATTEMPTS_MAX = 100;
const MOMENT_PAUSE_MS = 10;
const OPEN_ATTEMPTS_MAX = 3;
const TOGETHER_CHANGES_MAX = 2_000;
/** Several names may lead to one shape; when there are too many they are learned anew. */
const NAMES_MAX = 20_000;

/** A registry without shapes. */
export function createShapeRegistry(deps: RegistryDeps): ShapeRegistry {
  const { database, limits, match } = deps;
  // Handles of two processes, or of one that was started again with its clock set back, are never the same.
  const salt = randomBytes(16);
  const followers = new Map<number, TableFollowers>();
  const byHandle = new Map<string, Shape>();
  const byKey = new Map<string, Promise<Shape>>();
  const byName = new Map<string, Shape>();
  const openings = new Set<Opening>();
  const recent: number[] = [];
  const coming: Transaction[] = [];
  let turn: Promise<unknown> = Promise.resolve();
  let lastMicros = 0n;
  let lastCommitLsn = 0n;
  let allBytes = 0;
  let isFollowing = false;

  /** Everything that changes shapes happens one after the other. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = turn.then(work);
    turn = done.catch(() => undefined);
    return done;
  }

  /** The transactions that have come meanwhile are taken together: one question a condition for all of them. */
  async function takeComing(): Promise<void> {
    const taken: Transaction[] = [];
    for (let changes = 0; coming.length > 0 && changes < TOGETHER_CHANGES_MAX; ) {
      const next = coming.shift();
      if (next === undefined) break;
      taken.push(next);
      changes += next.changes.length;
    }
    if (taken.length > 0) await take(taken);
  }

  async function take(transactions: readonly Transaction[]): Promise<void> {
    // Before anything waits: whoever opens a shape from here on must see these transactions in the snapshot.
    recent.push(...transactions.map(({ xid }) => xid));
    recent.splice(0, Math.max(0, recent.length - RECENT_TRANSACTIONS_MAX));
    for (const { relations, lostOids } of transactions) {
      for (const relation of relations) dropWhere(relation.oid, (table) => !isStill(table, relation));
      for (const oid of lostOids) dropWhere(oid, () => true);
    }
    const oids = new Set(transactions.flatMap(({ changes }) => changes.map(({ oid }) => oid)));
    for (const oid of oids) for (const opening of openings) keep(opening, oid, transactions);
    for (const oid of oids) {
      const changes = transactions.map((transaction) => changesOf(transaction, oid));
      const found = await followers.get(oid)?.operations(changes);
      for (const shape of found?.failed ?? []) drop(shape);
      for (const [shape, operations] of found?.byShape ?? [])
        grow(shape, () => appendAll(shape, transactions, operations));
    }
    lastCommitLsn = transactions.at(-1)?.commitLsn ?? lastCommitLsn;
  }

  function appendAll(
    shape: Shape,
    transactions: readonly Transaction[],
    operations: readonly (readonly ShapeOperation[])[],
  ): void {
    for (const [at, transaction] of transactions.entries()) shape.append(transaction, operations[at] ?? []);
  }

  function keep(opening: Opening, oid: number, transactions: readonly Transaction[]): void {
    if (opening.definition.table.oid !== oid) return;
    for (const transaction of transactions) {
      const changes = changesOf(transaction, oid);
      opening.changes += changes.length;
      if (opening.changes > limits.queuedChangesMax) opening.isLost = true;
      else if (changes.length > 0) opening.waiting.push({ transaction, changes });
    }
  }

  function dropWhere(oid: number, isLost: (table: TableInfo) => boolean): void {
    for (const opening of openings) {
      const { table } = opening.definition;
      if (table.oid === oid && isLost(table)) opening.isLost = true;
    }
    for (const shape of [...(followers.get(oid)?.shapes ?? [])]) if (isLost(shape.definition.table)) drop(shape);
  }

  function grow(shape: Shape, change: () => void): void {
    const before = shape.bytes;
    change();
    allBytes += shape.bytes - before;
    if (shape.bytes > limits.shapeBytesMax) drop(shape);
    while (allBytes > limits.allBytesMax && byHandle.size > 0) drop(largest([...byHandle.values()]));
  }

  function drop(shape: Shape): void {
    if (!byHandle.delete(shape.handle)) return;
    allBytes -= shape.bytes;
    byKey.delete(definitionKey(shape.definition));
    const { oid } = shape.definition.table;
    followers.get(oid)?.delete(shape);
    if (followers.get(oid)?.shapes.size === 0) followers.delete(oid);
    shape.drop();
  }

  async function open(definition: ShapeDefinition): Promise<Shape> {
    const key = definitionKey(definition);
    const known = byKey.get(key);
    if (known !== undefined) return known;
    makeRoom();
    const made = make(definition).catch((error: unknown) => {
      if (byKey.get(key) === made) byKey.delete(key);
      throw error;
    });
    byKey.set(key, made);
    return made;
  }

  function makeRoom(): void {
    if (byKey.size < limits.shapesMax) return;
    const idleSince = deps.elapsedMs() - 2 * limits.longPollMs;
    const idle = [...byHandle.values()].filter(({ usedAt }) => usedAt < idleSince);
    const [oldest] = idle.toSorted((a, b) => a.usedAt - b.usedAt);
    if (oldest === undefined) {
      throw new KitError('QUEUE_FULL', `${limits.shapesMax} shapes are open`, { hint: 'Come again in a moment.' });
    }
    drop(oldest);
  }

  async function make(definition: ShapeDefinition): Promise<Shape> {
    for (let attempt = 0; attempt < OPEN_ATTEMPTS_MAX && isFollowing; attempt += 1) {
      const opening: Opening = { definition, waiting: [], changes: 0, isLost: false };
      openings.add(opening);
      try {
        const { chunks, moment } = await atMoment((at, tx) => readSnapshot(definition, at, tx));
        const shape = await inTurn(() => begin(opening, chunks, moment));
        if (shape !== undefined) return shape;
      } finally {
        openings.delete(opening);
      }
    }
    throw new KitError(
      'SHAPES_UNAVAILABLE',
      `the changes of the table ${definition.table.table} could not be followed`,
      {
        hint: 'The client asks again by itself.',
      },
    );
  }

  /** Gives the shape what its snapshot does not see, and lets it follow. */
  async function begin(opening: Opening, snapshot: readonly string[], { visibility }: SnapshotMoment) {
    const { definition } = opening;
    if (opening.isLost) return undefined;
    const { chunkBytes } = limits;
    const shape = createShape({ handle: newHandle(definition), definition, snapshot, chunkBytes, now: deps.elapsedMs });
    const unseen = opening.waiting.filter(({ transaction }) => !seesTransaction(visibility, transaction.xid));
    const transactions = unseen.map(({ transaction }) => transaction);
    const operations = await operationsFor(
      definition,
      unseen.map(({ changes }) => changes),
      match,
    );
    appendAll(shape, transactions, operations);
    // Judging conditions took time, in which the stream may have ended.
    if (opening.isLost) return undefined;
    const { oid } = definition.table;
    const ofTable = followers.get(oid) ?? createTableFollowers(match);
    followers.set(oid, ofTable);
    ofTable.add(shape);
    byHandle.set(shape.handle, shape);
    allBytes += shape.bytes;
    return shape;
  }

  async function readSnapshot(definition: ShapeDefinition, moment: SnapshotMoment, tx: Queries) {
    const chunks: string[] = [];
    const end = snapshotEnd(moment.visibility);
    let chunk: string[] = [];
    let chunkBytes = 0;
    let bytes = 0;
    const add = (message: string): void => {
      chunk.push(message);
      chunkBytes += message.length;
      bytes += message.length;
      if (bytes > limits.shapeBytesMax) {
        throw new KitError('BODY_TOO_LARGE', `the shape of ${definition.table.table} is larger than what is kept`, {
          hint: 'Ask for fewer rows or columns.',
        });
      }
      if (chunkBytes < limits.chunkBytes) return;
      chunks.push(chunk.join(',\n'));
      chunk = [];
      chunkBytes = 0;
    };
    if (definition.log === 'full') {
      const query = { table: definition.table, where: whereOf(definition.filter) };
      for await (const rows of rowsOf(tx, query)) for (const row of rows) add(snapshotMessage(definition, row));
    }
    chunk.push(end);
    chunks.push(chunk.join(',\n'));
    return { chunks, moment };
  }

  /**
   * A commit is in the stream a moment before other sessions see it. What was given out before this call must lie before
   * the snapshot, or it would be in neither.
   */
  async function atMoment<T>(work: (moment: SnapshotMoment, tx: Queries) => Promise<T>): Promise<T> {
    const given = [...recent];
    for (let attempt = 0; attempt < MOMENT_ATTEMPTS_MAX; attempt += 1) {
      const box = await readMoment(database, async (moment, tx) => {
        const isEarly = given.some((xid) => !seesTransaction(moment.visibility, xid));
        return isEarly ? undefined : { result: await work(moment, tx) };
      });
      if (box !== undefined) return box.result;
      await delay(MOMENT_PAUSE_MS);
    }
    throw new KitError('SHAPES_UNAVAILABLE', 'the database does not show what it has committed', {
      hint: 'Look for sessions that wait for a standby.',
    });
  }

  function newHandle(definition: ShapeDefinition): string {
    const micros = deps.nowMicros();
    lastMicros = micros > lastMicros ? micros : lastMicros + 1n;
    const hash = createHash('sha256').update(salt).update(definitionKey(definition)).digest();
    return `${hash.readUInt32BE(0)}${hash.readUInt16BE(4)}-${lastMicros}`;
  }

  function keepTables(tables: readonly TableInfo[]): void {
    const byOid = new Map(tables.map((table) => [table.oid, table.signature]));
    for (const oid of tableOids()) dropWhere(oid, ({ signature }) => byOid.get(oid) !== signature);
  }

  function tableOids(): readonly number[] {
    return [...new Set([...followers.keys(), ...[...openings].map(({ definition }) => definition.table.oid)])];
  }

  return {
    apply: (transaction) => {
      coming.push(transaction);
      return inTurn(takeComing);
    },
    open,
    atMoment,
    handleAfter: ({ definition }) => newHandle(definition),
    find: (handle) => byHandle.get(handle),
    findLike: (definition) => {
      const key = definitionKey(definition);
      return [...byHandle.values()].find((shape) => definitionKey(shape.definition) === key);
    },
    name: (name, shape) => {
      if (byName.size >= NAMES_MAX) byName.clear();
      byName.set(name, shape);
    },
    named: (name) => {
      const shape = byName.get(name);
      if (shape?.isDropped === true) byName.delete(name);
      return shape?.isDropped === true ? undefined : shape;
    },
    drop,
    keepTables,
    get tableOids() {
      return tableOids();
    },
    follow: () => {
      isFollowing = true;
    },
    dropAll: () => {
      isFollowing = false;
      for (const opening of openings) opening.isLost = true;
      for (const shape of [...byHandle.values()]) drop(shape);
    },
    get lastCommitLsn() {
      return lastCommitLsn;
    },
    get count() {
      return byHandle.size;
    },
  };
}

function isStill(table: TableInfo, { schema, table: name, columns }: WireRelation): boolean {
  const known = table.columns.filter(({ isGenerated }) => !isGenerated);
  return (
    table.schema === schema &&
    table.table === name &&
    known.length === columns.length &&
    known.every((column, at) => column.name === columns[at]?.name && column.type === columns[at]?.type)
  );
}

function largest(shapes: readonly Shape[]): Shape {
  return shapes.reduce((a, b) => (b.bytes > a.bytes ? b : a));
}
