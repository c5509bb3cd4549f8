import type { OpenOrder } from '@gatehouse/compliance/own-facts.ts';
import type { EntryBody } from '@gatehouse/shared/schema/bodies.ts';
import type { Book } from '../engine/book.ts';
import { createOrderDesk } from '../engine/order-desk.ts';
import { settleOrder, workingOrders } from '../engine/resume.ts';
import type { VenueEvent, VenueOrder } from '../venues/venue.ts';
import { NO_WAY_OUT, type OfflineEdgeDeps } from './offline-edge.ts';
import { offlineVenues } from './offline-venues.ts';
import { createWithdrawal, type Withdrawal, type WithdrawalTally } from './withdrawal.ts';

/** What is left at one venue, and why nothing could be asked of it where that is so. */
export interface TakenBack extends WithdrawalTally {
  readonly venue: string;
  readonly failure?: string;
}

/** What working orders are taken back with. Shape: `book` is changed as the venues answer; nothing is written down. */
export interface TakeBackDeps extends Omit<OfflineEdgeDeps, 'edge' | 'onAlarm'> {
  readonly book: Book;
  /** So long it is tried. Units: milliseconds. */
  readonly msMax?: number;
}

/** So long an edge that cannot start keeps asking for its orders; the venue's own limits are far below. Units: milliseconds. */
const TAKE_BACK_MS_MAX = 20_000;
const LOOK_MS_FIRST = 20;
const LOOK_MS_MAX = 500;

/**
 * Asks every venue for everything back, for an edge whose journal must take no further entry.
 *
 * Shape:  what the venues answer counts in memory alone; the next start that may write asks them again. Errors: never.
 * Source: RTS 6 Art. 12 (kill functionality).
 */
export async function takeEverythingBack(deps: TakeBackDeps): Promise<readonly TakenBack[]> {
  const { book, sleep, monotonicMs, msMax = TAKE_BACK_MS_MAX } = deps;
  const failures = new Map<string, string>();
  const desk = memoryDesk(deps);
  const venues = offlineVenues({
    ...deps,
    working: workingOrders(book),
    listener: (event: VenueEvent) => {
      if (event.kind !== 'link') desk.hear(event);
    },
    onUnreachable: (venue, why) => void failures.set(venue, why),
  });
  const settle = (order: string, answer: VenueOrder): void => {
    const isFinal = venues.get(book.order(order)?.order.venue ?? '')?.isFinal !== false;
    // An order that may still be on its way stays as it is.
    if (answer.state !== 'not-found' || isFinal) settleOrder({ book, desk }, order, answer);
  };
  const withdrawals = [...placesOf(book, venues)].map((venue) =>
    createWithdrawal(
      { venues, settle, sleep, monotonicMs },
      { venue, isWhole: venues.has(venue), concerned: () => openAt(book, venue) },
    ),
  );
  await stepUntilDone(withdrawals, { sleep, monotonicMs, msMax });
  for (const venue of venues.values()) await venue.close().catch(() => {});
  return withdrawals.map((one) => {
    const failure = failures.get(one.venue);
    return { venue: one.venue, ...one.tally(), ...(failure === undefined ? {} : { failure }) };
  });
}

async function stepUntilDone(
  withdrawals: readonly Withdrawal[],
  { sleep, monotonicMs, msMax }: Required<Pick<TakeBackDeps, 'sleep' | 'monotonicMs' | 'msMax'>>,
): Promise<void> {
  const endsAtMs = monotonicMs() + msMax;
  const never = new AbortController().signal;
  for (let lookMs = LOOK_MS_FIRST; ; lookMs = Math.min(LOOK_MS_MAX, lookMs * 2)) {
    await Promise.all(withdrawals.map((one) => one.step()));
    if (withdrawals.every((one) => one.tally().isDone) || monotonicMs() >= endsAtMs) return;
    await sleep(lookMs, never);
  }
}

/** A desk whose words nobody writes down. */
function memoryDesk({ book, clock }: TakeBackDeps): ReturnType<typeof createOrderDesk> {
  const recorder = { stage: (entry: EntryBody): void => book.fold(entry, clock.now()), nextSeq: 0 };
  return createOrderDesk({ book, recorder, venue: NO_WAY_OUT, maySend: () => false, onLate: () => {} });
}

function placesOf(book: Book, venues: ReadonlyMap<string, unknown>): ReadonlySet<string> {
  return new Set([...venues.keys(), ...book.orders().map(({ order }) => order.venue)]);
}

function openAt(book: Book, venue: string): readonly OpenOrder[] {
  return book.own.openOrders().filter(({ order }) => order.venue === venue);
}
