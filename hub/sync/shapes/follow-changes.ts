import { describeError } from '@gatehouse/shared/errors.ts';
import type { Database } from '../../store/database.ts';
import type { Connection } from '../../store/postgres/connection.ts';
import { type ChangeFeed, openChangeFeed } from '../../store/shapes/change-feed.ts';
import { ensurePublication, ensurePublished } from '../../store/shapes/publication.ts';
import { inspectTable, inspectTables } from '../../store/shapes/table-info.ts';
import type { Transaction } from '../../store/shapes/transaction-collector.ts';
import type { ShapeLimits } from './shape-limits.ts';
import type { ShapeRegistry } from './shape-registry.ts';

/** What following the database needs. */
export interface FollowDeps {
  readonly database: Database;
  readonly target: Connection | string;
  readonly publication: string;
  /** Tables that are followed from the start, where they exist. */
  readonly tables: readonly string[];
  readonly registry: ShapeRegistry;
  readonly limits: ShapeLimits;
  readonly log: (line: string) => void;
}

/** How far following is. */
export type FollowState =
  | { readonly kind: 'starting' | 'active' | 'stopped' }
  | { readonly kind: 'failed'; readonly error: unknown };

/** Keeps the registry up with the database, whatever becomes of the connection. */
export interface Following {
  readonly state: FollowState;
  /** Resolves when the first attempt has come out, either way. */
  readonly firstAttempt: Promise<void>;
  stop(): Promise<void>;
}

const RETRY_MS_MIN = 100;
const RETRY_MS_MAX = 5_000;

/** Begins to follow; when the stream is lost every shape is dropped, and it begins anew. */
export function followChanges(deps: FollowDeps): Following {
  const { registry, limits, log } = deps;
  let state: FollowState = { kind: 'starting' };
  let feed: ChangeFeed | undefined;
  let timer: NodeJS.Timeout | undefined;
  let retryMs = RETRY_MS_MIN;
  let told = '';

  async function attempt(): Promise<void> {
    try {
      await prepare(deps);
      const opened = await openChangeFeed({ ...deps, onTransaction: take, onLost: lose });
      if (state.kind === 'stopped') return await opened.close();
      feed = opened;
      registry.follow();
      state = { kind: 'active' };
      retryMs = RETRY_MS_MIN;
      told = '';
    } catch (error) {
      lose(error);
    }
  }

  function lose(error: unknown): void {
    feed = undefined;
    registry.dropAll();
    if (state.kind === 'stopped') return;
    state = { kind: 'failed', error };
    const line = `shapes are not served: ${describeError(error)}`;
    if (line !== told) log(line);
    told = line;
    timer = setTimeout(() => void attempt(), retryMs);
    retryMs = Math.min(retryMs * 2, RETRY_MS_MAX);
  }

  const hold = createHold(limits.queuedChangesMax, (isHeld) => (isHeld ? feed?.pause() : feed?.resume()));
  const take = (transaction: Transaction): void => {
    const weight = transaction.changes.length + 1;
    hold(weight);
    void registry.apply(transaction).finally(() => hold(-weight));
  };

  const tableCheck = setInterval(() => void checkTables(deps).catch(() => undefined), limits.tableCheckMs);
  tableCheck.unref();
  const firstAttempt = attempt();
  return {
    get state() {
      return state;
    },
    firstAttempt,
    stop: async () => {
      state = { kind: 'stopped' };
      clearInterval(tableCheck);
      clearTimeout(timer);
      const open = feed;
      registry.dropAll();
      await open?.close();
      await firstAttempt;
    },
  };
}

/** Tells when more is waiting than should, and when half of it is done. Shape: the answer takes what was added or done. */
function createHold(most: number, tell: (isHeld: boolean) => void): (change: number) => void {
  let waiting = 0;
  let isHeld = false;
  return (change) => {
    waiting += change;
    const shouldHold = waiting > (isHeld ? most / 2 : most);
    if (shouldHold === isHeld) return;
    isHeld = shouldHold;
    tell(isHeld);
  };
}

/** Names the tables before the stream begins, so that nothing of theirs is missed. */
async function prepare({ database, publication, tables }: FollowDeps): Promise<void> {
  await ensurePublication(database, publication);
  for (const table of tables) {
    const found = await inspectTable(database, { schema: 'public', table });
    if (found !== undefined) await ensurePublished(database, publication, found);
  }
}

/** A table that was dropped or changed and not written to since says nothing in the stream. */
function checkTables({ database, registry }: FollowDeps): Promise<void> {
  return registry.lookAtTables((oids) => inspectTables(database, oids));
}
