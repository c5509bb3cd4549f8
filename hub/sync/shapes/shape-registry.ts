import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { KitError } from '@gatehouse/shared/errors.ts';
import type { Database, Transaction as Queries } from '../../store/database.ts';
import type { WireRelation } from '../../store/shapes/pgoutput.ts';
import { readMoment, type SnapshotMoment, seesTransaction } from '../../store/shapes/shape-rows.ts';
import type { TableInfo } from '../../store/shapes/table-info.ts';
import type { Transaction } from '../../store/shapes/transaction-collector.ts';
import { readSnapshot } from './read-snapshot.ts';
import type { ShapeOperation } from './row-messages.ts';
import { createShape, type Shape, type TransactionPlace } from './shape.ts';
import { definitionKey, type ShapeDefinition } from './shape-definition.ts';
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
  /** Drops every shape of a table that is not what it was. Shape: what is opened during the look is not judged by it. */
  lookAtTables(inspect: (oids: readonly number[]) => Promise<readonly TableInfo[]>): Promise<void>;
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
  /** Transactions that end it, unless its snapshot is of after them. */
  readonly losses: TransactionPlace[];
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
  return new OpenShapes(deps);
}

class OpenShapes implements ShapeRegistry {
  readonly #deps: RegistryDeps;
  /** Handles of two processes, or of one that was started again with its clock set back, are never the same. */
  readonly #salt = randomBytes(16);
  readonly #followers = new Map<number, TableFollowers>();
  readonly #byHandle = new Map<string, Shape>();
  readonly #byKey = new Map<string, Promise<Shape>>();
  readonly #byName = new Map<string, Shape>();
  readonly #openings = new Set<Opening>();
  readonly #recent: number[] = [];
  readonly #coming: Transaction[] = [];
  #turn: Promise<unknown> = Promise.resolve();
  #lastMicros = 0n;
  #lastCommitLsn = 0n;
  #allBytes = 0;
  #isFollowing = false;

  constructor(deps: RegistryDeps) {
    this.#deps = deps;
  }

  get lastCommitLsn(): bigint {
    return this.#lastCommitLsn;
  }

  get count(): number {
    return this.#byHandle.size;
  }

  apply(transaction: Transaction): Promise<void> {
    this.#coming.push(transaction);
    return this.#inTurn(() => this.#takeComing());
  }

  find(handle: string): Shape | undefined {
    return this.#byHandle.get(handle);
  }

  findLike(definition: ShapeDefinition): Shape | undefined {
    const key = definitionKey(definition);
    return [...this.#byHandle.values()].find((shape) => definitionKey(shape.definition) === key);
  }

  name(name: string, shape: Shape): void {
    if (this.#byName.size >= NAMES_MAX) this.#byName.clear();
    this.#byName.set(name, shape);
  }

  named(name: string): Shape | undefined {
    const shape = this.#byName.get(name);
    if (shape?.isDropped === true) this.#byName.delete(name);
    return shape?.isDropped === true ? undefined : shape;
  }

  handleAfter({ definition }: Shape): string {
    return this.#newHandle(definition);
  }

  follow(): void {
    this.#isFollowing = true;
  }

  dropAll(): void {
    this.#isFollowing = false;
    for (const opening of this.#openings) opening.isLost = true;
    for (const shape of [...this.#byHandle.values()]) this.drop(shape);
  }

  /** Everything that changes shapes happens one after the other. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    return done;
  }

  /** The transactions that have come meanwhile are taken together: one question a condition for all of them. */
  async #takeComing(): Promise<void> {
    const taken: Transaction[] = [];
    for (let changes = 0; this.#coming.length > 0 && changes < TOGETHER_CHANGES_MAX; ) {
      const next = this.#coming.shift();
      if (next === undefined) break;
      taken.push(next);
      changes += next.changes.length;
    }
    if (taken.length > 0) await this.#take(taken);
  }

  async #take(transactions: readonly Transaction[]): Promise<void> {
    // Before anything waits: whoever opens a shape from here on must see these transactions in the snapshot.
    this.#recent.push(...transactions.map(({ xid }) => xid));
    this.#recent.splice(0, Math.max(0, this.#recent.length - RECENT_TRANSACTIONS_MAX));
    for (const transaction of transactions) {
      const { relations, lostOids } = transaction;
      for (const relation of relations) this.#lose(transaction, relation.oid, (table) => !isStill(table, relation));
      for (const oid of lostOids) this.#lose(transaction, oid, () => true);
    }
    const oids = new Set(transactions.flatMap(({ changes }) => changes.map(({ oid }) => oid)));
    for (const oid of oids) for (const opening of this.#openings) this.#keep(opening, oid, transactions);
    for (const oid of oids) {
      const changes = transactions.map((transaction) => changesOf(transaction, oid));
      const found = await this.#followers.get(oid)?.operations(changes);
      for (const shape of found?.failed ?? []) this.drop(shape);
      for (const [shape, operations] of found?.byShape ?? [])
        this.#grow(shape, () => appendAll(shape, transactions, operations));
    }
    this.#lastCommitLsn = transactions.at(-1)?.commitLsn ?? this.#lastCommitLsn;
  }

  #keep(opening: Opening, oid: number, transactions: readonly Transaction[]): void {
    if (opening.definition.table.oid !== oid) return;
    for (const transaction of transactions) {
      const changes = changesOf(transaction, oid);
      opening.changes += changes.length;
      if (opening.changes > this.#deps.limits.queuedChangesMax) opening.isLost = true;
      else if (changes.length > 0) opening.waiting.push({ transaction, changes });
    }
  }

  /** A transaction ends the shapes of a table; it says nothing of one whose snapshot was taken after it. */
  #lose(transaction: Transaction, oid: number, isLost: (table: TableInfo) => boolean): void {
    for (const opening of this.#openings) {
      const { table } = opening.definition;
      if (table.oid !== oid || !isLost(table)) continue;
      if (opening.losses.length >= RECENT_TRANSACTIONS_MAX) opening.isLost = true;
      else opening.losses.push(transaction);
    }
    for (const shape of [...(this.#followers.get(oid)?.shapes ?? [])])
      if (isLost(shape.definition.table) && !shape.hasSeen(transaction)) this.drop(shape);
  }

  #grow(shape: Shape, change: () => void): void {
    const before = shape.bytes;
    change();
    this.#allBytes += shape.bytes - before;
    if (shape.bytes > this.#deps.limits.shapeBytesMax) this.drop(shape);
    while (this.#allBytes > this.#deps.limits.allBytesMax && this.#byHandle.size > 0)
      this.drop(largest([...this.#byHandle.values()]));
  }

  drop(shape: Shape): void {
    if (!this.#byHandle.delete(shape.handle)) return;
    this.#allBytes -= shape.bytes;
    this.#byKey.delete(definitionKey(shape.definition));
    const { oid } = shape.definition.table;
    this.#followers.get(oid)?.delete(shape);
    if (this.#followers.get(oid)?.shapes.size === 0) this.#followers.delete(oid);
    shape.drop();
  }

  async open(definition: ShapeDefinition): Promise<Shape> {
    const key = definitionKey(definition);
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    this.#makeRoom();
    const made = this.#make(definition).catch((error: unknown) => {
      if (this.#byKey.get(key) === made) this.#byKey.delete(key);
      throw error;
    });
    this.#byKey.set(key, made);
    return made;
  }

  #makeRoom(): void {
    if (this.#byKey.size < this.#deps.limits.shapesMax) return;
    const idleSince = this.#deps.elapsedMs() - 2 * this.#deps.limits.longPollMs;
    const idle = [...this.#byHandle.values()].filter(({ usedAt }) => usedAt < idleSince);
    const [oldest] = idle.toSorted((a, b) => a.usedAt - b.usedAt);
    if (oldest === undefined) {
      throw new KitError('QUEUE_FULL', `${this.#deps.limits.shapesMax} shapes are open`, {
        hint: 'Come again in a moment.',
      });
    }
    this.drop(oldest);
  }

  async #make(definition: ShapeDefinition): Promise<Shape> {
    for (let attempt = 0; attempt < OPEN_ATTEMPTS_MAX && this.#isFollowing; attempt += 1) {
      const opening: Opening = { definition, waiting: [], changes: 0, losses: [], isLost: false };
      this.#openings.add(opening);
      try {
        const { chunks, moment } = await this.atMoment((at, tx) =>
          readSnapshot({ definition, limits: this.#deps.limits }, at, tx),
        );
        const shape = await this.#inTurn(() => this.#begin(opening, chunks, moment));
        if (shape !== undefined) return shape;
      } finally {
        this.#openings.delete(opening);
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
  async #begin(opening: Opening, snapshot: readonly string[], moment: SnapshotMoment) {
    const { definition } = opening;
    const { chunkBytes } = this.#deps.limits;
    const handle = this.#newHandle(definition);
    const shape = createShape({ handle, definition, snapshot, moment, chunkBytes, now: this.#deps.elapsedMs });
    if (opening.isLost || opening.losses.some((place) => !shape.hasSeen(place))) return undefined;
    const unseen = opening.waiting.filter(({ transaction }) => !shape.hasSeen(transaction));
    const transactions = unseen.map(({ transaction }) => transaction);
    const operations = await operationsFor(
      definition,
      unseen.map(({ changes }) => changes),
      this.#deps.match,
    );
    appendAll(shape, transactions, operations);
    // Judging conditions took time, in which the stream may have ended.
    if (opening.isLost) return undefined;
    const { oid } = definition.table;
    const ofTable = this.#followers.get(oid) ?? createTableFollowers(this.#deps.match);
    this.#followers.set(oid, ofTable);
    ofTable.add(shape);
    this.#byHandle.set(shape.handle, shape);
    this.#allBytes += shape.bytes;
    return shape;
  }

  /**
   * A commit is in the stream a moment before other sessions see it. What was given out before this call must lie before
   * the snapshot, or it would be in neither.
   */
  async atMoment<T>(work: (moment: SnapshotMoment, tx: Queries) => Promise<T>): Promise<T> {
    const given = [...this.#recent];
    for (let attempt = 0; attempt < MOMENT_ATTEMPTS_MAX; attempt += 1) {
      const box = await readMoment(this.#deps.database, async (moment, tx) => {
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

  #newHandle(definition: ShapeDefinition): string {
    const micros = this.#deps.nowMicros();
    this.#lastMicros = micros > this.#lastMicros ? micros : this.#lastMicros + 1n;
    const hash = createHash('sha256').update(this.#salt).update(definitionKey(definition)).digest();
    return `${hash.readUInt32BE(0)}${hash.readUInt16BE(4)}-${this.#lastMicros}`;
  }

  async lookAtTables(inspect: (oids: readonly number[]) => Promise<readonly TableInfo[]>): Promise<void> {
    // Taken before the look: a shape that begins meanwhile may be of a table that the answer does not know yet.
    const [openings, shapes] = [[...this.#openings], [...this.#byHandle.values()]];
    const oids = new Set([...openings, ...shapes].map(({ definition }) => definition.table.oid));
    if (oids.size === 0) return;
    const byOid = new Map((await inspect([...oids])).map((table) => [table.oid, table.signature]));
    const isChanged = ({ definition }: Opening | Shape): boolean =>
      byOid.get(definition.table.oid) !== definition.table.signature;
    for (const opening of openings) if (isChanged(opening)) opening.isLost = true;
    for (const shape of shapes) if (isChanged(shape)) this.drop(shape);
  }
}

function appendAll(
  shape: Shape,
  transactions: readonly Transaction[],
  operations: readonly (readonly ShapeOperation[])[],
): void {
  for (const [at, transaction] of transactions.entries()) shape.append(transaction, operations[at] ?? []);
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
