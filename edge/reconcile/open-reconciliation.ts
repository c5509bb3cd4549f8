import { join } from 'node:path';
import { KILL_FLATTEN } from '@gatehouse/compliance/reserved-algorithms.ts';
import type { Instrument } from '@gatehouse/shared/market/instrument.ts';
import type { Order } from '@gatehouse/shared/schema/order.ts';
import type { Clock } from '@gatehouse/shared/values/clock.ts';
import type { Book } from '../engine/book.ts';
import type { Recorder } from '../engine/recorder.ts';
import type { Journal } from '../journal/journal-types.ts';
import type { Connector } from '../venues/define-connector.ts';
import type { Venue, VenueEvent, VenueOrderEvent } from '../venues/venue.ts';
import type { OwnRecords } from './account-records.ts';
import { type Block, blockOf } from './blocks.ts';
import { answerWithin } from './bounded-answer.ts';
import { createBreakDesk } from './break-desk.ts';
import { confirmedMarkIn } from './confirmed-mark.ts';
import { createReconcileCommands, type ReconcileCommands } from './reconcile-commands.ts';
import { createReconciler, type ReconcilerDeps, type ReconcileSettings } from './reconciler.ts';
import { checkStatement } from './statement-check.ts';

/** What keeps the books of an edge beside those of its venue. */
export interface Reconciliation {
  readonly commands: ReconcileCommands;
  /** Compares before anything is traded, and from then on by the timer. Errors: what the journal fails with. */
  begin(): Promise<void>;
  /** Follows the venue's connection. */
  hear(event: VenueEvent): void;
  /** What keeps an order back, where its books are in doubt; closing under a kill goes on. */
  blockOf(order: Order): Block | undefined;
  /** Why what may not be traded, in sentences. */
  doubts(): readonly string[];
  stop(): void;
}

/** What reconciliation of one account at one venue works with. Shape: `clock` tells the times by which the venue dates executions. */
export interface ReconciliationDeps {
  /** The edge's data folder. */
  readonly root: string;
  readonly book: Book;
  readonly recorder: Recorder;
  readonly journal: Pick<Journal, 'durable'>;
  readonly venue: Pick<Venue, 'account' | 'executions' | 'query'>;
  readonly connector: Pick<Connector, 'speaksOf' | 'assetOf'>;
  readonly settings: unknown;
  readonly instrument: Instrument;
  readonly account: string;
  readonly canReach?: OwnRecords['canReach'];
  readonly hear: (event: VenueOrderEvent) => void;
  /** Brings an order to the end that the venue says it came to. */
  readonly settle: ReconcilerDeps['settle'];
  /** How reconciliation is bounded, where that is not as usual. */
  readonly bounds?: Partial<ReconcileSettings>;
  readonly clock: Pick<Clock, 'now'>;
  readonly monotonicMs: () => number;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly newId: (prefix: string) => string;
  readonly onFailure: (cause: unknown) => void;
}

const MARK_FILE = 'venue-confirmed';
const STATEMENT_ANSWER_MS_MAX = 15_000;

/** Puts reconciliation together; it has compared nothing yet. */
export function openReconciliation(deps: ReconciliationDeps): Reconciliation {
  const { book, recorder, journal, venue, connector, settings, instrument, account, clock, sleep, newId } = deps;
  const asset = connector.assetOf?.(settings);
  const instrumentsOf = (held: string): readonly string[] => (held === asset ? [instrument.id] : []);
  const own = {
    book,
    record: book.reconciliation,
    terms: (id: string) => (id === instrument.id ? { currency: instrument.currency, asset } : undefined),
    venue: instrument.venue,
    account,
    canReach: deps.canReach,
  };
  const { hear, settle, monotonicMs, onFailure, bounds = {} } = deps;
  const reconciler = createReconciler({
    ...own,
    connection: venue,
    recorder,
    hear,
    settle,
    clock,
    monotonicMs,
    sleep,
    onFailure,
    settings: bounds,
    mark: confirmedMarkIn(join(deps.root, MARK_FILE)),
    instrumentsOf,
    ...(connector.speaksOf === undefined ? {} : { speaksOf: new Set(connector.speaksOf) }),
  });
  const commands = createReconcileCommands({
    reconciler,
    desk: createBreakDesk({ book, recorder, clock, newId, instrumentsOf }),
    check: (text) =>
      checkStatement(text, {
        ...own,
        recorder,
        clock,
        executions: (since) =>
          answerWithin({ what: 'executions', msMax: STATEMENT_ANSWER_MS_MAX, sleep }, () => venue.executions(since)),
      }),
    durable: () => journal.durable(recorder.flush()),
    clock,
  });
  return {
    commands,
    begin: async () => {
      await reconciler.run('start');
      reconciler.start();
    },
    hear: (event) => {
      if (event.kind === 'link') reconciler.linkChanged(event.state === 'up');
    },
    blockOf: (order) => (order.algorithm.id === KILL_FLATTEN ? undefined : blockOf(order, reconciler.blocks())),
    doubts: () => reconciler.blocks().map(({ reason }) => reason),
    stop: () => reconciler.stop(),
  };
}
