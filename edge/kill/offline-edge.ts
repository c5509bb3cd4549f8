import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { KitError } from '@gatehouse/shared/errors.ts';
import type { IncidentBody } from '@gatehouse/shared/schema/bodies.ts';
import type { Clock } from '@gatehouse/shared/values/clock.ts';
import { fromUnits } from '@gatehouse/shared/values/decimal.ts';
import { type Book, createBook } from '../engine/book.ts';
import { foldJournal } from '../engine/fold-journal.ts';
import { createOrderDesk, type OrderDesk } from '../engine/order-desk.ts';
import { createRecorder, type Recorder } from '../engine/recorder.ts';
import { settleOrder, workingOrders } from '../engine/resume.ts';
import { loadEdgeKey } from '../journal/edge-key.ts';
import { openJournal } from '../journal/journal.ts';
import type { Journal } from '../journal/journal-types.ts';
import type { Connector } from '../venues/define-connector.ts';
import type { Venue, VenueEvent } from '../venues/venue.ts';
import { createKillFile } from './kill-file.ts';
import { createKillSwitch, type KillSwitch } from './kill-switch.ts';
import { offlineVenues } from './offline-venues.ts';

/** An edge without strategies, prices and a gate: its journal, its venues and its kill switch. */
export interface OfflineEdge {
  readonly killSwitch: KillSwitch;
  close(): Promise<void>;
}

/** What such an edge is opened with. Shape: `root` is the edge's data folder. */
export interface OfflineEdgeDeps {
  readonly root: string;
  readonly edge: string;
  readonly connectors: readonly Connector[];
  readonly clock: Clock;
  readonly monotonicMs: () => number;
  readonly random: (bytes: number) => Uint8Array;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly onAlarm: (incident: IncidentBody) => void;
}

const ID_BYTES = 6;
const MESSAGE_LENGTH_MAX = 2_000;

/**
 * Takes the journal of an edge that does not run, and connects the venues where it has orders.
 *
 * Shape:  nothing can be proposed here, so positions stay; the next start of the edge closes them.
 * Errors: `NOT_FOUND` where there never was an edge; those of `openJournal`, `JOURNAL_LOCKED` where an edge runs after all.
 */
export async function openOfflineEdge(deps: OfflineEdgeDeps): Promise<OfflineEdge> {
  const { root, edge, clock } = deps;
  const folder = join(root, 'journal');
  if (!existsSync(folder)) {
    throw new KitError('NOT_FOUND', `there is no journal in ${root}`, { hint: 'Name the data folder of the edge.' });
  }
  // No sum of money is asked for here, and quantities are the same at any multiplier.
  const bookDeps = { multiplierOf: () => fromUnits(1n, 0) };
  const { signer } = await loadEdgeKey(root, edge);
  const emptyState = createBook(bookDeps).snapshot();
  const opened = await openJournal({ ...deps, folder, signer, emptyState, onNotice: () => {} });
  try {
    const book = await foldJournal(createBook({ ...bookDeps, snapshot: opened.state }), opened);
    const recorder = createRecorder({ book, journal: opened.journal, clock });
    return connect(deps, { book, recorder, journal: opened.journal });
  } catch (error) {
    await opened.journal.close();
    throw error;
  }
}

interface Records {
  readonly book: Book;
  readonly recorder: Recorder;
  readonly journal: Journal;
}

function connect(deps: OfflineEdgeDeps, { book, recorder, journal }: Records): OfflineEdge {
  const desk: OrderDesk = createOrderDesk({
    book,
    recorder,
    venue: NO_WAY_OUT,
    maySend: () => false,
    onLate: () => {},
  });
  const hear = (event: VenueEvent): void => {
    // A connection that is made for a kill and closed after it is no news.
    if (event.kind === 'link') return;
    desk.hear(event);
    flushQuietly(recorder);
  };
  const venues = offlineVenues({
    ...deps,
    working: workingOrders(book),
    listener: hear,
    onUnreachable: (venue, why) => deps.onAlarm(unreachable(venue, why)),
  });
  const killSwitch = createKillSwitch({
    ...deps,
    own: book.own,
    memory: book.kills,
    recorder,
    journal,
    venues,
    killFile: createKillFile(deps.root),
    closing: undefined,
    settle: (order, answer) => {
      const isFinal = venues.get(book.order(order)?.order.venue ?? '')?.isFinal !== false;
      // An order that may still be on its way is left as it is, for the next start to find out.
      if (answer.state === 'not-found' && !isFinal) return;
      settleOrder({ book, desk }, order, answer);
      flushQuietly(recorder);
    },
    newId: (prefix) => `${prefix}${Buffer.from(deps.random(ID_BYTES)).toString('hex')}`,
  });
  return {
    killSwitch,
    close: async () => {
      killSwitch.stop();
      for (const venue of venues.values()) await venue.close();
      flushQuietly(recorder);
      await journal.close();
    },
  };
}

/** What a person is told of a venue that a kill does not reach. */
export function unreachable(venue: string, why: string): IncidentBody {
  return {
    v: 1,
    code: 'KILL_VENUE_UNREACHABLE',
    severity: 'alarm',
    message: `${venue} is not reached: ${why}`.slice(0, MESSAGE_LENGTH_MAX),
    hint: 'Call the venue and have it cancel what remains; the next start of the edge goes on.',
  };
}

function flushQuietly(recorder: Recorder): void {
  try {
    recorder.flush();
  } catch {
    // A journal that fails now is an alarm of the kill itself; what it refused stays in memory to the end.
  }
}

/** The venue of a desk that sends nothing. */
export const NO_WAY_OUT: Pick<Venue, 'submit'> = {
  submit: () => {
    throw new KitError('INVARIANT_BROKEN', 'an order was to be sent by an edge that only stops');
  },
};
